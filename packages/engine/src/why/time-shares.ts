/**
 * How long something was in which state: shares of time since the beginning, and of the last minute.
 *
 * The last minute is a memory that fades (each stretch weighs e^(−age / 30 s)): the same few numbers for each reason,
 * whatever happens, where a true window would need a history.
 */
import type { Millis } from "../ports/machine.ts";
import type { WhyLevel, WhyReason } from "./reasons.ts";

/** Two such times ago weighs a seventh: what is older than a minute hardly counts. */
const FADE_MS = 30_000;

export interface TimeShare {
  readonly reason: WhyReason;
  readonly level: WhyLevel | undefined;
  /** 0 to 1; all shares of a list add up to 1. */
  readonly share: number;
  /** In all, since the beginning. */
  readonly ms: number;
  /** How often it began. */
  readonly count: number;
}

interface Entry {
  readonly reason: WhyReason;
  readonly level: WhyLevel | undefined;
  ms: number;
  count: number;
  /** Weighed milliseconds, as of `fadedAt`. */
  fading: number;
  fadedAt: Millis;
}

/** A state that changes, and its books. O(reasons seen) memory, O(1) while nothing changes. */
export class TimeShares {
  readonly #entries: Entry[] = [];
  #current: Entry;
  #since: Millis;

  constructor(reason: WhyReason, now: Millis) {
    this.#current = this.#begin(reason, undefined, now);
    this.#since = now;
  }

  get reason(): WhyReason {
    return this.#current.reason;
  }

  get level(): WhyLevel | undefined {
    return this.#current.level;
  }

  // hot
  set(reason: WhyReason, level: WhyLevel | undefined, now: Millis): void {
    const current = this.#current;
    if (current.reason === reason && current.level === level) return;
    this.#book(now);
    this.#current = this.#begin(reason, level, now);
  }

  /** Since the beginning, the largest share first. */
  total(now: Millis): readonly TimeShare[] {
    this.#book(now);
    return toShares(this.#entries, ({ ms }) => ms);
  }

  /** Of the last minute, the largest share first. */
  recent(now: Millis): readonly TimeShare[] {
    this.#book(now);
    return toShares(this.#entries, (entry) => faded(entry, now));
  }

  #begin(reason: WhyReason, level: WhyLevel | undefined, now: Millis): Entry {
    let entry = this.#entries.find((each) => each.reason === reason && each.level === level);
    if (entry === undefined) {
      entry = { reason, level, ms: 0, count: 0, fading: 0, fadedAt: now };
      this.#entries.push(entry);
    }
    entry.count += 1;
    return entry;
  }

  #book(now: Millis): void {
    const entry = this.#current;
    const ms = Math.max(0, now - this.#since);
    this.#since = now;
    entry.fading = faded(entry, now) + FADE_MS * (1 - Math.exp(-ms / FADE_MS));
    entry.fadedAt = now;
    entry.ms += ms;
  }
}

function faded({ fading, fadedAt }: Entry, now: Millis): number {
  return fading * Math.exp(-(now - fadedAt) / FADE_MS);
}

/** What is below a thousandth is left out; when no time has passed yet, the first state has all of it. */
function toShares(entries: readonly Entry[], weigh: (entry: Entry) => number): readonly TimeShare[] {
  const weights = entries.map(weigh);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return entries
    .map(({ reason, level, ms, count }, index) => {
      const share = sum > 0 ? (weights[index] ?? 0) / sum : index === entries.length - 1 ? 1 : 0;
      return { reason, level, share, ms, count };
    })
    .filter(({ share }) => share >= SHARE_MIN)
    .sort((a, b) => b.share - a.share);
}

const SHARE_MIN = 0.001;
