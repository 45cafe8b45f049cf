import { describe, expect, it } from "vitest";
import { planQueue, type QueueItem, type QueueLimits } from "./queue-plan.ts";
import { reorder } from "./queue.ts";

const LIMITS: QueueLimits = { isEnabled: true, downloadsMax: 2, seedsMax: 1, activeMax: Infinity };

function item(key: string, part: Partial<QueueItem<string>> = {}): QueueItem<string> {
  return { key, isComplete: false, isRunning: false, isSlow: false, isStale: false, ...part };
}

describe("queue plan", () => {
  it("lets all run while it is off", () => {
    expect([...planQueue([item("a"), item("b"), item("c")], { ...LIMITS, isEnabled: false })]).toEqual(["a", "b", "c"]);
  });

  it("takes the first of each kind, up to the limits", () => {
    const items = [item("a"), item("s", { isComplete: true }), item("b"), item("c"), item("t", { isComplete: true })];
    expect([...planQueue(items, LIMITS)]).toEqual(["a", "s", "b"]);
    expect([...planQueue(items, { ...LIMITS, activeMax: 2 })]).toEqual(["a", "s"]);
  });

  it("doesn't count what is slow", () => {
    const slow = { isRunning: true, isSlow: true };
    expect([...planQueue([item("a", slow), item("b"), item("c"), item("d")], LIMITS)]).toEqual(["a", "b", "c"]);
  });

  it("gives the place of a stale one to who waits, and leaves it when nobody does", () => {
    const stale = { isRunning: true, isStale: true };
    expect([...planQueue([item("a", stale), item("b"), item("c")], LIMITS)]).toEqual(["b", "c"]);
    expect([...planQueue([item("a", stale), item("b")], LIMITS)].toSorted()).toEqual(["a", "b"]);
  });
});

describe("turns in the queue", () => {
  it("come to all, and who gave way longest ago is next", () => {
    const one = { ...LIMITS, downloadsMax: 1 };
    const gave = (key: string, gaveWayAt: number): QueueItem<string> => item(key, { isStale: true, gaveWayAt });
    const stale = { isRunning: true, isStale: true };
    expect([...planQueue([gave("a", 1), item("b", { isRunning: true }), item("c")], one)]).toEqual(["b"]);
    expect([...planQueue([gave("a", 1), gave("b", 2), item("c", stale)], one)]).toEqual(["a"]);
    expect([...planQueue([gave("a", 3), gave("b", 2), item("c", stale)], one)]).toEqual(["b"]);
  });
});

describe("queue moves", () => {
  it.each([
    ["top", "cd", "cdabe"],
    ["bottom", "ab", "cdeab"],
    ["up", "cd", "acdbe"],
    ["up", "ab", "abcde"],
    ["down", "de", "abcde"],
    ["down", "ac", "badce"],
  ] as const)("%s of %s makes %s", (to, group, result) => {
    expect(reorder("abcde".split(""), new Set(group.split("")), to).join("")).toBe(result);
  });
});
