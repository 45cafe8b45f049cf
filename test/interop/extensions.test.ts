/** Extensions of the peer protocol against libtorrent, by its own log: BEP 16 and 21. */
import { mkdirSync } from "node:fs";
import { expect, it } from "vitest";
import { waitUntilComplete } from "../support/clients/client.ts";
import { LibtorrentClient } from "../support/clients/libtorrent.ts";
import { type Fixture, makeFixture } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { findFreePort } from "../support/free-port.ts";
import { describeIf, missingLibtorrent, missingNamespace } from "../support/requirements.ts";
import { TorrentialRun } from "../support/torrential.ts";
import { waitFor } from "../support/wait-for.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const US = "198.18.21.1";

describeIf([missingNamespace(), missingLibtorrent()], "extensions, with libtorrent", () => {
  it("tells libtorrent when nothing more is wanted", async () => {
    using folder = new TestFolder("partial");
    const torrent = makeFixture(folder.folder("source"), {
      name: "two files",
      pieceLength: 64 * KIB,
      files: [
        { path: ["wanted.bin"], lengthBytes: 4 * MIB },
        { path: ["other.bin"], lengthBytes: 4 * MIB },
      ],
    });
    await using seed = await start(folder, "seed", "198.18.21.3");
    await seed.addTorrent({ torrent, saveDir: torrent.dataDir, isSeed: true, isAnnouncing: false, upLimit: MIB });
    await using leecher = await start(folder, "leecher", "198.18.21.4");
    const port = await findFreePort(US);
    const args = [...(await words(folder, "download", torrent, port)), "--select", "**/wanted.bin", "--seed"];
    await using run = new TorrentialRun([...args, "--peer", `${seed.address}:${seed.port}`]);
    await run.waitForStatus((it) => it.state === "downloading", "downloading");
    const leecherDir = folder.folder("leecher-saved");
    await leecher.addTorrent({
      torrent,
      saveDir: leecherDir,
      isSeed: false,
      isAnnouncing: false,
      peers: [{ address: US, port }],
    });
    await run.waitForStatus((it) => it.state === "finished" || it.state === "seeding", "the wanted file");
    const log: string[] = [];
    await waitFor(
      async () => {
        log.push(...namesOf(await leecher.takeLog()));
        return log.includes("<== UPLOAD_ONLY") ? true : undefined;
      },
      { what: () => `UPLOAD_ONLY in ${[...new Set(log)].join(", ")}` },
    );
    await run.stop();
  });

  it("super-seeds to libtorrent: it hears HAVE_NONE, then of one piece after another", async () => {
    using folder = new TestFolder("super");
    const torrent = makeTorrent(folder, 4 * MIB);
    const port = await findFreePort(US);
    const args = [...(await words(folder, "seed", torrent, port, torrent.dataDir)), "--super-seed"];
    await using run = new TorrentialRun(args);
    await run.waitForStatus((it) => it.state === "seeding", "seeding");
    await using leecher = await start(folder, "leecher", "198.18.21.5");
    const saveDir = folder.folder("leecher-saved");
    await leecher.addTorrent({ torrent, saveDir, isSeed: false, isAnnouncing: false, peers: [{ address: US, port }] });
    await waitUntilComplete(leecher, torrent, 60_000);
    const log = [...namesOf(await leecher.takeLog())];
    expect(log).toContain("<== HAVE_NONE");
    expect(log).toContain("<== HAVE");
    expect(log).not.toContain("<== HAVE_ALL");
    expect(log).not.toContain("<== BITFIELD");
    await run.stop();
  });
});

function makeTorrent(folder: TestFolder, lengthBytes: number): Fixture {
  return makeFixture(folder.folder("source"), { name: "data.bin", pieceLength: 64 * KIB, files: lengthBytes });
}

async function start(folder: TestFolder, label: string, address: string): Promise<LibtorrentClient> {
  const client = new LibtorrentClient({ workDir: folder.folder(label), address });
  await client.start();
  await client.logPeers();
  return client;
}

async function words(
  folder: TestFolder,
  verb: string,
  torrent: Fixture,
  port?: number,
  dir: string = folder.at("saved"),
): Promise<string[]> {
  mkdirSync(dir, { recursive: true });
  const place = ["-o", dir, "--state", folder.at("state"), "--bind", US, "--no-trackers"];
  return [verb, torrent.torrentFile, ...place, "--port", String(port ?? (await findFreePort(US)))];
}

/** "<== HAVE [ piece: 3 ]" → "<== HAVE". */
function namesOf(log: readonly string[]): ReadonlySet<string> {
  return new Set(log.map((line) => line.split(" ").slice(0, 2).join(" ")));
}
