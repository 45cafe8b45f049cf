import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BLOCK_LENGTH, FileMap, Geometry } from "./geometry.ts";

const anySizes = fc.record({
  lengthBytes: fc.integer({ min: 1, max: 2_000_000 }),
  pieceLength: fc.integer({ min: 1000, max: 200_000 }),
});

describe("geometry", () => {
  it("cuts every byte into one piece and one block", () => {
    fc.assert(
      fc.property(anySizes, (sizes) => {
        const geometry = new Geometry(sizes);
        let total = 0;
        let blocks = 0;
        for (let piece = 0; piece < geometry.pieceCount; piece++) {
          expect(geometry.pieceOffset(piece)).toBe(total);
          for (let block = 0; block < geometry.blocksIn(piece); block++, blocks++) {
            const length = geometry.blockLength(piece, block);
            expect(geometry.isBlock(piece, block * BLOCK_LENGTH, length)).toBe(true);
            expect(geometry.isRange(piece, block * BLOCK_LENGTH, length)).toBe(true);
            total += length;
          }
        }
        expect([total, blocks]).toEqual([sizes.lengthBytes, geometry.blockCount]);
      }),
    );
  });

  it("is exact up to 2^53-1", () => {
    const lengthBytes = Number.MAX_SAFE_INTEGER;
    for (const pieceLength of [2 ** 40, 2 ** 40 - 1, 3 ** 20]) {
      const geometry = new Geometry({ lengthBytes, pieceLength });
      expect(BigInt(geometry.pieceCount)).toBe((BigInt(lengthBytes) + BigInt(pieceLength) - 1n) / BigInt(pieceLength));
      const last = geometry.pieceCount - 1;
      expect(geometry.pieceOffset(last) + geometry.pieceLengthOf(last)).toBe(lengthBytes);
    }
  });

  it("knows blocks from other ranges", () => {
    const geometry = new Geometry({ lengthBytes: 50_000, pieceLength: 32_768 });
    expect([geometry.pieceCount, geometry.blocksPerPiece, geometry.blockCount]).toEqual([2, 2, 4]);
    expect(geometry.blockLength(1, 1)).toBe(50_000 - 32_768 - 16_384);
    expect(geometry.isBlock(0, 16_384, 16_384)).toBe(true);
    for (const [piece, begin, length] of [
      [0, 1, 16_384],
      [0, 0, 16_383],
      [0, 32_768, 0],
      [1, 16_384, 16_384],
      [2, 0, 16_384],
      [-1, 0, 16_384],
      [0, -16_384, 16_384],
      [0.5, 0, 16_384],
    ] as const) {
      expect(geometry.isBlock(piece, begin, length), `${piece} ${begin} ${length}`).toBe(false);
    }
  });

  it("takes ranges inside one piece, of 1 to 131,072 bytes", () => {
    const geometry = new Geometry({ lengthBytes: 500_000, pieceLength: 262_144 });
    expect(geometry.isRange(0, 262_143, 1)).toBe(true);
    expect(geometry.isRange(0, 100, 131_072)).toBe(true);
    for (const [piece, begin, length] of [
      [0, 0, 0],
      [0, 0, 131_073],
      [0, 262_144, 1],
      [0, 262_143, 2],
      [1, 237_855, 2],
      [2, 0, 1],
      [0, 0.5, 1],
      [0, 0, Number.NaN],
    ] as const) {
      expect(geometry.isRange(piece, begin, length), `${piece} ${begin} ${length}`).toBe(false);
    }
  });

  it("finds the pieces of a range of bytes", () => {
    const geometry = new Geometry({ lengthBytes: 100, pieceLength: 10 });
    expect(geometry.piecesOf(0, 100)).toEqual({ first: 0, end: 10 });
    expect(geometry.piecesOf(9, 2)).toEqual({ first: 0, end: 2 });
    expect(geometry.piecesOf(10, 10)).toEqual({ first: 1, end: 2 });
    expect(geometry.piecesOf(25, 0)).toEqual({ first: 2, end: 2 });
  });

  it("has no pieces when it has no bytes", () => {
    const geometry = new Geometry({ lengthBytes: 0, pieceLength: 16_384 });
    expect([geometry.pieceCount, geometry.blockCount, geometry.pieceLengthOf(0)]).toEqual([0, 0, 0]);
  });
});

describe("file map", () => {
  it("covers any range with runs that join up, inside files", () => {
    const input = fc.array(fc.oneof(fc.constant(0), fc.nat(50)), { minLength: 1, maxLength: 12 }).chain((lengths) => {
      const total = lengths.reduce((sum, length) => sum + length, 0);
      return fc.tuple(fc.constant(lengths), fc.nat(total), fc.nat(total));
    });
    fc.assert(
      fc.property(input, ([lengths, a, b]) => {
        const map = new FileMap(lengths);
        const [start, end] = a < b ? [a, b] : [b, a];
        let at = start;
        for (const run of map.runs(start, end - start)) {
          expect(run.length).toBeGreaterThan(0);
          expect(run.offset + run.length).toBeLessThanOrEqual(lengths[run.file] ?? 0);
          expect(map.offsetOf(run.file) + run.offset).toBe(at);
          expect(map.fileAt(at)).toBe(run.file);
          at += run.length;
        }
        expect(at).toBe(end);
      }),
    );
  });

  it("is exact beyond 32 bits, and skips files of no length", () => {
    const big = 2 ** 52;
    const map = new FileMap([0, big, 0, 0, 100, 0]);
    expect(map.runs(big - 1, 2)).toEqual([
      { file: 1, offset: big - 1, length: 1 },
      { file: 4, offset: 0, length: 1 },
    ]);
    expect([map.fileAt(0), map.fileAt(big), map.fileAt(big + 100), map.fileAt(-1)]).toEqual([1, 4, -1, -1]);
    expect(map.runs(big + 100, 0)).toEqual([]);
    expect(() => map.runs(big + 99, 2)).toThrow("leave the torrent");
  });
});
