import { describe, expect, it } from "vitest";
import { playDhtScenario } from "./scenario.ts";

const SEED = 1;

describe(`a DHT of 2,000 nodes (seed ${SEED})`, () => {
  it("finds peers in spite of churn, and of an attacker with a /16", { timeout: 600_000 }, () => {
    const { churn, attack } = playDhtScenario({ seed: SEED, nodes: 2_000, lookups: 100, churn: 0.2, sybils: 600 });
    expect(churn.found / churn.lookups).toBeGreaterThanOrEqual(0.99);
    expect(attack.found / attack.lookups).toBeGreaterThanOrEqual(0.95);
    expect(churn.medianHops).toBeLessThanOrEqual(6);
    expect(churn.p95Asked).toBeLessThanOrEqual(40);
  });
});
