import { describe, expect, it } from "vitest";
import { fillGaps } from "./spans.ts";

const WINDOW = { windowMs: 60_000, bucketMs: 1_000 };
const NOW = 1_000_000;

function at(atMs: number, downRate = 5) {
  return { atMs, downRate, upRate: 0 };
}

describe("points of a graph", () => {
  it("are zero where nothing was recorded", () => {
    const filled = fillGaps([at(NOW - 30_000), at(NOW - 29_000), at(NOW - 10_000)], WINDOW, NOW);
    expect(filled.map(({ atMs, downRate }) => [(atMs - NOW) / 1_000, downRate])).toEqual([
      [-60, 0],
      [-31, 0],
      [-30, 5],
      [-29, 5],
      [-28, 0],
      [-11, 0],
      [-10, 5],
      [-9, 0],
      [0, 0],
    ]);
  });

  it("leave out what is before the window", () => {
    expect(fillGaps([at(NOW - 100_000), at(NOW - 59_500)], WINDOW, NOW).some(({ atMs }) => atMs < NOW - 60_000)).toBe(
      false,
    );
  });
});
