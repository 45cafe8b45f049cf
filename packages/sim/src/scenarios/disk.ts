/** Disks that are slow, full or rotten. */
import { honestSeed } from "../scripts.ts";
import { setupSwarm } from "../swarm-builder.ts";
import { makeTorrent } from "../torrent.ts";
import { conclude, only, type Scenario } from "./scenario.ts";

const MIB = 1024 * 1024;

/** The network gives ten times what the disk takes: memory stays in its budget, and nobody is dropped for it. */
export const slowDisk: Scenario = {
  name: "slow-disk",
  run(options) {
    const memoryBytes = 16 * MIB;
    const diskRate = 1_000_000;
    const swarm = setupSwarm({
      ...options,
      torrent: { lengthBytes: 48 * MIB, pieceLength: 262_144 },
      scripts: Array.from({ length: 4 }, () => ({ script: honestSeed(), link: { upBytesPerSec: 5_000_000 } })),
      leechers: {
        count: 1,
        link: { downBytesPerSec: 20_000_000 },
        disk: { bytesPerSec: diskRate, latencyMs: 20 },
        memoryBytes,
        checkEvery: 256,
      },
    });
    const { world, torrent, leechers } = swarm;
    options.onWorld?.(world);
    const leecher = only(leechers);
    let memoryMaxBytes = 0;
    const isDone = (): boolean => {
      memoryMaxBytes = Math.max(memoryMaxBytes, leecher.session.slabUsedBytes);
      return swarm.isDone();
    };
    const idealMs = (torrent.content.lengthBytes * 1000) / diskRate;
    world.require(world.run(isDone, 3 * idealMs), "not finished within three times the disk's time");
    world.require(memoryMaxBytes <= memoryBytes, `${memoryMaxBytes} bytes of payload in memory, budget ${memoryBytes}`);
    const dropped = leecher
      .eventsOf("peer-disconnected")
      .filter((event) => event.reason !== "ended" && event.reason !== "no-use");
    world.require(dropped.length === 0, `a peer was dropped: ${dropped[0]?.reason} ${dropped[0]?.message}`);
    const shareOfDisk = idealMs / world.elapsedMs;
    world.require(shareOfDisk > 0.7, `${(100 * shareOfDisk).toFixed(1)} % of the disk's rate, wanted 70 %`);
    const wasted = leecher.truth.receivedBytes(torrent) - torrent.content.lengthBytes;
    const numbers = { shareOfDisk, memoryMaxMib: memoryMaxBytes / MIB, wastedBytes: wasted };
    return conclude({ world, nodes: leechers, torrents: [torrent], numbers });
  },
};

/** One folder's file system fills up: its torrent stops, the other goes on, and room brings it back by itself. */
export const diskFull: Scenario = {
  name: "disk-full",
  run(options) {
    const swarm = setupSwarm({
      ...options,
      torrent: { lengthBytes: 16 * MIB },
      scripts: [{ script: honestSeed(), link: { upBytesPerSec: 1_000_000 } }],
      leechers: { count: 1 },
    });
    const { world, torrent, leechers, tracker } = swarm;
    options.onWorld?.(world);
    const leecher = only(leechers);
    const other = makeTorrent({
      seed: options.seed + 1,
      name: "other",
      lengthBytes: 24 * MIB,
      trackers: [[tracker.url]],
    });
    const otherSeed = world.addPeer(other, honestSeed(), { upBytesPerSec: 500_000 });
    tracker.register(other.infoHash, otherSeed.endpoint, 0);
    leecher.add(other, { root: "/other" });
    leecher.volume.setRoom("/data", 5 * MIB);
    world.require(
      world.run(() => leecher.stateOf(torrent) === "error", 60_000),
      "no error within a minute",
    );
    const errorAtMs = world.elapsedMs;
    const bannedBefore = leecher.eventsOf("peer-banned").length;
    world.idle(20_000);
    world.require(leecher.stateOf(torrent) === "error", "went on without room");
    world.require(leecher.stateOf(other) === "downloading", `the other torrent is ${leecher.stateOf(other)}`);
    world.require(bannedBefore === 0, "a peer was blamed for the disk");
    leecher.volume.setRoom("/data", 100 * MIB);
    const roomAtMs = world.elapsedMs;
    world.require(
      world.run(() => leecher.stateOf(torrent) === "downloading", 120_000),
      "did not go on when there was room",
    );
    const resumedSeconds = (world.elapsedMs - roomAtMs) / 1000;
    world.require(resumedSeconds <= 60, `went on ${resumedSeconds} s after there was room, wanted 60`);
    world.require(
      world.run(() => swarm.isDone() && leecher.isComplete(other), 300_000),
      "not finished",
    );
    const numbers = { errorSeconds: errorAtMs / 1000, resumedSeconds };
    return conclude({ world, nodes: leechers, torrents: [torrent, other], numbers });
  },
};

/** Bits rot on a seed's disk: a check finds each, none is served, and all come anew from others. */
export const bitRot: Scenario = {
  name: "bit-rot",
  run(options) {
    const swarm = setupSwarm({
      ...options,
      torrent: { lengthBytes: 8 * MIB },
      seeds: { count: 1 },
      scripts: [{ script: honestSeed(), link: { upBytesPerSec: 500_000 } }],
    });
    const { world, torrent, seeds } = swarm;
    options.onWorld?.(world);
    const seed = only(seeds);
    world.require(
      world.run(() => seed.isComplete(torrent), 60_000),
      "the seed never seeded",
    );
    const places = seed.volume.rot(5, world.random.split("rot"));
    const pieces = new Set(places.map((place) => Math.floor(place.offset / torrent.content.geometry.pieceLength)));
    for (const piece of pieces) seed.truth.excuse(torrent.id, piece);
    seed.command({ type: "recheck", infoHash: torrent.id });
    world.require(
      world.run(() => seed.stateOf(torrent) === "downloading", 60_000),
      "the check did not find the rot",
    );
    seed.truth.endExcuses(torrent.id);
    seed.truth.forgetClaims();
    world.require(
      world.run(() => seed.isComplete(torrent), 120_000),
      "the rotten pieces did not come anew",
    );
    world.require(seed.truth.goodPieces(torrent) === torrent.content.geometry.pieceCount, "something is still rotten");
    const refetched = seed.truth.receivedBytes(torrent);
    const numbers = { rottenPieces: pieces.size, refetchedPieces: refetched / torrent.content.geometry.pieceLength };
    return conclude({ world, nodes: seeds, torrents: [torrent], numbers });
  },
};
