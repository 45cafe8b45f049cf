/** What lists can be asked for. */
import type { TorrentState, TorrentView } from "./torrent-view.ts";

/** Every part that is given must hold. */
export interface TorrentFilter {
  readonly states?: readonly TorrentState[];
  /** As people say it: "active" moves payload, "running" is not stopped, "incomplete" lacks something wanted. */
  readonly is?: readonly (
    | "active"
    | "inactive"
    | "running"
    | "stopped"
    | "complete"
    | "incomplete"
    | "stalled"
    | "error"
  )[];
  /** Exact; "" for torrents without. Subcategories ("a/b") count for "a" too. */
  readonly category?: string;
  /** All of them; [""] for torrents without. */
  readonly tags?: readonly string[];
  /** Host of a tracker; "" for torrents without trackers. */
  readonly tracker?: string;
  /** `folder` is this or below it. */
  readonly folder?: string;
  readonly isPrivate?: boolean;
  /** In the name, whatever the case; blanks separate words that must all be there. */
  readonly text?: string;
  readonly infoHashes?: readonly string[];
}

export interface TorrentQuery {
  readonly filter?: TorrentFilter;
  /** Default "addedAtMs". Equal ones are in order of `id`. */
  readonly sort?: keyof TorrentView;
  readonly descending?: boolean;
  readonly offset?: number;
  readonly limit?: number;
}

export interface TorrentPage {
  /** Of the read model when the page was made. */
  readonly revision: number;
  /** Torrents that pass the filter. */
  readonly total: number;
  readonly torrents: readonly TorrentView[];
}

/** How many torrents there are of each kind, for side bars. */
export interface TorrentCounts {
  readonly all: number;
  readonly states: Readonly<Partial<Record<TorrentState, number>>>;
  readonly active: number;
  readonly complete: number;
  readonly categories: Readonly<Record<string, number>>;
  readonly tags: Readonly<Record<string, number>>;
  /** By host. */
  readonly trackers: Readonly<Record<string, number>>;
}

export interface SessionView {
  readonly version: string;
  /** Since 1970, of the daemon's start. */
  readonly startedAtMs: number;
  readonly downRate: number;
  readonly upRate: number;
  /** Payload since the start, and over all lives. */
  readonly downloadedBytes: number;
  readonly uploadedBytes: number;
  readonly wastedBytes: number;
  readonly totalDownloadedBytes: number;
  readonly totalUploadedBytes: number;
  readonly totalActiveMs: number;
  readonly totalStarts: number;
  readonly totalAdded: number;
  readonly torrents: number;
  readonly activeTorrents: number;
  readonly peers: number;
  readonly dhtNodes: number;
  /** 0 while it does not listen. */
  readonly listenPort: number;
  readonly isReachable: boolean | undefined;
  readonly externalAddress: string | undefined;
  readonly limits: { readonly down?: number | undefined; readonly up?: number | undefined };
  readonly isAlternativeLimits: boolean;
  readonly diskQueueBytes: number;
  readonly bufferBytes: number;
  /** Event-loop delay, 99th percentile over the last few seconds. */
  readonly mainLoopP99Ms: number;
  readonly engineLoopP99Ms: number;
  /** Of the folder for downloads; undefined when it is not there. */
  readonly freeBytes: number | undefined;
  /** The state folder is full or read-only: changes are refused. */
  readonly isReadOnly: boolean;
}

/** One point of a graph. Rates are means over the bucket, totals its sums. */
export interface RatePoint {
  readonly atMs: number;
  readonly downRate: number;
  readonly upRate: number;
}

/** "minute": 1 s buckets for 10 min; "hour": 10 s for 6 h; "day": 5 min for 2 d; "week": 1 h for 60 d; "year": 1 d. */
export type RateSpan = "minute" | "hour" | "day" | "week" | "year";
