/**
 * The states of a torrent and the moves between them. Data of a state lives in its variant.
 *
 *   stopped → fetching-metadata → checking, for a magnet link
 *   stopped → checking → downloading ⇄ finished | seeding
 *   any → error → where it was (retry) | stopping
 *   any → stopping → stopped
 *   stopped → moving → stopped
 */
import type { DiskErrorClass } from "../ports/disk.ts";
import type { Millis } from "../ports/machine.ts";

/** Who must act before the torrent can go on. */
export type ErrorOwner = "torrent" | "root";

/** Why a torrent cannot go on. */
export type ErrorClass =
  | DiskErrorClass
  /** What peers have for this info-hash is no torrent that we can use. */
  | "metadata-invalid"
  /** The torrent has no v1 info-hash to download by. */
  | "v2-unsupported";

export type Lifecycle =
  | { readonly status: "stopped" }
  /** The info dictionary of a magnet link is on its way; `totalBytes` once a peer said it. */
  | {
      readonly status: "fetching-metadata";
      readonly receivedBytes: number;
      readonly totalBytes: number | undefined;
    }
  /** Files are read and hashed; `checked` of `total` pieces are done. */
  | { readonly status: "checking"; readonly checked: number; readonly total: number }
  | { readonly status: "downloading" }
  /** All that is wanted is here, but not all there is. */
  | { readonly status: "finished" }
  /** All there is, is here. */
  | { readonly status: "seeding" }
  /** Its files are being moved to another device, `movedBytes` of `totalBytes`; no peer is connected. */
  | { readonly status: "moving"; readonly movedBytes: number; readonly totalBytes: number }
  /** Data and journal are on their way to disk. */
  | { readonly status: "stopping" }
  | {
      readonly status: "error";
      readonly owner: ErrorOwner;
      readonly class: ErrorClass;
      readonly message: string;
      readonly retryAt: Millis;
    };

export type LifecycleStatus = Lifecycle["status"];

const MOVES: Readonly<Record<LifecycleStatus, readonly LifecycleStatus[]>> = {
  stopped: ["checking", "fetching-metadata", "moving"],
  "fetching-metadata": ["error", "stopping"],
  moving: ["stopped"],
  checking: ["checking", "downloading", "finished", "seeding", "error", "stopping"],
  downloading: ["finished", "seeding", "error", "stopping", "checking"],
  finished: ["downloading", "seeding", "error", "stopping", "checking"],
  seeding: ["downloading", "error", "stopping", "checking"],
  error: ["fetching-metadata", "checking", "downloading", "finished", "seeding", "error", "stopping"],
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
