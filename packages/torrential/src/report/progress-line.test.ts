import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeView } from "../test-support/view.ts";
import { widthOf } from "../text.ts";
import type { PublicState } from "../transfer/status-view.ts";
import { drawBar, drawProgress, type TerminalStyle } from "./progress-line.ts";

const ASCII: TerminalStyle = { columns: 120, isUnicode: false, isColour: false };

describe("the bar", () => {
  it("is ASCII where the terminal knows no better", () => {
    expect(drawBar(0.5, 10, { isUnicode: false })).toBe("[#####-----]");
    expect(drawBar(1, 4, { isUnicode: false })).toBe("[####]");
  });

  it("grows in eighths where it does", () => {
    expect(drawBar(0.55, 10, { isUnicode: true })).toBe("▕█████▌    ▏");
    expect(drawBar(1, 4, { isUnicode: true })).toBe("▕████▏");
    expect(drawBar(0, 4, { isUnicode: true })).toBe("▕    ▏");
  });
});

describe("the progress line", () => {
  it("says name, bar, percent, rate, ETA and peers", () => {
    expect(drawProgress(makeView(), ASCII)).toBe(
      "debian.iso  [##################------------]  61.4 %   112 MB/s  ETA 4 s  12 peers  614 MB of 1.00 GB",
    );
  });

  it("leaves out what matters least where there is no room", () => {
    expect(drawProgress(makeView(), { ...ASCII, columns: 80 })).toBe(
      "debian.iso  [################-----------]  61.4 %   112 MB/s  ETA 4 s  12 peers",
    );
    expect(drawProgress(makeView({ name: "a long name of something" }), { ...ASCII, columns: 40 })).toBe(
      "a long name~thing  [######----]  61.4 %",
    );
  });

  it("colours the bar only where colour is wanted", () => {
    expect(drawProgress(makeView(), { ...ASCII, isColour: true })).toContain("\u001b[32m[");
    expect(drawProgress(makeView(), ASCII)).not.toContain("\u001b");
  });

  it("lets no name reach the terminal as it is", () => {
    expect(drawProgress(makeView({ name: "a\u001b]0;owned\u0007b\nc" }), ASCII)).toMatch(/^a\]0;ownedb c {2}/);
  });

  it("is never wider than the terminal, and one line", () => {
    const states: PublicState[] = ["checking", "downloading", "finished", "seeding", "stopped", "error"];
    const view = fc.record({
      name: fc.string({ unit: "grapheme" }),
      state: fc.constantFrom(...states),
      verified: fc.nat(1_000_000_000),
      downRate: fc.nat(),
      eta: fc.option(fc.nat(), { nil: undefined }),
      peers: fc.nat(500),
    });
    fc.assert(
      fc.property(view, fc.integer({ min: 40, max: 200 }), fc.boolean(), (changes, columns, isUnicode) => {
        const line = drawProgress(makeView(changes), { columns, isUnicode, isColour: false });
        expect(widthOf(line)).toBeLessThan(columns);
        expect(line).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});
