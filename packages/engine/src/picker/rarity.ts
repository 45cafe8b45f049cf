/**
 * How many peers have each piece, and the open pieces sorted by it.
 *
 * Seeds are one number: a peer that has all of it says nothing about rarity. A HAVE moves a piece to the next bucket in
 * O(1). A whole bitfield only counts, in O(pieces), and leaves the buckets stale; the next look at them sorts again,
 * once, however many bitfields came in between. (libtorrent's piece_picker does the same with its `m_dirty`.)
 */
import { assert } from "@torrential/core";
import { Buckets, BucketStore } from "./buckets.ts";

const PRIORITIES = 8;
// Moving a piece between buckets costs about as much as sorting eight: bench/picker.ts.
const SORT_SHARE = 8;

/** Availability of all pieces, and buckets of those that are listed (open and wanted). */
export class RarityIndex {
  /** Peers that have the piece, seeds aside. */
  readonly availability: Uint16Array;
  /** Peers that have every piece. */
  seeds = 0;
  /** The priority under which a piece is listed; 0 when it is not. */
  readonly layerOf: Uint8Array;
  /** Pieces listed under each priority. */
  readonly layerCounts: Int32Array = new Int32Array(PRIORITIES);
  readonly #layers: (Buckets | undefined)[] = Array.from({ length: PRIORITIES });
  readonly #positions: Int32Array;
  readonly #store = new BucketStore();
  #listedCount = 0;
  #isStale = false;

  constructor(pieceCount: number) {
    this.availability = new Uint16Array(pieceCount);
    this.layerOf = new Uint8Array(pieceCount);
    this.#positions = new Int32Array(pieceCount).fill(-1);
  }

  list(piece: number, priority: number): void {
    assert(this.layerOf[piece] === 0 && priority > 0, "rarity: listed twice, or under priority 0");
    this.layerOf[piece] = priority;
    this.layerCounts[priority] = (this.layerCounts[priority] ?? 0) + 1;
    this.#listedCount++;
    if (!this.#isStale) this.#layer(priority).add(piece, this.availability[piece] ?? 0);
  }

  /** Lists many pieces at the price of one sort. */
  listLater(piece: number, priority: number): void {
    this.#isStale = true;
    this.list(piece, priority);
  }

  unlist(piece: number): void {
    const priority = this.layerOf[piece] ?? 0;
    if (priority === 0) return;
    this.layerOf[piece] = 0;
    this.layerCounts[priority] = (this.layerCounts[priority] ?? 0) - 1;
    this.#listedCount--;
    if (!this.#isStale) this.#layer(priority).remove(piece, this.availability[piece] ?? 0);
  }

  // hot
  increment(piece: number): void {
    const level = this.availability[piece] ?? 0;
    this.availability[piece] = level + 1;
    const priority = this.layerOf[piece] ?? 0;
    if (priority === 0 || this.#isStale) return;
    const layer = this.#layer(priority);
    layer.remove(piece, level);
    layer.add(piece, level + 1);
  }

  decrement(piece: number): void {
    const level = this.availability[piece] ?? 0;
    assert(level > 0, "rarity: a piece without peers lost one");
    this.availability[piece] = level - 1;
    const priority = this.layerOf[piece] ?? 0;
    if (priority === 0 || this.#isStale) return;
    const layer = this.#layer(priority);
    layer.remove(piece, level);
    layer.add(piece, level - 1);
  }

  /** Counts a peer's whole bitfield (wire layout, `count` bits set) in, or out. */
  count(bytes: Uint8Array, count: number, direction: "in" | "out"): void {
    if (count * SORT_SHARE > this.#listedCount) this.#isStale = true;
    const { availability } = this;
    const step = direction === "in" ? 1 : -1;
    for (let i = 0; i < bytes.length; i++) {
      let bits = bytes[i] ?? 0;
      while (bits !== 0) {
        const piece = i * 8 + Math.clz32(bits) - 24;
        bits &= ~(0x80 >>> (piece & 7));
        if (this.#isStale) availability[piece] = (availability[piece] ?? 0) + step;
        else if (step > 0) this.increment(piece);
        else this.decrement(piece);
      }
    }
  }

  /** The buckets of one priority, in order. */
  layer(priority: number): Buckets {
    if (this.#isStale) this.#sort();
    return this.#layer(priority);
  }

  /** Whether bitfields came that the buckets do not show yet. */
  get isStale(): boolean {
    return this.#isStale;
  }

  /** Where in its bucket a piece is, -1 when it is in none. For checks. */
  positionOf(piece: number): number {
    return this.#positions[piece] ?? -1;
  }

  #layer(priority: number): Buckets {
    let layer = this.#layers[priority];
    if (layer === undefined) {
      layer = new Buckets(this.#positions, this.#store);
      this.#layers[priority] = layer;
    }
    return layer;
  }

  #sort(): void {
    this.#isStale = false;
    const { availability, layerOf } = this;
    let top = 0;
    for (let piece = 0; piece < availability.length; piece++) top = Math.max(top, availability[piece] ?? 0);
    for (let priority = 1; priority < PRIORITIES; priority++) {
      if (this.#layers[priority] === undefined && this.layerCounts[priority] === 0) continue;
      const counts = new Int32Array(top + 1);
      for (let piece = 0; piece < layerOf.length; piece++) {
        if (layerOf[piece] !== priority) continue;
        const level = availability[piece] ?? 0;
        counts[level] = (counts[level] ?? 0) + 1;
      }
      this.#layer(priority).reset(counts);
    }
    for (let piece = 0; piece < layerOf.length; piece++) {
      const priority = layerOf[piece] ?? 0;
      if (priority > 0) this.#layer(priority).add(piece, availability[piece] ?? 0);
    }
  }
}
