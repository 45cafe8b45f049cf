import { describe, expect, it } from "vitest";
import { changeType, makeSchedule, rateOf, STRATEGY_TYPES, weekOf } from "./strategies.ts";

describe("strategies of a limit", () => {
  it("keep their rate when they are exchanged", () => {
    for (const type of STRATEGY_TYPES) {
      const changed = changeType({ type: "fixed", bytesPerSec: 5_000 }, type);
      expect([changed.type, rateOf(changed)]).toEqual([type, type === "unlimited" ? undefined : 5_000]);
    }
  });

  it("have a week that comes back as it was painted", () => {
    const week = Array.from({ length: 7 }, (_, day) => Array.from({ length: 24 }, (_, hour) => hour === day + 8));
    const schedule = makeSchedule({ type: "fixed", bytesPerSec: 1 }, week);
    expect(weekOf(schedule)).toEqual(week);
    expect(schedule.grid).toHaveLength(168);
    expect(weekOf({ ...schedule, grid: ["painted"] }).flat()).not.toContain(true);
  });
});
