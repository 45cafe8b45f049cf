/** What a run leaves behind for a later one in the same session. */
import type { Bitfield } from "@torrential/core";
import type { ResumeData, Totals } from "./journal.ts";

export interface RunEnd {
  readonly have: Bitfield;
  /** Of those, the pieces that are known to be synced. */
  readonly synced: Bitfield;
  readonly totals: Totals;
}

/** What could not be synced is only known to be written: it is hashed again. */
export function resumeAfter({ have, synced, totals }: RunEnd): ResumeData {
  const written = new Set<number>();
  for (let piece = have.nextSet(0); piece >= 0; piece = have.nextSet(piece + 1))
    if (!synced.has(piece)) written.add(piece);
  return { have: synced.clone(), written, clean: false, files: [], totals };
}
