/** What changed in the read model, for whoever pushes: event streams, sync deltas, pages. */
import type { InfoHash } from "@torrential/core";
import type { TorrentView } from "./torrent-view.ts";

/** What else than torrents can change. */
export type Topic = "session" | "settings" | "categories" | "tags" | "history" | "jobs";

/**
 * Everything that changed since the batch before: at most four batches a second, none while nothing changes. The views
 * are read from the service; a batch only says which. `revision` counts up from 1 in each life of the daemon.
 */
export interface ChangeBatch {
  readonly revision: number;
  readonly added: readonly InfoHash[];
  readonly removed: readonly RemovedTorrent[];
  readonly changed: ReadonlyMap<InfoHash, ReadonlySet<keyof TorrentView>>;
  readonly topics: ReadonlySet<Topic>;
}

export interface RemovedTorrent {
  readonly id: number;
  readonly infoHash: InfoHash;
}

/** Everything since a revision: each torrent once. */
export interface Delta {
  readonly revision: number;
  /** The revision asked for is too old, or of another life: start over from a list. */
  readonly isFull: boolean;
  readonly changed: readonly InfoHash[];
  readonly removed: readonly RemovedTorrent[];
}

/** Kinds of what happened. */
export const HISTORY_TYPES = [
  "added",
  "removed",
  "restored",
  "started",
  "stopped",
  "completed",
  "checked",
  "moved",
  "metadata",
  "problem",
  "recovered",
  "limit-reached",
  "quarantined",
  "tracker-failed",
  "peer-banned",
  "hook",
  "watch-folder",
  "settings",
  "daemon",
] as const;

/** Something that a person may want to read later; kept in the database. */
export interface HistoryEvent {
  /** Counts up over all lives of the daemon: `Last-Event-ID`. */
  readonly id: number;
  readonly atMs: number;
  readonly level: "info" | "warning" | "error";
  readonly type: (typeof HISTORY_TYPES)[number];
  readonly infoHash: InfoHash | undefined;
  readonly message: string;
}
