/** The states of a torrent. */
export const TORRENT_STATES = [
  "loading",
  "stopped",
  "queued",
  "checking",
  "metadata",
  "downloading",
  "finished",
  "seeding",
  "moving",
  "stopping",
  "error",
  "storage-missing",
  "quarantined",
] as const;

export type TorrentState = (typeof TORRENT_STATES)[number];
