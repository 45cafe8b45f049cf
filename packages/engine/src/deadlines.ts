/** The earliest of many deadlines. */
import type { Millis } from "./ports/machine.ts";

/** The least of some deadlines, undefined when there is none. */
export function earliest(...times: readonly (Millis | undefined)[]): Millis | undefined {
  let least: Millis | undefined;
  for (const time of times) if (time !== undefined && (least === undefined || time < least)) least = time;
  return least;
}

/** Each deadline is replaceable: an indexed binary heap, O(log n) a change. */
export class Deadlines<Key> {
  readonly #heap: { readonly key: Key; at: Millis }[] = [];
  readonly #places = new Map<Key, number>();

  /** The earliest deadline, undefined when there is none. */
  get next(): Millis | undefined {
    return this.#heap[0]?.at;
  }

  /** Whose deadline is the earliest. */
  get nextKey(): Key | undefined {
    return this.#heap[0]?.key;
  }

  /** Sets, moves or (with undefined) removes the deadline of `key`. */
  set(key: Key, at: Millis | undefined): void {
    const place = this.#places.get(key);
    if (at === undefined) {
      if (place !== undefined) this.#remove(place);
      return;
    }
    if (place === undefined) {
      this.#heap.push({ key, at });
      this.#places.set(key, this.#heap.length - 1);
      this.#up(this.#heap.length - 1);
      return;
    }
    const entry = this.#at(place);
    const before = entry.at;
    if (before === at) return;
    entry.at = at;
    if (at < before) this.#up(place);
    else this.#down(place);
  }

  #remove(place: number): void {
    const last = this.#heap.length - 1;
    if (place !== last) this.#swap(place, last);
    const gone = this.#heap.pop();
    if (gone !== undefined) this.#places.delete(gone.key);
    if (place >= this.#heap.length) return;
    this.#up(place);
    this.#down(place);
  }

  #up(from: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      if (this.#at(parent).at <= this.#at(place).at) return;
      this.#swap(parent, place);
      place = parent;
    }
  }

  #down(from: number): void {
    let place = from;
    for (;;) {
      const left = 2 * place + 1;
      if (left >= this.#heap.length) return;
      const right = left + 1;
      const least = right < this.#heap.length && this.#at(right).at < this.#at(left).at ? right : left;
      if (this.#at(place).at <= this.#at(least).at) return;
      this.#swap(place, least);
      place = least;
    }
  }

  #swap(a: number, b: number): void {
    const first = this.#at(a);
    const second = this.#at(b);
    this.#heap[a] = second;
    this.#heap[b] = first;
    this.#places.set(second.key, a);
    this.#places.set(first.key, b);
  }

  #at(place: number): { readonly key: Key; at: Millis } {
    const entry = this.#heap[place];
    if (entry === undefined) throw new RangeError(`no deadline at ${place}`);
    return entry;
  }
}
