import { describe, expect, it } from "vitest";
import { runScenario, type Scenario } from "./scenario.ts";

const NONE = Infinity;

// A cut through the full table (scripts/bandwidth-table.ts): each level alone, pairs, all three, binding or not.
const LIMITS: readonly (readonly [global: number, torrent: number, peer: number])[] = [
  [5120, NONE, NONE],
  [1e6, NONE, NONE],
  [500e6, NONE, NONE],
  [NONE, 5120, NONE],
  [NONE, 20e6, NONE],
  [NONE, NONE, 5120],
  [NONE, NONE, 1e6],
  [50e3, 24e3, NONE],
  [5e5, NONE, 2250],
  [5e5, NONE, 2600],
  [NONE, 20e6, 50e3],
  [1e6, 300e3, 100e3],
  [500e6, 1e6, 5120],
  [20e6, 500e6, 1e6],
];

const SCENARIOS: readonly Scenario[] = (["up", "down"] as const).flatMap((direction) =>
  LIMITS.flatMap(([global, torrent, peer]) =>
    [1, 8, 200].map((peerCount) => ({ direction, global, torrent, peer, peerCount })),
  ),
);

describe("bandwidth limits in simulation", () => {
  it.each(SCENARIOS)(
    "$direction: keeps global $global, torrent $torrent, peer $peer with $peerCount peers",
    (scenario) => {
      const result = runScenario(scenario);
      expect(result.deviation).toBeLessThanOrEqual(0.02);
      expect(result.excess).toBeLessThanOrEqual(0.05);
      expect(result.jain).toBeGreaterThanOrEqual(0.98);
      expect(result.starvation).toBeLessThanOrEqual(3);
    },
  );
});
