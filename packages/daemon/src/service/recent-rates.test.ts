import { parseInfoHash } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { RecentRates } from "./recent-rates.ts";

const HOUR_MS = 3_600_000;
const START = 1_700_000_000_000;
const hash = parseInfoHash("a".repeat(40));

describe("recent rates of a torrent", () => {
  it("are kept by the second and by ten seconds", () => {
    const rates = new RecentRates();
    for (const [after, down] of [
      [0, 1],
      [500, 2],
      [1_000, 4],
      [12_000, 8],
    ] as const)
      rates.add(hash, { down, up: 0 }, START + after);
    expect(rates.buckets(hash, "minute", START + 12_000).map(({ down }) => down)).toEqual([3, 4, 8]);
    expect(rates.buckets(hash, "hour", START + 12_000).map(({ down }) => down)).toEqual([7, 8]);
  });

  it("are forgotten after ten minutes and an hour", () => {
    const rates = new RecentRates();
    for (let at = 0; at < 2 * HOUR_MS; at += 1_000) rates.add(hash, { down: 1, up: 1 }, START + at);
    const now = START + 2 * HOUR_MS;
    expect(rates.buckets(hash, "minute", now)).toHaveLength(600);
    expect(rates.buckets(hash, "hour", now)).toHaveLength(360);
    rates.trim(now + HOUR_MS - 20_000);
    expect(rates.buckets(hash, "hour", now)).toHaveLength(360);
    rates.trim(now + HOUR_MS);
    expect(rates.buckets(hash, "hour", now)).toEqual([]);
  });
});
