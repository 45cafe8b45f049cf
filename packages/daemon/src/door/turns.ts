/** Lets so many at once, and so many wait. */
import { TorrentialError } from "@torrential/core";

export interface TurnsOptions {
  readonly atOnceMax: number;
  readonly waitingMax: number;
}

export class Turns {
  readonly #options: TurnsOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** Runs `work` when its turn comes. Throws "busy" when too many wait. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#options.atOnceMax) await this.#wait();
    else this.#running += 1;
    try {
      return await work();
    } finally {
      // Who waits takes the place over, so that nobody slips in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= this.#options.waitingMax) {
      throw new TorrentialError("busy", `${this.#waiting.length} wait already: try again in a second`);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
