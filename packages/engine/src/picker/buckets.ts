/**
 * Pieces of one priority, in one bucket per number of peers that have them. A bucket is an array without order, so that
 * a piece enters and leaves in O(1) and any one of them can be drawn. Arrays grow and shrink by powers of two out of a
 * common store: one array per bucket of full size would be peers × pieces.
 */

const CAPACITY_MIN = 16;
// Large arrays kept for reuse, of each size; more are left to the garbage collector.
const LARGE = 4096;
const LARGE_SPARE_MAX = 2;
const EMPTY = new Int32Array(0);

/** Int32Arrays given back, by size. */
export class BucketStore {
  readonly #spare: Int32Array[][] = [];

  /** An array of at least `count` places, a power of two. */
  take(count: number): Int32Array {
    const exponent = 32 - Math.clz32(Math.max(CAPACITY_MIN, count) - 1);
    return this.#spare[exponent]?.pop() ?? new Int32Array(2 ** exponent);
  }

  give(array: Int32Array): void {
    if (array.length === 0) return;
    const exponent = 31 - Math.clz32(array.length);
    while (this.#spare.length <= exponent) this.#spare.push([]);
    const spare = this.#spare[exponent] ?? [];
    if (array.length < LARGE || spare.length < LARGE_SPARE_MAX) spare.push(array);
  }
}

/** The buckets of one priority. `positions` (shared by all priorities) says where in its bucket a piece is. */
export class Buckets {
  /** Pieces of each level; only the first `counts[level]` places mean anything. */
  readonly items: Int32Array[] = [];
  counts: Int32Array = new Int32Array(CAPACITY_MIN);
  // One bit per level that is not empty, so that empty levels are skipped 32 at a time.
  #occupied = new Int32Array(1);
  readonly #positions: Int32Array;
  readonly #store: BucketStore;

  constructor(positions: Int32Array, store: BucketStore) {
    this.#positions = positions;
    this.#store = store;
  }

  // hot
  add(piece: number, level: number): void {
    if (level >= this.items.length) this.#addLevels(level);
    const count = this.counts[level] ?? 0;
    let items = this.items[level] ?? EMPTY;
    if (count === items.length) items = this.#resize(level, count + 1);
    items[count] = piece;
    this.#positions[piece] = count;
    this.counts[level] = count + 1;
    if (count === 0) this.#occupied[level >>> 5] = (this.#occupied[level >>> 5] ?? 0) | (1 << (level & 31));
  }

  // hot
  remove(piece: number, level: number): void {
    const items = this.items[level] ?? EMPTY;
    const count = (this.counts[level] ?? 0) - 1;
    const last = items[count] ?? 0;
    const position = this.#positions[piece] ?? 0;
    items[position] = last;
    this.#positions[last] = position;
    this.#positions[piece] = -1;
    this.counts[level] = count;
    if (count === 0) this.#occupied[level >>> 5] = (this.#occupied[level >>> 5] ?? 0) & ~(1 << (level & 31));
    if (count < items.length >>> 2 && items.length > CAPACITY_MIN) this.#resize(level, items.length >>> 1);
  }

  /** The lowest level at or above `from` that has pieces, or -1. */
  levelFrom(from: number): number {
    let index = from >>> 5;
    let word = (this.#occupied[index] ?? 0) & (-1 << (from & 31));
    while (word === 0) {
      index++;
      if (index >= this.#occupied.length) return -1;
      word = this.#occupied[index] ?? 0;
    }
    return index * 32 + 31 - Math.clz32(word & -word);
  }

  /** The highest level at or below `from` that has pieces, or -1. */
  levelDownFrom(from: number): number {
    for (let level = Math.min(from, this.items.length - 1); level >= 0; level--) {
      if ((this.counts[level] ?? 0) > 0) return level;
    }
    return -1;
  }

  get topLevel(): number {
    return this.items.length - 1;
  }

  /** Makes room for known numbers of pieces per level, all empty. */
  reset(countsWanted: Int32Array): void {
    for (let level = 0; level < this.items.length; level++) this.#store.give(this.items[level] ?? EMPTY);
    this.items.length = 0;
    this.counts.fill(0);
    this.#occupied.fill(0);
    let top = countsWanted.length - 1;
    while (top >= 0 && countsWanted[top] === 0) top--;
    if (top < 0) return;
    this.#addLevels(top);
    for (let level = 0; level <= top; level++) {
      const wanted = countsWanted[level] ?? 0;
      if (wanted > 0) this.items[level] = this.#store.take(wanted);
    }
  }

  #addLevels(top: number): void {
    while (this.items.length <= top) this.items.push(EMPTY);
    if (top < this.counts.length) return;
    const counts = new Int32Array(Math.max(top + 1, this.counts.length * 2));
    counts.set(this.counts);
    this.counts = counts;
    const occupied = new Int32Array((counts.length + 31) >>> 5);
    occupied.set(this.#occupied);
    this.#occupied = occupied;
  }

  #resize(level: number, capacity: number): Int32Array {
    const old = this.items[level] ?? EMPTY;
    const fresh = this.#store.take(capacity);
    const count = this.counts[level] ?? 0;
    fresh.set(count === old.length ? old : old.subarray(0, count));
    this.#store.give(old);
    this.items[level] = fresh;
    return fresh;
  }
}
