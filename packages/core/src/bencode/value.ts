/** What bencode (BEP 3) decodes to. */
import { fromUtf8 } from "../bytes.ts";
import { TorrentialError } from "../errors.ts";
import { skipKeyText, skipValue } from "./skip.ts";

/**
 * A decoded value. Integers are `number` when exact (|n| < 2^53), else `bigint`; never -0.
 * Strings are views of the input: copy what must outlive it.
 */
export type BValue = number | bigint | Uint8Array | BValue[] | BDict;

/** A decoded dictionary. Keys are byte strings, one character (U+0000 to U+00FF) per byte. */
export class BDict {
  readonly #entries = new Map<string, BValue>();
  readonly #input: Uint8Array;
  readonly #start: number;

  /** For the decoder: `start` is the offset of the dictionary's "d" in `input`. */
  constructor(input: Uint8Array, start: number) {
    this.#input = input;
    this.#start = start;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The value of a key, whatever its type. */
  get(key: string): BValue | undefined {
    return this.#entries.get(key);
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Keys in the order received. */
  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  /** Entries in the order received. */
  entries(): IterableIterator<[string, BValue]> {
    return this.#entries.entries();
  }

  [Symbol.iterator](): IterableIterator<[string, BValue]> {
    return this.#entries.entries();
  }

  /** For the decoder. */
  add(key: string, value: BValue): void {
    this.#entries.set(key, value);
  }

  /** The bytes of a key's value exactly as received: a view. What an info-hash is made of. */
  rawOf(key: string): Uint8Array | undefined {
    if (!this.#entries.has(key)) return undefined;
    // Found by walking again: asked for once or twice per input, so nothing is kept for it while decoding.
    let at = this.#start + 1;
    for (;;) {
      const found = skipKeyText(this.#input, at);
      const end = skipValue(this.#input, found.end);
      if (found.key === key) return this.#input.subarray(found.end, end);
      at = end;
    }
  }

  /** A byte string, or undefined when absent. Throws "bencode-invalid" for another type. */
  getBytes(key: string): Uint8Array | undefined {
    const value = this.get(key);
    if (value === undefined || value instanceof Uint8Array) return value;
    throw wrongType(key, value, "a string");
  }

  /** Text, or undefined when absent; bytes that are not UTF-8 become U+FFFD. Throws "bencode-invalid" for another type. */
  getString(key: string): string | undefined {
    const bytes = this.getBytes(key);
    return bytes === undefined ? undefined : fromUtf8(bytes, { lossy: true });
  }

  /**
   * An exact integer, or undefined when absent. Throws "bencode-invalid" for another type, for |n| ≥ 2^53, and
   * outside `range`, ends included.
   */
  getInt(key: string, range?: { readonly min?: number; readonly max?: number }): number | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (typeof value === "bigint") {
      throw new TorrentialError("bencode-invalid", `key ${quoteKey(key)}: ${clip(value)} is outside ±(2^53-1)`);
    }
    if (typeof value !== "number") throw wrongType(key, value, "an integer");
    const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = range ?? {};
    if (value < min || value > max) {
      throw new TorrentialError("bencode-invalid", `key ${quoteKey(key)}: got ${value}, wanted ${min} to ${max}`);
    }
    return value;
  }

  /** A list, or undefined when absent. Throws "bencode-invalid" for another type. */
  getList(key: string): BValue[] | undefined {
    const value = this.get(key);
    if (value === undefined || Array.isArray(value)) return value;
    throw wrongType(key, value, "a list");
  }

  /** A dictionary, or undefined when absent. Throws "bencode-invalid" for another type. */
  getDict(key: string): BDict | undefined {
    const value = this.get(key);
    if (value === undefined || value instanceof BDict) return value;
    throw wrongType(key, value, "a dictionary");
  }
}

/** "a string", "an integer", "a list", "a dictionary": for error messages. */
export function describeType(value: BValue): string {
  if (typeof value === "number" || typeof value === "bigint") return "an integer";
  if (value instanceof Uint8Array) return "a string";
  return Array.isArray(value) ? "a list" : "a dictionary";
}

function wrongType(key: string, value: BValue, wanted: string): TorrentialError {
  return new TorrentialError("bencode-invalid", `key ${quoteKey(key)}: got ${describeType(value)}, wanted ${wanted}`);
}

function quoteKey(key: string): string {
  return JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key);
}

function clip(value: bigint): string {
  const digits = value.toString();
  return digits.length > 40 ? `${digits.slice(0, 40)}…` : digits;
}
