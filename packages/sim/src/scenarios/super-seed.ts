/** A new torrent's only seed, with little upload, and forty leechers: how much it sends until the swarm has all of it. */
import { setupSwarm, type SimSwarm } from "../swarm-builder.ts";
import { conclude, only, type Scenario, type ScenarioOptions } from "./scenario.ts";

const KIB = 1024;
const LENGTH_BYTES = 8 * KIB * KIB;
const LEECHERS = 40;
const COPIES_MAX = 1.15;

/** BEP 16 with whole engines on both sides; a plain seed in the same world stands beside it. */
export const superSeed: Scenario = {
  name: "super-seed",
  run(options) {
    const plain = play(options, { superSeed: false });
    const swarm = play(options, { superSeed: true });
    const { world, torrent, seeds, leechers } = swarm;
    const { firstCopies, spreadCopies } = swarm.sent;
    world.require(
      spreadCopies <= COPIES_MAX,
      `${spreadCopies.toFixed(3)} copies were sent before the swarm had one, at most ${COPIES_MAX} allowed`,
    );
    world.require(
      world.run(() => swarm.isDone(), 600_000),
      "not finished ten minutes after the swarm had a copy",
    );
    const numbers = {
      copiesUntilSpread: spreadCopies,
      copiesUntilFirstLeecher: firstCopies,
      spreadSeconds: swarm.sent.spreadMs / 1000,
      plainCopiesUntilSpread: plain.sent.spreadCopies,
      plainCopiesUntilFirstLeecher: plain.sent.firstCopies,
      plainSpreadSeconds: plain.sent.spreadMs / 1000,
    };
    return conclude({ world, nodes: [...seeds, ...leechers], torrents: [torrent], numbers });
  },
};

interface Sent {
  /** Sent by the seed when every piece was at some leecher, and when the first leecher had them all; in copies. */
  readonly spreadCopies: number;
  readonly firstCopies: number;
  readonly spreadMs: number;
}

function play(options: ScenarioOptions, add: { readonly superSeed: boolean }): SimSwarm & { readonly sent: Sent } {
  const link = { upBytesPerSec: 250_000, downBytesPerSec: 2_000_000, latencyMs: 20 };
  const swarm = setupSwarm({
    ...options,
    torrent: { lengthBytes: LENGTH_BYTES, pieceLength: 64 * KIB },
    seeds: { count: 1, link: { ...link, upBytesPerSec: 200_000 }, add, checkEvery: 4096 },
    leechers: { count: LEECHERS, link, spreadMs: 2_000, checkEvery: 4096 },
  });
  const { world, torrent, seeds, leechers } = swarm;
  options.onWorld?.(world);
  const seed = only(seeds);
  const copies = (): number => seed.truth.sentBytes / LENGTH_BYTES;
  const { pieceCount } = torrent.content.geometry;
  // A leecher that has one piece has told it: looking at each event would be dear.
  const isSpread = (): boolean => {
    const verified = new Set(leechers.flatMap((node) => node.eventsOf("piece-verified").map(({ piece }) => piece)));
    return verified.size === pieceCount;
  };
  world.require(inSteps(swarm, isSpread), "the swarm never had a copy");
  const spread = { spreadCopies: copies(), spreadMs: world.elapsedMs };
  world.require(
    inSteps(swarm, () => leechers.some((node) => node.isComplete(torrent))),
    "no leecher ever had all",
  );
  return { ...swarm, sent: { ...spread, firstCopies: copies() } };
}

/** Looks every half second. */
function inSteps({ world }: SimSwarm, isDone: () => boolean): boolean {
  for (let passedMs = 0; passedMs < 900_000; passedMs += 500) {
    if (isDone()) return true;
    world.idle(500);
  }
  return false;
}
