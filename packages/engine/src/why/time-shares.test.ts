import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TimeShares } from "./time-shares.ts";

const MINUTE_MS = 60_000;

describe("time shares", () => {
  it("say how much of the time was what, since the beginning", () => {
    const shares = new TimeShares("choked", 0);
    shares.set("ticket", "torrent", 10_000);
    shares.set("peer-rate", undefined, 40_000);
    shares.set("ticket", "torrent", 60_000);
    expect(shares.total(100_000)).toEqual([
      { reason: "ticket", level: "torrent", share: 0.7, ms: 70_000, count: 2 },
      { reason: "peer-rate", level: undefined, share: 0.2, ms: 20_000, count: 1 },
      { reason: "choked", level: undefined, share: 0.1, ms: 10_000, count: 1 },
    ]);
  });

  it("tell limits of different levels apart", () => {
    const shares = new TimeShares("ticket", 0);
    shares.set("ticket", "peer", 0);
    shares.set("ticket", "group lan", 1_000);
    expect(shares.total(2_000).map(({ level, share }) => [level, share])).toEqual([
      ["peer", 0.5],
      ["group lan", 0.5],
    ]);
  });

  it("forget in the last minute what is long past", () => {
    const shares = new TimeShares("choked", 0);
    shares.set("peer-rate", undefined, 10 * MINUTE_MS);
    const [now, before] = shares.recent(11 * MINUTE_MS);
    expect(now).toMatchObject({ reason: "peer-rate" });
    expect(now?.share).toBeGreaterThan(0.85);
    expect(before).toMatchObject({ reason: "choked", ms: 10 * MINUTE_MS });
    expect(shares.recent(30 * MINUTE_MS)).toHaveLength(1);
  });

  it("give all to the first state before any time has passed", () => {
    expect(new TimeShares("no-peers", 5).recent(5)).toMatchObject([{ reason: "no-peers", share: 1 }]);
  });

  it("add up to one, whatever happened when", () => {
    const step = fc.tuple(fc.constantFrom("choked", "ticket", "no-room", "peer-rate"), fc.nat(200_000));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 50 }), (steps) => {
        const shares = new TimeShares("no-peers", 0);
        let now = 0;
        for (const [reason, ms] of steps) shares.set(reason, undefined, (now += ms));
        now += 1_000;
        const sum = (list: readonly { readonly share: number }[]): number =>
          list.reduce((total, { share }) => total + share, 0);
        // Shares below a thousandth are left out.
        expect(sum(shares.total(now))).toBeGreaterThan(0.99);
        expect(sum(shares.total(now))).toBeLessThan(1 + 1e-9);
        expect(sum(shares.recent(now))).toBeGreaterThan(0.99);
        expect(shares.total(now).reduce((total, { ms }) => total + ms, 0)).toBeGreaterThan(now * 0.99);
      }),
    );
  });
});
