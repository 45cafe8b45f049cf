/** When seeding has been enough, and what then: limits of the torrent, its tags, its category, the settings. */
import type { ShareAction, ShareLimit, ShareLimits } from "./torrent-view.ts";

/** Limits without a level above them. */
export interface ResolvedLimits {
  readonly ratio: number | undefined;
  readonly seedingTimeMs: number | undefined;
  readonly idleTimeMs: number | undefined;
  readonly match: "any" | "all";
  readonly action: ShareAction;
}

export interface Sharing {
  readonly ratio: number | undefined;
  readonly seedingTimeMs: number;
  readonly idleTimeMs: number;
}

/** `levels` from the nearest to the farthest: the first that is not "global" counts. */
export function resolveLimits(levels: readonly ShareLimits[], global: ResolvedLimits): ResolvedLimits {
  const limit = (key: "ratio" | "seedingTimeMs" | "idleTimeMs"): number | undefined =>
    toNumber(
      levels.map((level) => level[key]).find((value) => value !== "global"),
      global[key],
    );
  return {
    ratio: limit("ratio"),
    seedingTimeMs: limit("seedingTimeMs"),
    idleTimeMs: limit("idleTimeMs"),
    match: first(levels.map(({ match }) => match)) ?? global.match,
    action: first(levels.map(({ action }) => action)) ?? global.action,
  };
}

/** Whether it leaves everything to the levels above. */
export function isGlobal({ ratio, seedingTimeMs, idleTimeMs, match, action }: ShareLimits): boolean {
  const isUnlimited = ratio === "global" && seedingTimeMs === "global" && idleTimeMs === "global";
  return isUnlimited && match === "global" && action === "global";
}

/** Whether the limits are reached. No limit is never reached. */
export function isReached(limits: ResolvedLimits, sharing: Sharing): boolean {
  const verdicts: boolean[] = [];
  if (limits.ratio !== undefined) verdicts.push((sharing.ratio ?? 0) >= limits.ratio);
  if (limits.seedingTimeMs !== undefined) verdicts.push(sharing.seedingTimeMs >= limits.seedingTimeMs);
  if (limits.idleTimeMs !== undefined) verdicts.push(sharing.idleTimeMs >= limits.idleTimeMs);
  if (verdicts.length === 0) return false;
  return limits.match === "any" ? verdicts.some(Boolean) : verdicts.every(Boolean);
}

function toNumber(value: ShareLimit | undefined, global: number | undefined): number | undefined {
  if (value === undefined || value === "global") return global;
  return value === "none" ? undefined : value;
}

function first<T extends string>(values: readonly (T | "global")[]): T | undefined {
  for (const value of values) if (value !== "global") return value;
  return undefined;
}
