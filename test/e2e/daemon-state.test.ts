/** A state that is damaged, newer, locked, open to others or cannot be written: PROMISES C23, C25, F07, F13, F14. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { DaemonRun } from "../support/daemon.ts";
import { type Fixture, makeFixture } from "../support/fixtures.ts";
import { ByteSource } from "../support/random.ts";
import { KIB, Scene } from "./setup.ts";

const DAMAGES = Number(process.env["DAEMON_DAMAGES"] ?? 16);

function optionsOf(scene: Scene) {
  return { stateDir: scene.stateDir, settings: [`downloads.folder=${scene.saveDir}`] };
}

/** A state with a few stopped torrents, at rest. */
async function fill(scene: Scene, count: number): Promise<Fixture[]> {
  const fixtures = Array.from({ length: count }, (_, n) =>
    makeFixture(scene.folder.folder(`t${n}`), { name: `t${n}`, pieceLength: 16 * KIB, files: 40 * KIB }),
  );
  await using daemon = await DaemonRun.start(optionsOf(scene));
  for (const { torrentBytes } of fixtures) await daemon.add(torrentBytes, { intent: "stop", tags: ["kept"] });
  await daemon.setIntent([fixtures[0]?.infoHash ?? ""], "start");
  expect((await daemon.stop()).code).toBe(0);
  return fixtures;
}

describe("a state that is not as it was left", () => {
  it(
    "never keeps the daemon from coming up, however it is damaged",
    { timeout: 300_000 + DAMAGES * 20_000 },
    async () => {
      await using scene = Scene.make("daemon-damage");
      const fixtures = await fill(scene, 6);
      const random = new ByteSource("daemon-damage");
      const files = ["state.db", "state.db", "engine", "loading", "state.db-wal"];
      let kept = 0;
      for (let n = 0; n < DAMAGES; n++) {
        const file = files[n % files.length] ?? "state.db";
        damage(scene.stateDir, file, random);
        await using daemon = await DaemonRun.start(optionsOf(scene));
        kept += (await daemon.list()).total;
        // It is of use again, whatever was lost.
        for (const { torrentBytes, infoHash } of fixtures)
          if ((await daemon.get(infoHash)) === undefined)
            await daemon.add(torrentBytes, { intent: "stop", tags: ["kept"] });
        expect((await daemon.list()).total).toBe(fixtures.length);
        if (n % 3 === 0) await daemon.kill();
        else expect((await daemon.stop()).code).toBe(0);
      }
      console.log(`${DAMAGES} damages: ${kept} of ${DAMAGES * fixtures.length} torrents were still there`);
    },
  );

  it("shows a record that cannot be read, and the others are there", async () => {
    await using scene = Scene.make("daemon-record");
    const [first, second] = await fill(scene, 2);
    const db = new DatabaseSync(join(scene.stateDir, "state.db"));
    db.prepare("UPDATE torrents SET record = '{\"id\":' WHERE info_hash = ?").run(first?.infoHash ?? "");
    db.prepare("UPDATE metadata SET torrent = x'00' WHERE info_hash = ?").run(second?.infoHash ?? "");
    db.prepare(`INSERT INTO store VALUES ('limits', 'global', '{"down":')`).run();
    db.close();
    await using daemon = await DaemonRun.start(optionsOf(scene));
    const told = (await daemon.history()).filter(({ type }) => type === "quarantined").map(({ message }) => message);
    expect(told.join()).toContain("What limits global cannot be read from the state");
    expect(await daemon.get(first?.infoHash ?? "")).toMatchObject({ state: "quarantined", id: 1 });
    await daemon.setIntent([second?.infoHash ?? ""], "start");
    const view = await daemon.waitFor(second?.infoHash ?? "", ({ state }) => state === "quarantined", "quarantine");
    expect(view.problem?.message).toMatch(/bencode|metainfo/);
  });

  it("takes a torrent again whose row says another name than its index", async () => {
    await using scene = Scene.make("daemon-index");
    const [first] = await fill(scene, 2);
    const { infoHash = "", torrentBytes = new Uint8Array() } = first ?? {};
    const path = join(scene.stateDir, "state.db");
    const db = new DatabaseSync(path);
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    db.close();
    const bytes = readFileSync(path);
    // In the row, where the record follows; not in the index.
    const at = bytes.indexOf(`${infoHash}{"id":`);
    expect(at).toBeGreaterThan(0);
    bytes[at] = bytes[at] === 0x61 ? 0x62 : 0x61;
    writeFileSync(path, bytes);
    await using daemon = await DaemonRun.start(optionsOf(scene));
    expect(await daemon.get(infoHash)).toBeUndefined();
    await daemon.add(torrentBytes, { intent: "stop", tags: ["again"] });
    await daemon.kill();
    await using next = await DaemonRun.start(optionsOf(scene));
    expect(await next.get(infoHash)).toMatchObject({ state: "stopped", tags: ["again"] });
  });

  it("is mended when a page that is read only later was damaged after a clean stop", async () => {
    await using scene = Scene.make("daemon-page");
    const fixtures = await fill(scene, 2);
    const path = join(scene.stateDir, "state.db");
    const db = new DatabaseSync(path);
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    const page = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'tags'").get()?.["rootpage"]);
    const pageBytes = Number(db.prepare("PRAGMA page_size").get()?.["page_size"]);
    db.close();
    const bytes = readFileSync(path);
    bytes.fill(0xff, (page - 1) * pageBytes, page * pageBytes);
    writeFileSync(path, bytes);
    await using daemon = await DaemonRun.start(optionsOf(scene));
    expect((await daemon.list()).total).toBe(fixtures.length);
    expect((await daemon.history()).map(({ message }) => message).join()).toContain("was damaged");
  });

  it("is refused when it is newer, and stays untouched", async () => {
    await using scene = Scene.make("daemon-newer");
    await fill(scene, 1);
    const path = join(scene.stateDir, "state.db");
    const db = new DatabaseSync(path);
    db.exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA user_version = 99");
    db.close();
    const before = readFileSync(path);
    await expect(DaemonRun.start(optionsOf(scene))).rejects.toMatchObject({
      code: "state-newer",
      message: expect.stringContaining("Nothing was changed"),
    });
    expect(readFileSync(path)).toEqual(before);
  });

  it("is refused while another daemon runs on it, and when others may write to it", async () => {
    await using scene = Scene.make("daemon-lock");
    {
      await using daemon = await DaemonRun.start(optionsOf(scene));
      await expect(DaemonRun.start(optionsOf(scene))).rejects.toMatchObject({ code: "state-locked" });
      expect((await daemon.list()).total).toBe(0);
    }
    chmodSync(scene.stateDir, 0o777);
    await expect(DaemonRun.start(optionsOf(scene))).rejects.toMatchObject({ code: "state-unsafe" });
  });

  it("is refused when it cannot be a folder", async () => {
    await using scene = Scene.make("daemon-file");
    writeFileSync(scene.folder.at("plain"), "a file");
    await expect(DaemonRun.start({ stateDir: scene.folder.at("plain/state") })).rejects.toMatchObject({
      code: "state-unwritable",
    });
  });

  it("is refused with a config that does not fit, in a sentence", async () => {
    await using scene = Scene.make("daemon-config");
    const start = (setting: string): Promise<DaemonRun> =>
      DaemonRun.start({ stateDir: scene.stateDir, settings: [setting] });
    await expect(start("network.prot=5")).rejects.toMatchObject({ code: "config-invalid" });
    await expect(start("limits.down=fast")).rejects.toMatchObject({
      code: "config-invalid",
      message: expect.stringContaining("limits.down"),
    });
  });
});

describe("ports and folders", () => {
  it("takes the next port for peers when its own is taken", async () => {
    await using scene = Scene.make("daemon-port");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const taken = typeof address === "object" && address !== null ? address.port : 0;
    await using daemon = await DaemonRun.start({ stateDir: scene.stateDir, settings: [`network.port=${taken}`] });
    const { listenPort } = await daemon.call<{ listenPort: number }>("session.view");
    server.close();
    expect(listenPort).not.toBe(taken);
    expect(listenPort).toBeGreaterThan(0);
  });

  it("makes nothing where a disk was, and goes on when it is back", async () => {
    await using scene = Scene.make("daemon-storage");
    const { infoHash } = (await fill(scene, 1))[0] ?? scene.fixture;
    const options = optionsOf(scene);
    const { saveDir } = scene;
    const marker = readFileSync(join(saveDir, ".torrential-root"));
    rmSync(saveDir, { recursive: true });
    await using daemon = await DaemonRun.start(options);
    const view = await daemon.waitFor(infoHash, ({ state }) => state === "storage-missing", "the missing disk");
    expect(view.problem).toMatchObject({ code: "gone", remedy: expect.stringContaining("by itself") });
    expect(existsSync(saveDir)).toBe(false);
    mkdirSync(saveDir);
    writeFileSync(join(saveDir, ".torrential-root"), marker);
    await daemon.waitFor(infoHash, ({ state }) => state === "downloading", "to go on");
  });
});

/** Some bytes of the file, or of a file in the folder, become others; or it loses its end. */
function damage(stateDir: string, name: string, random: ByteSource): void {
  let path = join(stateDir, name);
  if (name === "engine") {
    const journals = readdirSync(path);
    path = join(path, journals[random.integer(0, Math.max(0, journals.length - 1))] ?? "none.resume");
  }
  if (!existsSync(path)) {
    writeFileSync(path, random.next(200));
    return;
  }
  const bytes = readFileSync(path);
  const how = random.integer(0, 3);
  if (how === 0) return writeFileSync(path, bytes.subarray(0, random.integer(0, bytes.length)));
  if (how === 1) return writeFileSync(path, Buffer.concat([bytes, random.next(100)]));
  const count = how === 2 ? 1 : 200;
  for (let n = 0; n < count && bytes.length > 0; n++)
    bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
  writeFileSync(path, bytes);
}
