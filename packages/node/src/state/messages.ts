/** What the main thread and the state thread say to each other. */
import type { DiskErrorClass } from "@torrential/engine";

export type StateCall =
  | { readonly type: "append" | "replace" | "write"; readonly name: string; readonly bytes: Uint8Array }
  | { readonly type: "remove" | "read" | "read-journal" | "delete"; readonly name: string }
  | { readonly type: "list" };

export interface StateRequest {
  readonly id: number;
  readonly call: StateCall;
}

export interface StateAnswer {
  readonly id: number;
  readonly result: StateResult;
}

export type StateResult =
  | { readonly type: "done" }
  | { readonly type: "bytes"; readonly bytes: Uint8Array | undefined }
  | { readonly type: "names"; readonly names: readonly string[] }
  | { readonly type: "failed"; readonly class: DiskErrorClass; readonly message: string };
