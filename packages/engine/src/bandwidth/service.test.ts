import { BLOCK_LENGTH } from "@torrential/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BandwidthNode } from "./node.ts";
import { BandwidthService } from "./service.ts";
import { BandwidthWorld, jainIndex, seededRandom } from "./simulation.ts";
import { fixedRate } from "./strategies/fixed.ts";
import { guaranteeAndCeiling } from "./strategies/guarantee-and-ceiling.ts";
import { weekSchedule } from "./strategies/schedule.ts";
import { UNLIMITED } from "./strategies/unlimited.ts";

/** Reserves until told to wait; the sum of the grants. */
function drain(service: BandwidthService, node: BandwidthNode, now: number): number {
  let sum = 0;
  for (;;) {
    const answer = service.reserve(node, "down", 4 * BLOCK_LENGTH, now);
    if (answer.type === "waiting") return sum;
    sum += answer.bytes;
  }
}

/** Everyone who is told to reserve again, once nothing is claimed. */
function takeAllReady(service: BandwidthService): Set<BandwidthNode> {
  const all = new Set<BandwidthNode>();
  for (let ready = service.takeReady(); ready.length > 0; ready = service.takeReady()) {
    for (const node of ready) all.add(node);
  }
  return all;
}

function makeWorld(direction: "down" | "up" = "down"): BandwidthWorld {
  return new BandwidthWorld({ direction, random: seededRandom(1) });
}

/** Bytes a peer gets between two instants. */
function bytesOver(world: BandwidthWorld, node: BandwidthNode, fromTo: [number, number]): number {
  world.run(fromTo[0]);
  const before = world.peers.get(node)?.totalBytes ?? 0;
  world.run(fromTo[1]);
  return (world.peers.get(node)?.totalBytes ?? 0) - before;
}

describe("bandwidth service", () => {
  it("grants everything at once where nothing limits", () => {
    const service = new BandwidthService();
    const peer = service.createNode(service.root, "peer");
    expect(service.isUnlimited(peer, "down")).toBe(true);
    expect(service.reserve(peer, "down", 1e9, 0)).toEqual({ type: "granted", bytes: 1e9 });
    expect(service.nextTimeout()).toBeUndefined();
  });

  it("knows a limit at any level of the path, per direction", () => {
    const service = new BandwidthService();
    const torrent = service.createNode(service.root, "torrent");
    const peer = service.createNode(torrent, "peer");
    service.setStrategy(torrent, "down", fixedRate(1000), 0);
    expect(service.isUnlimited(peer, "down")).toBe(false);
    expect(service.isUnlimited(peer, "up")).toBe(true);
    service.setStrategy(torrent, "down", UNLIMITED, 0);
    expect(service.isUnlimited(peer, "down")).toBe(true);
  });

  it("lets one block pass on debt and names who blocks the next, and until when", () => {
    const service = new BandwidthService();
    const torrent = service.createNode(service.root, "torrent");
    const peer = service.createNode(torrent, "peer");
    service.setStrategy(torrent, "down", fixedRate(BLOCK_LENGTH / 2), 0);
    expect(service.reserve(peer, "down", 5 * BLOCK_LENGTH, 0)).toEqual({
      type: "granted",
      bytes: BLOCK_LENGTH,
    });
    const answer = service.reserve(peer, "down", BLOCK_LENGTH, 0);
    expect(answer).toEqual({ type: "waiting", until: 2004, blockedBy: torrent });
    expect(service.nextTimeout()).toBe(2004);
    service.handleTimeout(2004);
    expect(service.takeReady()).toEqual([peer]);
    expect(service.reserve(peer, "down", BLOCK_LENGTH, 2004).type).toBe("granted");
  });

  it("grants whole blocks for downloads, or all of a smaller rest", () => {
    const service = new BandwidthService();
    const peer = service.createNode(service.root, "peer");
    service.setStrategy(peer, "down", fixedRate(100e6), 0);
    service.handleTimeout(1000);
    expect(service.reserve(peer, "down", 50_000, 1000)).toEqual({
      type: "granted",
      bytes: 3 * BLOCK_LENGTH,
    });
    expect(service.reserve(peer, "down", 100, 1000)).toEqual({ type: "granted", bytes: 100 });
  });

  it("takes nothing at one level while another makes it wait", () => {
    const service = new BandwidthService();
    const slow = service.createNode(service.root, "slow");
    const peer = service.createNode(slow, "peer");
    const other = service.createNode(service.root, "other");
    service.setStrategy(service.root, "down", fixedRate(10e6), 0);
    service.setStrategy(slow, "down", fixedRate(0), 0);
    const full = 36 * BLOCK_LENGTH; // 60 ms of 10 MB/s, in whole blocks
    for (let now = 1000; now < 1100; now += 1) {
      const answer = service.reserve(peer, "down", BLOCK_LENGTH, now);
      expect(answer).toEqual({ type: "waiting", until: Infinity, blockedBy: slow });
    }
    expect(service.nextTimeout()).toBeUndefined();
    expect(drain(service, other, 1100)).toBeGreaterThanOrEqual(full);
  });

  it("lets a refunded ticket be spent again at once, by whoever waits", () => {
    const service = new BandwidthService();
    service.setStrategy(service.root, "down", fixedRate(5120), 0);
    const [choked, waiting] = ["choked", "waiting"].map((name) => service.createNode(service.root, name)) as [
      BandwidthNode,
      BandwidthNode,
    ];
    expect(drain(service, choked, 0)).toBe(BLOCK_LENGTH);
    service.reserve(waiting, "down", BLOCK_LENGTH, 0);
    service.cancel(choked, "down");
    service.refund(choked, "down", BLOCK_LENGTH, 5);
    expect(service.nextTimeout()).toBeLessThanOrEqual(5);
    expect(service.takeReady()).toEqual([waiting]);
  });

  it("gives back what a ready node does not claim", () => {
    const service = new BandwidthService();
    service.setStrategy(service.root, "down", fixedRate(BLOCK_LENGTH), 0);
    const gone = service.createNode(service.root, "gone");
    const other = service.createNode(service.root, "other");
    drain(service, gone, 0);
    service.handleTimeout(1100);
    expect(service.takeReady()).toEqual([gone]);
    expect(service.takeReady()).toEqual([]);
    expect(drain(service, other, 1100)).toBe(BLOCK_LENGTH);
  });

  it("gives back the part of what was set aside that is not claimed", () => {
    const service = new BandwidthService();
    service.setStrategy(service.root, "down", fixedRate(10e6), 0);
    const [one, other] = ["one", "other"].map((name) => service.createNode(service.root, name)) as [
      BandwidthNode,
      BandwidthNode,
    ];
    drain(service, one, 0);
    service.handleTimeout(50);
    expect(service.takeReady()).toEqual([one]);
    expect(service.reserve(one, "down", 100, 50)).toEqual({ type: "granted", bytes: 100 });
    // 50 ms of 10 MB/s, less the block of debt and the 100 bytes, and a block overdrawn.
    expect(drain(service, other, 50)).toBeGreaterThan(500_000 - 3 * BLOCK_LENGTH);
  });

  it("passes no more than 100 ms of the limit at once after an idle time", () => {
    for (const rate of [5120, 1e6, 500e6]) {
      const service = new BandwidthService();
      const peer = service.createNode(service.root, "peer");
      service.setStrategy(peer, "up", fixedRate(rate), 0);
      service.handleTimeout(3_600_000);
      let sum = 0;
      for (;;) {
        const answer = service.reserve(peer, "up", 13 + BLOCK_LENGTH, 3_600_000);
        if (answer.type === "waiting") break;
        sum += answer.bytes;
      }
      expect(sum / rate).toBeLessThanOrEqual(0.1);
      expect(sum / rate).toBeGreaterThan(0.05);
    }
  });

  it("lets nobody overtake a waiter, however early it asks", () => {
    const service = new BandwidthService();
    service.setStrategy(service.root, "down", fixedRate(BLOCK_LENGTH), 0);
    const [first, eager] = ["first", "eager"].map((name) => service.createNode(service.root, name)) as [
      BandwidthNode,
      BandwidthNode,
    ];
    drain(service, first, 0);
    // The debt is paid at 1000; the waiter is due at 1004.
    expect(service.reserve(eager, "down", BLOCK_LENGTH, 1001).type).toBe("waiting");
    service.handleTimeout(1004);
    expect(service.takeReady()).toHaveLength(1);
  });

  it("counts overhead that passed without asking", () => {
    const service = new BandwidthService();
    const peer = service.createNode(service.root, "peer");
    service.setStrategy(peer, "down", fixedRate(10_000), 0);
    service.charge(peer, "down", 5000, 0);
    expect(service.reserve(peer, "down", BLOCK_LENGTH, 0)).toMatchObject({ until: 504 });
  });

  it("refuses weights that are not more than 0, and rates below 0", () => {
    const service = new BandwidthService();
    expect(() => service.createNode(service.root, "x", { weight: 0 })).toThrow("weight");
    expect(() => fixedRate(-1)).toThrow("0 bytes/s or more");
    expect(() => fixedRate(Number.NaN)).toThrow("0 bytes/s or more");
  });
});

describe("bandwidth sharing", () => {
  it.each([
    [[1, 2, 4], 1e6],
    [[1, 3], 50e3],
    [[0.25, 1, 8], 20e6],
  ])("honours weights %j at %d bytes/s within 5 %", (weights, rate) => {
    for (const direction of ["down", "up"] as const) {
      const world = makeWorld(direction);
      world.service.setStrategy(world.service.root, direction, fixedRate(rate), 0);
      const peers = weights.map((weight) => world.addPeer(world.service.root, { weight }));
      world.run((2000 * BLOCK_LENGTH * 1000) / rate);
      const sum = peers.reduce((total, peer) => total + peer.totalBytes, 0);
      const weightSum = weights.reduce((total, weight) => total + weight, 0);
      for (const [index, peer] of peers.entries()) {
        const share = ((weights[index] ?? 0) / weightSum) * sum;
        expect(Math.abs(peer.totalBytes / share - 1)).toBeLessThan(0.05);
      }
    }
  });

  it("shares between torrents first, whatever their number of peers", () => {
    const world = makeWorld();
    world.service.setStrategy(world.service.root, "down", fixedRate(1e6), 0);
    const [one, many] = [1, 50].map((count) => {
      const torrent = world.service.createNode(world.service.root, `${count} peers`);
      return Array.from({ length: count }, () => world.addPeer(torrent));
    });
    world.run(60_000);
    const total = (peers = one): number => (peers ?? []).reduce((sum, p) => sum + p.totalBytes, 0);
    expect(jainIndex([total(one), total(many)])).toBeGreaterThan(0.999);
  });

  it("serves a guarantee first and shares the rest", () => {
    const world = makeWorld();
    const { service } = world;
    service.setStrategy(service.root, "down", fixedRate(10e6), 0);
    const [assured, ...others] = Array.from({ length: 5 }, () => world.addPeer(service.root));
    const strategy = guaranteeAndCeiling({ guaranteeBytesPerSec: 5e6, ceilingBytesPerSec: 7e6 });
    if (assured === undefined) return;
    service.setStrategy(assured.node, "down", strategy, 0);
    world.run(20_000);
    // 5 MB/s guaranteed, and one fifth of the other 5 MB/s borrowed.
    expect(assured.totalBytes / 20 / 6e6).toBeCloseTo(1, 1);
    for (const peer of others) expect(peer.totalBytes / 20 / 1e6).toBeCloseTo(1, 1);
    for (const peer of others) peer.idle = true;
    expect(bytesOver(world, assured.node, [20_100, 30_100]) / 10 / 7e6).toBeCloseTo(1, 1);
  });

  it("binds a peer by all its groups, and frees it when it leaves", () => {
    const world = makeWorld("up");
    const { service } = world;
    const wan = service.createNode(service.root, "wan");
    const utp = service.createNode(service.root, "utp");
    service.setStrategy(wan, "up", fixedRate(300e3), 0);
    service.setStrategy(utp, "up", fixedRate(100e3), 0);
    const torrents = [1, 2].map((n) => service.createNode(service.root, `torrent ${n}`));
    const peers = torrents.map((torrent) => world.addPeer(torrent));
    for (const { node } of peers) service.joinGroup(node, wan);
    const [first, second] = peers;
    if (first === undefined || second === undefined) return;
    service.joinGroup(first.node, utp);
    expect(bytesOver(world, first.node, [2000, 12_000]) / 1e6).toBeCloseTo(1, 1);
    expect(bytesOver(world, second.node, [12_000, 22_000]) / 2e6).toBeCloseTo(1, 1);
    service.leaveGroup(first.node, utp);
    expect(bytesOver(world, first.node, [22_000, 32_000]) / 1.5e6).toBeCloseTo(1, 1);
    service.removeNode(wan);
    expect(service.isUnlimited(first.node, "up")).toBe(true);
  });

  it("keeps a waiter waiting when its torrent moves to another group", () => {
    const service = new BandwidthService();
    const [slow, fast] = [1, 1e6].map((rate) => {
      const group = service.createNode(service.root, `group ${rate}`);
      service.setStrategy(group, "down", fixedRate(rate), 0);
      return group;
    }) as [BandwidthNode, BandwidthNode];
    const torrent = service.createNode(slow, "torrent");
    const peer = service.createNode(torrent, "peer");
    drain(service, peer, 0);
    service.handleTimeout(1000);
    expect(service.takeReady()).toEqual([]);
    service.moveNode(torrent, fast);
    expect(service.takeReady()).toEqual([peer]);
    expect(() => service.moveNode(slow, slow)).toThrow("cannot move");
  });
});

describe("changing a limit", () => {
  it.each([
    [5120, 500e6],
    [500e6, 50e3],
    [1e6, 2e6],
    [20e6, 5120],
    [0, 1e6],
  ])("from %d to %d bytes/s acts within 200 ms", (before, after) => {
    const world = makeWorld("up");
    const peer = world.addPeer(world.service.root);
    world.service.setStrategy(world.service.root, "up", fixedRate(before), 0);
    world.run(3000);
    world.service.setStrategy(world.service.root, "up", fixedRate(after), world.now);
    world.run(3200);
    expect(bytesOver(world, peer.node, [3200, 5200]) / (2 * after)).toBeCloseTo(1, 1);
  });

  it("serves everyone when the limit is lifted, and no one when it is 0", () => {
    const world = makeWorld("up");
    const { service } = world;
    service.setStrategy(service.root, "up", fixedRate(0), 0);
    const peers = Array.from({ length: 10 }, () => world.addPeer(service.root));
    world.run(5000);
    expect(peers.map((peer) => peer.totalBytes)).toEqual(peers.map(() => 0));
    service.setStrategy(service.root, "up", UNLIMITED, 5000);
    expect(takeAllReady(service)).toEqual(new Set(peers.map((peer) => peer.node)));
  });

  it("follows the week grid", () => {
    const hourMs = 3_600_000;
    const grid = Array.from({ length: 168 }, (_, hour) => (hour % 24 < 8 ? "night" : "day"));
    const profiles = { night: UNLIMITED, day: fixedRate(5120) };
    const service = new BandwidthService();
    service.setStrategy(service.root, "down", weekSchedule({ grid, profiles, weekStartsAt: -7 * hourMs }), 0);
    expect(service.isUnlimited(service.root, "down")).toBe(true);
    expect(service.nextTimeout()).toBe(hourMs);
    service.handleTimeout(hourMs);
    expect(service.isUnlimited(service.root, "down")).toBe(false);
    expect(service.nextTimeout()).toBe(2 * hourMs);
    service.handleTimeout(17 * hourMs);
    expect(service.isUnlimited(service.root, "down")).toBe(true);
    expect(() => weekSchedule({ grid: ["dawn"], profiles, weekStartsAt: 0 })).toThrow("dawn");
  });

  it("takes a strategy of one's own", () => {
    const service = new BandwidthService();
    const ramp = {
      type: "ramp",
      limitAt: (now: number) => ({
        ceilingBytesPerSec: 1000 + now,
        guaranteeBytesPerSec: 0,
        until: now + 1000,
      }),
    };
    service.setStrategy(service.root, "up", ramp, 0);
    expect(service.strategyOf(service.root, "up")).toBe(ramp);
    expect(service.nextTimeout()).toBe(1000);
    service.handleTimeout(1000);
    expect(service.nextTimeout()).toBe(2000);
  });
});

describe("any sequence of changes", () => {
  const step = fc.record({
    action: fc.constantFrom(
      "reserve",
      "reserve",
      "cancel",
      "refund",
      "limit",
      "lift",
      "move",
      "join",
      "leave",
      "remove",
      "ready",
      "guarantee",
    ),
    node: fc.nat(11),
    other: fc.nat(3),
    rate: fc.constantFrom(0, 100, 5120, 1e6),
    waitMs: fc.nat(500),
  });

  it("loses no waiter: all are served once nothing limits them", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { waiting, service, now } = playSteps(steps);
        for (const node of [service.root, ...service.root.children]) {
          for (const member of [node, ...node.children]) {
            service.setStrategy(member, "down", UNLIMITED, now);
          }
        }
        const ready = takeAllReady(service);
        expect([...waiting].filter((node) => !ready.has(node))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  function playSteps(steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]): {
    service: BandwidthService;
    waiting: ReadonlySet<BandwidthNode>;
    now: number;
  } {
    const service = new BandwidthService();
    const groups = [0, 1, 2, 3].map((n) => service.createNode(service.root, `group ${n}`));
    const peers = Array.from({ length: 12 }, (_, n) => service.createNode(groups[n % 4] ?? service.root, `peer ${n}`));
    const waiting = new Set<BandwidthNode>();
    let now = 0;
    for (const { action, node, other, rate, waitMs } of steps) {
      now += waitMs;
      const peer = peers[node];
      const group = groups[other] ?? service.root;
      if (peer === undefined) continue;
      const target = node < 4 ? group : node < 6 ? service.root : peer;
      if (action === "reserve") {
        const answer = service.reserve(peer, "down", 20_000, now);
        if (answer.type === "waiting") waiting.add(peer);
        else waiting.delete(peer);
        if (answer.type === "granted") expect(answer.bytes).toBeGreaterThan(0);
        service.cancel(peer, answer.type === "granted" ? "down" : "up");
      } else if (action === "cancel") {
        service.cancel(peer, "down");
        waiting.delete(peer);
      } else if (action === "refund") service.refund(peer, "down", 5000, now);
      else if (action === "limit") service.setStrategy(target, "down", fixedRate(rate), now);
      else if (action === "guarantee") {
        const rates = { guaranteeBytesPerSec: rate, ceilingBytesPerSec: Infinity };
        service.setStrategy(target, "down", guaranteeAndCeiling(rates), now);
      } else if (action === "lift") service.setStrategy(target, "down", UNLIMITED, now);
      else if (action === "move") service.moveNode(peer, group);
      else if (action === "join") service.joinGroup(peer, group);
      else if (action === "leave") service.leaveGroup(peer, group);
      else if (action === "remove") {
        service.removeNode(peer);
        waiting.delete(peer);
        peers[node] = service.createNode(group, "again");
      } else {
        service.handleTimeout(now);
        for (const served of takeAllReady(service)) waiting.delete(served);
        expect(service.nextTimeout() ?? Infinity).toBeGreaterThanOrEqual(now);
      }
    }
    return { service, waiting, now };
  }
});
