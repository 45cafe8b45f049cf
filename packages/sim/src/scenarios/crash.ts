/** Processes that die and come back. */
import type { SimNode } from "../node.ts";
import { setupSwarm, type SimSwarm } from "../swarm-builder.ts";
import { conclude, only, type Scenario, type ScenarioOptions } from "./scenario.ts";

const MIB = 1024 * 1024;
const RATE = 1_000_000;
const CRASHES = 6;

/** kill -9, again and again: the kernel keeps what it was handed, so little is fetched twice. */
export const killedWhileWriting: Scenario = {
  name: "killed-while-writing",
  run: (options) => crashAndReturn(options, (node) => node.kill()),
};

/** The power goes, again and again: what was not synced is lost, kept or torn, and none of it is believed. */
export const powerCutWhileWriting: Scenario = {
  name: "power-cut-while-writing",
  run: (options) => crashAndReturn(options, (node) => void node.cutPower()),
};

/** A clean stop in the middle: the next start fetches nothing twice, and hashes next to nothing. */
export const cleanRestart: Scenario = {
  name: "clean-restart",
  run(options) {
    const swarm = build(options);
    const { world, torrent } = swarm;
    const leecher = only(swarm.leechers);
    const { lengthBytes } = torrent.content;
    let hashedPieces = 0;
    for (const share of [0.2, 0.5, 0.8]) {
      world.require(
        world.run(() => leecher.truth.receivedBytes(torrent) >= share * lengthBytes, 120_000),
        `never got ${share}`,
      );
      stopCleanly(swarm, leecher);
      leecher.kill();
      leecher.restart();
      const before = leecher.checkedPieces;
      world.run(() => leecher.stateOf(torrent) === "downloading", 10_000);
      hashedPieces += leecher.checkedPieces - before;
    }
    world.require(
      world.run(() => swarm.isDone(), 120_000),
      "not finished",
    );
    const refetchedBytes = leecher.truth.receivedBytes(torrent) - lengthBytes;
    // What is on its way when a connection is closed is lost: a window for each stop.
    world.require(refetchedBytes <= 3 * MIB, `${refetchedBytes} bytes were fetched twice over three clean stops`);
    const numbers = { refetchedBytes, hashedPieces, seconds: world.elapsedMs / 1000 };
    return conclude({ world, nodes: [...swarm.seeds, leecher], torrents: [torrent], numbers });
  },
};

function crashAndReturn(options: ScenarioOptions, crash: (node: SimNode) => void) {
  const swarm = build(options);
  const { world, torrent } = swarm;
  const leecher = only(swarm.leechers);
  const random = world.random.split("crashes");
  let lostPieces = 0;
  for (let crashes = 0; crashes < CRASHES && !swarm.isDone(); crashes++) {
    // At least one piece's time, and most often in the middle of something.
    world.run(() => swarm.isDone(), random.nextBetween(500, 9000));
    crash(leecher);
    lostPieces -= leecher.truth.goodPieces(torrent);
    world.idle(random.nextBetween(100, 2000));
    leecher.restart();
    lostPieces += leecher.truth.goodPieces(torrent);
  }
  world.require(
    world.run(() => swarm.isDone(), 300_000),
    "not finished within five minutes after the last crash",
  );
  const refetchedBytes = leecher.truth.receivedBytes(torrent) - torrent.content.lengthBytes;
  // PROMISES F01: at most five seconds of traffic a crash, and the pieces that were in memory.
  const allowedBytes = CRASHES * (5 * RATE + 4 * MIB);
  world.require(
    refetchedBytes <= allowedBytes,
    `${refetchedBytes} bytes were fetched twice, allowed are ${allowedBytes}`,
  );
  const numbers = {
    refetchedBytesPerCrash: refetchedBytes / CRASHES,
    hashedPieces: leecher.checkedPieces,
    seconds: world.elapsedMs / 1000,
  };
  return conclude({ world, nodes: [...swarm.seeds, leecher], torrents: [torrent], numbers });
}

function build(options: ScenarioOptions): SimSwarm {
  const files = [
    { path: ["content", "a.bin"], lengthBytes: 7 * MIB + 13 },
    { path: ["content", "sub", "empty"], lengthBytes: 0 },
    { path: ["content", "sub", "b.bin"], lengthBytes: 100_001 },
    { path: ["content", "c.bin"], lengthBytes: 17 * MIB - 5 },
  ].map((file) => ({ ...file, path: file.path.slice(1) }));
  const swarm = setupSwarm({
    ...options,
    torrent: { files, pieceLength: 262_144 },
    seeds: { count: 2, link: { upBytesPerSec: RATE / 2 }, checkEvery: 256 },
    leechers: { count: 1, disk: { latencyMs: 5, jitterMs: 30 } },
  });
  options.onWorld?.(swarm.world);
  return swarm;
}

function stopCleanly({ world, torrent }: SimSwarm, node: SimNode): void {
  node.command({ type: "stop", infoHash: torrent.id });
  world.require(
    world.run(() => node.stateOf(torrent) === "stopped", 30_000),
    "not stopped within 30 s",
  );
  // The driver flushes the state files before the process ends.
  world.idle(1000);
}
