/** Values of the DHT (BEP 44) as people and programs read them. */
import { BDict, type BValue, fromUtf8, toHex, TorrentialError } from "@torrential/core";
import { toJson } from "./text.ts";

/** Text as it is; everything else as JSON. */
export function valueToText(value: BValue): string {
  const json = valueToJson(value);
  return typeof json === "string" ? json : toJson(json);
}

/** Bytes that are no text are `{"hex": "…"}`; integers beyond 2^53 are strings. */
export function valueToJson(value: BValue): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return value;
  if (value instanceof Uint8Array) return bytesToJson(value);
  if (value instanceof BDict) {
    return Object.fromEntries([...value].map(([key, each]) => [key, valueToJson(each)]));
  }
  return value.map((each) => valueToJson(each));
}

function bytesToJson(bytes: Uint8Array): unknown {
  try {
    return fromUtf8(bytes);
  } catch (error) {
    if (error instanceof TorrentialError) return { hex: toHex(bytes) };
    throw error;
  }
}
