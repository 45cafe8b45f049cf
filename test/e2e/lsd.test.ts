/**
 * Local discovery (BEP 14) between two of our commands, which nothing else tells of each other. IPv6 needs a network of
 * its own: `lo` does not bring its multicast back.
 */
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeFixture } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { describeIf, missingNamespace } from "../support/requirements.ts";
import { TorrentialRun } from "../support/torrential.ts";

describeIf([missingNamespace()], "local discovery", () => {
  beforeAll(() => {
    ip("link add lsd0 type veth peer name lsd1");
    ip("link set lsd1 up");
    ip("link set lsd0 up multicast on");
    for (const address of ["fd19::1", "fd19::2"]) ip(`addr add ${address}/64 dev lsd0 nodad`);
  });
  afterAll(() => ip("link delete lsd0"));

  it.each([
    { family: "IPv4", seedAt: "198.18.64.1", leechAt: "198.18.64.2" },
    { family: "IPv6", seedAt: "fd19::1", leechAt: "fd19::2" },
  ])("over $family brings a link to its seed", { timeout: 60_000 }, async ({ family, seedAt, leechAt }) => {
    using folder = new TestFolder("lsd");
    const fixture = makeFixture(folder.path, { name: `${family}.bin`, pieceLength: 16_384, files: 300_000 });
    const alone = ["--no-dht", "--no-trackers", "--no-port-mapping"];
    const place = (name: string, at: string): string[] => ["--state", folder.folder(name), "--bind", at, ...alone];
    await using seed = new TorrentialRun([
      "seed",
      fixture.torrentFile,
      "-o",
      fixture.dataDir,
      ...place("seed", seedAt),
    ]);
    await seed.waitForStatus(({ state }) => state === "seeding", "seeding");
    const magnet = `magnet:?xt=urn:btih:${fixture.infoHash}`;
    await using leech = new TorrentialRun(["download", magnet, "-o", folder.folder("got"), ...place("leech", leechAt)]);
    await leech.expectExit(0);
    // Whichever of the two heard the other first dialled it.
    const heard = [...seed.events, ...leech.events].filter(({ line }) => line.includes('"lsd":{"known":1'));
    expect(heard.length).toBeGreaterThan(0);
  });
});

function ip(line: string): void {
  const [file, ...args] = ["ip", ...line.split(" ")];
  const done = spawnSync(file, args, { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`ip ${line}: ${done.stderr}`);
}
