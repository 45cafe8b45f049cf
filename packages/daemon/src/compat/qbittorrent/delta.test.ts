import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareSnapshots, Poll } from "./delta.ts";

describe("a poller's place", () => {
  it("gets everything first, then what changed, and a lost reply again", () => {
    const poll = new Poll<string>();
    expect(poll.begin(0)).toBeUndefined();
    const first = poll.end("a");
    expect(poll.begin(first)).toBe("a");
    poll.end("b");
    // That reply was lost: the poller asks with the one before.
    expect(poll.begin(first)).toBe("a");
    const third = poll.end("c");
    expect(poll.begin(third)).toBe("c");
  });

  it.each([-1, 0, 17])("starts over with rid %d", (rid) => {
    const poll = new Poll<string>();
    poll.begin(poll.end("a"));
    expect(poll.begin(rid)).toBeUndefined();
  });
});

describe("differences", () => {
  it("make of the old what is new", () => {
    const object = fc.record({ a: fc.integer({ max: 3 }), b: fc.constantFrom("x", "y") });
    const snapshot = fc.dictionary(fc.constantFrom("p", "q", "r"), object).map((each) => new Map(Object.entries(each)));
    fc.assert(
      fc.property(snapshot, snapshot, (before, after) => {
        const { changed, removed } = compareSnapshots(before, after);
        const patched = new Map([...before].filter(([key]) => !removed.includes(key)));
        for (const [key, change] of Object.entries(changed)) {
          patched.set(key, { ...(before.get(key) ?? { a: 0, b: "x" }), ...change });
        }
        expect(Object.fromEntries(patched)).toEqual(Object.fromEntries(after));
      }),
    );
  });

  it("say nothing of what is the same", () => {
    const same = { a: 1 };
    expect(compareSnapshots(new Map([["k", same]]), new Map([["k", { ...same }]]))).toEqual({
      changed: {},
      removed: [],
    });
  });
});
