import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BENCHES, chooseBenches, describeBenches, splitArguments } from "./bench-choice.ts";
import { ROOT } from "./files.ts";

describe("choice of benches", () => {
  it.each([
    [[], ["disk", "memory", "picker", "unlimited", "wire", "e2e-download", "e2e-seed"]],
    [["micro"], ["disk", "memory", "picker", "unlimited", "wire"]],
    [["e2e"], ["e2e-download", "e2e-seed"]],
    [["long"], ["streaming", "limits", "page", "compat", "daemon"]],
    [["micro", "picker"], ["picker"]],
    [["download"], ["e2e-download"]],
    [["daemon"], ["daemon"]],
    [
      ["daemon", "streaming"],
      ["streaming", "daemon"],
    ],
    [["nothing"], []],
  ])("takes %j as %j", (words, chosen) => {
    expect(chooseBenches(words).map(({ name }) => name)).toEqual(chosen);
  });

  it("knows every bench there is, and no other", () => {
    const files = readdirSync(join(ROOT, "bench")).filter((name) => name.endsWith(".ts"));
    expect(BENCHES.map(({ name }) => `${name}.ts`).toSorted()).toEqual(files.toSorted());
    for (const { name } of BENCHES) expect(describeBenches()).toContain(name);
  });

  it("hands options on", () => {
    expect(splitArguments(["e2e", "--runs", "5"])).toEqual({ words: ["e2e"], passed: ["--runs", "5"] });
    expect(splitArguments(["e2e", "--", "x"])).toEqual({ words: ["e2e"], passed: ["x"] });
    expect(splitArguments(["micro"])).toEqual({ words: ["micro"], passed: [] });
  });
});
