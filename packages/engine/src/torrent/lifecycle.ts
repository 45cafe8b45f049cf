/**
 * The states of a torrent and the moves between them. Data of a state lives in its variant.
 *
 *   stopped → checking → downloading ⇄ finished | seeding
 *   any → error → where it was (retry) | stopping
 *   any → stopping → stopped
 */
import type { DiskErrorClass } from "../ports/disk.ts";
import type { Millis } from "../ports/machine.ts";

/** Who must act before the torrent can go on. */
export type ErrorOwner = "torrent" | "root";

export type Lifecycle =
  | { readonly status: "stopped" }
  /** Files are read and hashed; `checked` of `total` pieces are done. */
  | { readonly status: "checking"; readonly checked: number; readonly total: number }
  | { readonly status: "downloading" }
  /** All that is wanted is here, but not all there is. */
  | { readonly status: "finished" }
  /** All there is, is here. */
  | { readonly status: "seeding" }
  /** Data and journal are on their way to disk. */
  | { readonly status: "stopping" }
  | {
      readonly status: "error";
      readonly owner: ErrorOwner;
      readonly class: DiskErrorClass;
      readonly message: string;
      readonly retryAt: Millis;
    };

export type LifecycleStatus = Lifecycle["status"];

const MOVES: Readonly<Record<LifecycleStatus, readonly LifecycleStatus[]>> = {
  stopped: ["checking"],
  checking: ["checking", "downloading", "finished", "seeding", "error", "stopping"],
  downloading: ["finished", "seeding", "error", "stopping", "checking"],
  finished: ["downloading", "seeding", "error", "stopping", "checking"],
  seeding: ["downloading", "error", "stopping", "checking"],
  error: ["checking", "downloading", "finished", "seeding", "error", "stopping"],
  stopping: ["stopped"],
};

/** Whether peers may be connected in this state. */
export function isActive(state: Lifecycle): boolean {
  return state.status === "downloading" || state.status === "finished" || state.status === "seeding";
}

/** The next state. Throws when the move is not in the table: a bug of ours. */
export function move(from: Lifecycle, to: Lifecycle): Lifecycle {
  if (!MOVES[from.status].includes(to.status)) throw new Error(`torrent: no way from ${from.status} to ${to.status}`);
  return to;
}
