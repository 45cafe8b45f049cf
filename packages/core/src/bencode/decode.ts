/**
 * A strict bencode decoder (BEP 3) under a budget.
 *
 * One loop and a stack of its own, so that no input can exhaust the call stack; nothing is allocated on the word of a
 * length prefix, since strings are views of the input. Each value has exactly one accepted form, so that what was
 * decoded and encoded again is the same bytes. `lenient` gives that up for senders that are known to be careless.
 */
import { fromLatin1 } from "../bytes.ts";
import { TorrentialError } from "../errors.ts";
import { BYTE } from "./skip.ts";
import { BDict, type BValue } from "./value.ts";

/** How much an input may cost, and how careless it may be. */
export interface DecodeOptions {
  /** Nested lists and dictionaries; 100 unless told, as in libtorrent. */
  readonly maxDepth?: number;
  /** Integers, strings, keys, lists and dictionaries together; 3,000,000 unless told, as in libtorrent. */
  readonly maxTokens?: number;
  /** Size of the input; 32 MiB unless told. */
  readonly maxBytes?: number;
  /** Accepts keys in any order; everything else stays strict. */
  readonly anyKeyOrder?: boolean;
  /** Accepts keys in any order, repeated keys (the first one counts), leading zeros and "-0". */
  readonly lenient?: boolean;
}

const MAX_DEPTH = 100; // libtorrent: load_torrent_limits::max_decode_depth
const MAX_TOKENS = 3_000_000; // libtorrent: load_torrent_limits::max_decode_tokens
const MAX_BYTES = 32 * 1024 * 1024; // above the 30 MiB that metadata from a magnet link may have

// 64-bit integers have 20 digits. BigInt() takes quadratic time, so an end must be set well below the input's size.
const MAX_DIGITS = 100;

const LONG_KEY_LENGTH = 32;

/** Decodes one value that is the whole input. Throws "bencode-invalid" or "bencode-limit", with the byte offset. */
export function decodeBencode(bytes: Uint8Array, options: DecodeOptions = {}): BValue {
  const { value, end } = decodeBencodePrefix(bytes, options);
  if (end !== bytes.length) {
    throw new TorrentialError("bencode-invalid", `bencode at byte ${end}: ${bytes.length - end} bytes after the value`);
  }
  return value;
}

/** Decodes the value at the start of the input; `end` is the offset behind it. Throws as `decodeBencode` does. */
export function decodeBencodePrefix(
  bytes: Uint8Array,
  options: DecodeOptions = {},
): { readonly value: BValue; readonly end: number } {
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  if (bytes.length > maxBytes) {
    throw new TorrentialError("bencode-limit", `bencode of ${bytes.length} bytes, at most ${maxBytes} are accepted`);
  }
  const decoder = new Decoder(bytes, options);
  return { value: decoder.decode(), end: decoder.offset };
}

/** A list or dictionary that is not closed yet. */
interface Frame {
  readonly list: BValue[] | undefined;
  readonly dict: BDict | undefined;
  /** Key whose value comes next. */
  key: string | undefined;
  previousKey: string | undefined;
}

class Decoder {
  offset = 0;
  readonly #bytes: Uint8Array;
  readonly #maxDepth: number;
  readonly #maxTokens: number;
  readonly #anyKeyOrder: boolean;
  readonly #lenient: boolean;
  #tokens = 0;

  constructor(bytes: Uint8Array, options: DecodeOptions) {
    this.#bytes = bytes;
    this.#maxDepth = options.maxDepth ?? MAX_DEPTH;
    this.#maxTokens = options.maxTokens ?? MAX_TOKENS;
    this.#lenient = options.lenient ?? false;
    this.#anyKeyOrder = options.anyKeyOrder ?? this.#lenient;
  }

  decode(): BValue {
    const stack: Frame[] = [];
    let frame: Frame | undefined;
    for (;;) {
      const byte = this.#bytes[this.offset];
      let value: BValue;
      if (frame !== undefined && byte === BYTE.e) {
        value = this.#close(frame);
        stack.pop();
        frame = stack.at(-1);
      } else if (frame?.dict !== undefined && frame.key === undefined) {
        this.#readKey(frame);
        continue;
      } else if (byte === BYTE.d || byte === BYTE.l) {
        frame = this.#open(byte);
        stack.push(frame);
        if (stack.length > this.#maxDepth) this.#failLimit(`nested deeper than ${this.#maxDepth}`);
        continue;
      } else {
        value = byte === BYTE.i ? this.#readInteger() : this.#readString();
      }
      if (frame === undefined) return value;
      this.#append(frame, value);
    }
  }

  #open(byte: number): Frame {
    this.#countToken();
    const start = this.offset++;
    const isDict = byte === BYTE.d;
    return {
      list: isDict ? undefined : [],
      dict: isDict ? new BDict(this.#bytes, start) : undefined,
      key: undefined,
      previousKey: undefined,
    };
  }

  #close(frame: Frame): BValue {
    if (frame.key !== undefined) this.#fail("dictionary ends after a key, its value is missing");
    this.offset++;
    return frame.dict ?? frame.list ?? [];
  }

  #append(frame: Frame, value: BValue): void {
    if (frame.list !== undefined) {
      frame.list.push(value);
    } else if (frame.dict !== undefined && frame.key !== undefined) {
      // Only a lenient decoder comes here with a key that is taken: the first one counts, as in libtorrent.
      if (!this.#lenient || !frame.dict.has(frame.key)) frame.dict.add(frame.key, value);
      frame.key = undefined;
    }
  }

  #readKey(frame: Frame): void {
    const start = this.offset;
    const key = this.#readKeyText();
    const previous = frame.previousKey;
    // Comparing by UTF-16 unit is comparing by byte here, as BEP 3 wants: one character is one byte.
    if (previous !== undefined && key <= previous) {
      const isRepeated = key === previous || frame.dict?.has(key) === true;
      if (isRepeated && !this.#lenient) this.#fail(`key ${quote(key)} is repeated`, start);
      if (!isRepeated && !this.#anyKeyOrder) this.#fail(`key ${quote(key)} is not in order`, start);
    } else if (this.#anyKeyOrder && !this.#lenient && frame.dict?.has(key) === true) {
      this.#fail(`key ${quote(key)} is repeated`, start);
    }
    frame.key = key;
    frame.previousKey = key;
  }

  #readString(): Uint8Array {
    const length = this.#readLength("a value");
    const start = this.offset;
    this.offset = start + length;
    return this.#bytes.subarray(start, this.offset);
  }

  #readKeyText(): string {
    const length = this.#readLength("a key");
    const start = this.offset;
    this.offset = start + length;
    if (length > LONG_KEY_LENGTH) return fromLatin1(this.#bytes.subarray(start, this.offset));
    // Most keys are a few letters: making a view to convert it would cost more than the text.
    let text = "";
    for (let at = start; at < this.offset; at++) text += String.fromCharCode(this.#bytes[at] ?? 0);
    return text;
  }

  /** Reads "<length>:", checks that so many bytes follow, and stops in front of them. */
  #readLength(wanted: string): number {
    this.#countToken();
    const bytes = this.#bytes;
    const start = this.offset;
    let at = start;
    let length = 0;
    let byte = bytes[at];
    if (byte === undefined || byte < BYTE.zero || byte > BYTE.nine) this.#failExpected(wanted, start);
    while (byte !== undefined && byte >= BYTE.zero && byte <= BYTE.nine) {
      length = length * 10 + byte - BYTE.zero;
      if (length > bytes.length) this.#fail(`string of ${length} or more bytes leaves the input`, start);
      byte = bytes[++at];
    }
    if (byte !== BYTE.colon) this.#failExpected('":" after a length', at);
    if (bytes[start] === BYTE.zero && at - start > 1 && !this.#lenient) {
      this.#fail("length of a string has leading zeros", start);
    }
    const end = at + 1 + length;
    if (end > bytes.length) {
      this.#fail(`string of ${length} bytes leaves the input, ${bytes.length - at - 1} remain`, start);
    }
    this.offset = at + 1;
    return length;
  }

  #readInteger(): number | bigint {
    this.#countToken();
    const bytes = this.#bytes;
    const start = this.offset;
    const isNegative = bytes[start + 1] === BYTE.minus;
    const digitsStart = start + (isNegative ? 2 : 1);
    let at = digitsStart;
    let magnitude = 0;
    let byte = bytes[at];
    while (byte !== undefined && byte >= BYTE.zero && byte <= BYTE.nine) {
      magnitude = magnitude * 10 + (byte - BYTE.zero);
      byte = bytes[++at];
    }
    const digits = at - digitsStart;
    if (digits === 0) this.#failExpected("a digit of an integer", at);
    if (byte !== BYTE.e) this.#failExpected('"e" after an integer', at);
    if (bytes[digitsStart] === BYTE.zero && (digits > 1 || isNegative) && !this.#lenient) {
      this.#fail(digits > 1 ? "integer has leading zeros" : "integer is negative zero", start);
    }
    if (digits > MAX_DIGITS) this.#failLimit(`integer of ${digits} digits, at most ${MAX_DIGITS} are accepted`);
    this.offset = at + 1;
    // A sum that never left the exact range is exact; one that did is above it and stays there.
    if (magnitude <= Number.MAX_SAFE_INTEGER) return isNegative ? 0 - magnitude : magnitude;
    const exact = BigInt(fromLatin1(bytes.subarray(digitsStart, at)));
    return isNegative ? -exact : exact;
  }

  #countToken(): void {
    if (++this.#tokens > this.#maxTokens) this.#failLimit(`more than ${this.#maxTokens} values`);
  }

  #failExpected(wanted: string, offset: number): never {
    const byte = this.#bytes[offset];
    const got = byte === undefined ? "the end of the input" : `byte 0x${byte.toString(16).padStart(2, "0")}`;
    this.#fail(`got ${got}, wanted ${wanted}`, offset);
  }

  #fail(problem: string, offset: number = this.offset): never {
    throw new TorrentialError("bencode-invalid", `bencode at byte ${offset}: ${problem}`);
  }

  #failLimit(problem: string): never {
    throw new TorrentialError("bencode-limit", `bencode at byte ${this.offset}: ${problem}`);
  }
}

function quote(key: string): string {
  return JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key);
}
