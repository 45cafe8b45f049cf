/** Whatever the head of a file is, the index lies within the file or is not found. */
import { fromHex, locateContainerIndex } from "@torrential/core";

export const seeds: readonly Uint8Array[] = [
  "000000106674797069736f6d00000000000000086672656500010000" + "6d646174",
  "1a45dfa3844286810118538067ff114d9b74a24dbb8e53ab841c53bb6b53ac84004c4b40",
].map((hex) => fromHex(hex));

export function fuzz(input: Uint8Array): void {
  const length = 1_000_000;
  const range = locateContainerIndex(input, length);
  if (range !== undefined && !(range.start >= 0 && range.start < range.end && range.end <= length))
    throw new Error(`index at ${range.start} to ${range.end} of ${length}`);
}
