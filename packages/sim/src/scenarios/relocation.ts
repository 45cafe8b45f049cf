/** Files that get other names and places, and other files that are wanted, while processes die at any moment. */
import { makeSafePaths, type SafePath, utf8 } from "@torrential/core";
import type { SimNode } from "../node.ts";
import type { SimRandom } from "../random.ts";
import { setupSwarm, type SimSwarm } from "../swarm-builder.ts";
import { conclude, only, type Scenario, type ScenarioOptions } from "./scenario.ts";

const MIB = 1024 * 1024;
const RATE = 4_000_000;
const FAR = "/far";
const ROOTS = ["/data", "/data2/deep", FAR, `${FAR}/sub`];
const FILE_COUNT = 5;

export const relocatedAlive: Scenario = { name: "relocated-alive", run: (options) => relocate(options, () => {}) };

export const relocatedAndKilled: Scenario = {
  name: "relocated-and-killed",
  run: (options) => relocate(options, (node) => node.kill()),
};

export const relocatedInPowerCuts: Scenario = {
  name: "relocated-in-power-cuts",
  run: (options) => relocate(options, (node) => void node.cutPower()),
};

function relocate(options: ScenarioOptions, crash: (node: SimNode) => void) {
  const swarm = build(options);
  const { world, torrent } = swarm;
  const leecher = only(swarm.leechers);
  const random = world.random.split("relocation");
  let request = 1_000_000;
  for (let round = 0; round < 12; round++) {
    disturb(swarm, random, (request += 1));
    world.idle(random.nextBetween(1, 1500));
    if (!random.hasChance(0.5)) continue;
    crash(leecher);
    if (leecher.isUp) continue;
    world.idle(random.nextBetween(1, 500));
    leecher.restart();
  }
  leecher.command({ type: "start", infoHash: torrent.id });
  leecher.command({ type: "set-file-priorities", infoHash: torrent.id, priorities: [] });
  world.require(
    world.run(() => leecher.stateOf(torrent) === "seeding", 600_000),
    `not finished, but ${leecher.stateOf(torrent)}`,
  );
  // What the last wishes ask of the disk may still be under way.
  world.idle(3000);
  requireInPlace(swarm, leecher);
  const refetchedBytes = leecher.truth.receivedBytes(torrent) - torrent.content.lengthBytes;
  const numbers = { refetchedBytes, seconds: world.elapsedMs / 1000 };
  return conclude({ world, nodes: [...swarm.seeds, leecher], torrents: [torrent], numbers });
}

/** Something that its user might do. */
function disturb({ torrent, leechers }: SimSwarm, random: SimRandom, request: number): void {
  const leecher = only(leechers);
  const infoHash = torrent.id;
  const roll = random.next();
  if (roll < 0.35) {
    const priorities = Array.from({ length: FILE_COUNT }, () => (random.hasChance(0.5) ? 4 : 0));
    leecher.command({ type: "set-file-priorities", infoHash, priorities });
  } else if (roll < 0.6) {
    const file = random.nextInt(FILE_COUNT);
    const path = safe([`name ${random.nextInt(3)}`, `of ${file}`]);
    leecher.command({ type: "rename-files", request, infoHash, files: [{ file, path }] });
  } else if (roll < 0.9) {
    const root = random.pick(ROOTS);
    leecher.command({ type: "move-storage", request, infoHash, root, bytesPerSec: 40 * MIB });
  } else leecher.command({ type: random.hasChance(0.5) ? "stop" : "start", infoHash });
}

/** Every file is where the session says, whole, and no byte of it is anywhere else. */
function requireInPlace({ world, torrent }: SimSwarm, node: SimNode): void {
  const root = node.session.status(torrent.id, world.clock.now)?.root ?? "";
  const places = node.session.files(torrent.id).map(({ path }) => [root, ...path].join("/"));
  for (const path of node.volume.paths)
    world.require(places.includes(path), `${path} was left behind; the files are below ${root}`);
  torrent.metainfo.files.forEach(({ lengthBytes }, file) => {
    const found = node.volume.file(places[file] ?? "")?.lengthBytes;
    world.require(found === lengthBytes, `${places[file]} has ${found} bytes, wanted ${lengthBytes}`);
  });
}

function build(options: ScenarioOptions): SimSwarm {
  const swarm = setupSwarm({
    ...options,
    torrent: {
      files: [
        { path: ["a.bin"], lengthBytes: 3 * MIB + 13 },
        { path: ["sub", "empty"], lengthBytes: 0 },
        { path: ["sub", "b.bin"], lengthBytes: 100_001 },
        { path: ["sub", "c.bin"], lengthBytes: 40_000 },
        { path: ["d.bin"], lengthBytes: 5 * MIB - 5 },
      ],
      pieceLength: 262_144,
    },
    seeds: { count: 2, link: { upBytesPerSec: RATE / 2 }, checkEvery: 256 },
    leechers: { count: 1, disk: { latencyMs: 5, jitterMs: 30 }, forgetsMoves: options.seed % 2 === 0 },
  });
  options.onWorld?.(swarm.world);
  only(swarm.leechers).volume.mount(FAR);
  return swarm;
}

function safe(path: readonly string[]): SafePath {
  return only(makeSafePaths([path.map((element) => utf8(element))]));
}
