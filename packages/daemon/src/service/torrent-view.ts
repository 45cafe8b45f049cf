/**
 * A torrent as every API shows it: what `@torrential/api` declares, with nothing left out. Absent is undefined. Sizes in
 * bytes, rates in bytes per second, points in time in milliseconds since 1970, durations in milliseconds.
 */
import type { Peer, Torrent, TorrentFile, Tracker, WebSeed } from "@torrential/api";
import type { InfoHash } from "@torrential/core";

export type {
  RateLimit,
  Reason as ReasonView,
  RunIntent,
  ShareAction,
  ShareLimit,
  ShareLimits,
  TorrentProblem,
  TorrentState,
} from "@torrential/api";

export interface TorrentView extends Omit<Required<Torrent>, "infoHash"> {
  readonly infoHash: InfoHash;
}

/** Its `path` is below the torrent's `currentFolder`. */
export type FileView = TorrentFile;

/** Its `url` has its secrets: APIs redact unless asked. */
export type TrackerView = Required<Tracker>;

export type PeerView = Required<Peer>;

export type WebSeedView = Required<WebSeed>;

/** Pieces as one looks at them; each array or bitmap has `count` entries. */
export interface PiecesView {
  readonly count: number;
  readonly lengthBytes: number;
  /** Bit 7 of byte 0 is piece 0. */
  readonly have: Uint8Array;
  /** Pieces under way. */
  readonly inFlight: readonly number[];
  /** Connected peers that have it, 255 at most; empty while stopped. */
  readonly availability: Uint8Array;
}
