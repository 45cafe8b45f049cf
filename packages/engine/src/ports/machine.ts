/**
 * The shape of every protocol and policy here: no I/O, no clock, no randomness but what it is handed.
 * A driver takes one input, calls it, drains `poll()`, and arms one timer for `nextTimeout()`.
 */

/** Milliseconds of a monotonic clock. Passed as `now`, never read. */
export type Millis = number;

export interface Machine<Output> {
  /** The next output, or undefined when there is none. Drain it after every input, before the next one. */
  poll(): Output | undefined;
  /** When `handleTimeout` is due; may change after any input. */
  nextTimeout(): Millis | undefined;
  /** Early, late and repeated calls are harmless. */
  handleTimeout(now: Millis): void;
}

/** A source of randomness: uniform in [0, 1), seeded by the caller. */
export type Random = () => number;
