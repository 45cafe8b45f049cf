import { describe, expect, it } from "vitest";
import { makeFormat } from "./format.ts";

const english = makeFormat("en");

describe("what people read", () => {
  it.each([
    [0, "0 bytes"],
    [999, "999 bytes"],
    [1_000, "1 kB"],
    [1_234_567, "1.2 MB"],
    [5e15, "5 PB"],
    [2 ** 53 - 1, "9 PB"],
  ])("%d bytes are %s", (bytes, text) => {
    expect(english.bytes(bytes)).toBe(text);
  });

  it("a rate of nothing is nothing", () => {
    expect([english.rate(0), english.rate(2_500_000)]).toEqual(["", "2.5 MB/s"]);
  });

  it("never says 100 % before all is there", () => {
    expect([english.percent(0.99999), english.percent(1), english.percent(0)]).toEqual(["99.9%", "100%", "0%"]);
  });

  it.each([
    [0, "0s"],
    [59_000, "59s"],
    [61_000, "1m 1s"],
    [3_600_000, "1h"],
    [90_061_000, "1d 1h"],
  ])("%d ms last %s", (ms, text) => {
    expect(english.duration(ms)).toBe(text);
  });

  it("follows the language", () => {
    expect(makeFormat("de").bytes(1_234_567)).toBe("1,2 MB");
  });
});
