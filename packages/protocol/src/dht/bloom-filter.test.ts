import { describe, expect, it } from "vitest";
import { toHex } from "@torrential/core";
import { BloomFilter } from "./bloom-filter.ts";

// BEP 33, "Test Vectors".
const VECTOR =
  "f6c3f5eaa07ffd91bde89f777f26fb2bff37bdb8fb2bbaa2fd3ddde7bacfff75ee7ccbaefe5eedb1fbfaff67f6abff5e43ddbca3fd9b9ffdf4ffd3e9dff12d1bdf59db53dbe9fa5b7ff3b8fdfcde1afb8bedd7be2f3ee71ebbbfe93bcdeefe148246c2bc5dbff7e7efdcf24fd8dc7adffd8fffdfddfff7a4bbeedf5cb95ce81fc7fcff1ff4ffffdfe5f7fdcbb7fd79b3fa1fc77bfe07fff905b7b7ffc7fefeffe0b8370bb0cd3f5b7f2bd93feb4386cfdd6f7fd5bfaf2e9ebffffeecd67adbf7c67f17efd5d75eba6ffeba7fff47a91eb1bfbb53e8abfb5762abe8ff237279bfefbfeef5ffc5febfdfe5adffadfee1fb737ffffbfd9f6aeffeee76b6fd8f72ef";

function fill(): BloomFilter {
  const filter = new BloomFilter();
  for (let i = 0; i <= 255; i++) filter.add(`192.0.2.${i}`);
  for (let i = 0; i <= 0x3e7; i++) filter.add(`2001:db8::${i.toString(16)}`);
  return filter;
}

describe("bloom filter of BEP 33", () => {
  it("is as the vector says, and estimates as it says", () => {
    const filter = fill();
    expect(toHex(filter.bytes)).toBe(VECTOR);
    expect(filter.estimate()).toBeCloseTo(1224.9308, 3);
  });

  it("never forgets an address", () => {
    const filter = fill();
    expect(filter.mayHave("192.0.2.77")).toBe(true);
    expect(new BloomFilter().mayHave("192.0.2.77")).toBe(false);
  });

  it("counts a union as one", () => {
    const [a, b] = [new BloomFilter(), new BloomFilter()];
    for (let i = 0; i < 50; i++) a.add(`192.0.2.${i}`);
    for (let i = 25; i < 75; i++) b.add(`192.0.2.${i}`);
    a.merge(b);
    expect(a.estimate()).toBeGreaterThan(65);
    expect(a.estimate()).toBeLessThan(85);
    expect(new BloomFilter().estimate()).toBe(0);
  });
});
