import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EXIT, EXIT_CODES, exitCodeFor } from "./exit-codes.ts";

describe("exit codes", () => {
  it("are all explained, in order", () => {
    const codes = EXIT_CODES.map(({ code }) => code);
    expect(codes).toEqual(codes.toSorted((a, b) => a - b));
    expect(codes).toEqual(expect.arrayContaining(Object.values(EXIT)));
  });

  it("are in the README as they are here", () => {
    const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
    for (const { code, meaning } of EXIT_CODES) expect(readme).toContain(`| ${code} | ${meaning} |`);
  });

  it.each([
    ["usage", 2],
    ["select-none", 2],
    ["metainfo-invalid", 3],
    ["magnet-unsupported", 3],
    ["http-status", 3],
    ["disk-full", 4],
    ["incomplete", 5],
    ["http-unreachable", 6],
    ["listen-failed", 6],
    ["timeout", 6],
    ["state-locked", 78],
    ["file-changed", 1],
  ])("%s ends with %i", (code, exitCode) => {
    expect(exitCodeFor(code)).toBe(exitCode);
  });
});
