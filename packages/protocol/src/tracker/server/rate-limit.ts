/** How much each address may ask: a bucket each, of which a bounded number is kept. */
import { parseIp } from "@torrential/core";

export interface RateLimitOptions {
  readonly perSecond: number;
  readonly burst: number;
}

const BUCKETS_MAX = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

export class RateLimit {
  readonly #options: RateLimitOptions;
  /** Least recently used first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /** Takes one of what this address has left; IPv6 addresses count by /64. */
  take(address: string, now: number): boolean {
    const { perSecond, burst } = this.#options;
    const key = keyOf(address);
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > BUCKETS_MAX && oldest !== undefined) this.#buckets.delete(oldest);
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1_000) * perSecond);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}

function keyOf(address: string): string {
  const bytes = parseIp(address);
  return bytes?.length === 16 ? bytes.subarray(0, 8).join(".") : address;
}
