/** Waiting without sleeping: a condition is polled until it holds or its deadline has passed. */
import { setTimeout as delay } from "node:timers/promises";

export interface WaitOptions {
  /** Named in the error: what was expected, and as a function also what is there instead. */
  readonly what: string | (() => string);
  /** Default: 30 s. */
  readonly deadlineMs?: number;
  /** Default: 20 ms. */
  readonly intervalMs?: number;
}

type Awaitable<T> = T | Promise<T>;

/** Polls until `condition` returns something other than `false` or `undefined`, and returns that. Throws at the deadline. */
export async function waitFor<T>(condition: () => Awaitable<T | false | undefined>, options: WaitOptions): Promise<T> {
  const deadlineMs = options.deadlineMs ?? 30_000;
  const startedAt = performance.now();
  for (;;) {
    const result = await condition();
    if (result !== false && result !== undefined) return result;
    if (performance.now() - startedAt > deadlineMs) {
      const what = typeof options.what === "string" ? options.what : options.what();
      throw new Error(`Gave up after ${(deadlineMs / 1000).toFixed(0)} s: ${what}`);
    }
    await delay(options.intervalMs ?? 20);
  }
}

/** The promise's value, or an error that names `what` when it takes longer than `deadlineMs`. */
export async function within<T>(promise: Promise<T>, options: { what: string; deadlineMs: number }): Promise<T> {
  const timer = new AbortController();
  const late = delay(options.deadlineMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`Gave up after ${(options.deadlineMs / 1000).toFixed(0)} s: ${options.what}`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}
