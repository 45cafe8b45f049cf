/** Canonical bencode (BEP 3): keys sorted as bytes, one form for each value. */
import { fromLatin1, latin1, utf8 } from "../bytes.ts";
import { assert } from "../errors.ts";
import { BDict } from "./value.ts";

/**
 * What can be encoded. Strings and keys of records are written as UTF-8; keys of maps and of decoded dictionaries are
 * byte strings, one character per byte. Numbers must be exact integers. A record's undefined fields are left out.
 */
export type BInput =
  | string
  | number
  | bigint
  | Uint8Array
  | readonly BInput[]
  | ReadonlyMap<string, BInput>
  | BDict
  | { readonly [key: string]: BInput | undefined };

/** The canonical bytes of a value, fresh. A number that is no exact integer is a mistake of the caller. */
export function encodeBencode(value: BInput): Uint8Array {
  const writer = new Writer();
  writeValue(writer, value);
  return writer.take();
}

function writeValue(writer: Writer, value: BInput): void {
  if (typeof value === "string") {
    if (isAscii(value)) writer.text(`${value.length}:${value}`);
    else writeString(writer, utf8(value));
  } else if (typeof value === "number") {
    assert(Number.isSafeInteger(value), `bencode: ${value} is not an exact integer`);
    writer.text(`i${value}e`);
  } else if (typeof value === "bigint") {
    writer.text(`i${value}e`);
  } else if (value instanceof Uint8Array) {
    writeString(writer, value);
  } else if (isList(value)) {
    writer.text("l");
    for (const item of value) writeValue(writer, item);
    writer.text("e");
  } else {
    writeDict(writer, dictEntries(value));
  }
}

// Array.isArray alone does not narrow readonly arrays.
function isList(value: object): value is readonly BInput[] {
  return Array.isArray(value);
}

function dictEntries(
  value: Exclude<BInput, string | number | bigint | Uint8Array | readonly BInput[]>,
): [string, BInput][] {
  if (value instanceof Map || value instanceof BDict) return [...value.entries()];
  const entries: [string, BInput][] = [];
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) entries.push([isAscii(key) ? key : fromLatin1(utf8(key)), item]);
  }
  return entries;
}

function writeDict(writer: Writer, entries: [string, BInput][]): void {
  // By UTF-16 unit, which is by byte: one character is one byte here.
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  writer.text("d");
  for (const [key, item] of entries) {
    if (isAscii(key)) writer.text(`${key.length}:${key}`);
    else writeString(writer, latin1(key));
    writeValue(writer, item);
  }
  writer.text("e");
}

/** Names of fields nearly always are, and need no conversion then. */
function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function writeString(writer: Writer, bytes: Uint8Array): void {
  writer.text(`${bytes.length}:`);
  writer.bytes(bytes);
}

/** A buffer that doubles. */
class Writer {
  #buffer = new Uint8Array(256);
  #length = 0;

  text(ascii: string): void {
    this.#reserve(ascii.length);
    for (let i = 0; i < ascii.length; i++) this.#buffer[this.#length++] = ascii.charCodeAt(i);
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  take(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  #reserve(length: number): void {
    const needed = this.#length + length;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}
