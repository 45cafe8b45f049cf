/** A day with transmission-remote at our daemon, with data from transmission-daemon. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TransmissionClient } from "../../support/clients/transmission.ts";
import { differences, digestOf } from "../../support/digest.ts";
import { run } from "../../support/process.ts";
import { describeIf, missingNamespace, missingProgram } from "../../support/requirements.ts";
import { waitFor } from "../../support/wait-for.ts";
import { World } from "./world.ts";

const MISSING = [
  missingNamespace(),
  missingProgram("transmission-daemon"),
  missingProgram("transmission-remote", ["--version"]),
];

describeIf(MISSING, "transmission-remote", () => {
  let world: World<TransmissionClient>;

  beforeAll(async () => {
    world = await World.start({
      name: "remote",
      network: 64,
      makeReference: (options) => new TransmissionClient(options),
    });
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  /** What it printed. Throws when it failed, or the daemon said no. */
  const remote = async (...args: readonly string[]): Promise<string> => {
    const { host } = new URL(world.ours.url);
    const { code, stdout, stderr } = await run("transmission-remote", [host, ...args]);
    if (code !== 0 || /^Error/m.test(stdout)) throw new Error(`${args.join(" ")}: ${code} ${stdout} ${stderr}`);
    return stdout;
  };

  const info = async (hash: string, wanted: RegExp): Promise<string> => {
    let last = "";
    return await waitFor(
      async () => {
        last = await remote("-t", hash, "-i");
        return wanted.test(last) ? last : undefined;
      },
      { what: () => `${wanted}; it is ${last}`, deadlineMs: 60_000, intervalMs: 200 },
    );
  };

  it("adds by file and magnet link, follows, limits, labels, moves, verifies, stops and removes", async () => {
    const { theirs, album, film, saveDirs } = world;
    await world.theirs.addTorrent({ torrent: album, saveDir: album.dataDir, isSeed: true });
    await world.theirs.addTorrent({ torrent: film, saveDir: film.dataDir, isSeed: true });
    for (const fixture of [album, film]) await world.tracker.waitForSeed(fixture.infoHash, theirs.address);
    expect(await remote("-a", album.torrentFile, "-w", saveDirs.ours)).toContain("success");
    const magnet = `magnet:?xt=urn:btih:${film.infoHash}&tr=${encodeURIComponent(world.tracker.url)}`;
    expect(await remote("-a", magnet)).toContain("success");
    for (const fixture of [album, film]) await info(fixture.infoHash, /Percent Done: 100%/);
    const list = await remote("-l");
    expect(list).toMatch(/100%.*album/);
    expect(list).toMatch(/100%.*film\.mkv/);
    expect(differences(digestOf(album, saveDirs.ours), digestOf(album, album.dataDir))).toEqual([]);

    const { infoHash } = album;
    await remote("-t", infoHash, "-d", "100", "-u", "50", "-L", "music,new");
    const shown = await info(infoHash, /Labels: music, new/);
    expect(shown).toMatch(/Download Limit: 100/);
    expect(shown).toMatch(/Upload Limit: 50/);
    expect(await remote("-t", infoHash, "-f")).toMatch(/album\/second\/two\.mp3/);
    expect(await remote("-t", infoHash, "-it")).toContain(new URL(world.tracker.url).host);
    await remote("-t", infoHash, "-ip");
    await remote("-t", infoHash, "--move", `${saveDirs.ours}/moved`);
    await info(infoHash, /Location: .*\/moved/);
    await waitFor(() => existsSync(`${saveDirs.ours}/moved/album/one.mp3`), { what: "its files are moved" });
    await remote("-t", infoHash, "-v");
    await info(infoHash, /State: (Idle|Seeding)[^]*Percent Done: 100%/);
    await remote("-t", infoHash, "-S");
    await info(infoHash, /State: Stopped/);
    await remote("-t", infoHash, "-s");
    await info(infoHash, /State: (Idle|Seeding)/);
    for (const args of [["-si"], ["-st"], ["--downlimit", "500"], ["--no-downlimit"], ["-as"], ["-AS"]])
      await remote(...args);
    await remote("-t", infoHash, "--remove-and-delete");
    await remote("-t", film.infoHash, "-r");
    await waitFor(async () => !(await remote("-l")).includes("100%"), { what: "both are gone" });
    await waitFor(() => !existsSync(`${saveDirs.ours}/moved/album`), { what: "its files are gone" });
    expect(existsSync(`${saveDirs.ours}/film.mkv`)).toBe(true);
  });
});
