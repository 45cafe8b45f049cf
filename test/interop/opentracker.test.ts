import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildMetainfo, parseMetainfo } from "@torrential/core";
import { createClient, type Torrent } from "@torrential/node";
import { expect, it } from "vitest";
import { findFreePort } from "../support/free-port.ts";
import { TestFolder } from "../support/folder.ts";
import { TestProcess } from "../support/process.ts";
import { describeIf, missingNamespace, missingProgram } from "../support/requirements.ts";
import { waitFor } from "../support/wait-for.ts";

const TRACKER = "198.18.0.1";

describeIf([missingNamespace(), missingProgram("opentracker", ["-h"])], "opentracker, asked by us", () => {
  it.each(["http", "udp"] as const)(
    "over %s: introduces two clients, and is scraped of all at once",
    async (scheme) => {
      using folder = new TestFolder("opentracker");
      const port = await findFreePort(TRACKER);
      const url = `${scheme}://${TRACKER}:${port}/announce`;
      const metainfos = [1, 2, 3].map((n) => makeMetainfo(n, url));
      const root = folder.folder("root");
      // Debian's build tracks only what is listed.
      writeFileSync(join(root, "list"), metainfos.map(({ infoHashV1 }) => `${infoHashV1}\n`).join(""));
      const args = ["-i", TRACKER, "-p", String(port), "-P", String(port), "-d", root, "-w", "list"];
      await using tracker = new TestProcess("opentracker", args);
      const [first, second] = await Promise.all(
        ["198.18.7.1", "198.18.7.2"].map((bind) => createClient({ bind, stateDir: folder.folder(bind) })),
      );
      if (first === undefined || second === undefined) throw new Error("no clients");
      try {
        const theirs: Torrent[] = [];
        for (const metainfo of metainfos) await first.add(metainfo, { root: folder.folder("first") });
        await waitFor(() => first.torrents.every(isWorking), {
          what: () => `${tracker.tail()} ${describe(first.torrents)}`,
        });
        for (const metainfo of metainfos) theirs.push(await second.add(metainfo, { root: folder.folder("second") }));
        await waitFor(() => theirs.every((torrent) => torrent.status().knownPeers > 0), {
          what: () => describe(theirs),
        });
        second.scrape();
        const areCounted = (): boolean =>
          theirs.every((torrent) => torrent.status().trackers[0]?.completed !== undefined);
        await waitFor(areCounted, { what: () => describe(theirs) });
        for (const torrent of theirs)
          expect(torrent.status().trackers[0]).toMatchObject({ seeders: 0, leechers: 2, scrapeError: undefined });
      } finally {
        await first.close();
        await second.close();
      }
    },
  );
});

function makeMetainfo(n: number, url: string) {
  const pieceHashes = new Uint8Array(20).fill(n);
  const content = { name: `torrent ${n}`, files: [{ path: ["a.bin"], lengthBytes: 1_000 }], pieceLength: 16_384 };
  return parseMetainfo(buildMetainfo({ ...content, pieceHashes, trackers: [[url]] }));
}

function isWorking(torrent: Torrent): boolean {
  return torrent.status().trackers[0]?.state === "working";
}

function describe(torrents: readonly Torrent[]): string {
  return JSON.stringify(torrents.map((torrent) => torrent.status().trackers));
}
