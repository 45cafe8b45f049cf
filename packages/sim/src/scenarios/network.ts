/** Networks that break, trackers that are down, limits that hold. */
import { honestSeed } from "../scripts.ts";
import { setupSwarm } from "../swarm-builder.ts";
import { conclude, only, type Scenario } from "./scenario.ts";

const MIB = 1024 * 1024;

/** Everybody is cut off from everybody for a minute and a half. */
export const partitionHeals: Scenario = {
  name: "partition-heals",
  run(options) {
    const rate = 500_000;
    const cutMs = 90_000;
    const swarm = setupSwarm({
      ...options,
      torrent: { lengthBytes: 16 * MIB, pieceLength: 131_072 },
      seeds: { count: 2, link: { upBytesPerSec: rate } },
      leechers: { count: 3, link: { upBytesPerSec: rate } },
    });
    const { world, torrent, seeds, leechers } = swarm;
    options.onWorld?.(world);
    world.idle(8000);
    const before = leechers.map((node) => node.truth.receivedBytes(torrent));
    world.network.partition(
      seeds.map((node) => node.host),
      leechers.map((node) => node.host),
    );
    for (const [index, node] of leechers.entries()) {
      world.network.partition(
        [node.host],
        leechers.slice(index + 1).map((other) => other.host),
      );
    }
    world.idle(cutMs);
    world.network.heal();
    const healedAtMs = world.elapsedMs;
    world.require(
      world.run(() => swarm.isDone(), 600_000),
      "not finished within ten minutes after the path was whole",
    );
    const numbers = {
      receivedBeforeMib: Math.min(...before) / MIB,
      afterHealSeconds: (world.elapsedMs - healedAtMs) / 1000,
    };
    return conclude({ world, nodes: [...seeds, ...leechers], torrents: [torrent], numbers });
  },
};

/** No tracker answers at first, then one does: by then it must be asked again, and not too often before. */
export const trackerReturns: Scenario = {
  name: "tracker-down-then-up",
  run(options) {
    const swarm = setupSwarm({
      ...options,
      scripts: [{ script: honestSeed() }],
      leechers: { count: 1 },
    });
    const { world, torrent, tracker, leechers } = swarm;
    options.onWorld?.(world);
    const leecher = only(leechers);
    tracker.mode = options.seed % 2 === 0 ? "refusing" : "silent";
    world.idle(10 * 60_000);
    const triesWhileDown = leecher.eventsOf("announce-failed").length;
    world.require(triesWhileDown >= 2, `asked a dead tracker ${triesWhileDown} times in ten minutes`);
    world.require(triesWhileDown <= 40, `asked a dead tracker ${triesWhileDown} times in ten minutes`);
    tracker.mode = "up";
    const upAtMs = world.elapsedMs;
    world.require(
      world.run(() => swarm.isDone(), 60 * 60_000),
      "not finished within an hour of the tracker's return",
    );
    const started = tracker.seen.filter((seen) => seen.event === "started").length;
    world.require(started === 1, `told the tracker "started" ${started} times`);
    world.idle(5000);
    const numbers = { triesWhileDown, afterReturnSeconds: (world.elapsedMs - 5000 - upAtMs) / 1000 };
    const result = conclude({ world, nodes: leechers, torrents: [torrent], numbers });
    // The last announce is on its way when the torrent has stopped.
    world.idle(1000);
    for (const event of ["completed", "stopped"] as const) {
      const count = tracker.seen.filter((seen) => seen.event === event).length;
      world.require(count === 1, `told the tracker "${event}" ${count} times`);
    }
    return result;
  },
};

/** A limit on the torrent, another on the session, while peers would give twenty times as much. */
export const rateLimited: Scenario = {
  name: "rate-limited",
  run(options) {
    const limit = [50_000, 200_000, 1_000_000][options.seed % 3] ?? 200_000;
    const swarm = setupSwarm({
      ...options,
      torrent: { lengthBytes: 32 * MIB, pieceLength: 131_072 },
      scripts: Array.from({ length: 5 }, () => ({ script: honestSeed() })),
      leechers: { count: 1, add: { limits: { down: limit } } },
    });
    const { world, torrent, leechers } = swarm;
    options.onWorld?.(world);
    const leecher = only(leechers);
    world.idle(4000);
    const measure = (seconds: number): number => {
      const before = leecher.truth.receivedBytes(torrent);
      world.idle(seconds * 1000);
      return (leecher.truth.receivedBytes(torrent) - before) / seconds;
    };
    const rate = measure(20);
    leecher.command({ type: "set-limits", infoHash: undefined, limits: { down: limit / 2 } });
    world.idle(2000);
    const halved = measure(10);
    // Blocks are whole, so a slow limit is met to within a block over the time measured.
    const isNear = (got: number, wanted: number, seconds: number): boolean =>
      Math.abs(got - wanted) <= 0.03 * wanted + (2 * 16_384) / seconds;
    world.require(isNear(rate, limit, 20), `${rate} B/s under a limit of ${limit}`);
    world.require(isNear(halved, limit / 2, 10), `${halved} B/s under a session limit of ${limit / 2}`);
    const numbers = { limit, shareOfLimit: rate / limit, shareOfHalf: halved / (limit / 2) };
    return conclude({ world, nodes: leechers, torrents: [torrent], numbers });
  },
};
