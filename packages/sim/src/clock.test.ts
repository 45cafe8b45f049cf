import { describe, expect, it } from "vitest";
import { Clock } from "./clock.ts";
import { SimRandom } from "./random.ts";
import { Trace } from "./trace.ts";

describe("clock", () => {
  it("runs events in order of time, then of scheduling", () => {
    const clock = new Clock(0);
    const random = new SimRandom(1);
    const seen: number[] = [];
    const times = Array.from({ length: 500 }, () => random.nextInt(50));
    times.forEach((at, index) => clock.schedule(at, () => seen.push(at * 1000 + index)));
    while (clock.step());
    expect(seen).toEqual(times.map((at, index) => at * 1000 + index).sort((a, b) => a - b));
  });

  it("skips cancelled events and never goes back", () => {
    const clock = new Clock(10);
    const event = clock.after(5, () => expect.unreachable());
    clock.schedule(3, () => {});
    clock.cancel(event);
    expect(clock.step()).toBe(true);
    expect(clock.now).toBe(10);
    expect(clock.step()).toBe(false);
  });
});

describe("sim random", () => {
  it("gives the same numbers for the same seed, and others for other names", () => {
    const draw = (random: SimRandom): number[] => Array.from({ length: 5 }, () => random.nextUint32());
    expect(draw(new SimRandom(7))).toEqual(draw(new SimRandom(7)));
    expect(draw(new SimRandom(7).split("a"))).not.toEqual(draw(new SimRandom(7).split("b")));
    const drawn = new SimRandom(7);
    drawn.next();
    expect(draw(drawn.split("a"))).toEqual(draw(new SimRandom(7).split("a")));
  });

  it("is uniform enough", () => {
    const random = new SimRandom(3);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 100_000; i++) counts[random.nextInt(10)]! += 1;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});

describe("trace", () => {
  it("depends on every value and on their order", () => {
    const hash = (...values: (number | string | Uint8Array)[]): string => {
      const trace = new Trace();
      for (const value of values) trace.record(1, "node", "input", value);
      return trace.hash;
    };
    expect(hash(1, 2)).toBe(hash(1, 2));
    expect(new Set([hash(1, 2), hash(2, 1), hash("1", 2), hash(Uint8Array.of(1), 2), hash(1)]).size).toBe(5);
  });
});
