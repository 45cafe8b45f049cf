/** What decodes strictly encodes to the same bytes: there is one way to say each value. */
import { decodeBencode, encodeBencode, equalBytes, utf8 } from "@torrential/core";

export const seeds: readonly Uint8Array[] = ["de", "d3:bari-7e3:fool1:a2:bc0:ee", "i9007199254740993e", "lllleeee"].map(
  (text) => utf8(text),
);

export function fuzz(input: Uint8Array): void {
  const value = decodeBencode(input);
  if (!equalBytes(encodeBencode(value), input)) throw new Error("encodes to other bytes than it was decoded from");
}
