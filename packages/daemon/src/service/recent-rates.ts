/** How fast single torrents were lately, in memory alone: seconds for ten minutes, tens of seconds for an hour. */
import type { InfoHash } from "@torrential/core";

export interface RateBucket {
  readonly atMs: number;
  down: number;
  up: number;
}

export interface MovedBytes {
  readonly down: number;
  readonly up: number;
}

const SECOND_MS = 1_000;
const FINE_KEPT_MS = 600_000;
const COARSE_MS = 10_000;
const COARSE_KEPT_MS = 3_600_000;
/** What moved longest ago goes first; 2,000 that move all the time need about 100 MiB. */
const TORRENTS_MAX = 2_000;

interface Recent {
  fine: RateBucket[];
  coarse: RateBucket[];
}

export class RecentRates {
  /** Those that moved last are last. */
  readonly #torrents = new Map<InfoHash, Recent>();

  add(infoHash: InfoHash, moved: MovedBytes, now: number): void {
    const recent = this.#torrents.get(infoHash) ?? { fine: [], coarse: [] };
    putBucket(recent.fine, now - (now % SECOND_MS), moved);
    putBucket(recent.coarse, now - (now % COARSE_MS), moved);
    recent.fine = trimBuckets(recent.fine, now - FINE_KEPT_MS);
    recent.coarse = trimBuckets(recent.coarse, now - COARSE_KEPT_MS);
    this.#torrents.delete(infoHash);
    this.#torrents.set(infoHash, recent);
    const [oldest] = this.#torrents.keys();
    if (this.#torrents.size > TORRENTS_MAX && oldest !== undefined) this.#torrents.delete(oldest);
  }

  /** Oldest first. */
  buckets(infoHash: InfoHash, span: "minute" | "hour", now: number): readonly RateBucket[] {
    const recent = this.#torrents.get(infoHash);
    if (recent === undefined) return [];
    const [buckets, keptMs] = span === "minute" ? [recent.fine, FINE_KEPT_MS] : [recent.coarse, COARSE_KEPT_MS];
    return buckets.filter(({ atMs }) => atMs >= now - keptMs);
  }

  /** Lets go of what is too old to be asked for. */
  trim(now: number): void {
    for (const [infoHash, { coarse }] of this.#torrents) {
      if ((coarse.at(-1)?.atMs ?? 0) >= now - COARSE_KEPT_MS) return;
      this.#torrents.delete(infoHash);
    }
  }
}

/** Adds to the last bucket, or begins one. */
export function putBucket(buckets: RateBucket[], atMs: number, { down, up }: MovedBytes): void {
  const last = buckets.at(-1);
  if (last?.atMs !== atMs) buckets.push({ atMs, down, up });
  else {
    last.down += down;
    last.up += up;
  }
}

/** Not at every bucket: once a tenth of them is too old. */
function trimBuckets(buckets: RateBucket[], oldestMs: number): RateBucket[] {
  const isDue = (buckets[Math.floor(buckets.length / 10)]?.atMs ?? oldestMs) < oldestMs;
  return isDue ? buckets.filter(({ atMs }) => atMs >= oldestMs) : buckets;
}
