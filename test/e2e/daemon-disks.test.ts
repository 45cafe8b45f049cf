/** Disks that are full, read-only or gone under a daemon: PROMISES F03, F07, F08. */
import { cpSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { DaemonRun } from "../support/daemon.ts";
import { type Fixture, makeFixture } from "../support/fixtures.ts";
import { TestMount } from "../support/mount.ts";
import { RawSeed } from "../support/raw-peer.ts";
import { describeIf, missingNamespace } from "../support/requirements.ts";
import { runTorrential } from "../support/torrential.ts";
import { KIB, MIB, Scene } from "./setup.ts";

const SETTLE_MS = 180_000;

describeIf([missingNamespace()], "a daemon's disks", () => {
  it(
    "that fill up, turn read-only or go stop their torrents and no others, which go on by themselves",
    async () => {
      await using scene = Scene.make("disks", { files: 4 * MIB, pieceLength: 64 * KIB });
      const fixture = (name: string): Fixture =>
        makeFixture(scene.folder.folder(name), { name, pieceLength: 64 * KIB, files: MIB });
      const [locked, gone, other] = [fixture("locked"), fixture("gone"), fixture("other")];
      await using small = await TestMount.make(scene.folder.at("small"), 2 * MIB);
      await using tight = await TestMount.make(scene.folder.at("tight"), 16 * MIB);
      await using drive = await TestMount.make(scene.folder.at("drive"), 16 * MIB);
      const mountPoint = scene.folder.at("mnt");
      let mounted = await TestMount.bind(drive.path, mountPoint);
      cpSync(join(gone.dataDir, "gone"), join(mountPoint, "gone"));
      await using seed = await scene.startSeed();
      await using lockedSeed = await RawSeed.start(locked);
      await using otherSeed = await RawSeed.start(other);
      const roots = [small.path, tight.path, mountPoint];
      const options = {
        stateDir: scene.stateDir,
        settings: [`downloads.folder=${scene.saveDir}`, `downloads.roots=${roots.join()}`],
      };
      const { infoHash } = scene.fixture;
      {
        await using daemon = await DaemonRun.start(options);
        await daemon.add(gone.torrentBytes, { folder: mountPoint });
        await daemon.waitFor(gone.infoHash, ({ state }) => state === "seeding", "to seed from the drive");
        await daemon.add(locked.torrentBytes, { folder: tight.path, intent: "stop" });
        await daemon.add(scene.fixture.torrentBytes, { folder: small.path });
        await daemon.call("torrents.addPeers", infoHash, [seed.hostPort]);
        await tight.makeReadOnly();
        await mounted[Symbol.asyncDispose]();
        await daemon.setIntent([locked.infoHash], "start");
        await daemon.call("torrents.addPeers", locked.infoHash, [lockedSeed.hostPort]);
        const full = await daemon.waitFor(infoHash, ({ state }) => state === "error", "to be full");
        expect(full.problem).toMatchObject({ code: "full", remedy: expect.stringContaining("room") });
        const readOnly = await daemon.waitFor(locked.infoHash, ({ state }) => state === "error", "to be read-only");
        expect(readOnly.problem).toMatchObject({ code: "read-only", remedy: expect.stringContaining("writing") });
        const missing = await daemon.waitFor(gone.infoHash, ({ state }) => state === "storage-missing", "to be gone");
        expect(missing).toMatchObject({ problem: { code: "gone" }, piecesHave: missing.pieceCount, progress: 1 });
        await daemon.add(other.torrentBytes);
        await daemon.call("torrents.addPeers", other.infoHash, [otherSeed.hostPort]);
        await daemon.waitFor(other.infoHash, ({ state }) => state === "seeding", "the other to be whole meanwhile");
        await daemon.kill();
      }
      await using daemon = await DaemonRun.start(options);
      await daemon.waitFor(gone.infoHash, ({ state }) => state === "storage-missing", "to be gone after a restart");
      await daemon.call("torrents.addPeers", locked.infoHash, [lockedSeed.hostPort]);
      await daemon.waitFor(locked.infoHash, ({ state }) => state === "error", "to be read-only after a restart");
      expect(readdirSync(mountPoint)).toEqual([]);
      await small.resize(16 * MIB);
      await tight.makeWritable();
      mounted = await TestMount.bind(drive.path, mountPoint);
      await daemon.waitFor(gone.infoHash, ({ state }) => state === "seeding", "to seed again");
      expect((await daemon.history()).filter(({ type }) => type === "recovered")).toHaveLength(1);
      for (const [torrent, from] of [
        [scene.fixture, seed],
        [locked, lockedSeed],
      ] as const) {
        await daemon.waitFor(torrent.infoHash, ({ state }) => state !== "error", "to go on by itself");
        await daemon.call("torrents.addPeers", torrent.infoHash, [from.hostPort]);
        const done = await daemon.waitFor(torrent.infoHash, ({ state }) => state === "seeding", "the rest");
        expect(done.wastedBytes).toBeLessThan(2 * MIB);
      }
      await daemon.stop();
      await mounted[Symbol.asyncDispose]();
    },
    SETTLE_MS,
  );

  it("for state that fill up refuse changes, never lose one, and take them again", async () => {
    await using scene = Scene.make("full-state-daemon");
    await using disk = await TestMount.make(scene.folder.at("state-disk"), 90 * MIB);
    const options = { stateDir: join(disk.path, "state"), settings: [`downloads.folder=${scene.saveDir}`] };
    const { infoHash, torrentBytes } = scene.fixture;
    const kept: string[] = [];
    const tag = async (daemon: DaemonRun, name: string): Promise<boolean> => {
      try {
        await daemon.call("torrents.tag", [infoHash], { add: [name] });
        kept.push(name);
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: "state-unwritable" });
        return false;
      }
    };
    const isReadOnly = async (daemon: DaemonRun): Promise<boolean> =>
      (await daemon.call<{ isReadOnly: boolean }>("session.view")).isReadOnly;
    {
      await using daemon = await DaemonRun.start(options);
      await daemon.add(torrentBytes, { intent: "stop" });
      expect(readdirSync(options.stateDir)).toContain("reserve");
      fill(disk.path, "first");
      // What is kept for this is given up first.
      for (let n = 0; readdirSync(options.stateDir).includes("reserve"); n++)
        expect(await tag(daemon, `reserve-${n}`)).toBe(true);
      fill(disk.path, "second");
      for (let n = 0; await tag(daemon, `last-${n}`); n++) expect(n).toBeLessThan(10_000);
      expect([await isReadOnly(daemon), (await daemon.get(infoHash))?.tags]).toEqual([true, kept.toSorted()]);
      rmSync(join(disk.path, "second"));
      expect([await tag(daemon, "room"), await isReadOnly(daemon)]).toEqual([true, false]);
      await daemon.kill();
    }
    await using daemon = await DaemonRun.start(options);
    expect((await daemon.get(infoHash))?.tags).toEqual(kept.toSorted());
  });

  it("for state that are read-only are refused in a sentence", async () => {
    await using scene = Scene.make("read-only-state");
    await using disk = await TestMount.make(scene.folder.at("state-disk"), MIB);
    await disk.makeReadOnly();
    for (const state of [disk.path, join(disk.path, "state")]) {
      const ended = await runTorrential(["daemon", "--state", state, "--listen", "127.0.0.1:0"]);
      expect([ended.code, ended.stdout]).toEqual([78, ""]);
      expect(ended.stderr).toMatch(/^torrential: [^\n]*read-only[^\n]*\n$/i);
    }
  });
});

/** Until nothing more goes in. */
function fill(folder: string, name: string): void {
  for (let bytes = 8 * MIB; bytes >= 512; bytes /= 2) {
    try {
      for (;;) writeFileSync(join(folder, name), new Uint8Array(bytes), { flag: "a" });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
    }
  }
}
