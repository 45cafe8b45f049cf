import { describe, expect, it } from "vitest";
import { mutate, seededRandom } from "./mutate.ts";

function mutants(seed: number): string[] {
  const random = seededRandom(seed);
  return Array.from({ length: 200 }, () => Buffer.from(mutate(Buffer.from("d3:fooi1ee"), random)).toString("hex"));
}

describe("mutation", () => {
  it("repeats itself for the same seed and not for another", () => {
    expect(mutants(7)).toEqual(mutants(7));
    expect(mutants(7)).not.toEqual(mutants(8));
  });

  it("makes shorter, longer and merely different inputs, and leaves its input alone", () => {
    const input = Buffer.from("d3:fooi1ee");
    const random = seededRandom(1);
    const lengths = new Set(Array.from({ length: 200 }, () => Math.sign(mutate(input, random).length - input.length)));
    expect(lengths).toEqual(new Set([-1, 0, 1]));
    expect(input.toString()).toBe("d3:fooi1ee");
  });

  it("copes with nothing", () => {
    const random = seededRandom(1);
    for (let i = 0; i < 100; i++) expect(mutate(new Uint8Array(), random)).toBeInstanceOf(Uint8Array);
  });
});
