/** What an event stream carries. Each server-sent event has its `type` as its event name and the rest as JSON. */
import type { Job } from "./jobs.ts";
import type { TorrentCounts } from "./listing.ts";
import type { HistoryEvent, LogEntry, SessionInfo } from "./session.ts";
import type { TorrentRow } from "./torrent.ts";

export type ApiEvent =
  /** First of each connection. Resumed: nothing was lost since `Last-Event-ID`; else a whole `view` follows. */
  | { readonly type: "hello"; readonly streamId: string; readonly isResumed: boolean; readonly version: string }
  /** The whole viewport: forget what was shown. */
  | ({ readonly type: "view" } & ViewEvent)
  | ({ readonly type: "delta" } & DeltaEvent)
  | { readonly type: "counts"; readonly counts: TorrentCounts }
  | { readonly type: "session"; readonly session: SessionInfo }
  | { readonly type: "history"; readonly event: HistoryEvent }
  /** Settings changed: read them again. */
  | { readonly type: "settings" }
  /** Categories or tags changed. */
  | { readonly type: "labels" }
  | { readonly type: "job"; readonly job: Job }
  | { readonly type: "log"; readonly entry: LogEntry };

export type ApiEventType = ApiEvent["type"];

export interface ViewEvent {
  readonly revision: number;
  /** Torrents that pass the filter. */
  readonly total: number;
  readonly offset: number;
  readonly rows: readonly TorrentRow[];
}

/** What changed of what is visible. */
export interface DeltaEvent {
  readonly revision: number;
  readonly total: number;
  /** Info-hashes of the viewport in order; absent while the same torrents stand in the same order. */
  readonly order?: readonly string[];
  /** Torrents that came into sight, whole; and changed fields of those in sight, null where a field went. */
  readonly rows: readonly RowDelta[];
}

export type RowDelta = { readonly infoHash: string } & {
  readonly [Field in keyof TorrentRow]?: TorrentRow[Field] | null;
};
