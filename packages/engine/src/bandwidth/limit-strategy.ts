/** Strategies as plain data: what a user, a file or a message says of a limit. */
import type { Millis } from "../ports/machine.ts";
import { fixedRate } from "./strategies/fixed.ts";
import { guaranteeAndCeiling } from "./strategies/guarantee-and-ceiling.ts";
import { weekSchedule } from "./strategies/schedule.ts";
import { checkWeight } from "./check-weight.ts";
import { UNLIMITED } from "./strategies/unlimited.ts";
import type { RateStrategy } from "./strategy.ts";

export type SimpleLimit =
  | { readonly type: "unlimited" }
  | { readonly type: "fixed"; readonly bytesPerSec: number }
  /** Served before its siblings up to the guarantee; above it, it shares what is left, up to the ceiling if there is one. */
  | {
      readonly type: "guarantee-and-ceiling";
      readonly guaranteeBytesPerSec: number;
      readonly ceilingBytesPerSec?: number;
    };

export type LimitStrategy =
  | SimpleLimit
  /** `grid`: a profile's name for each slot of the week; `weekStartsAt`: some Monday 00:00 on the monotonic clock. */
  | {
      readonly type: "schedule";
      readonly profiles: Readonly<Record<string, SimpleLimit>>;
      readonly grid: readonly string[];
      readonly weekStartsAt: Millis;
    };

/** Each way: bytes per second, a strategy, or undefined for no limit. */
export interface RateLimits {
  readonly down?: number | LimitStrategy | undefined;
  readonly up?: number | LimitStrategy | undefined;
  /** Share among its siblings, where all of them have 1 unless told. */
  readonly weight?: number;
}

/** Throws TorrentialError "rate-invalid", "schedule-invalid" or "weight-invalid" when `limits` cannot be set. */
export function checkLimits({ down, up, weight = 1 }: RateLimits): void {
  toStrategy(down);
  toStrategy(up);
  checkWeight(weight);
}

/** Throws TorrentialError "rate-invalid" or "schedule-invalid". */
export function toStrategy(limit: number | LimitStrategy | undefined): RateStrategy {
  if (limit === undefined) return UNLIMITED;
  if (typeof limit === "number") return fixedRate(limit);
  switch (limit.type) {
    case "unlimited":
      return UNLIMITED;
    case "fixed":
      return fixedRate(limit.bytesPerSec);
    case "guarantee-and-ceiling":
      return guaranteeAndCeiling({ ceilingBytesPerSec: Infinity, ...limit });
    case "schedule": {
      const { grid, weekStartsAt } = limit;
      const profiles = Object.fromEntries(
        Object.entries(limit.profiles).map(([name, profile]) => [name, toStrategy(profile)]),
      );
      return weekSchedule({ profiles, grid, weekStartsAt });
    }
    default:
      return limit satisfies never;
  }
}
