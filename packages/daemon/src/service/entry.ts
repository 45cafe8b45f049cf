/** One torrent as the main thread holds it: what is kept on disk, and what the engine said last. */
import type { InfoHash } from "@torrential/core";
import type { EngineStatus } from "../engine-thread/messages.ts";
import { NO_PROGRESS, type TorrentProgress, type TorrentRecord } from "../state/records.ts";
import type { TorrentProblem, TorrentView } from "./torrent-view.ts";

/** Where a torrent is between here and the engine. */
export type Phase =
  /** The engine does not know it: it costs a record. */
  | "resting"
  /** Sent to the engine, which has not answered. */
  | "loading"
  | "running"
  /** Told to go; its journal is on its way to disk. */
  | "unloading";

export interface Entry {
  readonly infoHash: InfoHash;
  record: TorrentRecord;
  progress: TorrentProgress;
  /** Totals when the daemon started, for what was moved since. */
  readonly startTotals: { readonly downloadedBytes: number; readonly uploadedBytes: number };
  phase: Phase;
  /** As of the engine's last report; undefined while resting. */
  live: EngineStatus | undefined;
  /** What was moved before the engine's count begins. */
  totalsBase: { readonly downloadedBytes: number; readonly uploadedBytes: number };
  wastedBase: number;
  /** Pieces that are here, while the engine has it; undefined too when all are (see `live`). */
  have: Uint8Array | undefined;
  /** May run now, by the queue; undefined where the queue has no say. */
  isTurn: boolean;
  /** Its limits of sharing were reached, and the action is under way. */
  isLeaving: boolean;
  /** In the queue, from 1; 0 outside. */
  queuePosition: number;
  /** Something of ours is wrong with it, apart from what the engine reports. */
  problem: (TorrentProblem & { readonly kind: "error" | "storage-missing" | "quarantined" }) | undefined;
  trackerMessage: string | undefined;
  isChecking: boolean;
  /** The engine was told to look at its files and no more. */
  isCheckOnly: boolean;
  /** Since when nothing flowed, monotonic; undefined while it flows. */
  quietSince: number | undefined;
  /** Progress that is not on disk yet. */
  isProgressDirty: boolean;
  view: TorrentView | undefined;
}

export function makeEntry(record: TorrentRecord, progress: TorrentProgress = NO_PROGRESS): Entry {
  return {
    infoHash: record.infoHash,
    record,
    progress: { ...progress },
    startTotals: { downloadedBytes: progress.downloadedBytes, uploadedBytes: progress.uploadedBytes },
    phase: "resting",
    live: undefined,
    totalsBase: { downloadedBytes: 0, uploadedBytes: 0 },
    wastedBase: progress.wastedBytes,
    have: undefined,
    isTurn: true,
    isLeaving: false,
    queuePosition: 0,
    problem: undefined,
    trackerMessage: undefined,
    isChecking: false,
    isCheckOnly: false,
    quietSince: undefined,
    isProgressDirty: false,
    view: undefined,
  };
}
