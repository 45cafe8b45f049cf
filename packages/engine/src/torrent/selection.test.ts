import { Bitfield } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { PiecePicker } from "../picker/picker.ts";
import { KIB, makeContext, type TestFile } from "../test-support/context.ts";
import { Progress } from "./progress.ts";
import { Selection } from "./selection.ts";

// Pieces of 32 KiB. The first file ends inside piece 1, the pad fills it up, the third has piece 2 for itself.
const FILES: readonly TestFile[] = [
  { lengthBytes: 40 * KIB },
  { lengthBytes: 24 * KIB, isPad: true },
  { lengthBytes: 32 * KIB },
  { lengthBytes: 0 },
];
/** Two files that share piece 1. */
const SHARED: readonly TestFile[] = [{ lengthBytes: 40 * KIB }, { lengthBytes: 40 * KIB }];

describe("selection of files", () => {
  it("wants everything with normal priority by default, pads aside", () => {
    const { selection, wantedPieces } = select(FILES, []);
    expect([0, 1, 2, 3].map((file) => selection.isWanted(file))).toEqual([true, false, true, true]);
    expect(selection.lengthBytes).toBe(72 * KIB);
    expect(wantedPieces()).toEqual([0, 1, 2]);
  });

  it("wants a piece that a wanted and an unwanted file share", () => {
    expect(select(SHARED, [0, 4]).wantedPieces()).toEqual([1, 2]);
    expect(select(SHARED, [4, 0]).wantedPieces()).toEqual([0, 1]);
    expect(select(SHARED, [0, 0]).wantedPieces()).toEqual([]);
  });

  it("never wants a piece for its pad or for an empty file", () => {
    expect(select(FILES, [0, 7, 0, 4]).wantedPieces()).toEqual([]);
  });

  it("names the empty files that are wanted", () => {
    expect(select(FILES, []).selection.wantedEmptyFiles).toEqual([3]);
    expect(select(FILES, [4, 4, 4, 0]).selection.wantedEmptyFiles).toEqual([]);
  });

  it("names the files of a piece without pads", () => {
    const { selection } = select(FILES, []);
    expect([0, 1, 2].map((piece) => selection.filesOf(piece))).toEqual([[0], [0], [2]]);
    expect(select(SHARED, []).selection.filesOf(1)).toEqual([0, 1]);
  });

  it("asks for the pieces of the most wanted file first", () => {
    const { picker, selection } = select(SHARED, [1, 7]);
    selection.apply(picker);
    const peer = picker.addPeer(1);
    picker.handleHaveAll(peer);
    peer.choked = false;
    const picked: number[] = [];
    picker.pick(peer, 3, 0, () => true, picked);
    expect(new Set(picked.filter((_, index) => index % 2 === 0))).toEqual(new Set([1, 2]));
  });
});

describe("first and last pieces", () => {
  // 300 pieces of 32 KiB: a hundredth at each end are three. The small file, of one block, is all ends.
  const FILMS: readonly TestFile[] = [{ lengthBytes: 300 * 32 * KIB }, { lengthBytes: 16 * KIB }];

  it("come before the rest, whatever the order, and only of wanted files", () => {
    const first = (priorities: readonly number[], count: number): readonly number[] => {
      const { context } = makeContext({ files: FILMS });
      const { geometry, random } = context;
      const picker = new PiecePicker({ geometry, have: new Bitfield(geometry.pieceCount), random });
      new Selection(context, { priorities, firstAndLast: true }).apply(picker);
      const peer = picker.addPeer(1);
      picker.handleHaveAll(peer);
      peer.choked = false;
      const picked: number[] = [];
      picker.pick(peer, 2 * count, 0, () => true, picked);
      const pieces = new Set(picked.filter((_, index) => index % 2 === 0));
      return [...pieces].toSorted((a, b) => a - b);
    };
    expect(first([], 6)).toEqual([0, 1, 2, 297, 298, 299, 300]);
    expect(first([0, 4], 1)).toEqual([300]);
  });
});

describe("progress", () => {
  it("counts the verified bytes of wanted files, each piece once", () => {
    const { progress } = select(SHARED, [0, 4]);
    progress.handleVerified(1);
    progress.handleVerified(1);
    expect([progress.wantedBytes, progress.verifiedBytes]).toEqual([40 * KIB, 24 * KIB]);
  });

  it("names a file once, when its last piece is here", () => {
    const { progress } = select(SHARED, []);
    progress.handleVerified(0);
    expect(progress.takeCompletedFiles()).toEqual([]);
    progress.handleVerified(1);
    expect(progress.takeCompletedFiles()).toEqual([0]);
    progress.handleVerified(2);
    expect(progress.takeCompletedFiles()).toEqual([1]);
    expect(progress.takeCompletedFiles()).toEqual([]);
  });

  it("starts with what is here, of which no file completes anew", () => {
    const { progress } = select(SHARED, [], [0, 1]);
    expect(progress.verifiedBytes).toBe(64 * KIB);
    expect(progress.takeCompletedFiles()).toEqual([]);
  });

  it("does not count pads", () => {
    const { progress } = select(FILES, [], [0, 1, 2]);
    expect([progress.verifiedBytes, progress.wantedBytes]).toEqual([72 * KIB, 72 * KIB]);
  });
});

function select(files: readonly TestFile[], priorities: readonly number[], verified: readonly number[] = []) {
  const { context } = makeContext({ files });
  const { geometry, random } = context;
  const have = new Bitfield(geometry.pieceCount);
  for (const piece of verified) have.set(piece);
  const picker = new PiecePicker({ geometry, have: new Bitfield(geometry.pieceCount), random });
  const selection = new Selection(context, { priorities });
  const wantedPieces = (): number[] => {
    selection.apply(picker);
    return Array.from({ length: geometry.pieceCount }, (_, piece) => piece).filter(
      (piece) => picker.pieceState(piece) !== "unwanted",
    );
  };
  return { picker, selection, wantedPieces, progress: new Progress(context, selection, have) };
}
