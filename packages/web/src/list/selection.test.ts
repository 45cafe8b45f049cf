import { describe, expect, it } from "vitest";
import {
  countSelected,
  isSelected,
  NOTHING_SELECTED,
  selectAll,
  selectOne,
  selectRange,
  targetOf,
  toggleOne,
} from "./selection.ts";

const filter = { is: ["active"] } as const;

describe("selection", () => {
  it("is one after a click, more with ctrl, fewer with ctrl again", () => {
    const one = selectOne({ index: 3, infoHash: "c" });
    const two = toggleOne(one, { index: 5, infoHash: "e" });
    expect([...two.hashes]).toEqual(["c", "e"]);
    expect([...toggleOne(two, { index: 3, infoHash: "c" }).hashes]).toEqual(["e"]);
  });

  it("is a range from its anchor with shift, which stays the anchor", () => {
    const range = selectRange(selectOne({ index: 1, infoHash: "b" }), 3, ["b", "c", "d"]);
    expect(range).toMatchObject({ anchor: 1, cursor: 3 });
    expect(selectRange(range, 0, ["a", "b"])).toMatchObject({ anchor: 1, cursor: 0, hashes: new Set(["a", "b"]) });
  });

  it("of all names the filter, and everything is in it", () => {
    const all = selectAll(selectOne({ index: 0, infoHash: "a" }));
    expect(isSelected(all, "never seen")).toBe(true);
    expect(countSelected(all, 10_000)).toBe(10_000);
    expect(targetOf(all, filter)).toEqual({ filter });
    expect(targetOf(selectOne({ index: 0, infoHash: "a" }), filter)).toEqual({ refs: ["a"] });
    expect(countSelected(NOTHING_SELECTED, 5)).toBe(0);
  });
});
