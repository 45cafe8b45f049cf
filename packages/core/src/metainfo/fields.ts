/** Reading fields of a torrent: typed errors for what must be there, silence for what is only nice to have. */
import { describeType, type BDict, type BValue } from "../bencode/value.ts";
import { fromUtf8 } from "../bytes.ts";
import { TorrentialError } from "../errors.ts";

/** "metainfo-invalid": the torrent breaks its format. "metainfo-limit": it may be right but is too large for us. */
export type MetainfoErrorCode = "metainfo-invalid" | "metainfo-limit";

/** For `throw invalid("piece length", "got 0, wanted …")`. */
export function invalid(what: string, problem: string): TorrentialError<MetainfoErrorCode> {
  return new TorrentialError("metainfo-invalid", `torrent: ${what}: ${problem}`);
}

/** As `invalid`, for a limit of ours. */
export function overLimit(what: string, problem: string): TorrentialError<MetainfoErrorCode> {
  return new TorrentialError("metainfo-limit", `torrent: ${what}: ${problem}`);
}

/** A byte string that must be there. */
export function needBytes(dict: BDict, key: string, what: string = key): Uint8Array {
  const value = dict.get(key);
  if (value instanceof Uint8Array) return value;
  throw invalid(what, `got ${describeGot(value)}, wanted a string`);
}

/** An exact integer that must be there, within `min` and `max`. */
export function needInt(
  dict: BDict,
  key: string,
  range: { readonly min: number; readonly max: number },
  what: string = key,
): number {
  const value = dict.get(key);
  if (typeof value !== "number" && typeof value !== "bigint") {
    throw invalid(what, `got ${describeGot(value)}, wanted an integer`);
  }
  if (typeof value === "bigint" || value < range.min || value > range.max) {
    throw invalid(what, `got ${value}, wanted ${range.min} to ${range.max}`);
  }
  return value;
}

/** A list that must be there. */
export function needList(dict: BDict, key: string, what: string = key): BValue[] {
  const value = dict.get(key);
  if (Array.isArray(value)) return value;
  throw invalid(what, `got ${describeGot(value)}, wanted a list`);
}

/** "nothing", or the type of a value. */
export function describeGot(value: BValue | undefined): string {
  return value === undefined ? "nothing" : describeType(value);
}

/** The bytes of a text field; its ".utf-8" twin, which old clients add beside another encoding, comes first. */
export function textBytes(dict: BDict, key: string): Uint8Array | undefined {
  const twin = dict.get(`${key}.utf-8`);
  if (twin instanceof Uint8Array && twin.length > 0) return twin;
  const value = dict.get(key);
  return value instanceof Uint8Array ? value : undefined;
}

/** A text field that may be missing; of the wrong type it counts as missing. Bytes that are not UTF-8 become U+FFFD. */
export function optionalText(dict: BDict, key: string): string | undefined {
  const bytes = textBytes(dict, key);
  return bytes === undefined || bytes.length === 0 ? undefined : fromUtf8(bytes, { lossy: true });
}

/** The strings of a list, or a lone string as a list of one; everything else is left out. */
export function optionalByteStrings(value: BValue | undefined): Uint8Array[] {
  if (value instanceof Uint8Array) return [value];
  return Array.isArray(value) ? value.filter((item) => item instanceof Uint8Array) : [];
}
