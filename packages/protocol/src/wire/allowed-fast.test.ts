import { describe, expect, it } from "vitest";
import { allowedFastSet } from "./allowed-fast.ts";

const infoHash = new Uint8Array(20).fill(0xaa);
const address = "80.4.4.200";

describe("allowed fast set", () => {
  it("gives the vectors of BEP 6", () => {
    const seven = [1059, 431, 808, 1217, 287, 376, 1188];
    expect(allowedFastSet({ address, infoHash, pieceCount: 1313, count: 7 })).toEqual(seven);
    expect(allowedFastSet({ address, infoHash, pieceCount: 1313, count: 9 })).toEqual([...seven, 353, 508]);
  });

  it("is the same for all of a /24, and ten pieces unless asked otherwise", () => {
    const set = allowedFastSet({ address, infoHash, pieceCount: 1313 });
    expect(set).toHaveLength(10);
    expect(allowedFastSet({ address: "80.4.4.7", infoHash, pieceCount: 1313 })).toEqual(set);
    expect(allowedFastSet({ address: "80.4.5.200", infoHash, pieceCount: 1313 })).not.toEqual(set);
  });

  it("ends with every piece of a torrent that has fewer", () => {
    expect(allowedFastSet({ address, infoHash, pieceCount: 3 }).toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
    expect(allowedFastSet({ address, infoHash, pieceCount: 0 })).toEqual([]);
  });

  it("is empty for IPv6", () => {
    expect(allowedFastSet({ address: "2001:db8::1", infoHash, pieceCount: 1313 })).toEqual([]);
  });
});
