/** Suggestions (BEP 6) with libtorrent, both ways, by its own log. */
import { expect, it } from "vitest";
import type { LibtorrentClient } from "../support/clients/libtorrent.ts";
import type { Fixture } from "../support/fixtures.ts";
import { findFreePort } from "../support/free-port.ts";
import { LibtorrentScene } from "../support/libtorrent-scene.ts";
import { describeIf, missingLibtorrent, missingNamespace } from "../support/requirements.ts";
import { TorrentialRun } from "../support/torrential.ts";
import { waitFor } from "../support/wait-for.ts";

const MIB = 1024 * 1024;
const NETWORK = 22;

describeIf([missingNamespace(), missingLibtorrent()], "suggestions, with libtorrent", () => {
  it("are followed: what its cache holds is asked for first", async () => {
    using scene = new LibtorrentScene("suggested", NETWORK);
    const torrent = scene.makeTorrent(16 * MIB);
    await using seed = await scene.start("seed", 3);
    await seed.configure({ suggest_mode: 1, allowed_fast_set_size: 0, unchoke_interval: 1 });
    await seed.addTorrent({ torrent, saveDir: torrent.dataDir, isSeed: true, isAnnouncing: false, upLimit: 2 * MIB });
    await warmUp(scene, torrent, seed);
    // It suggests with the unchoke: first it has to know that there is somebody.
    await seed.configure({ unchoke_slots_limit: 0 });
    const args = [...(await scene.words("download", torrent)), "--peer", `${seed.address}:${seed.port}`];
    await seed.takeLog();
    await using run = new TorrentialRun(args);
    const log: string[] = [];
    const readLog = async (until: () => boolean, what: string): Promise<void> => {
      await waitFor(
        async () => {
          log.push(...(await seed.takeLog()));
          return until() || undefined;
        },
        { what: () => `${what} in ${log.join("\n")}` },
      );
    };
    await readLog(() => log.some((line) => line.startsWith("<== INTERESTED")), "interest");
    await seed.configure({ unchoke_slots_limit: -1 });
    await readLog(() => piecesOf(log, "==> SUGGEST").length >= 4, "suggestions after those that were followed");
    await run.stop();
    const [first, second] = piecesOf(log, "==> SUGGEST");
    const asked = [...new Set(piecesOf(log, "<== REQUEST"))];
    expect(asked[0], "the newest is asked for first").toBe(second);
    expect(asked.slice(0, 8), "the other one soon, after neighbours of the first").toContain(first);
    expect(piecesOf(log, "<== HAVE"), "it hears that they were followed").toEqual(expect.arrayContaining([second]));
  });

  it("are made: libtorrent hears what our cache holds, while others wait for the disk", async () => {
    using scene = new LibtorrentScene("suggesting", NETWORK);
    const torrent = scene.makeTorrent(64 * MIB);
    const port = await findFreePort(scene.address);
    await using run = new TorrentialRun(await scene.words("seed", torrent, { port, dir: torrent.dataDir }));
    await run.waitForStatus((it) => it.state === "seeding", "seeding");
    // Whether somebody waits when it looks, once a second, is chance: mostly in the first round.
    const heard: number[] = [];
    for (let round = 1; heard.length === 0 && round <= ROUNDS_MAX; round++)
      heard.push(...(await leechAll(scene, torrent, { port, round })));
    expect(heard.length).toBeGreaterThan(0);
    for (const piece of heard) expect(piece).toBeLessThan(1024);
    await run.stop();
  });
});

const ROUNDS_MAX = 10;

/** Four at once take all of it, as fast as they can. Gives what was suggested to them. */
async function leechAll(
  scene: LibtorrentScene,
  torrent: Fixture,
  { port, round }: { readonly port: number; readonly round: number },
): Promise<readonly number[]> {
  await using stack = new AsyncDisposableStack();
  const heard: number[] = [];
  const leechers: LibtorrentClient[] = [];
  for (const host of [5, 6, 7, 8]) {
    const leecher = stack.use(await scene.start(`leecher ${round} ${host}`, host));
    leechers.push(leecher);
    const saveDir = scene.folder.folder(`saved ${round} ${host}`);
    await leecher.addTorrent({
      torrent,
      saveDir,
      isSeed: false,
      isAnnouncing: false,
      peers: [{ address: scene.address, port }],
    });
  }
  await waitFor(
    async () => {
      for (const leecher of leechers) heard.push(...piecesOf(await leecher.takeLog(), "<== SUGGEST_PIECE"));
      const statuses = await Promise.all(leechers.map((leecher) => leecher.statusOf(torrent)));
      return heard.length > 0 || statuses.every(({ isComplete }) => isComplete) || undefined;
    },
    { what: "a suggestion, or the end" },
  );
  return heard;
}

/** Pieces that messages of one name are about, in order. */
function piecesOf(log: readonly string[], name: string): readonly number[] {
  return log.flatMap((line) => {
    const found = line.startsWith(`${name} `) ? /piece: (\d+)/.exec(line)?.[1] : undefined;
    return found === undefined ? [] : [Number(found)];
  });
}

/** Somebody takes some of it, so that it is read from disk, and is gone. */
async function warmUp(scene: LibtorrentScene, torrent: Fixture, seed: LibtorrentClient): Promise<void> {
  await using leecher = await scene.start("leecher", 4);
  const saveDir = scene.folder.folder("leecher-saved");
  await leecher.addTorrent({ torrent, saveDir, isSeed: false, isAnnouncing: false, peers: [seed] });
  await waitFor(async () => (await leecher.statusOf(torrent)).completedBytes > MIB || undefined, { what: "a MiB" });
}
