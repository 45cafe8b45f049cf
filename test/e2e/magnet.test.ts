import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeFixture } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { findFreePort } from "../support/free-port.ts";
import { runTorrential, TorrentialRun } from "../support/torrential.ts";

const KIB = 1024;

describe("magnet links", () => {
  it("are made with trackers, peers and files, and read back", async () => {
    using folder = new TestFolder("magnet");
    const files = ["a.txt", "b.iso", "c.iso", "d.txt"].map((name) => ({ path: [name], lengthBytes: 1_000 }));
    const fixture = makeFixture(folder.path, { name: "many", pieceLength: 16 * KIB, files });
    const options = ["--tracker", "http://t.example/announce", "--peer", "[2001:db8::1]:6881", "--select", "*.iso"];
    const { code, stdout } = await runTorrential(["magnet", fixture.torrentFile, ...options]);
    expect([code, stdout]).toEqual([
      0,
      `magnet:?xt=urn:btih:${fixture.infoHash}&dn=many&tr=http%3A%2F%2Ft.example%2Fannounce&x.pe=%5B2001%3Adb8%3A%3A1%5D%3A6881&so=1-2\n`,
    ]);
    const again = await runTorrential(["magnet", stdout.trim(), "--no-trackers", "--name", "another"]);
    expect(again.stdout).toContain("&dn=another&x.pe=");
  });

  it("download what they stand for, the files that they choose, and need no peer to know it again", async () => {
    using folder = new TestFolder("magnet-download");
    const files = ["a.bin", "b.bin"].map((name) => ({ path: [name], lengthBytes: 200_000 }));
    const fixture = makeFixture(folder.path, { name: "two", pieceLength: 16 * KIB, files });
    const local = ["--bind", "127.0.0.1", "--no-lsd", "--no-dht"];
    const port = await findFreePort("127.0.0.1");
    const link = `magnet:?xt=urn:btih:${fixture.infoHash}&so=1&x.pe=localhost:${port}`;
    const download = ["download", link, "-o", folder.at("out"), "--state", folder.at("state"), ...local];
    {
      const place = ["-o", fixture.dataDir, "--state", folder.at("seed-state"), "--port", String(port)];
      await using seed = new TorrentialRun(["seed", fixture.torrentFile, ...place, ...local]);
      await seed.waitForStatus(({ state }) => state === "seeding", "the seed seeds");
      await using run = new TorrentialRun(download);
      await run.expectExit(0);
      expect(run.statuses[0]?.state).toBe("fetching-metadata");
      expect(run.status).toMatchObject({ state: "finished", length: 200_000 });
      const [first, second] = files.map(({ path }) => join(folder.at("out"), "two", ...path));
      expect(readFileSync(second ?? "")).toEqual(readFileSync(join(fixture.dataDir, "two", "b.bin")));
      // The piece that both share reaches into the first one, no further.
      expect(statSync(first ?? "", { throwIfNoEntry: false })?.blocks ?? 0).toBeLessThan(100);
    }
    await using again = new TorrentialRun(download);
    await again.expectExit(0);
    expect(again.statuses.map(({ state }) => state)).not.toContain("fetching-metadata");
  });
});
