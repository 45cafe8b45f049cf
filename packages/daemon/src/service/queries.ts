/** What lists can be asked for. */
import type { SessionInfo, TorrentKind } from "@torrential/api";
import type { TorrentState, TorrentView } from "./torrent-view.ts";

export type { RatePoint, RateSpan, TorrentCounts } from "@torrential/api";

/** Every part that is given must hold. */
export interface TorrentFilter {
  readonly states?: readonly TorrentState[];
  readonly is?: readonly TorrentKind[];
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

export type SessionView = Required<SessionInfo>;
