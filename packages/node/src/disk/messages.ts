/** What the pool and its threads say to each other. */
import type { DiskDone, DiskJob, StoreId } from "@torrential/engine";

type OpenJob = Extract<DiskJob, { type: "open" }>;

/** A job as a thread gets it: what the engine asked, with what only the pool knows. */
export type ThreadJob =
  | Exclude<DiskJob, OpenJob>
  /** Goes to every thread; one of them looks at the files and answers. */
  | (OpenJob & { readonly isAnswered: boolean; readonly stamps?: SharedArrayBuffer })
  /** Forget the store and close its files; goes to every thread before `close`. */
  | { readonly type: "release"; readonly job: number; readonly store: StoreId };

export type ToThread =
  | { readonly type: "segment"; readonly index: number; readonly buffer: SharedArrayBuffer }
  | { readonly type: "jobs"; readonly jobs: readonly ThreadJob[] }
  /** Close every file and end. */
  | { readonly type: "end" };

export type FromThread = readonly DiskDone[];

export interface ThreadOptions {
  readonly handlesMax: number;
  readonly digestKey: Uint8Array;
}
