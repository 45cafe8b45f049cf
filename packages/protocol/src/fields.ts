/**
 * Optional fields of dictionaries that others made. One field of the wrong type or out of range counts as absent: the
 * rest of a peer's or a tracker's message is still of use.
 */
import type { BDict, BValue } from "@torrential/core";
import { fromUtf8 } from "@torrential/core";

/** An integer from `min` to `max`. */
export function intField(dict: BDict, key: string, min: number, max: number): number | undefined {
  const value: BValue | undefined = dict.get(key);
  return typeof value === "number" && value >= min && value <= max ? value : undefined;
}

/** A byte string; a view of the input. */
export function bytesField(dict: BDict, key: string): Uint8Array | undefined {
  const value = dict.get(key);
  return value instanceof Uint8Array ? value : undefined;
}

/** Text cut to `maxBytes`; what is not UTF-8 becomes U+FFFD. */
export function textField(dict: BDict, key: string, maxBytes: number): string | undefined {
  const bytes = bytesField(dict, key);
  return bytes === undefined ? undefined : fromUtf8(bytes.subarray(0, maxBytes), { lossy: true });
}
