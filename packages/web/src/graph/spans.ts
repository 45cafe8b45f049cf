/** How far back a graph looks, and which of the daemon's records it reads for that. */
import type { RatePoint, RateSpan } from "@torrential/api";

export interface GraphSpan {
  readonly name: string;
  readonly span: RateSpan;
  readonly windowMs: number;
  /** Of the daemon's record: what it leaves out between two points is nothing. */
  readonly bucketMs: number;
  readonly count: number;
  readonly unit: "minute" | "hour" | "day" | "week" | "year";
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

function span(
  name: string,
  record: RateSpan,
  rest: Pick<GraphSpan, "windowMs" | "bucketMs" | "count" | "unit">,
): GraphSpan {
  return { name, span: record, ...rest };
}

export const GRAPH_SPANS: readonly [GraphSpan, ...GraphSpan[]] = [
  span("1m", "minute", { windowMs: MINUTE_MS, bucketMs: 1_000, count: 1, unit: "minute" }),
  span("10m", "minute", { windowMs: 10 * MINUTE_MS, bucketMs: 1_000, count: 10, unit: "minute" }),
  span("1h", "hour", { windowMs: HOUR_MS, bucketMs: 10_000, count: 1, unit: "hour" }),
  span("1d", "day", { windowMs: DAY_MS, bucketMs: 5 * MINUTE_MS, count: 1, unit: "day" }),
  span("1w", "week", { windowMs: 7 * DAY_MS, bucketMs: HOUR_MS, count: 1, unit: "week" }),
  span("1y", "year", { windowMs: 365 * DAY_MS, bucketMs: DAY_MS, count: 1, unit: "year" }),
];

/** Points in the window, with zeros where the record left out that nothing moved. Oldest first. */
export function fillGaps(
  points: readonly RatePoint[],
  { windowMs, bucketMs }: Pick<GraphSpan, "windowMs" | "bucketMs">,
  now: number,
): readonly RatePoint[] {
  const filled: RatePoint[] = [];
  const zero = (atMs: number): RatePoint => ({ atMs, downRate: 0, upRate: 0 });
  let last = now - windowMs;
  for (const point of points) {
    if (point.atMs < now - windowMs) continue;
    if (point.atMs - last > 1.5 * bucketMs) filled.push(zero(last), zero(point.atMs - bucketMs));
    filled.push(point);
    last = point.atMs + bucketMs;
  }
  // The present bucket is not full yet, and the daemon's clock need not be ours.
  if (now - last > 2 * bucketMs + 2_000) filled.push(zero(last), zero(now));
  return filled;
}
