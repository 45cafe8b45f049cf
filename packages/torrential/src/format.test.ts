import { describe, expect, it } from "vitest";
import { formatBytes, formatCount, formatDuration, formatPercent, formatRate } from "./format.ts";

describe("bytes", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.00 kB"],
    [9994, "9.99 kB"],
    [9999, "10.0 kB"],
    [99_949, "99.9 kB"],
    [99_950, "100 kB"],
    [999_499, "999 kB"],
    [999_500, "1.00 MB"],
    [783_110_144, "783 MB"],
    [2 ** 53 - 1, "9.01 PB"],
  ])("%i is %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it("a second are a rate", () => {
    expect(formatRate(112_000_000)).toBe("112 MB/s");
  });
});

describe("a percentage", () => {
  it("reaches 100 only with the last byte", () => {
    expect(formatPercent(999_999_999, 1_000_000_000)).toBe("99.9 %");
    expect(formatPercent(1_000_000_000, 1_000_000_000)).toBe("100 %");
    expect(formatPercent(0, 10)).toBe("0.0 %");
    expect(formatPercent(0, 0)).toBe("100 %");
  });
});

describe("a duration", () => {
  it.each([
    [0, "0 s"],
    [59.4, "59 s"],
    [200, "3 min 20 s"],
    [3600, "1 h 00 min"],
    [7500, "2 h 05 min"],
    [273_600, "3 d 4 h"],
  ])("of %d s is %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe("a count", () => {
  it("has a plural", () => {
    expect([formatCount(1, "peer"), formatCount(0, "peer")]).toEqual(["1 peer", "0 peers"]);
  });
});
