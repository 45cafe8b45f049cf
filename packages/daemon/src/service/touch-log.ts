/** Which entries were touched, in order, for readers that each come back at their own time. */

/** It is cut when it is so much longer than what there is: who is further behind starts over. */
const SLACK = 4_096;

export class TouchLog<T> {
  #items: T[] = [];
  /** Position of the first item that is kept. */
  #base = 0;

  /** Behind the last. */
  get end(): number {
    return this.#base + this.#items.length;
  }

  /** `size`: how many there are of all. */
  push(item: T, size: number): void {
    this.#items.push(item);
    if (this.#items.length <= 2 * size + SLACK) return;
    const drop = this.#items.length - size;
    this.#items = this.#items.slice(drop);
    this.#base += drop;
  }

  /** Each once; undefined when some of that is not kept any more. */
  since(position: number): ReadonlySet<T> | undefined {
    return position < this.#base ? undefined : new Set(this.#items.slice(position - this.#base));
  }
}
