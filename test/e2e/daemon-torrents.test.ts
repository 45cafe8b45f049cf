/** The daemon's torrents: added, run, stopped, removed, and there again after a restart. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DaemonRun } from "../support/daemon.ts";
import { MIB, Scene } from "./setup.ts";

function optionsOf(scene: Scene, settings: readonly string[] = []) {
  return { stateDir: scene.stateDir, settings: [`downloads.folder=${scene.saveDir}`, ...settings] };
}

describe("the daemon", () => {
  it("downloads what is added, and knows it after a restart", async () => {
    await using scene = Scene.make("daemon-basic");
    const { infoHash, torrentBytes, lengthBytes } = scene.fixture;
    await using seed = await scene.startSeed();
    {
      await using daemon = await DaemonRun.start(optionsOf(scene));
      const { torrent, isDuplicate } = await daemon.add(torrentBytes, { tags: ["b", "a"], category: "films/old" });
      expect([torrent.id, torrent.infoHash, isDuplicate]).toEqual([1, infoHash, false]);
      await daemon.call("torrents.addPeers", infoHash, [seed.hostPort]);
      await daemon.waitFor(infoHash, ({ state }) => state === "seeding", "the end of the download");
      expect(readFileSync(join(scene.saveDir, scene.fixture.name))).toEqual(
        readFileSync(join(scene.fixture.dataDir, scene.fixture.name)),
      );
      const [file] = await daemon.files(infoHash);
      expect(file).toMatchObject({
        path: scene.fixture.name,
        sizeBytes: lengthBytes,
        verifiedBytes: lengthBytes,
        progress: 1,
      });
      expect((await daemon.stop()).code).toBe(0);
    }
    await using daemon = await DaemonRun.start(optionsOf(scene));
    const view = await daemon.waitFor(infoHash, ({ state }) => state === "seeding", "to seed again");
    expect(view).toMatchObject({
      id: 1,
      tags: ["a", "b"],
      category: "films/old",
      downloadedBytes: lengthBytes,
      isComplete: true,
      progress: 1,
    });
    const types = (await daemon.history()).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(["added", "completed"]));
  });

  it("keeps what is stopped out of the engine, and starts it where it was", async () => {
    await using scene = Scene.make("daemon-stop", { files: 4 * MIB });
    const { infoHash, torrentBytes } = scene.fixture;
    await using seed = await scene.startSeed({ type: "good" }, MIB);
    await using daemon = await DaemonRun.start(optionsOf(scene));
    await daemon.add(torrentBytes, { intent: "stop" });
    expect((await daemon.get(infoHash))?.state).toBe("stopped");
    await daemon.setIntent([infoHash], "start");
    await daemon.call("torrents.addPeers", infoHash, [seed.hostPort]);
    await daemon.waitFor(infoHash, ({ verifiedBytes }) => verifiedBytes > 0, "some pieces");
    await daemon.setIntent([infoHash], "stop");
    const stopped = await daemon.waitFor(infoHash, ({ state }) => state === "stopped", "to stop");
    expect(stopped.verifiedBytes).toBeGreaterThan(0);
    seed.rateBytesPerSec = undefined;
    await daemon.setIntent([infoHash], "start");
    await daemon.call("torrents.addPeers", infoHash, [seed.hostPort]);
    const done = await daemon.waitFor(infoHash, ({ state }) => state === "seeding", "the rest");
    expect(done.wastedBytes).toBeLessThan(MIB);
  });

  it("removes with its data, which can be undone, or for good", async () => {
    await using scene = Scene.make("daemon-remove");
    const { infoHash, torrentBytes, name } = scene.fixture;
    await using seed = await scene.startSeed();
    await using daemon = await DaemonRun.start(optionsOf(scene));
    const path = join(scene.saveDir, name);
    await daemon.add(torrentBytes);
    await daemon.call("torrents.addPeers", infoHash, [seed.hostPort]);
    await daemon.waitFor(infoHash, ({ state }) => state === "seeding", "the download");

    await daemon.call("torrents.remove", [infoHash], { deleteData: true, trash: true });
    expect(await daemon.get(infoHash)).toBeUndefined();
    await expect.poll(() => existsSync(path), { timeout: 30_000 }).toBe(false);
    await daemon.call("torrents.restore", infoHash);
    const back = await daemon.waitFor(infoHash, ({ state }) => state === "seeding", "to be back");
    expect([back.id, existsSync(path), back.piecesHave]).toEqual([1, true, back.pieceCount]);

    await daemon.call("torrents.remove", [infoHash], { deleteData: true });
    await expect.poll(() => existsSync(path), { timeout: 30_000 }).toBe(false);
    await expect(daemon.call("torrents.restore", infoHash)).rejects.toMatchObject({
      code: expect.stringMatching(/conflict|not-found/),
    });
    const { torrent } = await daemon.add(torrentBytes, { intent: "stop" });
    expect(torrent.id).toBe(2);
  });

  it("keeps its state to itself", async () => {
    await using scene = Scene.make("daemon-private");
    await using daemon = await DaemonRun.start(optionsOf(scene));
    await daemon.add(scene.fixture.torrentBytes);
    expect(statSync(scene.stateDir).mode & 0o777).toBe(0o700);
    const files = readdirSync(scene.stateDir, { withFileTypes: true }).filter((entry) => entry.isFile());
    const open = files.filter((entry) => (statSync(join(scene.stateDir, entry.name)).mode & 0o077) !== 0);
    expect(open.map(({ name }) => name)).toEqual([]);
  });

  it("checks again when told to, whether it runs or not", async () => {
    await using scene = Scene.make("daemon-recheck");
    const { infoHash, torrentBytes, dataDir } = scene.fixture;
    const settings = [`downloads.folder=${dataDir}`];
    await using daemon = await DaemonRun.start({ stateDir: scene.stateDir, settings });
    await daemon.add(torrentBytes, { intent: "stop" });
    await daemon.call("torrents.recheck", [infoHash]);
    const checked = await daemon.waitFor(
      infoHash,
      ({ state, isComplete }) => state === "stopped" && isComplete,
      "a check",
    );
    expect(checked.progress).toBe(1);
  });

  it("moves what is complete out of the folder for the incomplete, and on to where it is told", async () => {
    await using scene = Scene.make("daemon-move");
    const { infoHash, torrentBytes, name } = scene.fixture;
    const incomplete = scene.folder.folder("incomplete");
    const other = join(scene.saveDir, "other");
    await using seed = await scene.startSeed();
    await using daemon = await DaemonRun.start(optionsOf(scene, [`downloads.incomplete_folder=${incomplete}`]));
    const { torrent } = await daemon.add(torrentBytes);
    expect(torrent).toMatchObject({ folder: scene.saveDir, currentFolder: incomplete });
    await daemon.call("torrents.addPeers", infoHash, [seed.hostPort]);
    await daemon.waitFor(infoHash, ({ currentFolder }) => currentFolder === scene.saveDir, "the move at the end");
    expect([existsSync(join(incomplete, name)), existsSync(join(scene.saveDir, name))]).toEqual([false, true]);

    await daemon.setIntent([infoHash], "stop");
    await daemon.waitFor(infoHash, ({ state }) => state === "stopped", "to stop");
    await daemon.call("torrents.setFolder", [infoHash], other, { move: true });
    await daemon.waitFor(infoHash, ({ currentFolder }) => currentFolder === other, "the second move");
    expect(readFileSync(join(other, name))).toEqual(readFileSync(join(scene.fixture.dataDir, name)));
    await expect(daemon.call("torrents.setFolder", [infoHash], "/etc", { move: true })).rejects.toMatchObject({
      code: "path-refused",
    });
  });
});
