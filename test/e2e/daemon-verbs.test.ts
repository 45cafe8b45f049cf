/** The daemon driven by the command, with real transfers. */
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DaemonProcess } from "../support/daemon-process.ts";
import { runTorrential } from "../support/torrential.ts";
import { waitFor } from "../support/wait-for.ts";
import { KIB, Scene } from "./setup.ts";

function startDaemon(scene: Scene, extra: readonly string[] = []): Promise<DaemonProcess> {
  return DaemonProcess.start({ stateDir: scene.stateDir, downloadDir: scene.saveDir, extra });
}

describe("a daemon driven by the command", () => {
  it("downloads what is added, and says so", async () => {
    await using scene = Scene.make("daemon-verbs");
    await using seed = await scene.startSeed();
    await using daemon = await startDaemon(scene);
    const added = await daemon.verb("add", scene.fixture.torrentFile, "--tag", "linux", "--json");
    expect(added.code).toBe(0);
    expect(JSON.parse(added.stdout)).toMatchObject({
      status: "added",
      torrent: { id: 1, name: "data.bin", tags: ["linux"] },
    });
    expect((await daemon.verb("peers", "1", "--add", seed.hostPort)).stdout).toBe("1 peer to connect to\n");
    await waitFor(async () => (await daemon.client.call("showTorrent", { params: { ref: "1" } })).isComplete, {
      what: "the torrent is complete",
    });
    const list = await daemon.verb("ls");
    expect(list.stdout).toMatch(/^ID {2}NAME[^\n]*\n 1 {2}data\.bin .* 100 % {2}seeding/);
    expect(
      readFileSync(join(scene.saveDir, "data.bin")).equals(readFileSync(join(scene.fixture.dataDir, "data.bin"))),
    ).toBe(true);
    const again = await daemon.verb("add", scene.fixture.torrentFile);
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toContain("data_bin.torrent");
  });

  it("shows, limits, stops, tags, and removes with the data", async () => {
    await using scene = Scene.make("daemon-acts");
    await using daemon = await startDaemon(scene);
    await daemon.verb("add", scene.fixture.torrentFile, "--paused");
    expect((await daemon.verb("show", "data")).stdout).toMatch(/State: +stopped/);
    expect((await daemon.verb("files", "1")).stdout).toMatch(/0 {2}data\.bin/);
    expect((await daemon.verb("limit", "1", "--down", "100KB")).stdout).toBe("limited 1 torrent\n");
    expect((await daemon.verb("tag", "1", "--add", "a")).code).toBe(0);
    const torrent = await daemon.client.call("showTorrent", { params: { ref: "1" } });
    expect(torrent).toMatchObject({ limits: { down: 100_000 }, tags: ["a"] });
    expect((await daemon.verb("config", "limits.down=500000", "limits.up")).stdout).toMatch(/limits\.down +500000/);
    expect((await daemon.verb("rm", "1", "--delete-data")).stdout).toBe("removed 1 torrent\n");
    expect((await daemon.verb("ls")).stdout).toBe("");
  });

  it("removes a seed with its data although it sleeps", async () => {
    await using scene = Scene.make("daemon-asleep");
    await using daemon = await startDaemon(scene);
    const file = join(scene.saveDir, "data.bin");
    copyFileSync(join(scene.fixture.dataDir, "data.bin"), file);
    await daemon.verb("add", scene.fixture.torrentFile);
    // Nobody comes: it falls asleep within seconds.
    const seedingMs = async (): Promise<number> =>
      (await daemon.client.call("showTorrent", { params: { ref: "1" } })).seedingTimeMs;
    await waitFor(async () => (await seedingMs()) > 4000, { what: "it seeds for a while" });
    expect((await daemon.verb("rm", "1", "--delete-data")).code).toBe(0);
    await waitFor(() => !existsSync(file), { what: "its data is gone" });
  });

  it("says what it does not understand, with an exit code", async () => {
    await using scene = Scene.make("daemon-wrong");
    await using daemon = await startDaemon(scene);
    const unknown = await daemon.verb("show", "nothing");
    expect(unknown).toMatchObject({ code: 1 });
    expect(unknown.stderr).toContain('torrential: no torrent fits "nothing", wanted a number');
    expect(await daemon.verb("stop")).toMatchObject({ code: 2 });
    expect(await daemon.verb("stop", "77")).toMatchObject({ code: 1 });
    expect(await daemon.verb("config", "no.such=1")).toMatchObject({ code: 1 });
    const nobody = await daemon.verb("ls", "--url", "http://127.0.0.1:9");
    expect(nobody).toMatchObject({ code: 6 });
    expect(nobody.stderr).toContain("no daemon answers at http://127.0.0.1:9");
  });

  it("makes tokens that do what their scope holds, over a unix socket too", async () => {
    await using scene = Scene.make("daemon-token");
    const socket = scene.folder.at("http.sock");
    await using daemon = await startDaemon(scene, ["--set", `http.unix_socket=${socket}`]);
    const made = await daemon.verb("token", "create", "reader", "--scope", "read", "--json");
    const { token, id } = JSON.parse(made.stdout);
    const env = { TORRENTIAL_TOKEN: String(token), TORRENTIAL_URL: `unix:${socket}` };
    expect((await runTorrential(["ls"], { env })).code).toBe(0);
    const refused = await runTorrential(["add", scene.fixture.torrentFile], { env });
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain("needs the scope `add`");
    expect((await daemon.verb("token", "revoke", String(id))).code).toBe(0);
    expect((await runTorrential(["ls"], { env })).code).toBe(1);
  });

  it("tells what happens as it happens, and once where nothing can be drawn again", async () => {
    await using scene = Scene.make("daemon-watch");
    await using daemon = await startDaemon(scene);
    await daemon.verb("add", scene.fixture.torrentFile, "--paused");
    const top = await daemon.verb("top");
    expect(top.stdout).toMatch(/down 0 B\/s {2}up 0 B\/s/);
    const doctor = await daemon.verb("doctor");
    expect(doctor.stdout).toContain("a daemon of version");
    expect((await daemon.verb("stats")).stdout).toContain("torrents      1");
  });

  it("streams a file while it is downloading", async () => {
    await using scene = Scene.make("daemon-stream");
    await using seed = await scene.startSeed({ type: "good" }, 400 * KIB);
    await using daemon = await startDaemon(scene);
    await daemon.verb("add", scene.fixture.torrentFile);
    await daemon.client.call("addPeers", { params: { ref: "1" }, body: { endpoints: [seed.hostPort] } });
    const headers = { range: "bytes=500000-599999" };
    const response = await daemon.client.request("readFile", { params: { ref: "1", index: 0 }, headers });
    expect(response.status).toBe(206);
    const bytes = Buffer.from(await response.arrayBuffer());
    const wanted = readFileSync(join(scene.fixture.dataDir, "data.bin")).subarray(500_000, 600_000);
    expect(bytes.equals(wanted)).toBe(true);
    await waitFor(async () => /SHARE +OF +REASON/.test((await daemon.verb("why", "1")).stdout), {
      what: "a reason why it is no faster",
    });
  });

  it("refuses what the door must refuse, and ends in time", async () => {
    await using scene = Scene.make("daemon-door");
    await using daemon = await startDaemon(scene);
    const evil = await fetch(`${daemon.url}/api/v1/session`, { headers: { origin: "https://evil.example" } });
    expect(evil.status).toBe(403);
    await expect(startDaemon(scene)).rejects.toThrow("another");
    const port = daemon.url.split(":").at(-1) ?? "";
    const other = DaemonProcess.start({
      stateDir: scene.folder.at("other"),
      downloadDir: scene.saveDir,
      extra: ["--listen", `127.0.0.1:${port}`],
    });
    await expect(other).rejects.toThrow(`127.0.0.1:${port} is in use`);
    const open = DaemonProcess.start({
      stateDir: scene.folder.at("open"),
      downloadDir: scene.saveDir,
      extra: ["--listen", "0.0.0.0:0"],
    });
    await expect(open).rejects.toThrow("there is no password");
    expect(await daemon.stop()).toMatchObject({ code: 0 });
  });
});
