/** Everything at once, by dice: what nobody thought of writing a scenario for. */
import type { SimNode } from "../node.ts";
import type { SimRandom } from "../random.ts";
import { chokeFlapper, haveSpammer, honestSeed, liar, mute, poisoner, straggler } from "../scripts.ts";
import { introduce, setupSwarm, type SimSwarm } from "../swarm-builder.ts";
import { conclude, type Scenario, type ScenarioOptions } from "./scenario.ts";

const KIB = 1024;
const TROUBLE_MS = 90_000;

/** A small swarm over bad links with bad peers, while nodes die, stop, lose disks and are cut off; then peace. */
export const chaos: Scenario = {
  name: "chaos",
  run(options) {
    const swarm = build(options);
    const { world, torrent, seeds, leechers } = swarm;
    const random = world.random.split("chaos");
    const nodes = [...seeds, ...leechers];
    let troubles = 0;
    while (world.elapsedMs < TROUBLE_MS && !swarm.isDone()) {
      world.run(() => swarm.isDone(), random.nextBetween(200, 8000));
      trouble(swarm, random.pick(nodes), random);
      troubles += 1;
    }
    makePeace(swarm, nodes);
    const isDone = (): boolean => leechers.every((node) => node.isUp && node.isComplete(torrent));
    world.require(world.run(isDone, 20 * 60_000), `not finished within 20 minutes of peace: ${describe(swarm)}`);
    const received = leechers.reduce((sum, node) => sum + node.truth.receivedBytes(torrent), 0);
    const numbers = {
      troubles,
      seconds: world.elapsedMs / 1000,
      receivedShare: received / (leechers.length * torrent.content.lengthBytes),
    };
    return conclude({ world, nodes, torrents: [torrent], numbers });
  },
};

function build(options: ScenarioOptions): SimSwarm {
  const dice = options.seed % 4;
  const bad = [
    chokeFlapper(3),
    haveSpammer(50),
    liar(),
    mute(),
    straggler(5000),
    poisoner("one-bit"),
    poisoner("garbage"),
  ];
  const scripts = [
    { script: honestSeed(), link: { upBytesPerSec: 60_000, loss: 0.01 } },
    ...bad.map((script) => ({ script })),
  ];
  const files = Array.from({ length: 23 }, (_, index) => ({
    path: [`f${index}`],
    lengthBytes: (index * index * 977 + index) % (400 * KIB),
  }));
  const swarm = setupSwarm({
    ...options,
    torrent: { files, pieceLength: [16, 32, 64, 256][dice]! * KIB },
    scripts,
    seeds: { count: 1, link: { upBytesPerSec: 100_000, loss: 0.005 }, checkEvery: 4 },
    leechers: {
      count: 4,
      link: { upBytesPerSec: 80_000, downBytesPerSec: 400_000, latencyMs: 40, loss: 0.01 },
      disk: { latencyMs: 3, jitterMs: 40 },
      checkEvery: 4,
    },
  });
  options.onWorld?.(swarm.world);
  return swarm;
}

function trouble(swarm: SimSwarm, node: SimNode, random: SimRandom): void {
  const { world, torrent, seeds, leechers, peers } = swarm;
  const nodes = [...seeds, ...leechers];
  if (!node.isUp) {
    node.restart();
    return;
  }
  switch (random.nextInt(11)) {
    case 0:
      return node.kill();
    case 1:
      return void node.cutPower();
    case 2:
      return node.command({ type: "stop", infoHash: torrent.id });
    case 3:
      return node.command({ type: "start", infoHash: torrent.id });
    case 4:
      return node.command({ type: "recheck", infoHash: torrent.id });
    case 5: {
      const others = nodes.filter((other) => other !== node && random.hasChance(0.5));
      return world.network.partition(
        [node.host],
        others.map((other) => other.host),
      );
    }
    case 6:
      return world.network.heal();
    case 7:
      node.volume.fault = random.pick(["full", "io", "gone", "read-only", "busy"] as const);
      return;
    case 8:
      node.volume.fault = undefined;
      return;
    case 9:
      return introduce(node, torrent, [random.pick([...nodes, ...peers]).endpoint]);
    default:
      return node.command({
        type: "set-limits",
        infoHash: torrent.id,
        limits: { down: random.pick([undefined, 20_000, 200_000]), up: random.pick([undefined, 30_000]) },
      });
  }
}

function makePeace({ world, torrent }: SimSwarm, nodes: readonly SimNode[]): void {
  world.network.heal();
  for (const node of nodes) {
    node.volume.fault = undefined;
    if (!node.isUp) node.restart();
    node.command({ type: "set-limits", infoHash: torrent.id, limits: {} });
    node.command({ type: "start", infoHash: torrent.id });
  }
}

function describe({ torrent, leechers, seeds }: SimSwarm): string {
  return [...seeds, ...leechers]
    .map(
      (node) =>
        `${node.name} ${node.stateOf(torrent)} ${node.truth.goodPieces(torrent)}/${torrent.content.geometry.pieceCount}`,
    )
    .join(", ");
}
