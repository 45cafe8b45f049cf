import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PieceBuffer } from "./piece-buffer.ts";
import { Outbox } from "../outbox.ts";
import { type Extent, type NewSegment, Slab } from "./slab.ts";

const MIB = 1024 * 1024;

describe("slab", () => {
  it("gives the budget and not a byte more", () => {
    const slab = new Slab({ budgetBytes: 4 * MIB, segmentBytes: MIB }, new Outbox());
    const held = Array.from({ length: 4 }, () => slab.allocate(MIB));
    expect(held.every((extent) => extent !== undefined)).toBe(true);
    expect(slab.allocate(1)).toBeUndefined();
    slab.release(held[2] as Extent);
    expect(slab.allocate(MIB)?.ref.segment).toBe(2);
  });

  it("names each new segment once, before anybody can use it", () => {
    const out = new Outbox<NewSegment>();
    const slab = new Slab({ budgetBytes: 4 * MIB, segmentBytes: MIB }, out);
    slab.allocate(MIB);
    slab.allocate(16384);
    expect([out.poll()?.segment, out.poll()?.segment, out.poll()]).toEqual([0, 1, undefined]);
  });

  it("frees a run only with its last holder and refuses a second release", () => {
    const slab = new Slab({ budgetBytes: MIB, segmentBytes: MIB }, new Outbox());
    const extent = slab.allocate(MIB) as Extent;
    slab.retain(extent);
    slab.release(extent);
    expect(slab.allocate(MIB)).toBeUndefined();
    slab.release(extent);
    expect(() => slab.release(extent)).toThrow("released twice");
    expect(slab.allocate(MIB)).toBeDefined();
  });

  it("never overlaps and always becomes whole again", () => {
    const action = fc.record({ take: fc.boolean(), length: fc.integer({ min: 1, max: MIB }), victim: fc.nat() });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const slab = new Slab({ budgetBytes: 4 * MIB, segmentBytes: 2 * MIB }, new Outbox());
        const held: Extent[] = [];
        for (const { take, length, victim } of actions) {
          if (take) {
            const extent = slab.allocate(length);
            if (extent !== undefined) held.push(extent);
          } else if (held.length > 0) {
            slab.release(held.splice(victim % held.length, 1)[0] as Extent);
          }
          expectDisjoint(held);
        }
        for (const extent of held) slab.release(extent);
        expect(slab.usedBytes).toBe(0);
        expect(Array.from({ length: 4 }, () => slab.allocate(MIB))).not.toContain(undefined);
      }),
      { numRuns: 200 },
    );
  });
});

describe("piece buffer", () => {
  it("takes all of its memory or none", () => {
    const slab = new Slab({ budgetBytes: 4 * MIB, segmentBytes: MIB }, new Outbox());
    expect(PieceBuffer.allocate(slab, 0, 8 * MIB)).toBeUndefined();
    expect(slab.usedBytes).toBe(0);
  });

  it("counts the leading extents that are complete", () => {
    const slab = new Slab({ budgetBytes: 4 * MIB, segmentBytes: MIB }, new Outbox());
    const buffer = PieceBuffer.allocate(slab, 7, MIB + 16384 + 5) as PieceBuffer;
    for (let begin = MIB; begin < MIB + 16384 + 5; begin += 16384) buffer.fill(begin);
    expect(buffer.filledExtents).toBe(0);
    for (let begin = 0; begin < MIB; begin += 16384) buffer.fill(begin);
    expect(buffer.filledExtents).toBe(2);
    expect(buffer.extentRefs().map((ref) => ref.length)).toEqual([MIB, 16389]);
  });
});

function expectDisjoint(held: readonly Extent[]): void {
  const runs = held
    .map(({ ref }) => [ref.segment * 2 * MIB + ref.offset, ref.length] as const)
    .toSorted((a, b) => a[0] - b[0]);
  for (let i = 1; i < runs.length; i++) {
    const [start, length] = runs[i - 1] as readonly [number, number];
    expect(start + length, `runs ${i - 1} and ${i}`).toBeLessThanOrEqual((runs[i] as readonly [number, number])[0]);
  }
}
