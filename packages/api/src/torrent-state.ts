/** The states of a torrent. */
export const TORRENT_STATES = [
  /** Known, not yet handed to the engine after the daemon's start. */
  "loading",
  "stopped",
  /** Waits for its turn: to download or to seed, see `isComplete`. */
  "queued",
  "checking",
  /** A magnet link without its info dictionary. */
  "metadata",
  "downloading",
  /** All that is wanted is here, but not all there is. */
  "finished",
  "seeding",
  "moving",
  "stopping",
  "error",
  /** Its root is not mounted; comes back by itself. */
  "storage-missing",
  /** Could not be loaded; `problem` says why. Only remove, export and start (to try again) work. */
  "quarantined",
] as const;

export type TorrentState = (typeof TORRENT_STATES)[number];
