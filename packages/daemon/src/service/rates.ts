/** How fast it was: bytes in buckets of a second to a day, for the whole daemon and for each torrent that moved something. */
import type { InfoHash } from "@torrential/core";
import type { Change } from "../state/messages.ts";
import type { StateStore } from "../state/state-store.ts";
import type { Clock } from "./context.ts";
import type { RatePoint, RateSpan } from "./queries.ts";
import { putBucket, type RateBucket, RecentRates } from "./recent-rates.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How wide the buckets of a span are, and how far back they are kept. */
export const SPANS: Readonly<Record<RateSpan, { readonly bucketMs: number; readonly keptMs: number }>> = {
  minute: { bucketMs: SECOND_MS, keptMs: 10 * MINUTE_MS },
  hour: { bucketMs: 10 * SECOND_MS, keptMs: 6 * HOUR_MS },
  day: { bucketMs: 5 * MINUTE_MS, keptMs: 2 * DAY_MS },
  week: { bucketMs: HOUR_MS, keptMs: 60 * DAY_MS },
  year: { bucketMs: DAY_MS, keptMs: 10 * 365 * DAY_MS },
};
/** Of single torrents: what is worth a row; `RecentRates` has the others. */
const TORRENT_SPANS: readonly RateSpan[] = ["day", "week", "year"];
const SAVED_SPANS: readonly RateSpan[] = ["hour", "day", "week", "year"];
const WHOLE = "";

export class Rates {
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #recent = new RecentRates();
  /** Seconds, in memory alone. */
  #seconds: RateBucket[] = [];
  /** Not on disk yet, by "info-hash span". */
  readonly #open = new Map<string, RateBucket[]>();

  constructor(store: StateStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Bytes that were moved since the last call, of the whole daemon. */
  addSession(bytes: { readonly down: number; readonly up: number }): void {
    const now = this.#clock.wall();
    putBucket(this.#seconds, now - (now % SECOND_MS), bytes);
    const oldest = now - SPANS.minute.keptMs;
    if ((this.#seconds[0]?.atMs ?? now) < oldest - MINUTE_MS)
      this.#seconds = this.#seconds.filter(({ atMs }) => atMs >= oldest);
    if (bytes.down + bytes.up > 0) this.#add(WHOLE, SAVED_SPANS, bytes, now);
  }

  addTorrent(infoHash: InfoHash, bytes: { readonly down: number; readonly up: number }): void {
    const now = this.#clock.wall();
    this.#recent.add(infoHash, bytes, now);
    this.#add(infoHash, TORRENT_SPANS, bytes, now);
  }

  /** Oldest first; buckets in which nothing moved are left out. */
  points(span: RateSpan, infoHash?: InfoHash): readonly RatePoint[] {
    const { bucketMs, keptMs } = SPANS[span];
    const since = this.#clock.wall() - keptMs;
    if (span === "minute" || (span === "hour" && infoHash !== undefined)) {
      const now = this.#clock.wall();
      const buckets = infoHash === undefined ? this.#seconds : this.#recent.buckets(infoHash, span, now);
      return buckets.map((bucket) => toPoint(bucket, bucketMs));
    }
    const key = infoHash ?? WHOLE;
    const rows = this.#store.all(
      "SELECT at_ms, down, up FROM rates WHERE info_hash = ? AND span = ? AND at_ms >= ? ORDER BY at_ms",
      key,
      span,
      since,
    );
    const buckets = rows.map((row): RateBucket => ({
      atMs: Number(row["at_ms"]),
      down: Number(row["down"]),
      up: Number(row["up"]),
    }));
    for (const bucket of this.#open.get(`${key} ${span}`) ?? []) putBucket(buckets, bucket.atMs, bucket);
    return buckets.map((bucket) => toPoint(bucket, bucketMs));
  }

  /** What is to be put on disk; afterwards it is not kept here. */
  takeUnsaved(): Change[] {
    const changes: Change[] = [];
    for (const [key, buckets] of this.#open) {
      const [infoHash = "", span = ""] = key.split(" ");
      for (const { atMs, down, up } of buckets) {
        changes.push({
          sql: `INSERT INTO rates (info_hash, span, at_ms, down, up) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET down = down + excluded.down, up = up + excluded.up`,
          params: [infoHash, span, atMs, Math.round(down), Math.round(up)],
        });
      }
    }
    this.#open.clear();
    return changes;
  }

  /** Deletes what is too old. */
  trim(): Change[] {
    const now = this.#clock.wall();
    this.#recent.trim(now);
    return SAVED_SPANS.map((span) => ({
      sql: "DELETE FROM rates WHERE span = ? AND at_ms < ?",
      params: [span, now - SPANS[span].keptMs],
    }));
  }

  #add(
    key: string,
    spans: readonly RateSpan[],
    bytes: { readonly down: number; readonly up: number },
    now: number,
  ): void {
    for (const span of spans) {
      const buckets = this.#open.get(`${key} ${span}`) ?? [];
      putBucket(buckets, now - (now % SPANS[span].bucketMs), bytes);
      this.#open.set(`${key} ${span}`, buckets);
    }
  }
}

function toPoint({ atMs, down, up }: RateBucket, bucketMs: number): RatePoint {
  return { atMs, downRate: (down * 1000) / bucketMs, upRate: (up * 1000) / bucketMs };
}
