import { describe, expect, it } from "vitest";
import { seededRandom } from "../bandwidth/simulation.ts";
import { SuperSeeder } from "./super-seeding.ts";
import { simulateSeeding } from "./super-seeding-simulation.ts";

function makeSeeder(pieceCount: number, peerCount: number): SuperSeeder {
  const seeder = new SuperSeeder({ pieceCount, random: seededRandom(5) });
  for (let peer = 0; peer < peerCount; peer += 1) seeder.addPeer(peer);
  return seeder;
}

describe("super-seeding", () => {
  it("reveals one piece to each peer, each a different one", () => {
    const seeder = makeSeeder(10, 4);
    const reveals = seeder.takeReveals(0);
    expect(reveals).toHaveLength(4);
    expect(new Set(reveals.map((reveal) => reveal.piece)).size).toBe(4);
    expect(seeder.takeReveals(1)).toEqual([]);
    const [first] = reveals;
    if (first === undefined) return;
    expect(seeder.isRevealed(first.peer, first.piece)).toBe(true);
    expect(seeder.isRevealed((first.peer + 1) % 4, first.piece)).toBe(false);
  });

  it("reveals the next piece when the last was seen at somebody else", () => {
    const seeder = makeSeeder(10, 2);
    const piece = seeder.takeReveals(0).find((reveal) => reveal.peer === 0)?.piece ?? -1;
    seeder.handleHave(0, piece);
    expect(seeder.takeReveals(1)).toEqual([]);
    seeder.handleHave(1, piece);
    expect(seeder.takeReveals(2)).toMatchObject([{ peer: 0 }]);
  });

  it("takes a piece for passed on though its first peer never says that it has it", () => {
    const seeder = makeSeeder(10, 2);
    const piece = seeder.takeReveals(0).find((reveal) => reveal.peer === 0)?.piece ?? -1;
    seeder.handleHave(1, piece);
    expect(seeder.takeReveals(2)).toMatchObject([{ peer: 0 }]);
  });

  it("serves a lone peer piece by piece", () => {
    const seeder = makeSeeder(3, 1);
    const seen = new Set<number>();
    for (let now = 0; now < 3; now += 1) {
      const [reveal] = seeder.takeReveals(now);
      if (reveal === undefined) break;
      seen.add(reveal.piece);
      seeder.handleHave(0, reveal.piece);
    }
    expect(seen.size).toBe(3);
    expect(seeder.takeReveals(9)).toEqual([]);
    expect(seeder.isSpread).toBe(true);
  });

  it("offers a piece again when its peer leaves or stalls", () => {
    const seeder = makeSeeder(1, 2);
    const [first] = seeder.takeReveals(0);
    if (first === undefined) return;
    const other = 1 - first.peer;
    expect(seeder.nextTimeout()).toBe(60_000);
    expect(seeder.takeReveals(60_000)).toEqual([{ peer: other, piece: 0 }]);
    seeder.removePeer(other);
    seeder.addPeer(9);
    expect(seeder.takeReveals(60_001)).toEqual([{ peer: 9, piece: 0 }]);
  });

  it("offers nothing a peer has", () => {
    const seeder = makeSeeder(4, 1);
    for (const piece of [0, 1, 3]) seeder.handleHave(0, piece);
    expect(seeder.takeReveals(0)).toEqual([{ peer: 0, piece: 2 }]);
  });

  it.each([1, 2, 3])("sends at most 1.15 copies before 40 leechers have one (seed %d)", (seed) => {
    const options = { pieceCount: 400, leecherCount: 40, seed };
    const result = simulateSeeding({ ...options, superSeeding: true });
    const plain = simulateSeeding({ ...options, superSeeding: false });
    expect(result.turns).toBeLessThanOrEqual(plain.turns);
    expect(result.copiesAtFullCopy).toBeLessThanOrEqual(1.15);
    expect(result.copiesAtFirstComplete).toBeLessThanOrEqual(1.15);
    expect(plain.copiesAtFullCopy).toBeGreaterThan(result.copiesAtFullCopy);
  });

  it("does not take a long line for a stall: 200 leechers", () => {
    const options = { pieceCount: 300, leecherCount: 200, seed: 1 };
    const result = simulateSeeding({ ...options, superSeeding: true });
    expect(result.copiesAtFirstComplete).toBeLessThanOrEqual(1.05);
  });
});
