import type { LimitStrategy } from "@torrential/node";
import { describe, expect, it } from "vitest";
import { parseScheduleSpan, scheduledLimits } from "./limit-schedule.ts";

/** What a strategy says of a minute of a day, bytes per second; undefined for no limit. */
function rateAt(strategy: LimitStrategy, day: number, hour: number): number | undefined {
  if (strategy.type !== "schedule") throw new Error(`got ${strategy.type}`);
  const slots = strategy.grid.length / 168;
  const profile = strategy.profiles[strategy.grid[(day * 24 + hour) * slots] ?? ""];
  return profile?.type === "fixed" ? profile.bytesPerSec : undefined;
}

describe("--limit-schedule", () => {
  it.each([
    ["mon-fri 08:00-18:00 down=1MiB up=200KB", { days: [0, 1, 2, 3, 4], from: 480, to: 1080, down: 1 << 20, up: 2e5 }],
    ["sat,SUN 22:30-06:00 up=off", { days: [5, 6], from: 1350, to: 360, down: undefined, up: 0 }],
    ["fri-mon 00:00-24:00 down=1KB", { days: [4, 5, 6, 0], from: 0, to: 1440, down: 1000, up: undefined }],
    ["daily 00:00-01:00 down=0", { days: [0, 1, 2, 3, 4, 5, 6], from: 0, to: 60, down: 0, up: undefined }],
  ])("reads %s", (text, span) => {
    expect(parseScheduleSpan(text)).toEqual(span);
  });

  it.each([
    "",
    "mon",
    "mon 08:00-18:00",
    "noday 08:00-18:00 up=1",
    "mon 8-18 up=1",
    "mon 08:00-25:00 up=1",
    "mon 08:60-09:00 up=1",
    "mon 08:00-09:00 left=1",
    "mon 08:00-09:00 up=x",
  ])("refuses %j", (text) => {
    expect(() => parseScheduleSpan(text)).toThrow("wanted");
  });

  it("makes a week of it: later spans win, nights reach into the next day, and the rest is as otherwise", () => {
    const spans = ["mon-fri 08:00-18:00 down=1000", "wed 12:00-13:00 down=off", "sun 22:00-06:00 down=5000"];
    const { down, up } = scheduledLimits(spans.map(parseScheduleSpan), { down: 300, up: undefined });
    if (typeof down !== "object" || typeof up !== "object") throw new Error("no schedule");
    expect([rateAt(down, 0, 8), rateAt(down, 2, 12), rateAt(down, 2, 13), rateAt(down, 4, 18)]).toEqual([
      1000, 0, 1000, 300,
    ]);
    expect([rateAt(down, 6, 23), rateAt(down, 0, 5), rateAt(down, 0, 6)]).toEqual([5000, 5000, 300]);
    expect([rateAt(up, 0, 8), rateAt(up, 0, 0)]).toEqual([undefined, undefined]);
  });
});
