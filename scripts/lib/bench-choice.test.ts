import { describe, expect, it } from "vitest";
import { chooseBenches, splitArguments } from "./bench-choice.ts";

const FILES = ["decoder.ts", "e2e-download.ts", "picker.ts"];

describe("choice of benches", () => {
  it.each([
    [[], ["decoder.ts", "picker.ts", "e2e-download.ts"]],
    [["micro"], ["decoder.ts", "picker.ts"]],
    [["e2e"], ["e2e-download.ts"]],
    [["micro", "picker"], ["picker.ts"]],
    [["download"], ["e2e-download.ts"]],
    [["nothing"], []],
  ])("takes %j as %j", (words, chosen) => {
    expect(chooseBenches(FILES, words)).toEqual(chosen);
  });

  it("hands options on", () => {
    expect(splitArguments(["e2e", "--runs", "5"])).toEqual({ words: ["e2e"], passed: ["--runs", "5"] });
    expect(splitArguments(["e2e", "--", "x"])).toEqual({ words: ["e2e"], passed: ["x"] });
    expect(splitArguments(["micro"])).toEqual({ words: ["micro"], passed: [] });
  });
});
