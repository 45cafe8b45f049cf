/** Who gets how much of whom, between whole engines: turns of a seed, and what a free-rider gets of givers. */
import type { SimNode } from "../node.ts";
import { setupSwarm, type SimSwarm } from "../swarm-builder.ts";
import { conclude, only, type Scenario, type ScenarioOptions } from "./scenario.ts";

const MIB = 1024 * 1024;
const MINUTE_MS = 60_000;

/** Twenty leechers that give nothing, and a seed: after thirty minutes each has had the same, within 5 %. */
export const turnsOfASeed: Scenario = {
  name: "turns-of-a-seed",
  run(options) {
    const swarm = setupSwarm({
      ...options,
      torrent: { lengthBytes: 64 * MIB, pieceLength: 64 * 1024 },
      seeds: { count: 1, link: { upBytesPerSec: 200_000 }, checkEvery: 65_536 },
      // They could give; what they may is next to nothing, so that the seed is all they have.
      leechers: { count: 20, add: { limits: { up: 1 } }, checkEvery: 65_536 },
    });
    const { world, torrent, seeds, leechers } = swarm;
    options.onWorld?.(world);
    world.run(() => false, 30 * MINUTE_MS);
    const got = leechers.map((node) => node.truth.receivedFrom(torrent, only(seeds).host.address));
    const mean = got.reduce((sum, bytes) => sum + bytes, 0) / got.length;
    const off = Math.max(...got.map((bytes) => Math.abs(bytes / mean - 1)));
    world.require(off <= 0.05, `a leecher is ${(100 * off).toFixed(1)} % off the mean, 5 % allowed`);
    const numbers = { meanMib: mean / MIB, farthestFromMean: off, minutes: world.elapsedMs / MINUTE_MS };
    return conclude({ world, nodes: [...seeds, ...leechers], torrents: [torrent], numbers });
  },
};

/** Fifteen givers and three that give nothing, no seed left: who gives nothing gets the optimistic slots' share at most. */
export const freeRiders: Scenario = {
  name: "free-riders",
  run(options) {
    const swarm = build(options);
    const { world, torrent, seeds, leechers } = swarm;
    const seed = only(seeds);
    const givers = leechers.slice(FREE_RIDERS);
    const riders = leechers.slice(0, FREE_RIDERS);
    world.run(() => givers.every((node) => node.isComplete(torrent)), 20 * MINUTE_MS);
    const ofGivers = (node: SimNode): number =>
      node.truth.receivedBytes(torrent) - node.truth.receivedFrom(torrent, seed.host.address);
    const given = [...givers, ...riders].reduce((sum, node) => sum + ofGivers(node), 0);
    const share = riders.reduce((sum, node) => sum + ofGivers(node), 0) / given;
    // Eight slots at least, one of them optimistic.
    world.require(share <= 1 / 8, `free-riders got ${(100 * share).toFixed(1)} % of what givers gave, 12.5 % allowed`);
    const numbers = { freeRidersShare: share, seconds: world.elapsedMs / 1000 };
    return conclude({ world, nodes: [...seeds, ...leechers], torrents: [torrent], numbers });
  },
};

const FREE_RIDERS = 3;

function build(options: ScenarioOptions): SimSwarm {
  const link = { upBytesPerSec: 200_000, downBytesPerSec: 1_000_000, latencyMs: 25 };
  const swarm = setupSwarm({
    ...options,
    torrent: { lengthBytes: 32 * MIB, pieceLength: 131_072 },
    seeds: { count: 1, link: { ...link, upBytesPerSec: 400_000 }, checkEvery: 65_536 },
    leechers: { count: 18, link, checkEvery: 65_536 },
  });
  options.onWorld?.(swarm.world);
  const limits = { up: 1 };
  for (const node of swarm.leechers.slice(0, FREE_RIDERS))
    node.command({ type: "set-limits", infoHash: swarm.torrent.id, limits });
  return swarm;
}
