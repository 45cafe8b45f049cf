import { makeEndpoint } from "@torrential/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeKnown } from "../test-support/peers.ts";
import { chooseDoubted } from "./doubt.ts";
import type { BlockSenders } from "./verifier.ts";

function sentBy(ids: readonly (number | undefined)[]): BlockSenders {
  return ids.map((id) => (id === undefined ? undefined : { id, known: makeKnown(makeEndpoint("192.0.2.1", id)) }));
}

describe("blocks to fetch again of a false piece", () => {
  it("are those of the one who stands out, first", () => {
    const suspicionOf = (id: number): number => (id === 2 ? 3 : 1);
    expect(chooseDoubted(sentBy([1, 2, 3, 2, 4]), { judge: 1, round: 1, suspicionOf })).toEqual([1, 3]);
  });

  it("are those of half of the others where nobody stands out", () => {
    expect(chooseDoubted(sentBy([1, 2, 3, 4, 5]), { judge: 1, round: 1, suspicionOf: () => 1 })).toEqual([1, 2]);
  });

  it("are all that the judge did not send, from the second round on", () => {
    expect(chooseDoubted(sentBy([1, 2, undefined, 1]), { judge: 1, round: 2, suspicionOf: () => 1 })).toEqual([1, 2]);
  });

  it("are never none and never all, and never the judge's", () => {
    const ids = fc.array(fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }), {
      minLength: 2,
      maxLength: 20,
    });
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 }), (senders, judge, round) => {
        fc.pre(new Set(senders).size > 1);
        const doubted = chooseDoubted(sentBy(senders), { judge, round, suspicionOf: (id) => id % 3 });
        expect(doubted.length).toBeGreaterThan(0);
        expect(doubted.length).toBeLessThan(senders.length);
        expect(doubted.some((block) => senders[block] === judge)).toBe(false);
      }),
    );
  });
});
