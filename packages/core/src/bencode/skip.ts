/** Walks over bencode that has been decoded once already: nothing is checked again here. */
import { fromLatin1 } from "../bytes.ts";

/** Bytes that bencode gives a meaning to. */
export const BYTE = { zero: 0x30, nine: 0x39, colon: 0x3a, minus: 0x2d, d: 0x64, e: 0x65, i: 0x69, l: 0x6c } as const;

/** Offset behind the value that starts at `start`. */
export function skipValue(bytes: Uint8Array, start: number): number {
  let at = start;
  let depth = 0;
  do {
    const byte = bytes[at];
    if (byte === BYTE.e) {
      depth--;
      at++;
    } else if (byte === BYTE.l || byte === BYTE.d) {
      depth++;
      at++;
    } else if (byte === BYTE.i) {
      at = bytes.indexOf(BYTE.e, at) + 1;
    } else {
      const { start: textStart, length } = readLength(bytes, at);
      at = textStart + length;
    }
  } while (depth > 0);
  return at;
}

/** The key that starts at `start`, and the offset behind it. */
export function skipKeyText(bytes: Uint8Array, start: number): { readonly key: string; readonly end: number } {
  const { start: textStart, length } = readLength(bytes, start);
  const end = textStart + length;
  return { key: fromLatin1(bytes.subarray(textStart, end)), end };
}

function readLength(bytes: Uint8Array, start: number): { readonly start: number; readonly length: number } {
  let at = start;
  let length = 0;
  while (bytes[at] !== BYTE.colon) length = length * 10 + (bytes[at++] ?? 0) - BYTE.zero;
  return { start: at + 1, length };
}
