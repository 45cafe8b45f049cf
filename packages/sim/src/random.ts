/**
 * Seeded randomness for the world. Every part of the world draws from its own stream, split off by name, so that
 * one more draw in one part doesn't shift the dice of all the others.
 */

/** A 32-bit mix of an integer: the finaliser of MurmurHash3, good enough to seed from and to make content with. */
export function mix32(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** sfc32 ("small fast counting", PractRand): 128 bits of state, period of at least 2^32. */
export class SimRandom {
  readonly #seed: number;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Same seed and path of `split` names, same numbers. */
  constructor(seed: number) {
    this.#seed = seed >>> 0;
    this.#a = mix32(seed);
    this.#b = mix32(seed ^ 0x9e3779b9);
    this.#c = mix32(Math.floor(seed / 0x1_0000_0000) ^ 0x243f6a88);
    for (let round = 0; round < 12; round++) this.nextUint32();
  }

  /** An independent stream; depends on this one's seed and the name only, not on what was drawn so far. */
  split(name: string): SimRandom {
    let hash = this.#seed ^ 0x811c9dc5;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    return new SimRandom(mix32(hash));
  }

  nextUint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** Uniform in [0, 1). An arrow, so that it can be handed to a machine as its `Random`. */
  readonly next = (): number => this.nextUint32() / 0x1_0000_0000;

  /** A whole number in [0, end). */
  nextInt(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** Uniform in [low, high). */
  nextBetween(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  hasChance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One element of a list that isn't empty. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("pick: the list is empty");
    return items[this.nextInt(items.length)] as T;
  }

  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, rank: this.next() }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ item }) => item);
  }

  nextBytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.nextInt(256));
  }
}
