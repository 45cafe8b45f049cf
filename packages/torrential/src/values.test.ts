import { describe, expect, it } from "vitest";
import {
  parseBindAddress,
  parseDuration,
  parsePeer,
  parsePieceLength,
  parsePort,
  parseRate,
  parseRatio,
  parseThreads,
  parseTier,
  parseWebSeed,
} from "./values.ts";

describe("a rate", () => {
  it.each([
    ["65536", 65_536],
    ["500KB", 500_000],
    ["500k", 500_000],
    ["2MiB", 2_097_152],
    ["1.5MB/s", 1_500_000],
    ["800kbit", 100_000],
    ["8 Mbit/s", 1_000_000],
    ["1Gibps", 1_073_741_824],
  ])("%s is %i bytes a second", (text, rate) => {
    expect(parseRate(text)).toBe(rate);
  });

  it.each(["", "quick", "0", "-5", "5XB", "1e6", "MB", "0.0001", "5 5"])("is not %j", (text) => {
    expect(() => parseRate(text)).toThrow(/^got ".*", wanted a rate/);
  });
});

describe("a duration", () => {
  it.each([
    ["90", 90_000],
    ["90s", 90_000],
    ["1.5s", 1500],
    ["10m", 600_000],
    ["10min", 600_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
    ["1h30m", 5_400_000],
    ["1h 30m", 5_400_000],
  ])("%s is %i ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["", "soon", "-1", "10x", "5 hours", "1:30", "h"])("is not %j", (text) => {
    expect(() => parseDuration(text)).toThrow(/wanted a time/);
  });
});

describe("a piece length", () => {
  it.each([
    ["16KiB", 16_384],
    ["256k", 262_144],
    ["1MB", 1_048_576],
    ["128MiB", 134_217_728],
    ["65536", 65_536],
  ])("%s is %i bytes", (text, length) => {
    expect(parsePieceLength(text)).toBe(length);
  });

  it.each(["8KiB", "256MiB", "100000", "3MiB", "1GiB", "big"])("is not %j", (text) => {
    expect(() => parsePieceLength(text)).toThrow(/power of two/);
  });
});

describe("small values", () => {
  it("are taken", () => {
    expect([parsePort("0"), parsePort("65535"), parseRatio("1.5"), parseThreads("4")]).toEqual([0, 65_535, 1.5, 4]);
    expect([parseBindAddress("127.0.0.1"), parseBindAddress("[::1]")]).toEqual(["127.0.0.1", "::1"]);
    expect(parsePeer("[::1]:80")).toEqual({ host: "::1", port: 80 });
    expect(parsePeer("a.example:80")).toEqual({ host: "a.example", port: 80 });
  });

  it("are refused in the words of a usage error", () => {
    const wrong = [
      () => parsePort("65536"),
      () => parsePort("x"),
      () => parseRatio("-1"),
      () => parseRatio("half"),
      () => parseThreads("0"),
      () => parseBindAddress("somewhere"),
      () => parsePeer("127.0.0.1"),
    ];
    for (const parse of wrong) expect(parse).toThrow(expect.objectContaining({ code: "usage" }));
  });
});

describe("a tier of trackers", () => {
  it("has commas between its URLs", () => {
    expect(parseTier("http://a.example/announce, udp://b.example:1")).toEqual([
      "http://a.example/announce",
      "udp://b.example:1",
    ]);
  });

  it("has only schemes of trackers", () => {
    expect(() => parseTier("ftp://a.example")).toThrow(/wanted a URL that begins with http:/);
    expect(() => parseTier("http://a.example/announce,")).toThrow(/got ""/);
    expect(() => parseWebSeed("udp://a.example")).toThrow(/https:/);
  });
});
