import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAYS, HOURS, toSpans, toWeek, type Week } from "./week.ts";

describe("a week of hours", () => {
  it("is its spans again, whatever is painted", () => {
    const row = fc.array(fc.boolean(), { minLength: HOURS, maxLength: HOURS });
    const week = fc.array(row, { minLength: DAYS.length, maxLength: DAYS.length });
    fc.assert(
      fc.property(week, (painted: Week) => {
        expect(toWeek(toSpans(painted))).toEqual(painted);
      }),
    );
  });

  it("says equal days together", () => {
    const week = DAYS.map((_, day) => Array.from({ length: HOURS }, (__, hour) => day < 5 && hour >= 9 && hour < 17));
    expect(toSpans(week)).toEqual([{ days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "17:00" }]);
  });

  it("reaches over midnight into the next day", () => {
    const week = toWeek([{ days: ["sun"], from: "23:00", to: "01:00" }]);
    expect([week[6]?.[23], week[0]?.[0], week[0]?.[1]]).toEqual([true, true, false]);
  });
});
