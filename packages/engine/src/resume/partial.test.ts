import { Bitfield, BLOCK_LENGTH, Geometry, parseInfoHash } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { makePayload } from "../test-support/context.ts";
import { decodePartials, encodePartials, forEachBlock, type PartialPiece } from "./partial.ts";

const infoHash = parseInfoHash("ab".repeat(20));
const geometry = new Geometry({ lengthBytes: 9 * BLOCK_LENGTH + 100, pieceLength: 4 * BLOCK_LENGTH });

describe("partial pieces", () => {
  it("come back as they were, the short last block too", () => {
    const partials = [partial(0, [1, 3]), partial(2, [1])];
    const decoded = decodePartials(encodePartials(infoHash, partials), { infoHash, geometry });
    expect(decoded.map(({ piece, payload }) => [piece, payload.length])).toEqual([
      [0, 2 * BLOCK_LENGTH],
      [2, 100],
    ]);
    expect(decoded[0]?.payload).toEqual(partials[0]?.payload);
    expect(decoded[0]?.blocks.toBytes()).toEqual(partials[0]?.blocks.toBytes());
  });

  it("visits each kept block with its own bytes", () => {
    const kept = partial(0, [1, 3]);
    const seen: (readonly [number, number | undefined, number])[] = [];
    forEachBlock(kept, (block, payload) => seen.push([block, payload[0], payload.length]));
    expect(seen).toEqual([
      [1, kept.payload[0], BLOCK_LENGTH],
      [3, kept.payload[BLOCK_LENGTH], BLOCK_LENGTH],
    ]);
  });

  it("are nothing when they are of another torrent or no partials at all", () => {
    const bytes = encodePartials(infoHash, [partial(0, [0])]);
    expect(decodePartials(bytes, { infoHash: parseInfoHash("cd".repeat(20)), geometry })).toEqual([]);
    expect(decodePartials(new Uint8Array(10), { infoHash, geometry })).toEqual([]);
    expect(decodePartials(new Uint8Array(1000), { infoHash, geometry })).toEqual([]);
  });

  it("keep the whole pieces before a tear and never half of one", () => {
    const bytes = encodePartials(infoHash, [partial(2, [1]), partial(2, [1])]);
    const pieceLength = (bytes.length - 24) / 2;
    for (let length = 0; length < bytes.length; length++) {
      const kept = decodePartials(bytes.subarray(0, length), { infoHash, geometry });
      expect(kept.length, `torn at ${length}`).toBe(length < 24 ? 0 : Math.floor((length - 24) / pieceLength));
    }
  });

  it("leave out a piece with any byte changed", () => {
    const bytes = encodePartials(infoHash, [partial(2, [1])]);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x41;
      expect(decodePartials(damaged, { infoHash, geometry }), `byte ${at}`).toEqual([]);
    }
  });
});

function partial(piece: number, blocks: readonly number[]): PartialPiece {
  const bits = new Bitfield(geometry.blocksIn(piece));
  for (const block of blocks) bits.set(block);
  const length = blocks.reduce((sum, block) => sum + geometry.blockLength(piece, block), 0);
  return { piece, blocks: bits, payload: makePayload(length) };
}
