import { describe, expect, it } from "vitest";
import {
  DIRECTIONS,
  type Proof,
  proveChange,
  proveCrossingGroups,
  proveGroup,
  proveGroupAmongOthers,
  proveGroupWeights,
  proveGuarantee,
  proveLimitedAmongOthers,
  proveNobodyStarves,
  proveWeights,
} from "./proofs.ts";

// A cut through what scripts/bandwidth-table.ts runs at every rate.
const SOME_RATES = [50 * 1024, 20e6];
const CASES = DIRECTIONS.flatMap((direction) => SOME_RATES.map((rate) => ({ direction, rate })));

function hold(proofs: readonly Proof[]): void {
  for (const { what, direction, rate, off, offMax } of proofs)
    expect(off, `${what}, ${direction} at ${rate} B/s`).toBeLessThanOrEqual(offMax);
}

describe("promises of the bandwidth service, in simulation", () => {
  it.each(CASES)("$direction at $rate B/s: weights, guarantees, groups", ({ direction, rate }) => {
    hold([proveWeights([1, 2, 5], direction, rate), ...proveGuarantee(direction, rate)]);
    hold([proveGroup("limit", direction, rate), proveGroup("guarantee", direction, rate)]);
    hold([proveCrossingGroups(direction, rate)]);
    for (const share of [0.25, 0.9, 1]) hold([proveLimitedAmongOthers(share, direction, rate)]);
  });

  it.each([
    { direction: "up", rate: 1e6 },
    { direction: "down", rate: 50 * 1024 },
  ] as const)("$direction at $rate B/s: those in a group share its limit by weight, and get all of it", (at) => {
    hold([proveGroupWeights([1, 3], "torrents", at), proveGroupWeights([0.25, 1, 4], "peers", at)]);
    hold([proveGroupAmongOthers(0.9, at.direction, at.rate)]);
  });

  it.each(CASES)("$direction: a change to $rate B/s acts within 200 ms at every level", ({ direction, rate }) => {
    for (const before of [5120, 500e6])
      for (const level of ["global", "torrent", "peer", "group"] as const)
        hold([proveChange(level, direction, [before, rate])]);
  });

  it.each([1, 2, 7, 50, 200])("lets none of %d peers starve", (peerCount) => {
    for (const direction of DIRECTIONS) {
      const { rounds, jain } = proveNobodyStarves(peerCount, direction, 1e6);
      expect(rounds).toBeLessThanOrEqual(3);
      expect(jain).toBeGreaterThanOrEqual(0.98);
    }
  });
});
