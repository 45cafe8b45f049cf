/**
 * How well limits are kept on real sockets: our client with a limit, libtorrent without one at the other end, over loopback.
 * Ten seconds after the first two, counted by whoever receives. "down" or "up" alone with that word. Wants Debian's python3-libtorrent.
 */
import { join } from "node:path";
import { makeEndpoint, parseMetainfo } from "../packages/core/src/index.ts";
import { createClient } from "../packages/node/src/index.ts";
import { LibtorrentClient } from "../test/support/clients/libtorrent.ts";
import { type Fixture, makeFixture } from "../test/support/fixtures.ts";
import { TestFolder } from "../test/support/folder.ts";

const MIB = 1024 * 1024;
const LIMITS = [50_000, 1_000_000, 10_000_000];
const SKIPPED_MS = 2_000;
const WINDOW_MS = 10_000;

type Direction = "down" | "up";

async function measure(fixture: Fixture, direction: Direction, limit: number): Promise<number> {
  using folder = new TestFolder(`limit-${direction}-${limit}`);
  await using other = new LibtorrentClient({ workDir: folder.folder("libtorrent"), address: "127.0.0.1" });
  await other.start();
  const client = await createClient({
    stateDir: folder.at("state"),
    bind: "127.0.0.1",
    limits: { [direction]: limit },
  });
  try {
    const isUp = direction === "up";
    const root = isUp ? fixture.dataDir : folder.folder("ours");
    const torrent = await client.add(parseMetainfo(fixture.torrentBytes), { root, trackers: [] });
    const saveDir = isUp ? folder.folder("theirs") : fixture.dataDir;
    if (isUp) await torrent.until(({ status }) => status === "seeding");
    await other.addTorrent({ torrent: fixture, saveDir, isSeed: !isUp, isAnnouncing: false });
    torrent.addPeers([makeEndpoint("127.0.0.1", other.port)]);
    const received = async (): Promise<number> =>
      isUp ? (await other.statusOf(fixture)).downloaded : torrent.status().downloadedBytes;
    for (let bytes = 0; bytes === 0;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      bytes = await received();
    }
    await new Promise((resolve) => setTimeout(resolve, SKIPPED_MS));
    const [from, startedAt] = [await received(), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, WINDOW_MS));
    return ((await received()) - from) / ((performance.now() - startedAt) / 1000);
  } finally {
    await client.close();
  }
}

using folder = new TestFolder("limits");
const fixture = makeFixture(join(folder.folder("source")), {
  name: "data.bin",
  pieceLength: 256 * 1024,
  files: 160 * MIB,
});
console.log("| direction | limit, B/s | measured, B/s | off by |\n| --- | ---: | ---: | ---: |");
const wanted = process.argv.slice(2);
for (const direction of (["down", "up"] as const).filter((each) => wanted.length === 0 || wanted.includes(each)))
  for (const limit of LIMITS) {
    const rate = await measure(fixture, direction, limit);
    console.log(`| ${direction} | ${limit} | ${rate.toFixed(0)} | ${((100 * (rate - limit)) / limit).toFixed(1)} % |`);
  }
