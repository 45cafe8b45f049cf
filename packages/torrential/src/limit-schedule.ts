/** Spans of the week with limits of their own, as a week grid: `--limit-schedule` here, `limit --schedule` at a daemon. */
import type { ScheduleLimit } from "@torrential/api";
import { type RateLimits, type SimpleLimit, toMonotonic, weekAnchor } from "@torrential/node";
import { parseLimitValue } from "./limit-value.ts";
import { UsageError } from "./values.ts";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;
const OTHERWISE = "otherwise";

export type Way = "down" | "up";

/** One span; in it a way that is not told has no limit. */
export interface ScheduleSpan {
  /** 0 is Monday. */
  readonly days: readonly number[];
  /** Minutes of the day; an end at or before the begin is on the next day. */
  readonly from: number;
  readonly to: number;
  readonly down: SimpleLimit | undefined;
  readonly up: SimpleLimit | undefined;
}

/** "mon-fri 08:00-18:00 down=1MiB up=200KB": days, a span of the day, limits; "off" lets nothing pass. */
export function parseScheduleSpan(text: string): ScheduleSpan {
  const [days = "", span = "", ...rates] = text.trim().toLowerCase().split(/\s+/);
  const [, from, to] = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(span) ?? [];
  if (from === undefined || to === undefined || rates.length === 0) {
    throw new UsageError(
      `got ${JSON.stringify(text.slice(0, 80))}, wanted days, hours and limits such as "mon-fri 08:00-18:00 down=1MiB up=200KB"`,
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
  const weekStartsAt = toMonotonic(weekAnchor(new Date()));
  const way = (direction: Way): RateLimits["down"] => {
    const rest = otherwise[direction];
    const limit: SimpleLimit = typeof rest === "number" ? { type: "fixed", bytesPerSec: rest } : { type: "unlimited" };
    const { profiles, grid } = weekOf(spans, direction);
    return { type: "schedule", profiles: { ...profiles, [OTHERWISE]: limit }, grid, weekStartsAt };
  };
  return { down: way("down"), up: way("up") };
}

/** The same for a daemon, which anchors it by itself; slots are as long as the spans allow. */
export function scheduleLimit(spans: readonly ScheduleSpan[], way: Way, otherwise: SimpleLimit): ScheduleLimit {
  const { profiles, grid } = weekOf(spans, way);
  const slot = spans.flatMap(({ from, to }) => [from, to]).reduce(greatestDivisor, DAY_MINUTES);
  return {
    type: "schedule",
    profiles: { ...profiles, [OTHERWISE]: otherwise },
    grid: grid.filter((_, minute) => minute % slot === 0),
  };
}

/** A profile's name for each minute, and what the spans' profiles are. */
function weekOf(
  spans: readonly ScheduleSpan[],
  way: Way,
): { readonly profiles: Readonly<Record<string, SimpleLimit>>; readonly grid: readonly string[] } {
  const grid = Array.from({ length: WEEK_MINUTES }, () => OTHERWISE);
  for (const [index, { days, from, to }] of spans.entries()) {
    const length = to > from ? to - from : to + DAY_MINUTES - from;
    for (const day of days)
      for (let minute = 0; minute < length; minute++)
        grid[(day * DAY_MINUTES + from + minute) % WEEK_MINUTES] = String(index);
  }
  const profiles = spans.map((span, index) => [`${index}`, span[way] ?? { type: "unlimited" }] as const);
  return { profiles: Object.fromEntries(profiles), grid };
}

/** Euclid's. */
function greatestDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestDivisor(other, one % other);
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

function parseWay(text: string): readonly [Way, SimpleLimit] {
  const [, way, limit = ""] = /^(down|up)=(.+)$/.exec(text) ?? [];
  if (way !== "down" && way !== "up") throw new UsageError(`got ${JSON.stringify(text)}, wanted down=RATE or up=RATE`);
  return [way, parseLimitValue(limit === "0" ? "off" : limit)];
}
