/**
 * A set of piece indexes as bits, most significant bit first: the layout of BEP 3's bitfield message.
 * Invariants: bits beyond `length` are always clear, and `count` is exact, so both questions cost nothing.
 */
import { assert, TorrentialError } from "./errors.ts";

/** A fixed number of bits, all clear at birth. */
export class Bitfield {
  readonly length: number;
  /** The bytes as on the wire: a live view, only to be read. */
  readonly bytes: Uint8Array;
  // The same memory, 32 bits at a time and padded to a whole word: skipping runs of equal words is what is fast.
  readonly #words: Uint32Array;
  #count = 0;

  constructor(length: number) {
    assert(Number.isInteger(length) && length >= 0, `bitfield: length ${length} is not a count`);
    this.length = length;
    this.#words = new Uint32Array(Math.ceil(length / 32));
    this.bytes = new Uint8Array(this.#words.buffer, 0, Math.ceil(length / 8));
  }

  /** Copies a bitfield off the wire. Throws "bitfield-invalid" for a wrong size or a set spare bit (BEP 3). */
  static fromBytes(length: number, bytes: Uint8Array): Bitfield {
    const wanted = Math.ceil(length / 8);
    if (bytes.length !== wanted) {
      throw new TorrentialError(
        "bitfield-invalid",
        `bitfield of ${length} pieces: got ${bytes.length} bytes, wanted ${wanted}`,
      );
    }
    const spareMask = length % 8 === 0 ? 0 : 0xff >>> (length % 8);
    if (((bytes[wanted - 1] ?? 0) & spareMask) !== 0) {
      throw new TorrentialError("bitfield-invalid", `bitfield of ${length} pieces: spare bits at the end are set`);
    }
    const bitfield = new Bitfield(length);
    bitfield.bytes.set(bytes);
    bitfield.#recount();
    return bitfield;
  }

  /** How many bits are set. */
  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.length;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Whether bit `index` is set; false for an index that is out of range. */
  has(index: number): boolean {
    return ((this.bytes[index >>> 3] ?? 0) & (0x80 >>> (index & 7))) !== 0;
  }

  /** Sets one bit; true if it was clear. */
  set(index: number): boolean {
    this.#assertIndex(index);
    const byte = this.bytes[index >>> 3] ?? 0;
    const mask = 0x80 >>> (index & 7);
    if ((byte & mask) !== 0) return false;
    this.bytes[index >>> 3] = byte | mask;
    this.#count++;
    return true;
  }

  /** Clears one bit; true if it was set. */
  clear(index: number): boolean {
    this.#assertIndex(index);
    const byte = this.bytes[index >>> 3] ?? 0;
    const mask = 0x80 >>> (index & 7);
    if ((byte & mask) === 0) return false;
    this.bytes[index >>> 3] = byte & ~mask;
    this.#count--;
    return true;
  }

  setAll(): void {
    this.bytes.fill(0xff);
    if (this.length % 8 !== 0) this.bytes[this.bytes.length - 1] = 0xff & ~(0xff >>> (this.length % 8));
    this.#count = this.length;
  }

  clearAll(): void {
    this.bytes.fill(0);
    this.#count = 0;
  }

  /** Whether this has a bit that `other`, of the same length, lacks. */
  hasAnyNotIn(other: Bitfield): boolean {
    assert(other.length === this.length, `bitfield: compared ${this.length} bits with ${other.length}`);
    if (this.#count > other.#count) return true;
    const mine = this.#words;
    const theirs = other.#words;
    for (let i = 0; i < mine.length; i++) if (((mine[i] ?? 0) & ~(theirs[i] ?? 0)) !== 0) return true;
    return false;
  }

  /** The first set bit at or after `from`, or -1. */
  nextSet(from: number): number {
    return this.#next(from, 0);
  }

  /** The first clear bit at or after `from`, or -1. */
  nextClear(from: number): number {
    return this.#next(from, 0xff);
  }

  /** A copy of the bytes as on the wire. */
  toBytes(): Uint8Array {
    return this.bytes.slice();
  }

  clone(): Bitfield {
    const copy = new Bitfield(this.length);
    copy.#words.set(this.#words);
    copy.#count = this.#count;
    return copy;
  }

  // `flip` turns the bits we look for into ones: 0 to find set bits, 0xff to find clear ones.
  #next(from: number, flip: number): number {
    const { bytes, length } = this;
    const words = this.#words;
    const skippedWord = flip === 0 ? 0 : 0xffffffff;
    let index = Math.max(0, from);
    while (index < length) {
      if ((index & 31) === 0 && words[index >>> 5] === skippedWord) {
        index += 32;
        continue;
      }
      const wanted = (((bytes[index >>> 3] ?? 0) ^ flip) & (0xff >>> (index & 7))) << 24;
      if (wanted !== 0) {
        const found = (index & ~7) + Math.clz32(wanted);
        return found < length ? found : -1;
      }
      index = (index & ~7) + 8;
    }
    return -1;
  }

  #recount(): void {
    let count = 0;
    for (const word of this.#words) count += countOnes(word);
    this.#count = count;
  }

  #assertIndex(index: number): void {
    // hot: the message is only put together when it is needed.
    if (index >= 0 && index < this.length && Number.isInteger(index)) return;
    assert(false, `bitfield: no bit ${index} of ${this.length}`);
  }
}

function countOnes(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
