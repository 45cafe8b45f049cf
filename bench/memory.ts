/**
 * What the hot paths keep their books in: the set of pieces (`Bitfield`) and payload memory (`Slab`), each alone.
 *
 *   node --conditions=torrential-source bench/memory.ts
 *
 * For scale: at 1 GB/s there are 65,000 blocks and, in pieces of 1 MiB, a thousand extents a second.
 */
import { Bitfield, BLOCK_LENGTH } from "@torrential/core";
import { bench, do_not_optimize, run, summary } from "mitata";
import { type Extent, EXTENT_LENGTH_MAX_BYTES, Slab } from "../packages/engine/src/storage/slab.ts"; // Behind the engine.
import { reportRate } from "./lib/rate.ts";

const PIECES = 100_000;
const MILLION = 1e6;
const BUDGET_BYTES = 64 * 1024 * 1024;

const every = new Bitfield(PIECES);
every.setAll();
const third = new Bitfield(PIECES);
for (let piece = 0; piece < PIECES; piece += 3) third.set(piece);
const fewBits = new Bitfield(PIECES);
for (let piece = 0; piece < PIECES; piece += 5000) fewBits.set(piece);
const wire = third.toBytes();

const setAndClear = (): void => {
  const bits = new Bitfield(PIECES);
  for (let piece = 0; piece < PIECES; piece++) bits.set(piece);
  for (let piece = 0; piece < PIECES; piece++) bits.clear(piece);
  do_not_optimize(bits.count);
};

const walk = (bits: Bitfield): void => {
  let sum = 0;
  for (let piece = bits.nextSet(0); piece !== -1; piece = bits.nextSet(piece + 1)) sum += piece;
  do_not_optimize(sum);
};

/** Takes extents until the budget is used up, and gives them back in another order. */
const fillAndDrain = (slab: Slab, lengthBytes: number): number => {
  const extents: Extent[] = [];
  for (let extent = slab.allocate(lengthBytes); extent !== undefined; extent = slab.allocate(lengthBytes))
    extents.push(extent);
  for (let i = 0; i < extents.length; i += 2) slab.release(at(extents, i));
  for (let i = 1; i < extents.length; i += 2) slab.release(at(extents, i));
  return extents.length;
};

function at(extents: readonly Extent[], index: number): Extent {
  const extent = extents[index];
  if (extent === undefined) throw new RangeError(`no extent ${index}`);
  return extent;
}

function makeSlab(): Slab {
  return new Slab({ budgetBytes: BUDGET_BYTES }, { push: () => undefined });
}

const blocks = makeSlab();
const pieces = makeSlab();
reportRate("bits set and cleared", (2 * PIECES) / MILLION, "million/s", setAndClear);
reportRate("bits walked, a third set", PIECES / 3 / MILLION, "million/s", () => walk(third));
reportRate("extents of 16 KiB taken and given back", BUDGET_BYTES / BLOCK_LENGTH / 1000, "thousand/s", () =>
  fillAndDrain(blocks, BLOCK_LENGTH),
);
reportRate("extents of 1 MiB taken and given back", BUDGET_BYTES / EXTENT_LENGTH_MAX_BYTES / 1000, "thousand/s", () =>
  fillAndDrain(pieces, EXTENT_LENGTH_MAX_BYTES),
);

summary(() => {
  bench("walk 20 bits of 100,000", () => walk(fewBits));
  bench("read a bitfield of 100,000 off the wire", () => do_not_optimize(Bitfield.fromBytes(PIECES, wire)));
  bench("is a peer of 100,000 interesting: it has nothing else", () => do_not_optimize(third.hasAnyNotIn(every)));
  bench("take and give back one extent of 1 MiB", () => {
    const extent = pieces.allocate(EXTENT_LENGTH_MAX_BYTES);
    if (extent !== undefined) pieces.release(extent);
  });
});
await run();
