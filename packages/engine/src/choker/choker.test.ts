import { describe, expect, it } from "vitest";
import { seededRandom } from "../bandwidth/simulation.ts";
import { Choker, type ChokerPeer, type SlotCount } from "./choker.ts";
import { OptimisticSlot } from "./optimistic.ts";
import { countSlots } from "./ranking.ts";
import { ServiceLedger } from "./service-ledger.ts";

const MIB = 1024 * 1024;

function makePeer(id: number, changes: Partial<ChokerPeer> = {}): ChokerPeer {
  return {
    id,
    interested: true,
    unchoked: false,
    snubbed: false,
    downRate: 0,
    upRate: 0,
    uploadedSinceUnchoke: 0,
    unchokedAt: 0,
    connectedAt: 0,
    lastOptimisticAt: undefined,
    uploadOnly: false,
    networkPrefix: `10.0.${id}`,
    excessUploads: false,
    ...changes,
  };
}

function makeChoker(mode: "leech" | "seed", slots: SlotCount): Choker {
  return new Choker({ mode, slots, random: seededRandom(7) });
}

describe("choker while leeching", () => {
  it("unchokes who gives most, and one more", () => {
    const peers = [50, 10, 40, 30, 20].map((downRate, id) => makePeer(id, { downRate }));
    const { unchoke, optimistic } = makeChoker("leech", 4).rechoke(peers, 0);
    expect([...unchoke].sort()).toEqual([0, 2, 3, optimistic].sort());
    expect([1, 4]).toContain(optimistic);
  });

  it("gives a snubbing peer the optimistic slot at most", () => {
    const peers = [makePeer(0, { downRate: 99, snubbed: true }), makePeer(1), makePeer(2)];
    const choker = makeChoker("leech", 3);
    const { unchoke, optimistic } = choker.rechoke(peers, 0);
    expect(unchoke).toHaveLength(3);
    expect(optimistic).toBe(0);
  });

  it("unchokes faster peers without interest, and makes room when they get it", () => {
    const choker = makeChoker("leech", 2);
    const peers = [
      makePeer(0, { downRate: 10, unchoked: true }),
      makePeer(1, { unchoked: false }),
      makePeer(2, { downRate: 20, interested: false }),
      makePeer(3, { downRate: 5, interested: false }),
    ];
    const first = choker.rechoke(peers, 0);
    expect(first).toEqual({ unchoke: [1, 2], choke: [], optimistic: 1 });
    const later = peers.map((peer) => ({ ...peer, interested: true, unchoked: peer.id !== 3 }));
    expect(choker.onInterested(later, 1)).toEqual({ unchoke: [], choke: [0], optimistic: 1 });
  });

  it("serves peers with excess uploads last", () => {
    const peers = [makePeer(0, { downRate: 9, excessUploads: true }), makePeer(1), makePeer(2)];
    expect(makeChoker("leech", 2).rechoke(peers, 0).unchoke).toEqual([1, 2]);
  });

  it("serves neighbours of who is served before peers with excess uploads", () => {
    const peers = [makePeer(0, { excessUploads: true }), makePeer(1), makePeer(2, { networkPrefix: "10.0.1" })];
    expect(makeChoker("seed", 2).rechoke(peers, 0).unchoke).toEqual([1, 2]);
  });

  it("keeps the optimistic peer for 30 s, and less when it leaves", () => {
    const choker = makeChoker("leech", 1);
    let peers = [0, 1, 2].map((id) => makePeer(id));
    const holders = [0, 10_000, 20_000, 30_000].map((now) => choker.rechoke(peers, now).optimistic);
    expect(holders[1]).toBe(holders[0]);
    expect(holders[2]).toBe(holders[0]);
    expect(holders[3]).not.toBe(holders[0]);
    peers = peers.filter((peer) => peer.id !== holders[3]);
    expect(choker.rechoke(peers, 40_000).optimistic).not.toBe(holders[3]);
  });
});

describe("choker slots", () => {
  it("fills a free slot at once, and only a free one", () => {
    const choker = makeChoker("seed", 2);
    choker.rechoke([], 0);
    const [first, second, third] = [0, 1, 2].map((id) => makePeer(id));
    if (first === undefined || second === undefined || third === undefined) return;
    expect(choker.onInterested([first], 1).unchoke).toEqual([0]);
    const served = { ...first, unchoked: true };
    expect(choker.onInterested([served, second], 2).unchoke).toEqual([1]);
    const both = [served, { ...second, unchoked: true }];
    expect(choker.onInterested([...both, third], 3)).toMatchObject({ unchoke: [], choke: [] });
  });

  it("gives a network one slot while others wait", () => {
    const neighbours = [0, 1, 2].map((id) => makePeer(id, { networkPrefix: "192.0.2" }));
    const others = [3, 4].map((id) => makePeer(id, { connectedAt: 5 }));
    const decide = (slots: number): readonly number[] =>
      makeChoker("seed", slots).rechoke([...neighbours, ...others], 10).unchoke;
    expect(decide(3)).toEqual([0, 3, 4]);
    expect(decide(4)).toEqual([0, 1, 3, 4]);
    expect(decide(5)).toHaveLength(5);
  });

  it("unchokes everyone interested when unlimited, snubbing or not", () => {
    const peers = [
      makePeer(0, { snubbed: true }),
      makePeer(1, { interested: false }),
      makePeer(2, { excessUploads: true }),
      makePeer(3, { uploadOnly: true }),
    ];
    for (const mode of ["leech", "seed"] as const) {
      const choker = makeChoker(mode, "unlimited");
      expect(choker.rechoke(peers, 0).unchoke).toEqual([0, 2]);
      expect(choker.onInterested(peers, 1).unchoke).toEqual([0, 2]);
    }
  });

  it("unchokes nobody with no slots", () => {
    for (const mode of ["leech", "seed"] as const) {
      expect(makeChoker(mode, 0).rechoke([makePeer(0)], 0).unchoke).toEqual([]);
    }
  });

  it.each([
    [[], 8],
    [[900, 900, 900, 900, 900], 8],
    [[5000, 5000, 5000, 5000, 5000], 8],
    [Array.from({ length: 12 }, () => 24_000), 13],
    [Array.from({ length: 100 }, () => 100_000), 50],
  ])("adapts to upload rates %j", (rates, expected) => {
    const peers = rates.map((upRate, id) => makePeer(id, { upRate }));
    expect(countSlots("adaptive", peers, 0)).toBe(expected);
    expect(countSlots("adaptive", [], expected)).toBe(Math.max(8, expected - 1));
  });

  it("is due every 10 s", () => {
    const choker = makeChoker("seed", 4);
    expect(choker.nextTimeout()).toBe(0);
    choker.rechoke([], 123);
    expect(choker.nextTimeout()).toBe(10_123);
  });
});

describe("turns of a seed", () => {
  it.each([
    ["after 8 MiB and 10 s", 8 * MIB, 10_000, [1]],
    ["not after 8 MiB alone", 8 * MIB, 9_999, []],
    ["not after 10 s with less", 8 * MIB - 1, 10_000, []],
    ["after 30 s", 1, 30_000, [1]],
  ])("end %s, when somebody waits", (_, uploadedSinceUnchoke, now, unchoke) => {
    const choker = makeChoker("seed", 1);
    expect(choker.rechoke([makePeer(0), makePeer(1)], 0).unchoke).toEqual([0]);
    const served = makePeer(0, { unchoked: true, uploadedSinceUnchoke });
    expect(choker.rechoke([served, makePeer(1)], now).unchoke).toEqual(unchoke);
  });
});

describe("service ledger", () => {
  it("charges a slow peer a quarter of what the others took meanwhile", () => {
    const ledger = new ServiceLedger();
    const slow = makePeer(0, { unchoked: true, uploadedSinceUnchoke: 1 });
    const fast = makePeer(1, { unchoked: true, uploadedSinceUnchoke: 16 * MIB - 1 });
    ledger.update([slow, fast], 0);
    expect([ledger.chargedBytes(slow), ledger.chargedBytes(fast)]).toEqual([2 * MIB, 16 * MIB - 1]);
  });

  it("lets a newcomer join at the mean, and nobody save up turns while it wants none", () => {
    const ledger = new ServiceLedger();
    const peers = [2 * MIB, 4 * MIB].map((bytes, id) => makePeer(id, { unchoked: true, uploadedSinceUnchoke: bytes }));
    const idle = makePeer(2, { interested: false });
    ledger.update([...peers, idle], 0);
    const newcomer = makePeer(3);
    ledger.update([...peers, idle, newcomer], 1);
    expect([ledger.chargedBytes(newcomer), ledger.chargedBytes(idle)]).toEqual([3 * MIB, 3 * MIB]);
  });
});

describe("optimistic rotation", () => {
  it("lets a newcomer start three times as likely as elsewhere", () => {
    let firsts = 0;
    for (let seed = 0; seed < 2000; seed += 1) {
      const slot = new OptimisticSlot(seededRandom(seed));
      const known = [0, 1, 2].map((id) => makePeer(id, { lastOptimisticAt: 0 }));
      slot.update(known);
      slot.update([...known, makePeer(3)]);
      const all = new Map([...known, makePeer(3)].map((peer) => [peer.id, peer]));
      if (slot.advance(all, new Set(), 0)?.id === 3) firsts += 1;
    }
    expect(firsts / 2000).toBeCloseTo(3 / 6, 1);
  });
});
