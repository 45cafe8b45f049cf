/** Text forms of bytes, comparisons, and the one reader that checks what remains before it reads. */
import { TorrentialError } from "./errors.ts";

const HEX_DIGITS: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

// RFC 4648 section 6.
const BASE32_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

// String.fromCharCode takes its input as arguments; this stays well under every engine's limit.
const CHAR_CODES_PER_CALL = 4096;

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lossyDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Lower-case hex, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX_DIGITS[byte];
  return text;
}

/** Bytes of a hex string in either case. Throws "text-invalid" for an odd length or any other character. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) {
    throw new TorrentialError("text-invalid", `hex text: got ${text.length} digits, wanted an even number`);
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = hexDigit(text.charCodeAt(2 * i));
    const low = hexDigit(text.charCodeAt(2 * i + 1));
    if (high < 0 || low < 0) {
      throw new TorrentialError("text-invalid", `hex text: not two hex digits at position ${2 * i}`);
    }
    bytes[i] = high * 16 + low;
  }
  return bytes;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

/** RFC 4648 base 32 in upper case, without padding. */
export function toBase32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32_ALPHABET[(held >>> bits) & 31];
    }
  }
  if (bits > 0) text += BASE32_ALPHABET[(held << (5 - bits)) & 31];
  return text;
}

/** Bytes of a base 32 string in either case, without padding. Throws "text-invalid" unless it is the canonical form. */
export function fromBase32(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = base32Digit(text.charCodeAt(i));
    if (digit < 0) throw new TorrentialError("text-invalid", `base 32 text: not a base 32 digit at position ${i}`);
    held = ((held << 5) | digit) & 0xffff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >>> bits) & 0xff;
    }
  }
  if (bits >= 5 || (held & ((1 << bits) - 1)) !== 0) {
    throw new TorrentialError("text-invalid", `base 32 text: ${text.length} digits do not end on a whole byte`);
  }
  return bytes;
}

function base32Digit(code: number): number {
  if (code >= 0x32 && code <= 0x37) return code - 0x32 + 26;
  const lower = code | 0x20;
  return code >= 0x41 && lower >= 0x61 && lower <= 0x7a ? lower - 0x61 : -1;
}

/** A fresh array that holds the parts one after another. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Whether both hold the same bytes. Not constant in time: not for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Order by unsigned byte, a prefix first: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** One byte per character. Throws "text-invalid" for a character above U+00FF. */
export function latin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) throw new TorrentialError("text-invalid", `latin-1 text: U+${code.toString(16)} at position ${i}`);
    bytes[i] = code;
  }
  return bytes;
}

/** One character per byte, U+0000 to U+00FF: a reversible text form, used for keys of dictionaries. */
export function fromLatin1(bytes: Uint8Array): string {
  // Not TextDecoder("latin1"): the Encoding standard makes that windows-1252.
  let text = "";
  for (let at = 0; at < bytes.length; at += CHAR_CODES_PER_CALL) {
    // Reflect.apply takes the array as it is; a spread would walk it with an iterator.
    text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + CHAR_CODES_PER_CALL));
  }
  return text;
}

/** The UTF-8 bytes of a text; lone surrogates become U+FFFD. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Text of UTF-8 bytes, a byte order mark kept. Bad bytes throw "text-invalid", or become U+FFFD with `lossy`. */
export function fromUtf8(bytes: Uint8Array, options?: { readonly lossy?: boolean }): string {
  if (options?.lossy === true) return lossyDecoder.decode(bytes);
  try {
    return strictDecoder.decode(bytes);
  } catch (cause) {
    throw new TorrentialError("text-invalid", `text of ${bytes.length} bytes is not UTF-8`, { cause });
  }
}

/** Reads big-endian fields from front to back. Every read checks what remains and throws "bytes-underrun". */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4));
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8));
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#advance(8));
  }

  /** A view of the next `length` bytes, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A view of everything that remains, not a copy. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  skip(length: number): void {
    this.#advance(length);
  }

  #advance(length: number): number {
    if (!(length >= 0 && length <= this.remaining)) {
      throw new TorrentialError(
        "bytes-underrun",
        `read at offset ${this.#offset}: wanted ${length} bytes, ${this.remaining} remain`,
      );
    }
    const start = this.#offset;
    this.#offset = start + length;
    return start;
  }
}
