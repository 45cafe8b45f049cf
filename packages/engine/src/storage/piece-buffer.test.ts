import { describe, expect, it } from "vitest";
import { Outbox } from "../outbox.ts";
import { KIB, MIB } from "../test-support/context.ts";
import { PieceBuffer } from "./piece-buffer.ts";
import { type NewSegment, Slab } from "./slab.ts";

describe("piece buffer", () => {
  it("covers the piece with extents of at most a mebibyte, the last one short", () => {
    const { buffer } = allocate(2 * MIB + 100);
    expect(buffer.extentRefs().map((ref) => ref.length)).toEqual([MIB, MIB, 100]);
  });

  it("takes all of its memory or none of it", () => {
    const slab = new Slab({ budgetBytes: 2 * MIB, segmentBytes: MIB }, new Outbox());
    expect(PieceBuffer.allocate(slab, 0, 3 * MIB)).toBeUndefined();
    expect(slab.usedBytes).toBe(0);
  });

  it("has no place in memory before its first byte, though its room is taken", () => {
    const out = new Outbox<NewSegment>();
    const slab = new Slab({ budgetBytes: 4 * MIB, segmentBytes: MIB }, out);
    const buffers = [0, 1, 2].map((piece) => PieceBuffer.allocate(slab, piece, MIB));
    expect([slab.usedBytes, out.poll()]).toEqual([3 * MIB, undefined]);
    buffers[2]?.at(0);
    expect([out.poll()?.segment, out.poll()]).toEqual([0, undefined]);
    for (const buffer of buffers) buffer?.release();
    expect(slab.usedBytes).toBe(0);
  });

  it("counts only leading extents as filled, in whatever order blocks come", () => {
    const { buffer } = allocate(2 * MIB + 100);
    const filled: number[] = [];
    const begins = [...blocksOf(MIB, 2 * MIB), ...blocksOf(0, MIB), 2 * MIB];
    for (const begin of begins) {
      buffer.fill(begin);
      filled.push(buffer.filledExtents);
    }
    expect(filled.slice(62, 64)).toEqual([0, 0]);
    expect(filled.slice(126)).toEqual([0, 2, 3]);
  });

  it("finds each byte where it was put, over the borders of extents", () => {
    const { buffer } = allocate(MIB + 32 * KIB);
    const { bytes, offset } = buffer.at(MIB + 16 * KIB);
    bytes.fill(7, offset, offset + 16 * KIB);
    expect(offset).toBe(16 * KIB);
    expect(buffer.copyBlock(MIB + 16 * KIB, 16 * KIB)).toEqual(new Uint8Array(16 * KIB).fill(7));
    expect(() => buffer.at(2 * MIB)).toThrow("has no byte");
  });

  it("gives all its memory back", () => {
    const { buffer, slab } = allocate(2 * MIB + 100);
    buffer.release();
    expect(slab.usedBytes).toBe(0);
  });
});

function allocate(lengthBytes: number): { buffer: PieceBuffer; slab: Slab } {
  const slab = new Slab({ budgetBytes: 4 * MIB, segmentBytes: MIB }, new Outbox());
  const buffer = PieceBuffer.allocate(slab, 3, lengthBytes);
  if (buffer === undefined) throw new Error("no room in an empty slab");
  return { buffer, slab };
}

function blocksOf(from: number, to: number): number[] {
  return Array.from({ length: (to - from) / (16 * KIB) }, (_, index) => from + index * 16 * KIB);
}
