/** Extensions of the peer protocol against libtorrent, by its own log: BEP 16 and 21. */
import { expect, it } from "vitest";
import { waitUntilComplete } from "../support/clients/client.ts";
import { makeFixture } from "../support/fixtures.ts";
import { findFreePort } from "../support/free-port.ts";
import { LibtorrentScene } from "../support/libtorrent-scene.ts";
import { describeIf, missingLibtorrent, missingNamespace } from "../support/requirements.ts";
import { TorrentialRun } from "../support/torrential.ts";
import { waitFor } from "../support/wait-for.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const NETWORK = 21;

describeIf([missingNamespace(), missingLibtorrent()], "extensions, with libtorrent", () => {
  it("tells libtorrent when nothing more is wanted", async () => {
    using scene = new LibtorrentScene("partial", NETWORK);
    const { folder, address } = scene;
    const torrent = makeFixture(folder.folder("source"), {
      name: "two files",
      pieceLength: 64 * KIB,
      files: [
        { path: ["wanted.bin"], lengthBytes: 4 * MIB },
        { path: ["other.bin"], lengthBytes: 4 * MIB },
      ],
    });
    await using seed = await scene.start("seed", 3);
    await seed.addTorrent({ torrent, saveDir: torrent.dataDir, isSeed: true, isAnnouncing: false, upLimit: MIB });
    await using leecher = await scene.start("leecher", 4);
    const port = await findFreePort(address);
    const args = [...(await scene.words("download", torrent, { port })), "--select", "**/wanted.bin", "--seed"];
    await using run = new TorrentialRun([...args, "--peer", `${seed.address}:${seed.port}`]);
    await run.waitForStatus((it) => it.state === "downloading", "downloading");
    const leecherDir = folder.folder("leecher-saved");
    await leecher.addTorrent({
      torrent,
      saveDir: leecherDir,
      isSeed: false,
      isAnnouncing: false,
      peers: [{ address, port }],
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
    using scene = new LibtorrentScene("super", NETWORK);
    const { folder, address } = scene;
    const torrent = scene.makeTorrent(4 * MIB);
    const port = await findFreePort(address);
    const args = [...(await scene.words("seed", torrent, { port, dir: torrent.dataDir })), "--super-seed"];
    await using run = new TorrentialRun(args);
    await run.waitForStatus((it) => it.state === "seeding", "seeding");
    await using leecher = await scene.start("leecher", 5);
    const saveDir = folder.folder("leecher-saved");
    await leecher.addTorrent({ torrent, saveDir, isSeed: false, isAnnouncing: false, peers: [{ address, port }] });
    await waitUntilComplete(leecher, torrent, 60_000);
    const log = [...namesOf(await leecher.takeLog())];
    expect(log).toContain("<== HAVE_NONE");
    expect(log).toContain("<== HAVE");
    expect(log).not.toContain("<== HAVE_ALL");
    expect(log).not.toContain("<== BITFIELD");
    await run.stop();
  });
});

/** "<== HAVE [ piece: 3 ]" → "<== HAVE". */
function namesOf(log: readonly string[]): ReadonlySet<string> {
  return new Set(log.map((line) => line.split(" ").slice(0, 2).join(" ")));
}
