/** Peers that promise and don't deliver. */
import { chokeFlapper, haveSpammer, honestSeed, liar, mute, straggler } from "../scripts.ts";
import { setupSwarm, type SwarmOptions } from "../swarm-builder.ts";
import { conclude, only, type Scenario, type ScenarioOptions, type ScenarioResult } from "./scenario.ts";

const GOOD_LINK = { upBytesPerSec: 1_000_000 };

/** PROMISES F21: one good seed of 8 Mbit/s among thirty mute peers gives at least 80 % of its rate. */
export const mutePeers: Scenario = {
  name: "mute-peers",
  run(options) {
    const scripts = [...repeat(30, () => ({ script: mute() })), { script: honestSeed(), link: GOOD_LINK }];
    return race(options, { scripts, lengthBytes: 64 * 1024 * 1024, idealRate: 1_000_000, shareMin: 0.8 });
  },
};

/** One seed among peers that flap, spam and lie. */
export const hostilePeers: Scenario = {
  name: "hostile-peers",
  run(options) {
    const bad = [chokeFlapper(4), chokeFlapper(1), haveSpammer(200), haveSpammer(1000), liar(), liar(), mute()];
    const scripts = [...bad.map((script) => ({ script })), { script: honestSeed(), link: GOOD_LINK }];
    return race(options, { scripts, lengthBytes: 16 * 1024 * 1024, idealRate: 1_000_000, shareMin: 0.5 });
  },
};

/** A fast seed, and one whose every block takes half a minute: the end must not wait for it. */
export const endGame: Scenario = {
  name: "end-game-with-straggler",
  run(options) {
    const scripts = [
      { script: honestSeed(), link: GOOD_LINK },
      { script: straggler(30_000) },
      { script: straggler(45_000) },
    ];
    return race(options, { scripts, lengthBytes: 16 * 1024 * 1024, idealRate: 1_000_000, shareMin: 0.6 });
  },
};

interface Race {
  readonly scripts: NonNullable<SwarmOptions["scripts"]>;
  readonly lengthBytes: number;
  /** What the good peers can give together, bytes per second. */
  readonly idealRate: number;
  /** Of the ideal rate, over the whole download. */
  readonly shareMin: number;
}

function race(options: ScenarioOptions, { scripts, lengthBytes, idealRate, shareMin }: Race): ScenarioResult {
  const swarm = setupSwarm({
    ...options,
    torrent: { lengthBytes, pieceLength: 262_144 },
    scripts,
    leechers: { count: 1, checkEvery: 256 },
  });
  const { world, torrent, leechers } = swarm;
  options.onWorld?.(world);
  const idealMs = (lengthBytes * 1000) / idealRate;
  world.require(
    world.run(() => swarm.isDone(), 10 * idealMs),
    `not finished within ten times the ideal ${idealMs} ms`,
  );
  const share = idealMs / world.elapsedMs;
  world.require(share >= shareMin, `${(100 * share).toFixed(1)} % of the good peers' rate, wanted ${100 * shareMin} %`);
  const leecher = only(leechers);
  const received = leecher?.truth.receivedBytes(torrent) ?? 0;
  const numbers = { shareOfIdeal: share, seconds: world.elapsedMs / 1000, wastedBytes: received - lengthBytes };
  return conclude({ world, nodes: leechers, torrents: [torrent], numbers });
}

function repeat<T>(count: number, make: () => T): readonly T[] {
  return Array.from({ length: count }, make);
}
