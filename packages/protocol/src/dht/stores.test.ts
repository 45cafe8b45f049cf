import { describe, expect, it } from "vitest";
import { makeEndpoint, type Endpoint } from "@torrential/core";
import { drawNodeId } from "./node-id.ts";
import { PeerStore } from "./peer-store.ts";
import { FloodGuard, SendBudget } from "./rate.ts";
import { OwnAddress, Visitors } from "./reachability.ts";
import { seededRandom } from "./test-support.ts";
import { Tokens } from "./tokens.ts";

const random = seededRandom(5);
const HASH = drawNodeId(random);

function endpoint(i: number): Endpoint {
  return makeEndpoint(`${20 + (i % 200)}.${(i >> 8) & 255}.${i & 255}.1`, 6881);
}

describe("peer store", () => {
  it("has each address once, with its last port", () => {
    const store = new PeerStore(random);
    store.add(HASH, makeEndpoint("8.8.8.8", 1), { isSeed: false }, 0);
    store.add(HASH, makeEndpoint("8.8.8.8", 2), { isSeed: true }, 0);
    expect(store.peers(HASH, { family: 4, max: 10, noSeed: false }, 0)).toEqual([makeEndpoint("8.8.8.8", 2)]);
    expect(store.peers(HASH, { family: 4, max: 10, noSeed: true }, 0)).toEqual([]);
    expect(store.peers(HASH, { family: 6, max: 10, noSeed: false }, 0)).toEqual([]);
    expect(store.peers(HASH, { family: 4, max: 10, noSeed: false }, 7_200_000)).toEqual([]);
  });

  it("is bounded in every direction", () => {
    const store = new PeerStore(random, {
      torrentsMax: 20,
      peersPerTorrentMax: 10,
      peersMax: 50,
      torrentsPerSourceMax: 5,
    });
    for (let i = 0; i < 50; i++) store.add(HASH, endpoint(i), { isSeed: false }, 0);
    expect(store.peerCount).toBe(10);
    expect(store.hasRoomFor(HASH)).toBe(false);
    for (let i = 0; i < 50; i++) store.add(drawNodeId(random), endpoint(1_000), { isSeed: false }, 0);
    expect(store.torrentCount).toBe(6);
    for (let i = 0; i < 500; i++) store.add(drawNodeId(random), endpoint(2_000 + i), { isSeed: false }, 0);
    expect(store.torrentCount).toBeLessThanOrEqual(20);
    expect(store.peerCount).toBeLessThanOrEqual(50);
    store.expire(7_200_000);
    expect([store.torrentCount, store.peerCount]).toEqual([0, 0]);
    expect(store.add(drawNodeId(random), endpoint(1_000), { isSeed: false }, 0)).toBe(true);
  });

  it("gives any of many peers", () => {
    const store = new PeerStore(random);
    for (let i = 0; i < 100; i++) store.add(HASH, endpoint(i), { isSeed: false }, 0);
    const seen = new Set<string>();
    for (let i = 0; i < 100; i++)
      for (const { address } of store.peers(HASH, { family: 4, max: 10, noSeed: false }, 0)) seen.add(address);
    expect(seen.size).toBeGreaterThan(90);
  });

  it("shows the same sample for six hours (BEP 51)", () => {
    const store = new PeerStore(random);
    store.add(HASH, endpoint(1), { isSeed: false }, 0);
    expect(store.sample(0)).toEqual({ infoHashes: [HASH], intervalSeconds: 0, count: 1 });
    for (let i = 0; i < 100; i++) store.add(drawNodeId(random), endpoint(i), { isSeed: false }, 0);
    const sample = store.sample(0);
    expect([sample.infoHashes.length, sample.intervalSeconds, sample.count]).toEqual([20, 21_600, 101]);
    expect(store.sample(21_599_999)).toEqual(sample);
    expect(store.sample(21_600_000)).not.toEqual(sample);
  });
});

describe("tokens", () => {
  it("are good for one address and one target, for five to ten minutes", () => {
    const tokens = new Tokens(random, 0);
    const token = tokens.make("8.8.8.8", HASH, 0);
    expect(tokens.isValid(token, "8.8.8.8", HASH, 1)).toBe(true);
    expect(tokens.isValid(token, "8.8.8.9", HASH, 1)).toBe(false);
    expect(tokens.isValid(token, "8.8.8.8", drawNodeId(random), 1)).toBe(false);
    expect(tokens.isValid(token, "8.8.8.8", HASH, 300_001)).toBe(true);
    expect(tokens.isValid(token, "8.8.8.8", HASH, 600_002)).toBe(false);
  });
});

describe("what we send and hear", () => {
  it("is 8 kB a second, of which answers have the last part to themselves", () => {
    const budget = new SendBudget({}, 0);
    budget.take(24_000 - 2_100);
    expect(budget.hasRoomForQuestion(0)).toBe(false);
    expect(budget.takeForAnswer(1_000, 0)).toBe(true);
    expect(budget.takeForAnswer(1_200, 0)).toBe(false);
    const at = budget.roomAt(0);
    expect([budget.hasRoomForQuestion(at - 1), budget.hasRoomForQuestion(at)]).toEqual([false, true]);
  });

  it("counts a /64 of IPv6 as one source, and remembers a bounded number", () => {
    const guard = new FloodGuard();
    for (let i = 0; i < 50; i++) expect(guard.admits(makeEndpoint(`2600::${i + 1}`, 1), 0)).toBe(true);
    expect(guard.admits(makeEndpoint("2600::99", 1), 0)).toBe(false);
    for (let i = 0; i < 5_000; i++) guard.admits(endpoint(i), 0);
    expect(guard.droppedCount).toBe(1);
  });
});

describe("our own address", () => {
  it("is what most networks say, once each", () => {
    const own = new OwnAddress();
    for (let i = 0; i < 20; i++) own.vote(makeEndpoint(`8.8.8.${i + 1}`, 1), "6.6.6.6");
    expect(own.tally()).toEqual({ address: undefined, votes: [{ address: "6.6.6.6", count: 1 }] });
    for (let i = 0; i < 5; i++) own.vote(endpoint(i), "9.9.9.9");
    expect([own.tally().address, own.publicAddress]).toEqual(["9.9.9.9", "9.9.9.9"]);
  });

  it("is reachable when strangers come, and not when none comes in half an hour", () => {
    const visitors = new Visitors();
    visitors.handleJoined(0);
    visitors.handleSent(endpoint(1), 0);
    visitors.handleQuery(endpoint(1), 1);
    expect(visitors.verdict(1)).toEqual({ verdict: "unknown", strangers: 0 });
    expect(visitors.verdict(1_800_000).verdict).toBe("unreachable");
    for (let i = 2; i < 5; i++) visitors.handleQuery(endpoint(i), 1);
    expect(visitors.verdict(1)).toEqual({ verdict: "reachable", strangers: 3 });
  });
});
