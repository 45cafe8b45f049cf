/** How much of what is wanted is here, in bytes, kept up to date piece by piece. */
import type { Bitfield } from "@torrential/core";
import type { Selection, SelectionView } from "./selection.ts";

export class Progress {
  readonly #view: SelectionView;
  readonly #selection: Selection;
  /** Bytes still missing of each wanted file; 0 for the others. */
  readonly #missing: Float64Array;
  readonly #counted: Uint8Array;
  readonly wantedBytes: number;
  #verifiedBytes = 0;
  #completed: number[] = [];

  constructor(view: SelectionView, selection: Selection, have: Bitfield) {
    this.#view = view;
    this.#selection = selection;
    this.#counted = new Uint8Array(view.geometry.pieceCount);
    this.#missing = Float64Array.from(view.metainfo.files, (file, index) =>
      selection.isWanted(index) ? file.lengthBytes : 0,
    );
    this.wantedBytes = selection.lengthBytes;
    for (let piece = have.nextSet(0); piece >= 0; piece = have.nextSet(piece + 1)) this.handleVerified(piece);
    this.#completed = [];
  }

  /** Verified bytes of wanted files. */
  get verifiedBytes(): number {
    return this.#verifiedBytes;
  }

  handleVerified(piece: number): void {
    if (this.#counted[piece] === 1) return;
    this.#counted[piece] = 1;
    const { geometry, fileMap } = this.#view;
    for (const { file, length } of fileMap.runs(geometry.pieceOffset(piece), geometry.pieceLengthOf(piece))) {
      if (!this.#selection.isWanted(file)) continue;
      this.#verifiedBytes += length;
      const missing = (this.#missing[file] ?? 0) - length;
      this.#missing[file] = missing;
      if (missing === 0) this.#completed.push(file);
    }
  }

  /** Files that became whole since the last call. */
  takeCompletedFiles(): readonly number[] {
    return this.#completed.length === 0 ? [] : this.#completed.splice(0);
  }
}
