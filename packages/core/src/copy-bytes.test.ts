import { describe, expect, it } from "vitest";
import { copyBytes } from "./crypto.ts";

const source = Uint8Array.of(1, 2, 3, 4, 5);

describe("copyBytes", () => {
  it("copies a range to an offset, into shared memory too", () => {
    for (const buffer of [new ArrayBuffer(6), new SharedArrayBuffer(6)]) {
      const target = new Uint8Array(buffer, 1);
      copyBytes(target, 2, source, 1, 4);
      expect([...target]).toEqual([0, 0, 2, 3, 4]);
    }
  });

  it("respects views", () => {
    const target = new Uint8Array(4);
    copyBytes(target.subarray(1), 1, source.subarray(2), 0, 2);
    expect([...target]).toEqual([0, 0, 3, 4]);
  });

  it.each([
    [4, 0, 2],
    [-1, 0, 2],
    [0, -1, 2],
    [0, 3, 6],
    [0, 3, 2],
  ])("refuses what does not fit: offset %i, source %i to %i", (offset, start, end) => {
    const target = new Uint8Array(5);
    expect(() => copyBytes(target, offset, source, start, end)).toThrow(RangeError);
    expect([...target]).toEqual([0, 0, 0, 0, 0]);
  });
});
