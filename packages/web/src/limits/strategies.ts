/** Strategies of a limit as a form edits them. */
import type { LimitStrategy, SimpleLimit } from "@torrential/api";
import { HOURS, type Week, DAYS } from "../settings/week.ts";

export type StrategyType = LimitStrategy["type"];
export const STRATEGY_TYPES: readonly StrategyType[] = ["unlimited", "fixed", "guarantee-and-ceiling", "schedule"];

/** What a rate begins with. */
const RATE_DEFAULT = 1_000_000;
const SLOTS = DAYS.length * HOURS;
/** Names of the profiles that the form makes: in the painted hours, and outside of them. */
const PAINTED = "painted";
const OTHER = "other";

/** The same limit by another strategy, as far as that can be said. */
export function changeType(strategy: LimitStrategy, type: StrategyType): LimitStrategy {
  const rate = rateOf(strategy) ?? RATE_DEFAULT;
  switch (type) {
    case "unlimited":
      return { type };
    case "fixed":
      return { type, bytesPerSec: rate };
    case "guarantee-and-ceiling":
      return { type, guaranteeBytesPerSec: Math.round(rate / 2), ceilingBytesPerSec: rate };
    case "schedule":
      return makeSchedule(toLimit(rate), emptyWeek());
    default:
      return type satisfies never;
  }
}

/** The rate that a form shows first; undefined for none. */
export function rateOf(strategy: LimitStrategy): number | undefined {
  switch (strategy.type) {
    case "unlimited":
      return undefined;
    case "fixed":
      return strategy.bytesPerSec;
    case "guarantee-and-ceiling":
      return strategy.ceilingBytesPerSec;
    case "schedule": {
      const painted = strategy.profiles[PAINTED];
      return painted === undefined ? undefined : rateOf(painted);
    }
    default:
      return strategy satisfies never;
  }
}

export function toLimit(bytesPerSec: number | undefined): SimpleLimit {
  return bytesPerSec === undefined ? { type: "unlimited" } : { type: "fixed", bytesPerSec };
}

/** `painted` in the hours that are on, nothing outside of them. */
export function makeSchedule(painted: SimpleLimit, week: Week): Extract<LimitStrategy, { type: "schedule" }> {
  const grid = week.flatMap((hours) => hours.map((isOn) => (isOn ? PAINTED : OTHER)));
  return { type: "schedule", profiles: { [PAINTED]: painted, [OTHER]: { type: "unlimited" } }, grid };
}

/** The hours that are on; a grid of other slots or names, as an API may set it, begins empty. */
export function weekOf({ grid }: Extract<LimitStrategy, { type: "schedule" }>): Week {
  if (grid.length !== SLOTS) return emptyWeek();
  return DAYS.map((_, day) => grid.slice(day * HOURS, (day + 1) * HOURS).map((name) => name === PAINTED));
}

function emptyWeek(): Week {
  return DAYS.map(() => Array.from({ length: HOURS }, () => false));
}
