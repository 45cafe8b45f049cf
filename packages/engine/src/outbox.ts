/** What a machine needs of an outbox: a place to put its outputs. */
export interface Outlet<T> {
  push(item: T): void;
}

/**
 * A list of outputs that its owner drains. Machines of one tree share one, so that a child's output needs no
 * forwarding and the order of outputs is the order in which they were decided.
 */
export class Outbox<T> implements Outlet<T> {
  #items: T[] = [];
  #next = 0;

  push(item: T): void {
    this.#items.push(item);
  }

  /** The oldest output, or undefined when all are drained. */
  poll(): T | undefined {
    if (this.#next === this.#items.length) {
      if (this.#next > 0) {
        this.#items = [];
        this.#next = 0;
      }
      return undefined;
    }
    const item = this.#items[this.#next];
    this.#next += 1;
    return item;
  }
}
