import type { LimitStrategy } from "@torrential/node";
import { describe, expect, it } from "vitest";
import { parseScheduleSpan, scheduledLimits, scheduleLimit } from "./limit-schedule.ts";
import { describeLimit, parseLimitValue } from "./limit-value.ts";

/** What a strategy says of a minute of a day, bytes per second; undefined for no limit. */
function rateAt(strategy: LimitStrategy, day: number, hour: number): number | undefined {
  if (strategy.type !== "schedule") throw new Error(`got ${strategy.type}`);
  const slots = strategy.grid.length / 168;
  const profile = strategy.profiles[strategy.grid[(day * 24 + hour) * slots] ?? ""];
  return profile?.type === "fixed" ? profile.bytesPerSec : undefined;
}

describe("a limit in words", () => {
  it.each([
    ["500KB", { type: "fixed", bytesPerSec: 500_000 }, "500 kB/s"],
    ["None", { type: "unlimited" }, "no limit"],
    ["off", { type: "fixed", bytesPerSec: 0 }, "nothing"],
    ["1MiB..", { type: "guarantee-and-ceiling", guaranteeBytesPerSec: 1 << 20 }, "1.05 MB/s sure"],
    [
      "1MiB..2MiB",
      { type: "guarantee-and-ceiling", guaranteeBytesPerSec: 1 << 20, ceilingBytesPerSec: 1 << 21 },
      "1.05 MB/s sure, 2.10 MB/s at most",
    ],
  ])("%s is read, and told", (text, limit, told) => {
    expect(parseLimitValue(text)).toEqual(limit);
    expect(describeLimit(parseLimitValue(text))).toBe(told);
  });

  it.each(["", "0", "x", "..", "..1MB", "1MB..x", "2MB..1MB", "-1"])("refuses %j", (text) => {
    expect(() => parseLimitValue(text)).toThrow("got");
  });
});

function fixed(bytesPerSec: number): object {
  return { type: "fixed", bytesPerSec };
}

describe("--limit-schedule", () => {
  it.each([
    ["mon-fri 08:00-18:00 down=1MiB up=200KB", [0, 1, 2, 3, 4], [480, 1080], { down: fixed(1 << 20), up: fixed(2e5) }],
    ["sat,SUN 22:30-06:00 up=off", [5, 6], [1350, 360], { up: fixed(0) }],
    ["fri-mon 00:00-24:00 down=1KB", [4, 5, 6, 0], [0, 1440], { down: fixed(1000) }],
    ["daily 00:00-01:00 down=0", [0, 1, 2, 3, 4, 5, 6], [0, 60], { down: fixed(0) }],
    [
      "mon 00:00-01:00 up=1KB..2KB",
      [0],
      [0, 60],
      { up: { type: "guarantee-and-ceiling", guaranteeBytesPerSec: 1000, ceilingBytesPerSec: 2000 } },
    ],
  ])("reads %s", (text, days, [from, to], limits) => {
    expect(parseScheduleSpan(text)).toEqual({ days, from, to, ...limits });
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

  it("has slots for a daemon that are as long as the spans allow", () => {
    const lengths = (...spans: string[]): number =>
      scheduleLimit(spans.map(parseScheduleSpan), "down", { type: "unlimited" }).grid.length;
    expect([
      lengths("mon 00:00-24:00 up=off"),
      lengths("daily 08:00-18:00 up=off"),
      lengths("daily 08:15-18:00 up=off"),
      lengths("daily 08:01-18:00 up=off"),
    ]).toEqual([7, 84, 224, 10_080]);
    const { profiles, grid } = scheduleLimit([parseScheduleSpan("tue 00:00-24:00 down=1KB..")], "down", {
      type: "fixed",
      bytesPerSec: 5,
    });
    expect(grid.map((name) => profiles[name]?.type)).toEqual([
      "fixed",
      "guarantee-and-ceiling",
      ...Array.from({ length: 5 }, () => "fixed"),
    ]);
  });
});
