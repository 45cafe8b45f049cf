import { concatBytes, sha1 } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { PieceHasher } from "./hash.ts";

describe("piece hasher", () => {
  it.each([1, 65_535, 65_536, 65_537, 200_000])("hashes extents of %i bytes as one run", (length) => {
    const extents = [pattern(length, 1), pattern(length, 2), pattern(7, 3)];
    expect(new PieceHasher().finish(1, 0, extents, 0)).toEqual(sha1(concatBytes(extents)));
  });

  it("goes on from what it was fed ahead", () => {
    const extents = [pattern(200_000, 1), pattern(200_000, 2)];
    const hasher = new PieceHasher();
    hasher.feed(1, 0, extents.slice(0, 1));
    hasher.feed(1, 1, extents);
    expect(hasher.finish(1, 0, extents, 1)).toEqual(sha1(concatBytes(extents)));
    expect(hasher.size).toBe(1);
  });

  it("hashes all of a piece whose kept state is not what was fed", () => {
    const extents = [pattern(200_000, 1), pattern(200_000, 2)];
    expect(new PieceHasher().finish(1, 0, extents, 1)).toEqual(sha1(concatBytes(extents)));
  });
});

/** Bytes in shared memory, as the slab has them. */
function pattern(length: number, seed: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length)).map((_, index) => (index * 7 + (index >>> 8) + seed) & 0xff);
}
