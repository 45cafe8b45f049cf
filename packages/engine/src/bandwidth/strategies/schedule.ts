import { TorrentialError } from "@torrential/core";
import type { Millis } from "../../ports/machine.ts";
import type { RateLimit, RateStrategy } from "../strategy.ts";

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

export interface ScheduleOptions {
  /** Any number of named profiles, each a strategy of its own. */
  readonly profiles: Readonly<Record<string, RateStrategy>>;
  /** One profile name per slot of the week, Monday 00:00 first: 168 for hours, 336 for half hours, 7 for days. */
  readonly grid: readonly string[];
  /**
   * The instant, on the monotonic clock, of some Monday 00:00 local time (past or future). The engine knows no wall
   * clock: when the zone's offset changes (summer time), set a new schedule.
   */
  readonly weekStartsAt: Millis;
}

/** A week grid that hands over to the profile of the hour. Throws TorrentialError "schedule-invalid". */
export function weekSchedule(options: ScheduleOptions): RateStrategy {
  const { grid, weekStartsAt } = options;
  if (grid.length === 0) {
    throw new TorrentialError("schedule-invalid", "the week grid has no slots");
  }
  const profiles = grid.map((name) => findProfile(options, name));
  const slotMs = WEEK_MS / grid.length;
  return {
    type: "schedule",
    limitAt(now: Millis): RateLimit {
      const slot = Math.floor((now - weekStartsAt) / slotMs);
      const index = ((slot % grid.length) + grid.length) % grid.length;
      const limit = (profiles[index] as RateStrategy).limitAt(now);
      const slotEndsAt = weekStartsAt + (slot + 1) * slotMs;
      return { ...limit, until: Math.min(limit.until, slotEndsAt) };
    },
  };
}

function findProfile(options: ScheduleOptions, name: string): RateStrategy {
  const profile = Object.hasOwn(options.profiles, name) ? options.profiles[name] : undefined;
  if (profile === undefined) {
    const known = Object.keys(options.profiles).join(", ");
    throw new TorrentialError("schedule-invalid", `no profile "${name}", there are: ${known}`);
  }
  return profile;
}
