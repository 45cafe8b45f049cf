/** Bytes per second over a sliding window of whole-second buckets, and the running total. */
import type { Millis } from "../ports/machine.ts";

/** BEP 3's reference choker compares 20 s averages; the display uses a shorter window of the same buckets. */
const BUCKETS = 20;
const BUCKET_MS = 1_000;
const SHORT_BUCKETS = 3;

export class RateMeter {
  totalBytes = 0;
  readonly #buckets = new Float64Array(BUCKETS);
  #second: number;
  readonly #startedAt: Millis;

  constructor(now: Millis) {
    this.#startedAt = now;
    this.#second = Math.floor(now / BUCKET_MS);
  }

  // hot
  add(bytes: number, now: Millis): void {
    const second = Math.floor(now / BUCKET_MS);
    if (second !== this.#second) this.#advance(second);
    const slot = second % BUCKETS;
    this.#buckets[slot] = (this.#buckets[slot] ?? 0) + bytes;
    this.totalBytes += bytes;
  }

  /** Bytes per second over the last 20 s, or over its life when it is younger. */
  longRate(now: Millis): number {
    return this.#rate(now, BUCKETS);
  }

  /** Bytes per second over the last 3 s. */
  shortRate(now: Millis): number {
    return this.#rate(now, SHORT_BUCKETS);
  }

  #rate(now: Millis, buckets: number): number {
    const second = Math.floor(now / BUCKET_MS);
    if (second !== this.#second) this.#advance(second);
    let sum = 0;
    for (let back = 0; back < buckets; back++) sum += this.#buckets[(second - back + BUCKETS) % BUCKETS] ?? 0;
    // The bucket of this second is only partly over.
    const windowMs = (buckets - 1) * BUCKET_MS + (now - second * BUCKET_MS);
    return sum / (Math.max(250, Math.min(windowMs, now - this.#startedAt)) / 1_000);
  }

  #advance(second: number): void {
    const steps = Math.min(BUCKETS, Math.max(0, second - this.#second));
    for (let step = 1; step <= steps; step++) this.#buckets[(this.#second + step) % BUCKETS] = 0;
    this.#second = second;
  }
}
