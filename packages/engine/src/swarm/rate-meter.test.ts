import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RateMeter } from "./rate-meter.ts";

describe("rate meter", () => {
  it("measures a steady flow", () => {
    const meter = new RateMeter(0);
    for (let now = 0; now < 60_000; now += 100) meter.add(1_000, now);
    expect(meter.shortRate(59_999)).toBeCloseTo(10_000, -2);
    expect(meter.longRate(59_999)).toBeCloseTo(10_000, -2);
    expect(meter.totalBytes).toBe(600_000);
  });

  it("averages over its own life while it is young", () => {
    const meter = new RateMeter(10_500);
    meter.add(5_000, 11_000);
    expect(meter.longRate(11_500)).toBe(5_000);
  });

  it("forgets a burst after its window", () => {
    const meter = new RateMeter(0);
    meter.add(1_000_000, 500);
    expect(meter.shortRate(2_999)).toBeGreaterThan(0);
    expect(meter.shortRate(3_000)).toBe(0);
    expect(meter.longRate(19_999)).toBeGreaterThan(0);
    expect(meter.longRate(20_000)).toBe(0);
    expect(meter.longRate(10_000_000)).toBe(0);
  });

  it("never shows more than was sent, nor less than nothing", () => {
    const step = fc.record({ bytes: fc.nat(1_000_000), ms: fc.nat(30_000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const meter = new RateMeter(0);
        let now = 0;
        for (const { bytes, ms } of steps) {
          now += ms;
          meter.add(bytes, now);
          expect(meter.longRate(now)).toBeGreaterThanOrEqual(0);
          expect(meter.longRate(now) / 4).toBeLessThanOrEqual(meter.totalBytes);
        }
      }),
    );
  });
});
