/** What earlier runs of a torrent left: pieces, unfinished pieces, counters. Each run ends by adding its own. */
import type { Bitfield } from "@torrential/core";
import { resumeAfter } from "../resume/after-run.ts";
import { decodeJournal, type ResumeData, type Totals } from "../resume/journal.ts";
import { decodePartials, type PartialPiece } from "../resume/partial.ts";
import type { AddOptions } from "../session/commands.ts";
import type { TorrentContext } from "./context.ts";

/** How a run ended. */
export interface RunEnd {
  /** Undefined when it ended before the pieces were known. */
  readonly have: Bitfield | undefined;
  readonly synced: Bitfield | undefined;
  readonly totals: Totals;
  /** Undefined: those of before. */
  readonly partials: readonly PartialPiece[] | undefined;
}

export class EarlierRuns {
  #resume: ResumeData | undefined;
  #partials: readonly PartialPiece[];
  #totals: Totals;

  constructor({ infoHash, geometry }: Pick<TorrentContext, "infoHash" | "geometry">, add: AddOptions) {
    const shape = { infoHash, pieceCount: geometry.pieceCount, geometry };
    this.#resume = add.journal === undefined ? undefined : decodeJournal(add.journal, shape);
    this.#partials = add.partials === undefined ? [] : decodePartials(add.partials, shape);
    this.#totals = this.#resume?.totals ?? { uploadedBytes: 0, downloadedBytes: 0 };
  }

  get resume(): ResumeData | undefined {
    return this.#resume;
  }

  get totals(): Totals {
    return this.#totals;
  }

  /** Unfinished pieces, for a run to go on with; they are gone from here. */
  takePartials(): readonly PartialPiece[] {
    const partials = this.#partials;
    this.#partials = [];
    return partials;
  }

  /** Keeps what a later start in the same session believes; the files are looked at again then. */
  handleRunEnded({ have, synced, totals, partials }: RunEnd): void {
    this.#totals = totals;
    if (have !== undefined && synced !== undefined) this.#resume = resumeAfter({ have, synced, totals });
    this.#partials = partials ?? this.#partials;
  }
}
