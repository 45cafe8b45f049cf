/** One row of the bandwidth table: limits at some of four levels, a number of peers, and how well they were kept. */
import { BLOCK_LENGTH } from "@torrential/core";
import { type BandwidthWorld as World, BandwidthWorld, GrantLog, jainIndex, seededRandom } from "./simulation.ts";
import { fixedRate } from "./strategies/fixed.ts";
import type { Direction } from "./strategy.ts";

const START_MS = 2000;
const RUN_MS = 16_000;
const ROUNDS = 60; // grants per peer before shares are compared
const TORRENTS_MAX = 4;

export interface Scenario {
  readonly direction: Direction;
  /** Bytes/s; Infinity where a level has no limit. Each torrent and each peer has this limit. */
  readonly global: number;
  /** Of a group that every torrent is in. Default: no limit. */
  readonly group?: number;
  readonly torrent: number;
  readonly peer: number;
  /** A multiple of four above 1, so that the torrents are equals. */
  readonly peerCount: number;
}

export interface ScenarioResult {
  /** What the levels together allow, bytes/s. */
  readonly expectedBytesPerSec: number;
  /** Largest distance of a 10 s window from it, as a share; blocks that straddle the window's ends taken off. */
  readonly deviation: number;
  /** Largest excess of a 2 s window, likewise: of all together, of one torrent, of one peer. 0 when there is none. */
  readonly excess: number;
  readonly jain: number;
  /** Longest silence of a peer, over the time its fair share takes for one grant. */
  readonly starvation: number;
  readonly wakesPerSec: number;
}

/** Builds the tree, runs it, and measures. The same scenario always gives the same figures. */
export function runScenario(scenario: Scenario): ScenarioResult {
  const { direction, peerCount } = scenario;
  const world = new BandwidthWorld({ direction, random: seededRandom(peerCount) });
  const torrentCount = Math.min(TORRENTS_MAX, peerCount);
  buildTree(world, scenario, torrentCount);
  const peersPerTorrent = peerCount / torrentCount;
  const expected = Math.min(
    scenario.global,
    scenario.group ?? Infinity,
    torrentCount * Math.min(scenario.torrent, peersPerTorrent * scenario.peer),
  );
  const grain = direction === "down" ? BLOCK_LENGTH : grainOf(scenario);
  world.run(RUN_MS);
  const windows = measure(world, { expected, slack: slackOf(scenario, torrentCount) });
  const excess = Math.max(windows.excess, ...excessOfWatched(world, scenario));
  const wakesPerSec = world.wakeCount / (RUN_MS / 1000);

  // Shares need some grants each: at 5 KiB/s for 200 peers that takes hours of the world's time.
  world.run(Math.max(RUN_MS, (ROUNDS * grain * peerCount * 1000) / expected));
  const peers = [...world.peers.values()];
  const turnMs = (Math.max(grain, expected / peerCount / 4) * peerCount * 1000) / expected;
  return {
    expectedBytesPerSec: expected,
    deviation: windows.deviation,
    excess,
    jain: jainIndex(peers.map((peer) => peer.totalBytes)),
    starvation: Math.max(...peers.map((peer) => peer.longestWaitMs / turnMs)),
    wakesPerSec,
  };
}

function buildTree(world: World, scenario: Scenario, torrentCount: number): void {
  const { service, direction } = world;
  const limit = (node: typeof service.root, rate: number): void => {
    if (rate !== Infinity) service.setStrategy(node, direction, fixedRate(rate), 0);
  };
  limit(service.root, scenario.global);
  const group = service.createNode(service.root, "group");
  limit(group, scenario.group ?? Infinity);
  for (let torrent = 0; torrent < torrentCount; torrent += 1) {
    const node = service.createNode(service.root, `torrent ${torrent}`);
    limit(node, scenario.torrent);
    if (group.down.bucket !== undefined || group.up.bucket !== undefined) service.joinGroup(node, group);
    if (torrent === 0 && scenario.torrent !== Infinity) world.watched.set(node, new GrantLog());
    for (let index = torrent; index < scenario.peerCount; index += torrentCount) {
      const peer = world.addPeer(node).node;
      limit(peer, scenario.peer);
      if (index === 0 && scenario.peer !== Infinity) world.watched.set(peer, new GrantLog());
    }
  }
}

/** No level may pass more than its own limit either, binding or not. */
function excessOfWatched(world: World, scenario: Scenario): number[] {
  return [...world.watched].map(([node, log]) => {
    const allowed = 2 * (world.peers.has(node) ? scenario.peer : scenario.torrent);
    const { most } = log.windows({ lengthMs: 2000, from: 0, to: RUN_MS });
    const slack = scenario.direction === "down" ? BLOCK_LENGTH : 0;
    return Math.max(0, most - slack - allowed) / allowed;
  });
}

/** Uploads are cut at 30 ms of the slowest limit. */
function grainOf(scenario: Scenario): number {
  const slowest = Math.min(scenario.global, scenario.group ?? Infinity, scenario.torrent, scenario.peer);
  return Math.min(17 * 1024, Math.max(128, slowest * 0.03));
}

/**
 * A download ticket is a whole block: a window's ends may cut one per limit that binds. Uploads get no such allowance.
 */
function slackOf(scenario: Scenario, torrentCount: number): number {
  if (scenario.direction === "up") return 0;
  const { global, group = Infinity, torrent, peer, peerCount } = scenario;
  const byTorrent = Math.min(torrent, (peerCount / torrentCount) * peer);
  if (Math.min(global, group) <= torrentCount * byTorrent) return BLOCK_LENGTH;
  return BLOCK_LENGTH * (byTorrent === torrent ? torrentCount : peerCount);
}

function measure(
  world: World,
  options: { readonly expected: number; readonly slack: number },
): { readonly deviation: number; readonly excess: number } {
  const { expected, slack } = options;
  const range = { from: START_MS, to: RUN_MS };
  const ten = world.grants.windows({ lengthMs: 10_000, ...range });
  const two = world.grants.windows({ lengthMs: 2000, from: 0, to: RUN_MS });
  const missing = expected * 10 - slack - ten.least;
  const surplus = ten.most - slack - expected * 10;
  return {
    deviation: Math.max(0, missing, surplus) / (expected * 10),
    excess: Math.max(0, two.most - slack - expected * 2) / (expected * 2),
  };
}
