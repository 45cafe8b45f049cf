import { describe, expect, it } from "vitest";
import { toColumns } from "./pieces.ts";

function base64(...bytes: number[]): string {
  return Buffer.from(bytes).toString("base64");
}

describe("the picture of pieces", () => {
  it("has a column a piece while there is room", () => {
    const pieces = {
      count: 3,
      lengthBytes: 1,
      have: base64(0b1000_0000),
      inFlight: [2],
      availability: base64(9, 2, 0),
    };
    expect(toColumns(pieces, 10)).toEqual([
      { have: 1, inFlight: 0, availability: 255 },
      { have: 0, inFlight: 0, availability: 2 },
      { have: 0, inFlight: 1, availability: 0 },
    ]);
  });

  it("sums up many pieces, by the rarest that is missing", () => {
    const pieces = {
      count: 4,
      lengthBytes: 1,
      have: base64(0b1010_0000),
      inFlight: [1],
      availability: base64(1, 5, 1, 3),
    };
    expect(toColumns(pieces, 2)).toEqual([
      { have: 0.5, inFlight: 0.5, availability: 5 },
      { have: 0.5, inFlight: 0, availability: 3 },
    ]);
  });

  it("covers every piece whatever the width", () => {
    const pieces = {
      count: 1_000,
      lengthBytes: 1,
      have: "",
      inFlight: [],
      availability: base64(...Array.from({ length: 1_000 }, () => 7)),
    };
    for (const width of [1, 7, 333, 999, 1_000, 4_000]) {
      const columns = toColumns(pieces, width);
      expect(columns).toHaveLength(Math.min(1_000, width));
      expect(columns.every(({ have, availability }) => have === 0 && availability === 7)).toBe(true);
    }
  });
});
