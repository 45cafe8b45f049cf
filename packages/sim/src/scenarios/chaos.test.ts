import { describe, expect, it } from "vitest";
import { chaos } from "./chaos.ts";
import { playsOf } from "./play.ts";

/** Seeds that once found something. */
const REGRESSIONS = [
  23, // a close overtook what came before it
  46, // memory of a closing connection was used again
];

describe("chaos", () => {
  it.each(playsOf([chaos], [1, 2, 3, 4, ...REGRESSIONS]))("$label", ({ run }) => run());

  it("runs the same way for the same seed, to the last byte", () => {
    expect(chaos.run({ seed: 7 })).toEqual(chaos.run({ seed: 7 }));
  });

  it("runs another way for another seed", () => {
    expect(chaos.run({ seed: 8 }).hash).not.toBe(chaos.run({ seed: 9 }).hash);
  });
});
