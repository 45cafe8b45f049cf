/**
 * What a node's limit is, as a module of its own. A strategy answers one question, `limitAt(now)`, and says how long the
 * answer holds; the service does the counting. Write your own by implementing `RateStrategy` (docs/internals/bandwidth.md).
 */
import type { Millis } from "../ports/machine.ts";

export type Direction = "down" | "up";

/** What a strategy allows from an instant on. */
export interface RateLimit {
  /** Never exceeded. Infinity: no limit. 0: nothing passes. */
  readonly ceilingBytesPerSec: number;
  /** Served before siblings share what is left. 0: none. */
  readonly guaranteeBytesPerSec: number;
  /** When to ask the strategy again; Infinity: the answer holds until the strategy is replaced. */
  readonly until: Millis;
}

/** Replaceable at run time at any node, in either direction. */
export interface RateStrategy {
  /** A short name for lists and messages: `"fixed"`. */
  readonly type: string;
  /** Asked when set, and again at each `until`; never earlier than before. Must be cheap and pure in `now`. */
  limitAt(now: Millis): RateLimit;
}
