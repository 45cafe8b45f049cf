import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Deadlines } from "./deadlines.ts";

describe("deadlines", () => {
  it("has none at first", () => {
    const deadlines = new Deadlines<string>();
    expect([deadlines.next, deadlines.nextKey]).toEqual([undefined, undefined]);
  });

  it("removes a key that is not there without a word", () => {
    const deadlines = new Deadlines<string>();
    deadlines.set("a", undefined);
    expect(deadlines.next).toBeUndefined();
  });

  it("names the earliest, whatever is set, moved and removed", () => {
    const change = fc.record({
      key: fc.nat(40),
      at: fc.option(fc.integer({ min: 0, max: 1_000 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400, size: "max" }), (changes) => {
        const deadlines = new Deadlines<number>();
        const model = new Map<number, number>();
        for (const { key, at } of changes) {
          deadlines.set(key, at);
          if (at === undefined) model.delete(key);
          else model.set(key, at);
          expectEarliest(deadlines, model);
        }
        expect(drainTimes(deadlines)).toEqual([...model.values()].toSorted((a, b) => a - b));
      }),
    );
  });

  it("drains in order of time", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100), { maxLength: 60 }), (times) => {
        const deadlines = new Deadlines<number>();
        times.forEach((at, key) => deadlines.set(key, at));
        expect(drainTimes(deadlines)).toEqual(times.toSorted((a, b) => a - b));
      }),
    );
  });
});

function expectEarliest(deadlines: Deadlines<number>, model: ReadonlyMap<number, number>): void {
  const earliest = model.size === 0 ? undefined : Math.min(...model.values());
  expect(deadlines.next).toBe(earliest);
  const key = deadlines.nextKey;
  expect(key === undefined ? undefined : model.get(key)).toBe(earliest);
}

function drainTimes(deadlines: Deadlines<number>): readonly number[] {
  const times: number[] = [];
  for (let key = deadlines.nextKey; key !== undefined; key = deadlines.nextKey) {
    times.push(deadlines.next ?? -1);
    deadlines.set(key, undefined);
  }
  return times;
}
