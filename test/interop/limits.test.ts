/** Limits on real sockets, opposite libtorrent without any: `bench/limits.ts` measures longer, and at more rates. */
import { makeEndpoint, parseMetainfo } from "@torrential/core";
import { createClient } from "@torrential/node";
import { expect, it } from "vitest";
import { LibtorrentClient } from "../support/clients/libtorrent.ts";
import { makeFixture } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { describeIf, missingLibtorrent } from "../support/requirements.ts";
import { waitFor } from "../support/wait-for.ts";

const MB = 1_000_000;
const RATE = MB;
const WINDOW_MS = 4_000;
const SKIPPED_BYTES = MB;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/**
 * What passed up to the last sample, against the limit: since the start first, then in shorter and shorter windows, down to
 * four seconds. On a machine that others keep busy one of them is undisturbed sooner or later.
 */
function sharesOf(samples: readonly Sample[]): readonly number[] {
  const last = samples.at(-1);
  if (last === undefined) return [];
  return samples
    .filter(({ atMs, bytes }) => bytes >= SKIPPED_BYTES && last.atMs - atMs >= WINDOW_MS)
    .map(({ atMs, bytes }) => ((last.bytes - bytes) * 1000) / (last.atMs - atMs) / RATE);
}

describeIf([missingLibtorrent()], "limits opposite libtorrent", () => {
  it.each(["down", "up"] as const)("%s: 1 MB/s are kept within 5 %", async (direction) => {
    using folder = new TestFolder(`limit-${direction}`);
    const fixture = makeFixture(folder.folder("source"), { name: "data.bin", pieceLength: 65_536, files: 40 * MB });
    await using other = new LibtorrentClient({ workDir: folder.folder("libtorrent"), address: "127.0.0.1" });
    await other.start();
    const limits = { [direction]: RATE };
    const client = await createClient({ stateDir: folder.at("state"), bind: "127.0.0.1", limits });
    try {
      const isUp = direction === "up";
      const root = isUp ? fixture.dataDir : folder.folder("ours");
      const torrent = await client.add(parseMetainfo(fixture.torrentBytes), { root, trackers: [] });
      if (isUp) await torrent.until(({ status }) => status === "seeding");
      const saveDir = isUp ? folder.folder("theirs") : fixture.dataDir;
      await other.addTorrent({ torrent: fixture, saveDir, isSeed: !isUp, isAnnouncing: false });
      torrent.addPeers([makeEndpoint("127.0.0.1", other.port)]);
      const samples: Sample[] = [];
      let shares: readonly number[] = [];
      await waitFor(
        () => {
          const { uploadedBytes, downloadedBytes } = torrent.status();
          samples.push({ atMs: performance.now(), bytes: isUp ? uploadedBytes : downloadedBytes });
          shares = sharesOf(samples);
          return (shares[0] ?? Infinity) < 1.05 && shares.some((share) => share > 0.95 && share < 1.05);
        },
        {
          what: () => `a rate within 5 % of the limit, got ${shares.at(0)} in all, ${shares.at(-1)} at last`,
          deadlineMs: 60_000,
          intervalMs: 50,
        },
      );
      // libtorrent counts the same: what is on its way is less than a second's.
      const ours = samples.at(-1)?.bytes ?? 0;
      const theirs = async (): Promise<number> => {
        const { uploaded, downloaded } = await other.statusOf(fixture);
        return isUp ? downloaded : uploaded;
      };
      await waitFor(async () => (await theirs()) >= 0.99 * ours, {
        what: `${ours} bytes there too`,
        deadlineMs: 30_000,
      });
      if (isUp) expect((await theirs()) - torrent.status().uploadedBytes).toBeLessThan(RATE / 20);
    } finally {
      await client.close();
    }
  });
});
