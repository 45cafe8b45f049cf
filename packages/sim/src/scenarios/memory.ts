/** Memory of the slab under pressure: what is lent to the network must not be used for anything else meanwhile. */
import { honestSeed, leech, type LeechReport } from "../scripts.ts";
import { setupSwarm } from "../swarm-builder.ts";
import { makeTorrent } from "../torrent.ts";
import { conclude, only, type Scenario } from "./scenario.ts";

const MIB = 1024 * 1024;
const STOPS = 12;

/** A node with little memory seeds one torrent to a greedy leech, stops it again and again, and downloads another. */
export const closingWhileSending: Scenario = {
  name: "closing-while-sending",
  run(options) {
    const swarm = setupSwarm({
      ...options,
      torrent: { lengthBytes: 8 * MIB },
      seeds: { count: 1, link: { upBytesPerSec: 300_000 }, memoryBytes: 16 * MIB },
    });
    const { world, torrent, seeds, tracker } = swarm;
    options.onWorld?.(world);
    const node = only(seeds);
    const report: LeechReport = { goodBytes: 0, badBlocks: 0, isDone: false };
    const greedy = world.addPeer(torrent, leech(report));
    const other = makeTorrent({
      seed: options.seed + 1,
      name: "other",
      lengthBytes: 64 * MIB,
      trackers: [[tracker.url]],
    });
    tracker.register(other.infoHash, world.addPeer(other, honestSeed()).endpoint, 0);
    node.add(other, { root: "/other", limits: { down: 2_000_000 } });
    const random = world.random.split("stops");
    for (let stops = 0; stops < STOPS; stops++) {
      world.run(() => node.isComplete(torrent), 30_000);
      greedy.connect(node.endpoint);
      // The choker looks every ten seconds: by then the leech is served.
      world.idle(random.nextBetween(500, 14_000));
      node.command({ type: "stop", infoHash: torrent.id });
      world.run(() => node.stateOf(torrent) === "stopped", 10_000);
      node.command({ type: "start", infoHash: torrent.id });
    }
    world.require(report.badBlocks === 0, `${report.badBlocks} blocks came that aren't the torrent's`);
    world.require(report.goodBytes > 0, "the leech got nothing, so nothing was tried");
    const numbers = { servedMib: report.goodBytes / MIB, downloadedMib: node.truth.receivedBytes(other) / MIB };
    return conclude({ world, nodes: seeds, torrents: [torrent, other], numbers });
  },
};
