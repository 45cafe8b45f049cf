import { describe, expect, it } from "vitest";
import { concatBytes, toHex } from "./bytes.ts";
import { sha256 } from "./crypto.ts";
import { merkleRoot, zeroHash } from "./merkle.ts";

function hashOf(n: number): Uint8Array {
  return sha256(Uint8Array.of(n));
}

function pair(a: Uint8Array, b: Uint8Array): Uint8Array {
  return sha256(concatBytes([a, b]));
}

describe("merkle trees", () => {
  it("have a lone hash for root", () => {
    expect(merkleRoot(hashOf(1), 3)).toEqual(hashOf(1));
  });

  it("pad leaves with zeros", () => {
    const zero = new Uint8Array(32);
    const expected = pair(pair(hashOf(1), hashOf(2)), pair(hashOf(3), zero));
    expect(merkleRoot(concatBytes([hashOf(1), hashOf(2), hashOf(3)]), 0)).toEqual(expected);
  });

  it("pad higher layers with the hash of zeros below", () => {
    const leaves = [1, 2, 3, 4, 5].map(hashOf);
    const whole = merkleRoot(concatBytes(leaves), 0);
    const [a, b, c, d, e] = leaves as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const above = concatBytes([pair(a, b), pair(c, d), pair(e, zeroHash(0))]);
    expect(toHex(merkleRoot(above, 1))).toBe(toHex(whole));
    expect(zeroHash(1)).toEqual(pair(zeroHash(0), zeroHash(0)));
  });
});
