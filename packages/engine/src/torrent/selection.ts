/** Which files are wanted, and what that means for pieces: a piece is wanted as much as its most wanted file. */
import type { FileMap, Geometry, Metainfo } from "@torrential/core";
import type { PiecePicker } from "../picker/picker.ts";

/** 0 unwanted, 4 normal, 7 first. */
export const PRIORITY_NORMAL = 4;
const PRIORITY_FIRST = 7;

export interface SelectionView {
  readonly metainfo: Metainfo;
  readonly geometry: Geometry;
  readonly fileMap: FileMap;
}

export interface SelectionWishes {
  /** By file index; files beyond its end are normal. Pad files follow their neighbours. */
  readonly priorities: readonly number[];
  /** Both ends of each wanted file before the rest: players look there first. */
  readonly firstAndLast?: boolean;
}

export class Selection {
  readonly #view: SelectionView;
  readonly #priorities: number[];
  readonly #firstAndLast: boolean;

  constructor(view: SelectionView, { priorities, firstAndLast = false }: SelectionWishes) {
    this.#view = view;
    this.#firstAndLast = firstAndLast;
    this.#priorities = view.metainfo.files.map((file, index) =>
      file.isPad ? 0 : (priorities[index] ?? PRIORITY_NORMAL),
    );
  }

  priorityOf(file: number): number {
    return this.#priorities[file] ?? 0;
  }

  isWanted(file: number): boolean {
    return (this.#priorities[file] ?? 0) > 0;
  }

  /** Bytes of the wanted files. */
  get lengthBytes(): number {
    return this.#view.metainfo.files.reduce(
      (sum, file, index) => sum + (this.isWanted(index) ? file.lengthBytes : 0),
      0,
    );
  }

  /** Indexes of the wanted files of zero length: no piece ever makes them. */
  get wantedEmptyFiles(): readonly number[] {
    const { files } = this.#view.metainfo;
    return files.flatMap((file, index) =>
      file.lengthBytes === 0 && !file.isPad && this.isWanted(index) ? [index] : [],
    );
  }

  /** Gives the picker the priority of every piece. */
  apply(picker: PiecePicker): void {
    const { geometry, metainfo, fileMap } = this.#view;
    const pieces = new Uint8Array(geometry.pieceCount);
    metainfo.files.forEach((file, index) => {
      const priority = this.#priorities[index] ?? 0;
      if (priority === 0) return;
      const { first, end } = geometry.piecesOf(fileMap.offsetOf(index), file.lengthBytes);
      for (let piece = first; piece < end; piece++) pieces[piece] = Math.max(pieces[piece] ?? 0, priority);
      if (this.#firstAndLast) pressEnds(pieces, first, end);
    });
    pieces.forEach((priority, piece) => picker.setPriority(piece, priority));
  }

  /** The files that a piece touches, pad files left out. */
  filesOf(piece: number): readonly number[] {
    const { geometry, fileMap, metainfo } = this.#view;
    const runs = fileMap.runs(geometry.pieceOffset(piece), geometry.pieceLengthOf(piece));
    return runs.map((run) => run.file).filter((file) => metainfo.files[file]?.isPad === false);
  }
}

/** qBittorrent's share: a hundredth of the file at each end, at least a piece. */
const END_SHARE = 0.01;

function pressEnds(priorities: Uint8Array, first: number, end: number): void {
  const count = Math.ceil((end - first) * END_SHARE);
  priorities.fill(PRIORITY_FIRST, first, first + count);
  priorities.fill(PRIORITY_FIRST, end - count, end);
}
