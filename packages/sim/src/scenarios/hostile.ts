/** One good seed among bad peers of every kind: what it takes longer than alone, and whether anybody is wronged. */
import { formatEndpoint } from "@torrential/core";
import type { PeerScript } from "../scripted-peer.ts";
import {
  chokeFlapper,
  haveSpammer,
  honestSeed,
  liar,
  mute,
  poisoner,
  straggler,
  surplusSender,
  wrongOffset,
} from "../scripts.ts";
import { setupSwarm, type SimSwarm, type SwarmOptions } from "../swarm-builder.ts";
import { conclude, only, type Scenario, type ScenarioOptions } from "./scenario.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const GOOD_LINK = { upBytesPerSec: 1_000_000 };
const BAD_LINK = { upBytesPerSec: 500_000 };
/** A download that one good seed can serve may take so much longer for the others. */
const SLOWER_MAX = 1.25;

const KINDS: readonly (() => PeerScript)[] = [
  () => poisoner("garbage"),
  () => poisoner("one-bit"),
  () => poisoner("garbage-after-first"),
  wrongOffset,
  surplusSender,
  mute,
  liar,
  () => haveSpammer(1_000),
  () => chokeFlapper(2),
];

export const everyKindOfBadPeer: Scenario = among("every-kind-of-bad-peer", KINDS);

/** Behind one address, as in a household or a company: nobody is to suffer for a neighbour. */
export const badNeighbours: Scenario = among("bad-neighbours", KINDS, { isShared: true });

/** Promise 10: 32 bad peers do not stop a download that one good seed can serve. */
export const thirtyTwoPoisoners: Scenario = among(
  "thirty-two-poisoners",
  Array.from({ length: 32 }, (_, index) => KINDS[index % 3] ?? mute),
);

/** Fewer pieces than peers, which all have a part in all of them: what judges lie about takes true blocks with it. */
export const fewPiecesManyPoisoners: Scenario = among(
  "few-pieces-many-poisoners",
  Array.from({ length: 32 }, (_, index) => KINDS[index % 3] ?? mute),
  { pieceCount: 16 },
);

/** As many that promise and never deliver, each in its way. */
export const thirtyTwoIdlers: Scenario = among(
  "thirty-two-idlers",
  Array.from({ length: 32 }, (_, index) => [mute, liar, (): PeerScript => straggler(20_000)][index % 3] ?? mute),
);

function among(
  name: string,
  kinds: readonly (() => PeerScript)[],
  how: { readonly isShared?: boolean; readonly pieceCount?: number } = {},
): Scenario {
  return {
    name,
    run(options) {
      const good = { script: honestSeed(), link: GOOD_LINK };
      const torrent = shapeOf(options, how.pieceCount);
      const aloneMs = play(options, { scripts: [good], torrent }).world.elapsedMs;
      const bad = kinds.map((make) => ({ script: make(), link: BAD_LINK }));
      const scripts = [...bad, good];
      const swarm = play(options, { scripts, torrent, ...(how.isShared === true && { sharedLink: sumOf(scripts) }) });
      const { world, leechers, peers } = swarm;
      const leecher = only(leechers);
      const seed = only(peers.slice(-1));
      const ratio = world.elapsedMs / aloneMs;
      world.require(ratio <= SLOWER_MAX, `took ${ratio.toFixed(2)} times what the good seed takes alone`);
      checkNobodyWronged(swarm, formatEndpoint(seed.endpoint));
      const failed = leecher.eventsOf("piece-failed").length;
      checkAllOutSoon(swarm, bad.length);
      const wastedBytes = leecher.truth.receivedBytes(swarm.torrent) - torrent.lengthBytes;
      const numbers = { ratioToAlone: ratio, failed, wastedBytes, banned: leecher.eventsOf("peer-banned").length };
      return conclude({ world, nodes: leechers, torrents: [swarm.torrent], numbers });
    },
  };
}

function play(options: ScenarioOptions, crowd: Pick<SwarmOptions, "scripts" | "sharedLink" | "torrent">): SimSwarm {
  const swarm = setupSwarm({
    ...options,
    ...crowd,
    leechers: { count: 1, link: { downBytesPerSec: 50_000_000 }, checkEvery: 256 },
  });
  options.onWorld?.(swarm.world);
  swarm.world.require(
    swarm.world.run(() => swarm.isDone(), 300_000),
    "not finished within five minutes",
  );
  return swarm;
}

/** Pieces of many blocks and pieces of few: shared by senders, and one sender's each. */
function shapeOf(
  { seed }: ScenarioOptions,
  pieceCount: number | undefined,
): { readonly lengthBytes: number; readonly pieceLength: number } {
  const pieceLength = seed % 2 === 0 ? 256 * KIB : MIB;
  return {
    lengthBytes: pieceCount === undefined ? 64 * MIB : pieceCount * MIB,
    pieceLength: pieceCount === undefined ? pieceLength : MIB,
  };
}

/** Nobody who is unknown sends more than one false piece alone; those that several spoiled together count once: two for each bad peer in all. */
function checkAllOutSoon({ world, leechers }: SimSwarm, badCount: number): void {
  const failed = only(leechers).eventsOf("piece-failed");
  const alone = new Map<string, number>();
  for (const { peers } of failed) {
    const key = peers.length === 1 ? formatEndpoint(peers[0]!) : "";
    if (key !== "") alone.set(key, (alone.get(key) ?? 0) + 1);
  }
  const most = Math.max(0, ...alone.values());
  world.require(most <= 1, `${most} false pieces of one peer, one allowed`);
  world.require(failed.length <= 2 * badCount, `${failed.length} pieces failed for ${badCount} bad peers`);
}

/** The good seed is never banned, and never sent away but because we are done. */
function checkNobodyWronged({ world, leechers }: SimSwarm, seed: string): void {
  const leecher = only(leechers);
  const banned = leecher.eventsOf("peer-banned").filter(({ endpoint }) => formatEndpoint(endpoint) === seed);
  world.require(banned.length === 0, `the good seed was banned: ${banned[0]?.reason}`);
  const dropped = leecher
    .eventsOf("peer-disconnected")
    .filter(({ endpoint, reason }) => formatEndpoint(endpoint) === seed && reason !== "no-use");
  world.require(dropped.length === 0, `the good seed was sent away: ${dropped[0]?.reason} ${dropped[0]?.message}`);
}

function sumOf(scripts: readonly { readonly link: { readonly upBytesPerSec: number } }[]): { upBytesPerSec: number } {
  return { upBytesPerSec: scripts.reduce((sum, { link }) => sum + link.upBytesPerSec, 0) };
}

export const hostileScenarios: readonly Scenario[] = [
  everyKindOfBadPeer,
  badNeighbours,
  thirtyTwoPoisoners,
  fewPiecesManyPoisoners,
  thirtyTwoIdlers,
];
