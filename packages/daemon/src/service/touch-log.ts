/** Which entries were touched, in order, for readers that each come back at their own time. */

/** It is cut when it is so much longer than what there is: who is further behind starts over. */
const SLACK = 4_096;

const NONE: ReadonlySet<never> = new Set();

export class TouchLog<T> {
  readonly #slack: number;
  #items: T[] = [];
  /** Position of the first item that is kept. */
  #base = 0;

  constructor(slack: number = SLACK) {
    this.#slack = slack;
  }

  /** Behind the last. */
  get end(): number {
    return this.#base + this.#items.length;
  }

  /** `size`: how many there are of all. */
  push(item: T, size: number): void {
    this.#items.push(item);
    if (this.#items.length <= 2 * size + this.#slack) return;
    const drop = this.#items.length - size;
    this.#items = this.#items.slice(drop);
    this.#base += drop;
  }

  /** Each once; undefined when some of that is not kept any more. */
  since(position: number): ReadonlySet<T> | undefined {
    if (position === this.end) return NONE;
    return position < this.#base ? undefined : new Set(this.#items.slice(position - this.#base));
  }
}
