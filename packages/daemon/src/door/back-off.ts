/**
 * Slows down who guesses: after some failures a key must wait, each time twice as long, up to an hour (PROMISES C2).
 * What is asked meanwhile is refused without work and does not count. A machine: `now` is handed in, monotonic.
 */

export interface BackOffOptions {
  /** Failures that cost nothing: people mistype. */
  readonly freeFailures: number;
}

interface Entry {
  failures: number;
  lockedUntil: number;
}

const FIRST_WAIT_MS = 1_000;
const WAIT_MS_MAX = 3_600_000;
/** Keys remembered; beyond, the one that was silent longest is forgotten. */
const ENTRIES_MAX = 10_000;

export class BackOff {
  readonly #options: BackOffOptions;
  /** In order of their last failure. */
  readonly #entries = new Map<string, Entry>();

  constructor(options: BackOffOptions) {
    this.#options = options;
  }

  /** How long `key` must still wait; 0 when it may try. */
  waitMs(key: string, now: number): number {
    const entry = this.#entries.get(key);
    return entry === undefined ? 0 : Math.max(0, entry.lockedUntil - now);
  }

  handleFailure(key: string, now: number): void {
    const before = this.#entries.get(key);
    // An hour of peace and it is as new.
    const isStale = before !== undefined && now - before.lockedUntil > WAIT_MS_MAX;
    const failures = (before === undefined || isStale ? 0 : before.failures) + 1;
    const beyond = failures - this.#options.freeFailures;
    const wait = beyond <= 0 ? 0 : Math.min(WAIT_MS_MAX, FIRST_WAIT_MS * 2 ** (beyond - 1));
    this.#entries.delete(key);
    this.#entries.set(key, { failures, lockedUntil: now + wait });
    if (this.#entries.size > ENTRIES_MAX) this.#forgetOldest();
  }

  handleSuccess(key: string): void {
    this.#entries.delete(key);
  }

  #forgetOldest(): void {
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
