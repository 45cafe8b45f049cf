import { describe, expect, it } from "vitest";
import { isScheduled } from "./schedule.ts";

const NIGHT = [{ days: ["fri"], from: "22:00", to: "06:00" }];
/** 2026-11-27 is a Friday. */
const at = (day: number, hours: number, minutes = 0): Date => new Date(2026, 10, day, hours, minutes);

describe("the schedule of alternative limits", () => {
  it.each([
    [at(27, 21, 59), false],
    [at(27, 22), true],
    [at(28, 5, 59), true],
    [at(28, 6), false],
    [at(28, 22), false],
  ])("over midnight, at %s: %s", (when, isOn) => {
    expect(isScheduled(NIGHT, when)).toBe(isOn);
  });

  it("covers a whole day, and knows no rule as off", () => {
    expect(isScheduled([{ days: ["sat"], from: "00:00", to: "24:00" }], at(28, 23, 59))).toBe(true);
    expect(isScheduled([], at(28, 1))).toBe(false);
  });
});
