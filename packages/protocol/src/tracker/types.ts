/** What is asked of a tracker and what it answers, whatever it is carried by. */
import { TorrentialError } from "@torrential/core";
import type { Endpoint } from "@torrential/core";

/** BEP 3; "paused" is sent by partial seeds in every announce (BEP 21). */
export type AnnounceEvent = "started" | "stopped" | "completed" | "paused" | "none";

export interface AnnounceRequest {
  /** 20 bytes. */
  readonly infoHash: Uint8Array;
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  /** Where we listen. */
  readonly port: number;
  /** Bytes since "started". */
  readonly uploaded: number;
  readonly downloaded: number;
  /** Bytes until the torrent is complete. */
  readonly left: number;
  readonly event: AnnounceEvent;
  /** Peers wanted. */
  readonly numWant: number;
  /** Unsigned 32 bit; the same for a torrent's whole session (BEP 7). */
  readonly key: number;
  /** As the tracker gave it (HTTP only): bytes as latin1. */
  readonly trackerId?: string | undefined;
  /** Addresses to be reached at besides the one this request comes from. BEP 7 discourages them. */
  readonly ipv4?: string | undefined;
  readonly ipv6?: string | undefined;
}

export interface AnnounceResponse {
  /** As the tracker said, not clamped; 0 when it said nothing. */
  readonly intervalSeconds: number;
  readonly minIntervalSeconds: number | undefined;
  /** To be echoed in later requests: bytes as latin1. */
  readonly trackerId: string | undefined;
  readonly seeders: number | undefined;
  readonly leechers: number | undefined;
  /** How often the torrent was completed. */
  readonly downloaded: number | undefined;
  /** Not filtered: may hold duplicates, ourselves and addresses we must not dial. Port 0 is left out. */
  readonly peers: readonly Endpoint[];
  /** Our address as the tracker sees it (BEP 24). */
  readonly externalIp: string | undefined;
  readonly warning: string | undefined;
}

/** What a tracker knows of one torrent (BEP 48). */
export interface ScrapeEntry {
  readonly seeders: number;
  readonly leechers: number;
  /** How often the torrent was completed. */
  readonly downloaded: number;
  /** Leechers that still download, partial seeds not counted (BEP 21). */
  readonly downloaders: number | undefined;
}

export type TrackerErrorCode =
  /** The tracker answered, and its answer is no. */
  | "tracker-failure"
  /** The answer, or the tracker's URL, cannot be read. */
  | "tracker-invalid"
  /** No answer in time. */
  | "tracker-timeout";

export interface TrackerErrorOptions {
  readonly retryInSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** Why an announce or a scrape came to nothing. */
export class TrackerError extends TorrentialError<TrackerErrorCode> {
  /** BEP 31: when the tracker wants to be asked again; Infinity for never. */
  readonly retryInSeconds: number | undefined;

  constructor(code: TrackerErrorCode, message: string, options: TrackerErrorOptions = {}) {
    super(code, message, { cause: options.cause });
    this.name = "TrackerError";
    this.retryInSeconds = options.retryInSeconds;
  }
}
