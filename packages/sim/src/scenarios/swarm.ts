/** Swarms of honest peers: how near they come to what their links allow. */
import { setupSwarm, type SimSwarm } from "../swarm-builder.ts";
import { conclude, only, type Scenario, type ScenarioOptions, type ScenarioResult } from "./scenario.ts";

const MIB = 1024 * 1024;
const MINUTE_MS = 60_000;

/** One seed, thirty leechers, a flash crowd. */
export const oneSeedManyLeechers: Scenario = {
  name: "one-seed-thirty-leechers",
  run(options) {
    const links = { seedUp: 500_000, leecherUp: 250_000, leecherDown: 1_000_000, leechers: 30 };
    const swarm = build(options, links);
    const { world, torrent } = swarm;
    const boundMs = fluidBoundMs({ ...links, lengthBytes: torrent.content.lengthBytes });
    const isDone = world.run(() => swarm.isDone(), 20 * MINUTE_MS);
    const finished = swarm.leechers.filter((node) => node.isComplete(torrent)).length;
    world.require(isDone, `${finished} of ${links.leechers} leechers finished within 20 minutes`);
    const received = swarm.leechers.reduce((sum, node) => sum + node.truth.receivedBytes(torrent), 0);
    return end(swarm, {
      boundSeconds: boundMs / 1000,
      lastSeconds: world.elapsedMs / 1000,
      ratioToBound: world.elapsedMs / boundMs,
      wasteShare: received / (links.leechers * torrent.content.lengthBytes) - 1,
    });
  },
};

/** The only seed goes when two fifths are out; those left share what there is, and finish when it is back. */
export const seedVanishes: Scenario = {
  name: "seed-vanishes-at-40-percent",
  run(options) {
    const swarm = build(options, { seedUp: 500_000, leecherUp: 500_000, leecherDown: 2_000_000, leechers: 8 });
    const { world, torrent, seeds, leechers } = swarm;
    const seed = only(seeds);
    const { lengthBytes } = torrent.content;
    world.require(
      world.run(() => seed.truth.sentBytes >= 0.4 * lengthBytes, 10 * MINUTE_MS),
      "the seed never sent 40 %",
    );
    seed.cutPower();
    const before = countAvailable(swarm);
    const goneAtMs = world.elapsedMs;
    const hasAll = (): boolean => leechers.every((node) => node.truth.goodPieces(torrent) >= before);
    world.require(runInSteps(swarm, hasAll, 5 * MINUTE_MS), "the leechers did not even out what they have");
    const evenedSeconds = (world.elapsedMs - goneAtMs) / 1000;
    seed.restart();
    const backAtMs = world.elapsedMs;
    world.require(
      world.run(() => swarm.isDone(), 30 * MINUTE_MS),
      "not finished after the seed was back",
    );
    return end(swarm, {
      piecesOut: before,
      pieces: torrent.content.geometry.pieceCount,
      evenedSeconds,
      afterReturnSeconds: (world.elapsedMs - backAtMs) / 1000,
    });
  },
};

interface Links {
  readonly seedUp: number;
  readonly leecherUp: number;
  readonly leecherDown: number;
  readonly leechers: number;
}

/** Kumar and Ross 2006: a swarm can't be faster than its seed, its slowest leecher, or all its up links together. */
function fluidBoundMs(options: Links & { readonly lengthBytes: number }): number {
  const { seedUp, leecherUp, leecherDown, leechers, lengthBytes } = options;
  const together = (leechers * lengthBytes) / (seedUp + leechers * leecherUp);
  return 1000 * Math.max(lengthBytes / seedUp, lengthBytes / leecherDown, together);
}

function build(options: ScenarioOptions, links: Links): SimSwarm {
  const swarm = setupSwarm({
    ...options,
    torrent: { lengthBytes: 16 * MIB, pieceLength: 262_144 },
    seeds: { count: 1, link: { upBytesPerSec: links.seedUp, latencyMs: 15 }, checkEvery: 256 },
    leechers: {
      count: links.leechers,
      link: { upBytesPerSec: links.leecherUp, downBytesPerSec: links.leecherDown, latencyMs: 25 },
      spreadMs: 3000,
      checkEvery: 256,
    },
  });
  options.onWorld?.(swarm.world);
  return swarm;
}

/** Pieces that at least one leecher has. */
function countAvailable({ torrent, leechers }: SimSwarm): number {
  return new Set(leechers.flatMap((node) => [...node.truth.goodPieceSet(torrent)])).size;
}

/** Like `run`, but looks only every half second: for conditions that are dear to look at. */
function runInSteps({ world }: SimSwarm, isDone: () => boolean, limitMs: number): boolean {
  for (let passedMs = 0; passedMs < limitMs; passedMs += 500) {
    if (isDone()) return true;
    world.idle(500);
  }
  return isDone();
}

function end(swarm: SimSwarm, numbers: Readonly<Record<string, number>>): ScenarioResult {
  const { world, seeds, leechers, torrent } = swarm;
  return conclude({ world, nodes: [...seeds, ...leechers], torrents: [torrent], numbers });
}
