/** Swarms that begin with nothing but an info-hash, and those who spoil them. */
import { METADATA_PIECE_LENGTH } from "@torrential/protocol";
import { DhtBook } from "../dht-book.ts";
import { Lan } from "../lan.ts";
import { metadataBomber, metadataGiver, metadataPusher, pexFlooder } from "../metadata-scripts.ts";
import { SimNode } from "../node.ts";
import { introduce, setupSwarm, type SimSwarm, type SwarmOptions } from "../swarm-builder.ts";
import { makeTorrent, type SimTorrent } from "../torrent.ts";
import { World } from "../world.ts";
import { conclude, type Scenario, type ScenarioOptions, type ScenarioResult } from "./scenario.ts";

const MIB = 1024 * 1024;
const MINUTE_MS = 60_000;
/** 1,088 pieces: their hashes alone are two pieces of metadata. */
const TORRENT = { lengthBytes: 17 * MIB, pieceLength: 16_384 };
const SMALL = { lengthBytes: 4 * MIB, pieceLength: 16_384 };

/** Who has only the link gets metadata and data, from seeds and from each other. */
export const magnetSwarm: Scenario = {
  name: "magnet-swarm",
  run(options) {
    const swarm = setup(options, { seeds: { count: 1 }, leechers: { count: 6, isMagnet: true, spreadMs: 10_000 } });
    const { world, leechers } = swarm;
    finish(swarm, 20 * MINUTE_MS);
    const waits = leechers.map((node) => metadataMs(node));
    return end(swarm, { slowestMetadataMs: Math.max(...waits), seconds: world.elapsedMs / 1000 });
  },
};

/** Some of the peers that have metadata have another one: they are put out, nobody else is. */
export const poisonedMetadata: Scenario = {
  name: "poisoned-metadata",
  run(options) {
    const liars = 1 + (options.seed % 5);
    const info = torrentInfo(options);
    const wrong = Array.from({ length: liars }, (_, index) => ({ script: metadataGiver("liar", spoil(info, index)) }));
    const right = { script: metadataGiver("honest", info) };
    const swarm = setup(options, {
      scripts: [...wrong, right, right],
      seeds: { count: 1 },
      leechers: { count: 3, isMagnet: true },
    });
    finish(swarm, 30 * MINUTE_MS);
    const honest = new Set(swarm.peers.slice(liars).map((peer) => peer.endpoint.address));
    const banned = swarm.leechers.flatMap((node) =>
      node.eventsOf("peer-banned").map((event) => event.endpoint.address),
    );
    const innocent = banned.filter(
      (address) => honest.has(address) || swarm.seeds.some(({ host }) => host.address === address),
    );
    swarm.world.require(innocent.length === 0, `banned without guilt: ${innocent.join(", ")}`);
    return end(swarm, { liars, bans: banned.length, seconds: swarm.world.elapsedMs / 1000 });
  },
};

/** Thirty MiB of zeros on offer, pieces that nobody asked for, and thousands of made-up peers. */
export const metadataBombs: Scenario = {
  name: "metadata-bombs",
  run(options) {
    const swarm = setup(options, {
      scripts: [
        { script: metadataBomber(30 * MIB) },
        { script: metadataBomber(30 * MIB + 1) },
        { script: metadataBomber(8 * MIB) },
        { script: metadataPusher() },
        { script: pexFlooder(1_000, 10) },
      ],
      seeds: { count: 2 },
      leechers: { count: 2, isMagnet: true },
    });
    const { world, leechers, peers, torrent } = swarm;
    finish(swarm, 30 * MINUTE_MS);
    for (const node of leechers) {
      const { knownPeers } = node.status(torrent);
      world.require(knownPeers <= 1_300, `${node.name} knows ${knownPeers} peers: one source filled its list`);
      const reasons = node.eventsOf("peer-disconnected").map(({ reason }) => reason);
      world.require(reasons.includes("flood"), `${node.name} put up with a flood of peer exchange`);
      world.require(reasons.includes("extension-breach"), `${node.name} put up with metadata that it did not ask for`);
    }
    const accepted = peers.reduce((sum, peer) => sum + peer.accepts, 0);
    return end(swarm, { connectionsToBad: accepted, seconds: world.elapsedMs / 1000 });
  },
};

/** Each leecher knows one seed and nobody else: by peer exchange they find each other. */
export const peerExchange: Scenario = {
  name: "peer-exchange",
  run(options) {
    const swarm = setup(options, {
      torrent: { ...SMALL, trackers: [] },
      seeds: { count: 1, link: { upBytesPerSec: 50_000 } },
      leechers: { count: 8, isMagnet: options.seed % 2 === 0 },
    });
    const { world, torrent, leechers, seeds } = swarm;
    for (const node of leechers)
      introduce(
        node,
        torrent,
        seeds.map(({ endpoint }) => endpoint),
      );
    finish(swarm, 30 * MINUTE_MS);
    const seedSent = seeds.reduce((sum, node) => sum + node.truth.sentBytes, 0) / torrent.content.lengthBytes;
    world.require(seedSent < leechers.length * 0.8, `the seed sent ${seedSent.toFixed(1)} copies: they did not meet`);
    const found = leechers.map((node) => node.status(torrent).sources.pex?.known ?? 0);
    return end(swarm, { copiesFromSeed: seedSent, leastKnown: Math.min(...found), seconds: world.elapsedMs / 1000 });
  },
};

/**
 * Neighbours that are nodes of one DHT find each other with no tracker at all; of a private torrent nothing is said
 * (checked by every node, at every step).
 */
export const neighbours: Scenario = {
  name: "neighbours",
  run(options) {
    const isPrivate = options.seed % 2 === 0;
    const { world, torrent, nodes, dht } = setupNeighbours(options, isPrivate);
    const [first, ...others] = nodes;
    first?.preload(torrent);
    first?.add(torrent);
    for (const node of others) node.add(torrent);
    const isDone = (): boolean => nodes.every((node) => node.isComplete(torrent));
    const isMet = world.run(isDone, 5 * MINUTE_MS);
    world.require(isMet !== isPrivate, isPrivate ? "a private torrent was found" : "neighbours did not meet");
    const announced = dht.countOf(torrent.id);
    world.require(announced === (isPrivate ? 0 : nodes.length), `${announced} have announced in the DHT`);
    return conclude({
      world,
      nodes,
      torrents: [torrent],
      numbers: { isPrivate: Number(isPrivate), seconds: world.elapsedMs / 1000 },
    });
  },
};

/**
 * Only the metadata says that a torrent is private. Who has the link asks everywhere until then, and nowhere once it is
 * known (checked by every node); those who knew from the beginning are found by nobody.
 */
export const privateMagnet: Scenario = {
  name: "private-magnet",
  run(options) {
    const { world, torrent, nodes, dht } = setupNeighbours(options, true);
    const [seed, taker, ...others] = nodes;
    if (seed === undefined || taker === undefined) throw new Error("too few nodes");
    seed.preload(torrent);
    for (const node of [seed, ...others]) node.add(torrent);
    taker.addMagnet(torrent);
    // Late enough for a second announce to be due, and early or late in a lookup, by the seed.
    world.run(() => false, 30_000 + (options.seed % 7) * 250);
    world.require(dht.countOf(torrent.id) === 1, "the link was not looked for in the DHT");
    introduce(taker, torrent, [seed.endpoint]);
    const isDone = world.run(() => taker.isComplete(torrent), 5 * MINUTE_MS);
    world.require(isDone, "the private torrent was not fetched");
    world.run(() => false, 40 * MINUTE_MS);
    const { sources } = taker.status(torrent);
    world.require(sources.dht === undefined && sources.lsd === undefined, "peers of the DHT or the LAN were kept");
    return conclude({ world, nodes: [seed, taker], torrents: [torrent], numbers: { seconds: world.elapsedMs / 1000 } });
  },
};

export const magnetScenarios: readonly Scenario[] = [
  magnetSwarm,
  poisonedMetadata,
  metadataBombs,
  peerExchange,
  neighbours,
  privateMagnet,
];

/** Four nodes of one local network and one DHT, and a torrent without trackers. */
function setupNeighbours(
  options: ScenarioOptions,
  isPrivate: boolean,
): { readonly world: World; readonly torrent: SimTorrent; readonly nodes: readonly SimNode[]; readonly dht: DhtBook } {
  const lan = new Lan();
  const dht = new DhtBook();
  const world = makeWorld(options);
  const torrent = makeTorrent({ seed: options.seed, ...SMALL, trackers: [], isPrivate });
  const nodes = Array.from({ length: 4 }, (_, index) => new SimNode(world, { name: `neighbour ${index}`, lan, dht }));
  return { world, torrent, nodes, dht };
}

function makeWorld({ seed, traceTailMax = 0, onWorld }: ScenarioOptions): World {
  const world = new World({ seed, traceTailMax });
  onWorld?.(world);
  return world;
}

function setup(options: ScenarioOptions, swarm: Omit<SwarmOptions, "seed">): SimSwarm {
  const made = setupSwarm({ ...options, torrent: TORRENT, ...swarm });
  options.onWorld?.(made.world);
  return made;
}

function finish(swarm: SimSwarm, limitMs: number): void {
  const { world } = swarm;
  world.require(
    world.run(() => swarm.isDone(), limitMs),
    `not finished within ${limitMs / MINUTE_MS} minutes`,
  );
}

function end({ world, torrent, seeds, leechers }: SimSwarm, numbers: Record<string, number>): ScenarioResult {
  return conclude({ world, nodes: [...seeds, ...leechers], torrents: [torrent], numbers });
}

/** The same torrent as `setup` makes. */
function torrentInfo({ seed }: ScenarioOptions): Uint8Array {
  return makeTorrent({ seed, trackers: [["http://tracker.test/announce"]], ...TORRENT }).metainfo.infoBytes;
}

function spoil(info: Uint8Array, index: number): Uint8Array {
  // Every third one has another length as well.
  const bad = index % 3 === 2 ? new Uint8Array(info.length + METADATA_PIECE_LENGTH) : info.slice();
  const at = (index * METADATA_PIECE_LENGTH + 100) % info.length;
  bad[at] = (bad[at] ?? 0) ^ 0x55;
  return bad;
}

function metadataMs(node: SimNode): number {
  const added = node.events[0]?.at ?? 0;
  return (node.events.find(({ event }) => event.type === "metadata")?.at ?? added) - added;
}
