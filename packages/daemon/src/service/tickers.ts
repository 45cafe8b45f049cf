/** Things done again and again: each waits for its last run, and an error of one stops none. */
export class Tickers {
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(everyMs: number, run: () => void | Promise<void>): void {
    let isRunning = false;
    const timer = setInterval(() => {
      if (isRunning) return;
      isRunning = true;
      Promise.resolve()
        .then(run)
        .catch(this.#onError)
        .finally(() => {
          isRunning = false;
        });
    }, everyMs);
    timer.unref();
    this.#timers.add(timer);
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers.clear();
  }
}
