/** What the main thread and the database thread say to each other. */
import type { SQLInputValue } from "node:sqlite";
import type { DiskErrorClass } from "@torrential/engine";
import type { StateTrust } from "./database.ts";

/** One change: a statement and its values. */
export interface Change {
  readonly sql: string;
  readonly params: readonly SQLInputValue[];
}

export interface OpenData {
  readonly folder: string;
  readonly trust: StateTrust;
}

export type DatabaseRequest =
  /** All of the changes or none; answered when they are on disk. */
  | { readonly type: "write"; readonly id: number; readonly changes: readonly Change[] }
  | { readonly type: "back-up"; readonly id: number }
  | { readonly type: "close"; readonly id: number };

export type DatabaseAnswer =
  | { readonly type: "opened"; readonly notes: readonly string[] }
  | { readonly type: "refused"; readonly code: string; readonly message: string }
  | { readonly type: "done"; readonly id: number }
  | { readonly type: "failed"; readonly id: number; readonly class: DiskErrorClass; readonly message: string };
