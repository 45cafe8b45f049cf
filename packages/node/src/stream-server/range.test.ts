import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRange } from "./range.ts";

const part = (start: number, end: number): object => ({ type: "part", start, end });
const WHOLE = { type: "whole" };
const NONE = { type: "unsatisfiable" };

describe("the Range header", () => {
  it.each([
    [undefined, WHOLE],
    ["bytes=0-0", part(0, 1)],
    ["bytes=0-99", part(0, 100)],
    ["bytes=0-1000000", part(0, 100)],
    ["bytes=50-", part(50, 100)],
    ["BYTES= 50- ", part(50, 100)],
    ["bytes=-30", part(70, 100)],
    ["bytes=-1000", part(0, 100)],
    ["bytes=100-", NONE],
    ["bytes=-0", NONE],
    ["bytes=5-4", WHOLE],
    ["bytes=-", WHOLE],
    ["bytes=0-1,5-6", WHOLE],
    ["items=0-1", WHOLE],
    ["bytes=0x1-2", WHOLE],
    ["bytes=99999999999999999-", WHOLE],
  ])("%s", (header, verdict) => {
    expect(parseRange(header, 100)).toEqual(verdict);
  });

  it("never leaves the file, whatever it says", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 1000 }), fc.integer(), (tail, length, number) => {
        for (const header of [`bytes=${tail}`, `bytes=${number}-${tail}`, tail]) {
          const verdict = parseRange(header, length);
          if (verdict.type !== "part") continue;
          expect(verdict.start).toBeGreaterThanOrEqual(0);
          expect(verdict.end).toBeGreaterThan(verdict.start);
          expect(verdict.end).toBeLessThanOrEqual(length);
        }
      }),
    );
  });
});
