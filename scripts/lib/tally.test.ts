import { describe, expect, it } from "vitest";
import { formatTallies, readVitestReport, requireAll, sumFailed } from "./tally.ts";

const REPORT = JSON.stringify({
  numPassedTests: 2,
  numFailedTests: 1,
  testResults: [
    {
      assertionResults: [
        { status: "passed", fullName: "a" },
        { status: "skipped", fullName: " b (skipped: no aria2c) " },
      ],
    },
    {
      assertionResults: [
        { status: "passed", fullName: "c" },
        { status: "failed", fullName: "d" },
      ],
    },
  ],
});

describe("tally of a runner", () => {
  it("counts what passed and failed, and names what was skipped", () => {
    const tally = readVitestReport("unit", REPORT, 1);
    expect(tally).toEqual({ runner: "unit", passed: 2, failed: 1, skipped: ["b (skipped: no aria2c)"] });
  });

  it("counts a runner that crashed as one failure", () => {
    expect(readVitestReport("unit", undefined, 1).failed).toBe(1);
    const empty = JSON.stringify({ numPassedTests: 3, numFailedTests: 0, testResults: [] });
    expect(readVitestReport("unit", empty, 1)).toMatchObject({ passed: 3, failed: 1 });
    expect(readVitestReport("unit", empty, 0)).toMatchObject({ passed: 3, failed: 0 });
  });

  it("fails for what is missing where everything is required", () => {
    expect(requireAll(readVitestReport("unit", REPORT, 1)).failed).toBe(2);
    expect(requireAll({ runner: "sim", passed: 0, failed: 0, skipped: [] }).failed).toBe(1);
    expect(requireAll({ runner: "sim", passed: 1, failed: 0, skipped: [] }).failed).toBe(0);
  });
});

describe("closing lines", () => {
  it("end in the plain sum", () => {
    const tallies = [
      { runner: "check", passed: 6, failed: 0, skipped: [] },
      { runner: "e2e", passed: 10, failed: 1, skipped: ["x"] },
    ];
    expect(formatTallies(tallies)).toEqual([
      "check: 6 passed, 0 failed",
      "e2e:   10 passed, 1 failed, 1 skipped",
      "16 passed, 1 failed",
    ]);
    expect(sumFailed(tallies)).toBe(1);
  });
});
