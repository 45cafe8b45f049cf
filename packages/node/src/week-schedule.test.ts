import { describe, expect, it } from "vitest";
import { toMonotonic, weekAnchor } from "./week-schedule.ts";

const DAY_MS = 86_400_000;

describe("week of a schedule", () => {
  it("begins on Monday 00:00 of the local zone", () => {
    const monday = new Date(2026, 5, 1);
    for (const [day, hour] of [
      [1, 0],
      [3, 13],
      [7, 23],
    ] as const) {
      const at = new Date(2026, 5, day, hour, 59, 30, 5);
      expect(weekAnchor(at)).toBe(monday.getTime());
    }
    expect(weekAnchor(new Date(2026, 5, 8)) - monday.getTime()).toBe(7 * DAY_MS);
  });

  it("is told on the clock that the engine counts with", () => {
    const now = performance.now();
    expect(Math.abs(toMonotonic(Date.now()) - now)).toBeLessThan(1000);
  });
});
