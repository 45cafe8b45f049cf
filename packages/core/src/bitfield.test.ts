import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Bitfield } from "./bitfield.ts";

function fromModel(model: readonly boolean[]): Bitfield {
  const bitfield = new Bitfield(model.length);
  for (const [i, bit] of model.entries()) if (bit) bitfield.set(i);
  return bitfield;
}

// Runs of equal bits, so that whole words are full or empty often.
const anyModel = fc
  .array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 70 })), { maxLength: 8 })
  .map((runs) => runs.flatMap(([bit, length]) => Array.from({ length }, () => bit)));

function indexFrom(model: readonly boolean[], bit: boolean, from: number): number {
  return model.indexOf(bit, from);
}

describe("bitfield", () => {
  it("agrees with an array of booleans", () => {
    fc.assert(
      fc.property(anyModel, (model) => {
        const bitfield = fromModel(model);
        const count = model.filter(Boolean).length;
        expect(bitfield.count).toBe(count);
        expect(bitfield.isEmpty).toBe(count === 0);
        expect(bitfield.isFull).toBe(count === model.length);
        for (let i = 0; i <= model.length; i++) {
          expect(bitfield.has(i)).toBe(model[i] ?? false);
          expect(bitfield.nextSet(i)).toBe(indexFrom(model, true, i));
          expect(bitfield.nextClear(i)).toBe(indexFrom(model, false, i));
        }
        const back = Bitfield.fromBytes(model.length, bitfield.toBytes());
        expect(back.count).toBe(count);
        expect(back.bytes).toEqual(bitfield.bytes);
      }),
    );
  });

  it("follows any sequence of set and clear", () => {
    const step = fc.tuple(fc.boolean(), fc.nat(99));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const model = Array.from({ length: 100 }, () => false);
        const bitfield = new Bitfield(100);
        for (const [bit, index] of steps) {
          expect(bit ? bitfield.set(index) : bitfield.clear(index)).toBe(model[index] !== bit);
          model[index] = bit;
        }
        expect(bitfield.bytes).toEqual(fromModel(model).bytes);
        expect(bitfield.count).toBe(model.filter(Boolean).length);
      }),
    );
  });

  it("finds what another lacks", () => {
    const pairs = fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 100 });
    fc.assert(
      fc.property(pairs, (bits) => {
        const mine = fromModel(bits.map(([a]) => a));
        const theirs = fromModel(bits.map(([, b]) => b));
        expect(mine.hasAnyNotIn(theirs)).toBe(bits.some(([a, b]) => a && !b));
      }),
    );
  });

  it("has the first piece in the highest bit, as on the wire", () => {
    const bitfield = new Bitfield(10);
    bitfield.set(0);
    bitfield.set(9);
    expect([...bitfield.toBytes()]).toEqual([0x80, 0x40]);
  });

  it.each([0, 1, 7, 8, 9, 31, 32, 33, 64])("fills and empties %i bits, spare ones stay clear", (length) => {
    const bitfield = new Bitfield(length);
    bitfield.setAll();
    expect([bitfield.isFull, bitfield.count, bitfield.nextClear(0)]).toEqual([true, length, -1]);
    expect(Bitfield.fromBytes(length, bitfield.bytes).count).toBe(length);
    bitfield.clearAll();
    expect([bitfield.isEmpty, bitfield.nextSet(0)]).toEqual([true, -1]);
  });

  it("copies: a clone, toBytes and fromBytes share nothing", () => {
    const bytes = Uint8Array.of(0x80);
    const first = Bitfield.fromBytes(8, bytes);
    const clone = first.clone();
    bytes[0] = 0;
    first.set(1);
    expect([first.count, clone.count, clone.has(1)]).toEqual([2, 1, false]);
    first.toBytes().fill(0);
    expect(first.count).toBe(2);
  });

  it.each([
    [9, [0xff]],
    [9, [0xff, 0x80, 0]],
    [9, [0xff, 0xc0]],
    [1, [0x40]],
    [0, [0]],
  ])("refuses %i bits from %j", (length, bytes) => {
    expect(() => Bitfield.fromBytes(length, Uint8Array.from(bytes))).toThrow(
      expect.objectContaining({ code: "bitfield-invalid" }),
    );
  });

  it("asserts that an index to change is in range", () => {
    const bitfield = new Bitfield(9);
    for (const index of [-1, 9, 10, 1.5, Number.NaN]) {
      expect(() => bitfield.set(index), `index ${index}`).toThrow("no bit");
      expect(() => bitfield.clear(index), `index ${index}`).toThrow("no bit");
    }
  });
});
