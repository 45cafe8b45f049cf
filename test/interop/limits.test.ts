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
const RATE = 2 * MB;

describeIf([missingLibtorrent()], "limits opposite libtorrent", () => {
  it.each(["down", "up"] as const)("%s: 2 MB/s are kept", async (direction) => {
    using folder = new TestFolder(`limit-${direction}`);
    const fixture = makeFixture(folder.folder("source"), { name: "data.bin", pieceLength: 65_536, files: 14 * MB });
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
      const { uploadedBytes, downloadedBytes } = torrent.status();
      expect([uploadedBytes, downloadedBytes]).toEqual([0, 0]);
      /** When so many bytes had passed, at least, and how many. */
      const reach = async (bytes: number): Promise<{ readonly at: number; readonly bytes: number }> => {
        let passed = 0;
        await waitFor(
          () => {
            const status = torrent.status();
            passed = isUp ? status.uploadedBytes : status.downloadedBytes;
            return passed >= bytes;
          },
          { what: () => `${bytes} bytes, got ${passed}`, deadlineMs: 60_000 },
        );
        return { at: performance.now(), bytes: passed };
      };
      const [from, to] = [await reach(MB), await reach(12 * MB)];
      const rate = ((to.bytes - from.bytes) * 1000) / (to.at - from.at);
      expect(rate / RATE).toBeLessThan(1.05);
      expect(rate / RATE).toBeGreaterThan(0.9);
    } finally {
      await client.close();
    }
  });
});
