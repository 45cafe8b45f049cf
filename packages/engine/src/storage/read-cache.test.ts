import { describe, expect, it } from "vitest";
import { Outbox } from "../outbox.ts";
import type { DiskJob } from "../ports/disk.ts";
import { drain, KIB, MIB } from "../test-support/context.ts";
import { CACHE_UNIT_BYTES, type CacheUnit, ReadCache, type ReadRange } from "./read-cache.ts";
import { type NewSegment, Slab } from "./slab.ts";

describe("read cache", () => {
  it("reads a unit once, whole, and gives it to all who ask", () => {
    const { cache, takeReads } = makeCache();
    const first = cache.get(range(0, CACHE_UNIT_BYTES + 44 * KIB));
    expect(cache.get(range(0, 2 * CACHE_UNIT_BYTES - KIB))).toBe(first);
    const reads = takeReads();
    expect(reads).toMatchObject([
      { store: 1, piece: 0, begin: CACHE_UNIT_BYTES, extent: { length: CACHE_UNIT_BYTES } },
    ]);
    expect(first?.isReady).toBe(false);
  });

  it("reads no further than the end of the piece", () => {
    const { cache, takeReads } = makeCache();
    cache.get({ ...range(3, CACHE_UNIT_BYTES), pieceLengthBytes: CACHE_UNIT_BYTES + 5 });
    expect(takeReads()[0]?.extent.length).toBe(5);
  });

  it("names everybody who waited when the read ends, once", () => {
    const { cache, takeReads } = makeCache();
    const unit = got(cache, range(0, 0));
    cache.await(unit, 7);
    cache.await(unit, 8);
    const job = takeReads()[0]?.job ?? 0;
    expect(cache.handleRead(job)).toEqual([7, 8]);
    expect(unit.isReady).toBe(true);
    expect(cache.handleRead(job)).toBeUndefined();
    expect(cache.handleRead(999)).toBeUndefined();
  });

  it("forgets a unit whose read failed, and reads again when asked again", () => {
    const { cache, takeReads, slab } = makeCache();
    cache.await(got(cache, range(0, 0)), 7);
    expect(cache.handleFailed(takeReads()[0]?.job ?? 0)).toEqual([7]);
    expect([cache.bytes, slab.usedBytes]).toEqual([0, 0]);
    cache.get(range(0, 0));
    expect(takeReads()).toHaveLength(1);
  });

  it("drops what was used longest ago, and nothing that is being read", () => {
    const { cache, takeReads, finishReads } = makeCache({ budgetBytes: 2 * CACHE_UNIT_BYTES });
    cache.get(range(0, 0));
    cache.get(range(1, 0));
    expect(cache.get(range(2, 0))).toBeUndefined();
    finishReads();
    cache.get(range(0, 0));
    expect(cache.get(range(2, 0))).toBeDefined();
    expect(takeReads()).toMatchObject([{ piece: 2 }]);
    cache.get(range(0, 0));
    expect(takeReads()).toEqual([]);
    expect(cache.bytes).toBe(2 * CACHE_UNIT_BYTES);
  });

  it("reads ahead, but not for the price of what was read ahead for others", () => {
    const { cache, takeReads, finishReads } = makeCache({ budgetBytes: 2 * CACHE_UNIT_BYTES });
    cache.get(range(0, 0));
    expect([cache.readAhead(range(1, 0)), cache.readAhead(range(1, 0))]).toEqual([true, true]);
    expect(cache.readAhead(range(2, 0))).toBe(false);
    cache.get(range(1, 0));
    expect(cache.readAhead(range(2, 0))).toBe(false);
    finishReads();
    expect(cache.readAhead(range(2, 0))).toBe(true);
    expect(takeReads()).toMatchObject([{ piece: 2 }]);
  });

  it("reads what is wanted now in the place of what was read ahead", () => {
    const { cache, finishReads } = makeCache({ budgetBytes: CACHE_UNIT_BYTES });
    cache.readAhead(range(0, 0));
    finishReads();
    expect(cache.readAhead(range(1, 0))).toBe(false);
    expect(cache.get(range(1, 0))).toBeDefined();
  });

  it("makes room in the slab for others, up to all it has", () => {
    const { cache, finishReads, slab } = makeCache({ slabBytes: 4 * CACHE_UNIT_BYTES });
    for (let piece = 0; piece < 4; piece++) cache.get(range(piece, 0));
    expect(cache.makeRoom(CACHE_UNIT_BYTES)).toBe(false);
    finishReads();
    expect(cache.makeRoom(2 * CACHE_UNIT_BYTES)).toBe(true);
    expect(slab.usedBytes).toBe(2 * CACHE_UNIT_BYTES);
    expect(cache.makeRoom(8 * CACHE_UNIT_BYTES)).toBe(false);
  });

  it("leaves memory to its other holders when it drops a unit", () => {
    const { cache, finishReads, slab } = makeCache();
    const unit = got(cache, range(0, 0));
    finishReads();
    slab.retain(unit.extent);
    cache.dropStore(1);
    expect(cache.bytes).toBe(0);
    expect(slab.usedBytes).toBe(CACHE_UNIT_BYTES);
  });

  it("drops the units of one store only", () => {
    const { cache, finishReads } = makeCache();
    cache.get(range(0, 0));
    cache.get({ ...range(0, 0), store: 2 });
    finishReads();
    cache.dropStore(1);
    expect(cache.bytes).toBe(CACHE_UNIT_BYTES);
  });

  it("gives back what was being read when its store was dropped", () => {
    const { cache, finishReads, slab } = makeCache();
    cache.get(range(0, 0));
    cache.dropStore(1);
    expect(slab.usedBytes).toBe(CACHE_UNIT_BYTES);
    finishReads();
    expect([cache.bytes, slab.usedBytes]).toEqual([0, 0]);
  });

  it.each([1, 2 ** 22, 2 ** 40])("tells all units of store %i apart", (store) => {
    const { cache, takeReads } = makeCache();
    const ranges = [range(0, 0), range(0, CACHE_UNIT_BYTES), range(1, 0), range(1, CACHE_UNIT_BYTES)];
    for (const each of ranges) cache.get({ ...each, store });
    expect(takeReads()).toHaveLength(4);
  });
});

interface TestCache {
  readonly cache: ReadCache;
  readonly slab: Slab;
  readonly takeReads: () => readonly Extract<DiskJob, { type: "read" }>[];
  readonly finishReads: () => void;
}

function makeCache(options: { readonly budgetBytes?: number; readonly slabBytes?: number } = {}): TestCache {
  const out = new Outbox<NewSegment | { readonly type: "disk"; readonly job: DiskJob }>();
  const slab = new Slab({ budgetBytes: options.slabBytes ?? 8 * MIB, segmentBytes: MIB }, out);
  let id = 0;
  const cache = new ReadCache({ budgetBytes: options.budgetBytes ?? 4 * MIB }, { slab, out, nextId: () => ++id });
  const takeReads = (): readonly Extract<DiskJob, { type: "read" }>[] =>
    drain(out).flatMap((output) => (output.type === "disk" && output.job.type === "read" ? [output.job] : []));
  const finishReads = (): void => {
    for (const { job } of takeReads()) cache.handleRead(job);
  };
  return { cache, slab, takeReads, finishReads };
}

function got(cache: ReadCache, wanted: ReadRange): CacheUnit {
  const unit = cache.get(wanted);
  if (unit === undefined) throw new Error("no room in an empty cache");
  return unit;
}

function range(piece: number, begin: number): ReadRange {
  const length = 2 * CACHE_UNIT_BYTES;
  return { store: 1, piece, pieceLengthBytes: length, fullPieceLengthBytes: length, begin };
}
