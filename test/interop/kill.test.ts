/**
 * `kill -9`, twenty times during one download from libtorrent, while libtorrent downloads from us. Nothing that was
 * verified more than five seconds before a kill may be fetched again, and nothing may be served that fails its hash.
 */
import { mkdirSync } from "node:fs";
import { expect, it } from "vitest";
import { waitUntilComplete } from "../support/clients/client.ts";
import { LibtorrentClient } from "../support/clients/libtorrent.ts";
import { differences, digestOf } from "../support/digest.ts";
import { EXIT } from "../support/exit-codes.ts";
import { makeFixture } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { findFreePort } from "../support/free-port.ts";
import { ByteSource, TEST_SEED } from "../support/random.ts";
import { describeIf, missingLibtorrent, missingNamespace } from "../support/requirements.ts";
import { TorrentialRun } from "../support/torrential.ts";
import { waitFor } from "../support/wait-for.ts";

const MIB = 1024 * 1024;
const KILLS = 20;
/** Promise 1: no verified piece older than this is lost. */
const LOSABLE_MS = 5000;
/** Slow enough that some lives end before the first five seconds and some long after. */
const SEED_RATE = 2 * MIB;
const US = "198.18.8.1";

interface Sample {
  readonly atMs: number;
  readonly uploaded: number;
}

describeIf([missingNamespace(), missingLibtorrent()], `kill -9 (seed ${TEST_SEED})`, () => {
  it(`${KILLS} times: every restart goes on, and next to nothing is fetched twice`, { timeout: 300_000 }, async () => {
    using folder = new TestFolder("kill");
    const torrent = makeFixture(folder.folder("source"), {
      name: "killed.bin",
      pieceLength: 256 * 1024,
      files: 320 * MIB + 99,
    });
    await using seed = new LibtorrentClient({ workDir: folder.folder("seed"), address: "198.18.8.2" });
    await using leecher = new LibtorrentClient({ workDir: folder.folder("leecher"), address: "198.18.8.3" });
    await Promise.all([seed.start(), leecher.start()]);
    await seed.addTorrent({ torrent, saveDir: torrent.dataDir, isSeed: true, isAnnouncing: false, upLimit: SEED_RATE });
    const leecherDir = folder.folder("leecher-saved");
    await leecher.addTorrent({ torrent, saveDir: leecherDir, isSeed: false, isAnnouncing: false });

    const saveDir = folder.at("saved");
    mkdirSync(saveDir);
    const port = await findFreePort(US);
    const place = ["-o", saveDir, "--state", folder.at("state"), "--bind", US, "--port", String(port), "--no-trackers"];
    const args = ["download", torrent.torrentFile, ...place, "--peer", `${seed.address}:${seed.port}`, "--seed"];
    const random = new ByteSource("kills");
    let losable = 0;
    let verifiedBefore = 0;

    for (let kill = 1; kill <= KILLS; kill++) {
      await using run = new TorrentialRun(args);
      const samples: Sample[] = [];
      const wanted = random.integer(MIB, 16 * MIB);
      const from = await run.waitForStatus((it) => it.state === "downloading", `downloading in life ${kill}`);
      await leecher.connect(torrent, { address: US, port });
      await waitFor(
        async () => {
          samples.push({ atMs: performance.now(), uploaded: (await seed.statusOf(torrent)).uploaded });
          if (run.process.status !== undefined) throw new Error(`torrential left in life ${kill}: ${run.describe()}`);
          return (run.status?.verified ?? 0) >= from.verified + wanted;
        },
        { what: () => `${wanted} more bytes in life ${kill}; ${run.describe()}`, intervalMs: 50 },
      );
      const killedAtMs = performance.now();
      const durable = run.events.findLast(
        (it) => it.event.event === "status" && it.atMs < killedAtMs - LOSABLE_MS,
      )?.event;
      await run.process.kill();
      expect(
        from.verified,
        `life ${kill} goes on where the last one was five seconds before its end`,
      ).toBeGreaterThanOrEqual(verifiedBefore);
      verifiedBefore = durable?.event === "status" ? Math.max(from.verified, durable.verified) : from.verified;
      const uploaded = (await seed.statusOf(torrent)).uploaded;
      losable +=
        uploaded -
        (samples.findLast((it) => it.atMs < killedAtMs - LOSABLE_MS) ?? samples[0] ?? { uploaded: 0 }).uploaded;
    }

    await seed.limitUpload(torrent, 0);
    await using last = new TorrentialRun(args);
    await last.waitForStatus((it) => it.state === "seeding", "the whole");
    const fetched = (await seed.statusOf(torrent)).uploaded;
    process.stderr.write(
      `kill -9 × ${KILLS}: ${report(fetched - torrent.lengthBytes)} fetched twice, ${report(losable)} allowed\n`,
    );
    expect(fetched).toBeLessThanOrEqual(torrent.lengthBytes + losable);
    expect(differences(digestOf(torrent, saveDir), digestOf(torrent, torrent.dataDir))).toEqual([]);

    await leecher.connect(torrent, { address: US, port });
    await waitUntilComplete(leecher, torrent);
    expect(await leecher.statusOf(torrent)).toMatchObject({ failed: 0 });
    expect(differences(digestOf(torrent, leecherDir), digestOf(torrent, torrent.dataDir))).toEqual([]);
    last.process.signal("SIGTERM");
    await last.expectExit(EXIT.done, 15_000);
  });
});

function report(lengthBytes: number): string {
  return `${(lengthBytes / MIB).toFixed(1)} MiB`;
}
