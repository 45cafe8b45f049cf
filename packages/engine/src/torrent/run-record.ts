/** Begins a run's record: what the check confirmed counts as synced only after the next sync. */
import type { Bitfield } from "@torrential/core";
import type { Millis } from "../ports/machine.ts";
import type { Totals } from "../resume/journal.ts";
import { ResumeRecorder } from "../resume/recorder.ts";
import type { TorrentContext } from "./context.ts";

export interface RunStart {
  readonly context: TorrentContext;
  readonly have: Bitfield;
  /** Pieces that were found whole but never known to be synced. */
  readonly confirmed: readonly number[];
  readonly totals: Totals;
}

export function recordRun({ context, have, confirmed, totals }: RunStart, now: Millis): ResumeRecorder {
  const { infoHash, store, out, nextId } = context;
  const synced = have.clone();
  for (const piece of confirmed) synced.clear(piece);
  return new ResumeRecorder({ infoHash, store, have: synced, unsynced: confirmed, totals, now }, { out, nextId });
}
