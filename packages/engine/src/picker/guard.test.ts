import { describe, expect, it } from "vitest";
import { FAST, makePickerWorld, SLOW } from "../test-support/picker-world.ts";

describe("piece picker: who is unknown", () => {
  it("gets a piece of its own while its rate is unknown, and shares it once the rate is low", () => {
    const { peer, pick } = makePickerWorld({ pieces: 6 });
    const [one, two] = [peer(), peer()];
    for (const each of [one, two]) each.firstPieceBytes = 1 << 20;
    const [own] = pick(one, 1).pieces;
    expect(pick(two, 1).pieces).not.toEqual([own]);
    for (const each of [one, two]) Object.assign(each, { firstPieceBytes: 0, rateBytesPerSec: SLOW });
    pick(one, 1);
    expect(pick(peer(undefined, { rateBytesPerSec: SLOW }), 1).pieces).toEqual([own]);
  });
});

describe("piece picker: after false pieces", () => {
  it("gives each unproven peer whole pieces alone, however slow it is", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 7 });
    picker.setGuarded(true);
    const given = [peer(), peer(), peer()].map((each) => {
      each.rateBytesPerSec = SLOW;
      return [...pick(each, 1).pieces, ...pick(each, 1).pieces];
    });
    for (const [first, second] of given) expect(second).toBe(first);
    expect(new Set(given.flat()).size).toBe(3);
  });

  it("lets an unproven peer wait rather than join another's piece, or bring a block of it twice", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 5 });
    picker.setGuarded(true);
    const owner = peer(undefined, { rateBytesPerSec: SLOW });
    const idle = peer(undefined, { rateBytesPerSec: FAST });
    expect(pick(owner, 1).pairs).toEqual(["4:0"]);
    expect(pick(idle, 9)).toMatchObject({ stop: "all-requested", pairs: [] });
    pick(owner, 9);
    expect(pick(idle, 9, 4_999).pairs).toEqual([]);
    expect(pick(idle, 1, 5_001).pairs).not.toEqual([]);
  });

  it("lets a proven peer join, and an unproven one as soon as it is proven", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 5 });
    picker.setGuarded(true);
    pick(peer(), 1);
    const helper = peer();
    expect(pick(helper, 1).pairs).toEqual([]);
    helper.isProven = true;
    expect(pick(helper, 1).pairs).toEqual(["4:1"]);
  });

  it("gives a piece to anyone when its owner chokes us", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 5 });
    picker.setGuarded(true);
    const owner = peer();
    pick(owner, 1);
    const other = peer();
    expect(pick(other, 1).pairs).toEqual([]);
    owner.choked = true;
    expect(pick(other, 1).pairs).toEqual(["4:1"]);
  });

  it("lets an unproven peer join where there is no memory for a piece of its own", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 6 });
    picker.setGuarded(true);
    const [own] = pick(peer(), 1).pieces;
    const out: number[] = [];
    picker.pick(peer(), 1, 0, () => false, out);
    expect(out).toEqual([own, 1]);
  });

  it("lets them join again when it is over", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 5 });
    picker.setGuarded(true);
    pick(peer(), 1);
    const other = peer();
    expect(pick(other, 1).pairs).toEqual([]);
    picker.setGuarded(false);
    expect(pick(other, 1).pairs).toEqual(["4:1"]);
  });
});
