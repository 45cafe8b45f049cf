/** `--limit-schedule`: spans of the week with rates of their own, as the engine's week grid. */
import { type RateLimits, toMonotonic, weekAnchor } from "@torrential/node";
import { parseRate, UsageError } from "./values.ts";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;
const OTHERWISE = "otherwise";

/** One span; in it a way without a rate has none. */
export interface ScheduleSpan {
  /** 0 is Monday. */
  readonly days: readonly number[];
  /** Minutes of the day; an end at or before the begin is on the next day. */
  readonly from: number;
  readonly to: number;
  /** Bytes per second; 0: nothing passes. */
  readonly down: number | undefined;
  readonly up: number | undefined;
}

/** "mon-fri 08:00-18:00 down=1MiB up=200KB": days, a span of the day, rates; "off" is a rate of nothing. */
export function parseScheduleSpan(text: string): ScheduleSpan {
  const [days = "", span = "", ...rates] = text.trim().toLowerCase().split(/\s+/);
  const [, from, to] = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(span) ?? [];
  if (from === undefined || to === undefined || rates.length === 0) {
    throw new UsageError(
      `got ${JSON.stringify(text.slice(0, 80))}, wanted days, hours and rates such as "mon-fri 08:00-18:00 down=1MiB up=200KB"`,
    );
  }
  const found = new Map(rates.map((rate) => parseWay(rate)));
  return {
    days: parseDays(days),
    from: parseTime(from),
    to: parseTime(to),
    down: found.get("down"),
    up: found.get("up"),
  };
}

/** Later spans win over earlier ones; outside all of them the other limits hold. Anchored to the week of now. */
export function scheduledLimits(spans: readonly ScheduleSpan[], otherwise: RateLimits): RateLimits {
  const grid = Array.from({ length: WEEK_MINUTES }, () => OTHERWISE);
  for (const [index, { days, from, to }] of spans.entries()) {
    const length = to > from ? to - from : to + DAY_MINUTES - from;
    for (const day of days)
      for (let minute = 0; minute < length; minute++)
        grid[(day * DAY_MINUTES + from + minute) % WEEK_MINUTES] = String(index);
  }
  const weekStartsAt = toMonotonic(weekAnchor(new Date()));
  const way = (direction: "down" | "up"): RateLimits["down"] => {
    const rates: (readonly [string, RateLimits["down"]])[] = spans.map((span, index) => [`${index}`, span[direction]]);
    const profiles = [...rates, [OTHERWISE, otherwise[direction]] as const].map(([name, rate]) => [
      name,
      typeof rate === "number" ? { type: "fixed", bytesPerSec: rate } : { type: "unlimited" },
    ]);
    return { type: "schedule", profiles: Object.fromEntries(profiles), grid, weekStartsAt };
  };
  return { down: way("down"), up: way("up") };
}

function parseDays(text: string): readonly number[] {
  if (text === "daily") return DAYS.map((_, day) => day);
  return text.split(",").flatMap((part) => {
    const [from = -1, to = from] = part.split("-").map((name) => DAYS.findIndex((day) => day === name));
    if (from < 0 || to < 0) throw new UsageError(`got the days ${JSON.stringify(part)}, wanted mon, mon-fri or daily`);
    return Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, step) => (from + step) % 7);
  });
}

function parseTime(text: string): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  const time = hours * 60 + minutes;
  if (minutes > 59 || time > DAY_MINUTES) throw new UsageError(`got the time ${text}, wanted 00:00 to 24:00`);
  return time;
}

function parseWay(text: string): readonly ["down" | "up", number] {
  const [, way, rate = ""] = /^(down|up)=(.+)$/.exec(text) ?? [];
  if (way !== "down" && way !== "up") throw new UsageError(`got ${JSON.stringify(text)}, wanted down=RATE or up=RATE`);
  return [way, rate === "off" || rate === "0" ? 0 : parseRate(rate)];
}
