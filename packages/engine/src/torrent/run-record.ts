/** Begins a run's record: what the check confirmed counts as synced only after the next sync. */
import type { Bitfield } from "@torrential/core";
import type { Millis } from "../ports/machine.ts";
import { ResumeRecorder } from "../resume/recorder.ts";
import type { TorrentContext } from "./context.ts";
import type { EarlierRuns } from "./earlier-runs.ts";

export interface RunStart {
  readonly context: TorrentContext;
  readonly have: Bitfield;
  /** Pieces that were found whole but never known to be synced. */
  readonly confirmed: readonly number[];
  /** With the journal on disk as it was read at the start. */
  readonly earlier: Pick<EarlierRuns, "resume" | "totals">;
}

export function recordRun({ context, have, confirmed, earlier }: RunStart, now: Millis): ResumeRecorder {
  const { infoHash, store, out, nextId } = context;
  const { resume, totals } = earlier;
  const synced = have.clone();
  for (const piece of confirmed) synced.clear(piece);
  // Who has all writes nothing. With something missing, files change before a piece of theirs is whole.
  const isClean = resume?.clean === true && confirmed.length === 0 && have.isFull && resume.have.isFull;
  const cleanFiles = isClean ? resume.files : undefined;
  return new ResumeRecorder(
    { infoHash, store, have: synced, unsynced: confirmed, totals, cleanFiles, now },
    { out, nextId },
  );
}
