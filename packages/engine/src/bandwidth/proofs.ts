/**
 * What is promised beside single limits, measured in simulation: weights, guarantees that borrow, groups, changes, and that
 * nobody starves. Used by the tests and by scripts/bandwidth-table.ts; not part of the engine.
 */
import { BLOCK_LENGTH } from "@torrential/core";
import type { BandwidthNode } from "./node.ts";
import { BandwidthWorld, GrantLog, jainIndex, seededRandom, type SimulatedPeer } from "./simulation.ts";
import { fixedRate } from "./strategies/fixed.ts";
import { guaranteeAndCeiling } from "./strategies/guarantee-and-ceiling.ts";
import type { Direction, RateStrategy } from "./strategy.ts";

export const RATES: readonly number[] = [5 * 1024, 50 * 1024, 1e6, 20e6, 500e6];
export const DIRECTIONS: readonly Direction[] = ["up", "down"];

/** One promise at one rate: how far off it was, as a share, and how far it may be. */
export interface Proof {
  readonly what: string;
  readonly direction: Direction;
  readonly rate: number;
  readonly off: number;
  readonly offMax: number;
}

/** How long shares are watched: 2000 grants of whole blocks, at least 20 s. */
function longOf(rate: number): number {
  return Math.max(20_000, (2000 * BLOCK_LENGTH * 1000) / rate);
}

function makeWorld(direction: Direction): BandwidthWorld {
  return new BandwidthWorld({ direction, random: seededRandom(7) });
}

function limit(world: BandwidthWorld, node: BandwidthNode, strategy: RateStrategy | number): void {
  const set = typeof strategy === "number" ? fixedRate(strategy) : strategy;
  world.service.setStrategy(node, world.direction, set, world.now);
}

function off(got: number, wanted: number): number {
  return Math.abs(got / wanted - 1);
}

/** The worst share of peers with these weights. */
export function proveWeights(weights: readonly number[], direction: Direction, rate: number): Proof {
  const world = makeWorld(direction);
  limit(world, world.service.root, rate);
  const peers = weights.map((weight) => world.addPeer(world.service.root, { weight }));
  world.run(longOf(rate));
  const sum = peers.reduce((total, peer) => total + peer.totalBytes, 0);
  const weightSum = weights.reduce((total, weight) => total + weight, 0);
  const worst = peers.map((peer, index) => off(peer.totalBytes, ((weights[index] ?? 0) / weightSum) * sum));
  return { what: `weights ${weights.join(" : ")}`, direction, rate, off: Math.max(...worst), offMax: 0.05 };
}

/** One of five is sure of half and may have 0.7: it gets half and a fifth of the rest, then 0.7 when the others are idle. */
export function proveGuarantee(direction: Direction, rate: number): readonly Proof[] {
  const world = makeWorld(direction);
  limit(world, world.service.root, rate);
  const [first, ...others] = Array.from({ length: 5 }, () => world.addPeer(world.service.root));
  if (first === undefined) return [];
  limit(world, first.node, guaranteeAndCeiling({ guaranteeBytesPerSec: rate / 2, ceilingBytesPerSec: 0.7 * rate }));
  const long = longOf(rate);
  world.run(long);
  const shared = off(first.totalBytes, (0.6 * rate * long) / 1000);
  for (const peer of others) peer.idle = true;
  world.run(1.1 * long);
  const before = first.totalBytes;
  const startedAt = world.now;
  world.run(2.1 * long);
  const alone = off(first.totalBytes - before, (0.7 * rate * (world.now - startedAt)) / 1000);
  const common = { direction, rate, offMax: 0.05 };
  return [
    { what: "guarantee of half, rest shared", off: shared, ...common },
    { what: "ceiling, borrowed from the idle", off: alone, ...common },
  ];
}

/** Two of ten torrents are in a group: limited together to a fifth; or guaranteed half, with their part of the rest. */
export function proveGroup(kind: "limit" | "guarantee", direction: Direction, rate: number): Proof {
  const world = makeWorld(direction);
  const { service } = world;
  limit(world, service.root, rate);
  const group = service.createNode(service.root, "group");
  const guarantee = guaranteeAndCeiling({ guaranteeBytesPerSec: rate / 2, ceilingBytesPerSec: Infinity });
  limit(world, group, kind === "limit" ? rate / 10 : guarantee);
  const peers = Array.from({ length: 10 }, (_, index) => {
    const torrent = service.createNode(service.root, `torrent ${index}`);
    if (index < 2) service.joinGroup(torrent, group);
    return world.addPeer(torrent);
  });
  const long = 3 * longOf(rate);
  world.run(long);
  const inside = peers.slice(0, 2).reduce((sum, peer) => sum + peer.totalBytes, 0);
  const wanted = kind === "limit" ? rate / 10 : 0.6 * rate;
  const shares = jainIndex(peers.slice(2).map((peer) => peer.totalBytes));
  return {
    what: kind === "limit" ? "group of torrents, a tenth" : "group guaranteed half, rest shared",
    direction,
    rate,
    off: Math.max(off(inside, (wanted * long) / 1000), 1 - shares),
    offMax: 0.02,
  };
}

/**
 * Torrents of these weights in a group that is limited to a tenth, beside eight others: they share by weight in there, each
 * with two peers more than the one before. `members`: whether the torrents are in the group, or their peers.
 */
export function proveGroupWeights(
  weights: readonly number[],
  members: "torrents" | "peers",
  { direction, rate }: { readonly direction: Direction; readonly rate: number },
): Proof {
  const world = makeWorld(direction);
  const { service } = world;
  limit(world, service.root, rate);
  const group = service.createNode(service.root, "group");
  limit(world, group, rate / 10);
  const torrents = weights.map((weight, index) => {
    const torrent = service.createNode(service.root, `member ${index}`, { weight });
    if (members === "torrents") service.joinGroup(torrent, group);
    const peers = Array.from({ length: 1 + 2 * index }, () => world.addPeer(torrent));
    if (members === "peers") for (const { node } of peers) service.joinGroup(node, group);
    return peers;
  });
  for (let index = 0; index < 8; index += 1) world.addPeer(service.createNode(service.root, `other ${index}`));
  world.run(3 * longOf(rate));
  const got = torrents.map((peers) => peers.reduce((sum, peer) => sum + peer.totalBytes, 0));
  const sum = got.reduce((total, bytes) => total + bytes, 0);
  const weightSum = weights.reduce((total, weight) => total + weight, 0);
  const byWeight = got.map((bytes, index) => off(bytes, ((weights[index] ?? 0) / weightSum) * sum));
  const unfair = torrents.map((peers) => 1 - jainIndex(peers.map((peer) => peer.totalBytes)));
  const what = `weights ${weights.join(" : ")} of ${members} in a group`;
  return { what, direction, rate, off: Math.max(...byWeight, ...unfair), offMax: 0.05 };
}

/** Three of ten torrents are in a group that is limited to `share` of what would be theirs: they get all of that. */
export function proveGroupAmongOthers(share: number, direction: Direction, rate: number): Proof {
  const world = makeWorld(direction);
  const { service } = world;
  limit(world, service.root, rate);
  const group = service.createNode(service.root, "group");
  limit(world, group, share * 0.3 * rate);
  const peers = Array.from({ length: 10 }, (_, index) => {
    const torrent = service.createNode(service.root, `torrent ${index}`);
    if (index < 3) service.joinGroup(torrent, group);
    return world.addPeer(torrent);
  });
  const long = 3 * longOf(rate);
  world.run(long);
  const got = peers.slice(0, 3).map((peer) => peer.totalBytes);
  const wanted = (share * 0.3 * rate * long) / 1000;
  const sum = got.reduce((total, bytes) => total + bytes, 0);
  const what = `group of ${share} of its part`;
  return { what, direction, rate, off: Math.max(off(sum, wanted), 1 - jainIndex(got)), offMax: 0.02 };
}

/** One of ten torrents has a limit of `share` of what would be its part: it gets all of that, though others want more. */
export function proveLimitedAmongOthers(share: number, direction: Direction, rate: number): Proof {
  const world = makeWorld(direction);
  const { service } = world;
  limit(world, service.root, rate);
  const [first] = Array.from({ length: 10 }, (_, index) => {
    const torrent = service.createNode(service.root, `torrent ${index}`);
    if (index === 0) limit(world, torrent, (share * rate) / 10);
    return world.addPeer(torrent);
  });
  const long = 3 * longOf(rate);
  world.run(long);
  const wanted = (share * rate * long) / 10_000;
  const what = `limit of ${share} of its part`;
  return { what, direction, rate, off: off(first?.totalBytes ?? 0, wanted), offMax: 0.02 };
}

/** Peers of several torrents, limited together by where they are or how they are connected, and by their tag. */
export function proveCrossingGroups(direction: Direction, rate: number): Proof {
  const world = makeWorld(direction);
  const { service } = world;
  const [wan, tag] = ["wan", "tag"].map((name) => service.createNode(service.root, name)) as [
    BandwidthNode,
    BandwidthNode,
  ];
  limit(world, wan, rate);
  limit(world, tag, rate / 4);
  const peers: SimulatedPeer[] = [];
  for (let torrent = 0; torrent < 4; torrent += 1) {
    const node = service.createNode(service.root, `torrent ${torrent}`);
    if (torrent === 0) service.joinGroup(node, tag);
    for (let peer = 0; peer < 4; peer += 1) {
      const added = world.addPeer(node);
      service.joinGroup(added.node, wan);
      peers.push(added);
    }
  }
  const long = longOf(rate);
  world.run(long);
  const tagged = peers.slice(0, 4).reduce((sum, peer) => sum + peer.totalBytes, 0);
  const all = peers.reduce((sum, peer) => sum + peer.totalBytes, 0);
  const over = tagged / ((rate / 4) * (long / 1000)) - 1;
  return {
    what: "WAN and tag at once",
    direction,
    rate,
    off: Math.max(off(all, (rate * long) / 1000), over),
    offMax: 0.02,
  };
}

/** From 200 ms after the change on, 2 s are as the new limit says; one block more or less for downloads. */
export function proveChange(
  level: "global" | "torrent" | "peer" | "group",
  direction: Direction,
  rates: readonly [before: number, after: number],
): Proof {
  const [before, after] = rates;
  const world = makeWorld(direction);
  const { service } = world;
  const torrent = service.createNode(service.root, "torrent");
  const group = service.createNode(service.root, "group");
  service.joinGroup(torrent, group);
  const { node } = world.addPeer(torrent);
  const changed = { global: service.root, torrent, peer: node, group }[level];
  limit(world, changed, before);
  world.run(3000);
  limit(world, changed, after);
  world.run(3200);
  const log = new GrantLog();
  world.watched.set(node, log);
  const window = Math.max(2000, direction === "down" ? (40 * BLOCK_LENGTH * 1000) / after : 2000);
  world.run(3200 + window);
  const { most } = log.windows({ lengthMs: window, from: 3200, to: 3200 + window });
  const slack = direction === "down" ? BLOCK_LENGTH : 0;
  const wanted = (after * window) / 1000;
  const missed = Math.max(0, Math.abs(most - wanted) - slack) / wanted;
  return { what: `change at ${level}`, direction, rate: after, off: missed, offMax: 0.05 };
}

/** Nobody waits for more than three rounds, and equals get the same. */
export function proveNobodyStarves(
  peerCount: number,
  direction: Direction,
  rate: number,
): { readonly rounds: number; readonly jain: number } {
  const world = makeWorld(direction);
  limit(world, world.service.root, rate);
  for (let index = 0; index < peerCount; index += 1) world.addPeer(world.service.root);
  const grain = direction === "down" ? BLOCK_LENGTH : Math.min(17 * 1024, Math.max(128, rate * 0.03));
  const turnMs = (Math.max(grain, rate / peerCount / 4) * peerCount * 1000) / rate;
  world.run(Math.max(10_000, 60 * turnMs));
  const peers = [...world.peers.values()];
  return {
    rounds: Math.max(...peers.map((peer) => Math.max(peer.longestWaitMs, world.now - peer.lastGrantAt) / turnMs)),
    jain: jainIndex(peers.map((peer) => peer.totalBytes)),
  };
}
