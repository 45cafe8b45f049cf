/** What the parts of the service share. */
import type { EnginePort } from "../engine-thread/engine-thread.ts";
import type { Settings } from "../config/definitions.ts";
import type { StateStore } from "../state/state-store.ts";
import type { History } from "./history.ts";
import type { LimitBook } from "./limit-book.ts";
import type { ReadModel } from "./read-model.ts";

export interface ServiceContext {
  readonly model: ReadModel;
  readonly store: StateStore;
  readonly engine: EnginePort;
  readonly history: History;
  readonly settings: () => Settings;
  /** Schedules, guarantees and weights. */
  readonly limits: LimitBook;
  readonly clock: Clock;
}

/** Wall time for what people read, monotonic time for what is measured. */
export interface Clock {
  /** Milliseconds since 1970; never less than it was. */
  readonly wall: () => number;
  /** Milliseconds, from anywhere. */
  readonly now: () => number;
}

/** PROMISES, faults 7: wall time is clamped to be no less than what was seen last. */
export function systemClock(): Clock {
  let last = 0;
  return {
    wall: () => {
      last = Math.max(last, Date.now());
      return last;
    },
    now: () => performance.now(),
  };
}
