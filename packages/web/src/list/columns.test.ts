import { describe, expect, it } from "vitest";
import { defaultChoice, fieldsOf, moveColumn, parseChoice, resizeColumn, toggleColumn } from "./columns.ts";

describe("columns of the list", () => {
  it("falls back to the default for what makes no sense", () => {
    for (const stored of [undefined, {}, "x", [], [{ field: "nonsense", widthPx: 5 }], [null, 7]]) {
      expect(parseChoice(stored)).toEqual(defaultChoice());
    }
  });

  it("keeps order and width, once each, within bounds", () => {
    const stored = [
      { field: "ratio", widthPx: 80 },
      { field: "name", widthPx: 1e9 },
      { field: "ratio", widthPx: 90 },
      { field: "state", widthPx: "wide" },
    ];
    expect(parseChoice(stored)).toEqual([
      { field: "ratio", widthPx: 80 },
      { field: "name", widthPx: 1_000 },
      { field: "state", widthPx: 116 },
    ]);
  });

  it("adds a column at the end, takes it away, and keeps the last", () => {
    const one = [{ field: "name", widthPx: 300 }] as const;
    const two = toggleColumn(one, "ratio");
    expect(two.map(({ field }) => field)).toEqual(["name", "ratio"]);
    expect(toggleColumn(two, "ratio")).toEqual(one);
    expect(toggleColumn(one, "name")).toEqual(one);
  });

  it("moves a column before another", () => {
    const moved = moveColumn(defaultChoice(), { field: "ratio", before: "name" });
    expect(moved.slice(0, 2).map(({ field }) => field)).toEqual(["ratio", "name"]);
    expect(moved).toHaveLength(defaultChoice().length);
  });

  it("asks for what its cells read", () => {
    expect(fieldsOf([{ field: "seeds", widthPx: 80 }])).toContain("swarmSeeds");
  });

  it("resizes within bounds", () => {
    expect(resizeColumn(defaultChoice(), { field: "name", widthPx: 3 })[0]?.widthPx).toBe(48);
  });
});
