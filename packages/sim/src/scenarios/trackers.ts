/** Many torrents, trackers that are dead, and one that lives behind them (PROMISES F11). */
import { setupSwarm } from "../swarm-builder.ts";
import { makeTorrent } from "../torrent.ts";
import { conclude, only, type Scenario } from "./scenario.ts";

const TORRENTS = 100;
const DEAD = 3;
/** Each dead one is waited for for 5 s. */
const REACHED_MS = 16_000;
const HOUR_MS = 3_600_000;
/** Back-offs of 5 s × 2^n, and 30 s of silence each: nine tries in an hour, and a start. */
const TRIES_AN_HOUR_MAX = 12;

/** The good one is reached soon, the dead ones are not besieged, and everybody is heard once. */
export const deadTrackers: Scenario = {
  name: "dead-trackers",
  run(options) {
    const { world, torrent, tracker, leechers } = setupSwarm({ ...options, torrent: SMALL, leechers: { count: 1 } });
    options.onWorld?.(world);
    const node = only(leechers);
    const mode = options.seed % 2 === 0 ? "refusing" : "silent";
    const dead = Array.from({ length: DEAD }, (_, i) => world.addTracker(`http://dead-${i}.test/announce`));
    for (const each of dead) each.mode = mode;
    const tiers = [dead.map((each) => each.url), [tracker.url]];
    const torrents = Array.from({ length: TORRENTS }, (_, i) =>
      makeTorrent({ ...SMALL, seed: options.seed * 1_000 + i, name: `torrent ${i}` }),
    );
    const ids = new Set<string>(torrents.map(({ id }) => id));
    for (const each of torrents) node.add(each, { trackers: tiers });
    const heard = (event: string) => tracker.seen.filter((seen) => seen.event === event && ids.has(seen.infoHash));
    const isReached = world.run(() => heard("started").length === TORRENTS, REACHED_MS);
    world.require(isReached, `only ${heard("started").length} of ${TORRENTS} reached the good tracker in 16 s`);
    const reachedMs = world.elapsedMs;
    world.idle(HOUR_MS);
    const failures = node.eventsOf("announce-failed").length / TORRENTS / DEAD;
    world.require(failures <= TRIES_AN_HOUR_MAX, `asked a dead tracker ${failures} times in an hour`);
    world.require(failures >= 4, `asked a dead tracker only ${failures} times in an hour`);
    const numbers = { reachedSeconds: reachedMs / 1_000, triesAnHour: failures };
    const result = conclude({ world, nodes: leechers, torrents: [torrent, ...torrents], numbers });
    world.idle(1_000);
    for (const event of ["started", "stopped"]) {
      const once = new Set(heard(event).map((seen) => seen.infoHash));
      world.require(heard(event).length === TORRENTS && once.size === TORRENTS, `${heard(event).length} × ${event}`);
    }
    return result;
  },
};

const SMALL = { lengthBytes: 20_000, pieceLength: 16_384 } as const;
