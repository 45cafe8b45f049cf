/** What a daemon keeps, by the command: order, labels, jobs, history, sessions, export and import, over a restart. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DaemonProcess } from "../support/daemon-process.ts";
import { type Fixture, makeFixture } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";

const KIB = 1024;
const PASSWORD = "correct horse battery";

interface ExportedState {
  readonly history: readonly unknown[];
}

/** All of it but when it was written. */
function readArchive(path: string): ExportedState {
  const { exportedAtMs: _exportedAtMs, ...rest } = JSON.parse(readFileSync(path, "utf8"));
  return rest;
}

describe("what a daemon keeps", () => {
  const folder = new TestFolder("daemon-keeping");
  const [stateDir, downloadDir] = [folder.at("state"), folder.folder("saved")];
  const names = ["one", "two", "three"];
  const fixtures = names.map((name): Fixture =>
    makeFixture(folder.folder(`source-${name}`), { name, pieceLength: 16 * KIB, files: 40_000 }),
  );
  let daemon: DaemonProcess;

  beforeAll(async () => {
    daemon = await DaemonProcess.start({ stateDir, downloadDir, extra: ["--set", "queue.enabled=true"] });
    await run("add", "--paused", ...fixtures.map(({ torrentFile }) => torrentFile));
  }, 120_000);

  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  async function run(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await daemon.verb(...args);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
    return stdout;
  }

  async function order(): Promise<string[]> {
    const { torrents } = await daemon.client.call("listTorrents", {
      query: { sort: "queuePosition", fields: ["name"] },
    });
    return torrents.map(({ name = "" }) => name);
  }

  it("moves torrents in the queue", async () => {
    await daemon.client.call("actOnTorrents", { body: { action: "start", filter: {} } });
    // Places are given out once a second.
    await expect.poll(order, { timeout: 30_000 }).toEqual(["one", "two", "three"]);
    await run("queue", "three", "top");
    await run("queue", "3", "down");
    await expect.poll(order, { timeout: 30_000 }).toEqual(["one", "three", "two"]);
    expect(await run("queue", "two", "1")).toBe("two is at 1\n");
    expect(await daemon.verb("queue", "two", "three", "1")).toMatchObject({ code: 2 });
    await daemon.client.call("actOnTorrents", { body: { action: "stop", filter: {} } });
  });

  it("changes what is wished of torrents, their categories and tags", async () => {
    await run(
      "category",
      "create",
      "films",
      "--folder",
      join(downloadDir, "films"),
      "--ratio",
      "2",
      "--at-limit",
      "remove",
    );
    await run(
      "set",
      "one",
      "--name",
      "First",
      "-c",
      "films",
      "--priority",
      "high",
      "--peers-max",
      "7",
      "--sequential",
      "--idle-time",
      "2h",
    );
    const torrent = await daemon.client.call("showTorrent", { params: { ref: "1" } });
    expect(torrent).toMatchObject({ name: "First", category: "films", priority: 1, peersMax: 7, isSequential: true });
    expect(torrent.shareLimits).toMatchObject({ idleTimeMs: 7_200_000, ratio: "global" });
    await run("set", "First", "--name", "one", "--peers-max", "none", "-c", "", "--no-sequential", "--max-up", "0");
    expect((await daemon.client.call("showTorrent", { params: { ref: "1" } })).peersMax).toBeUndefined();
    expect(await run("category", "ls")).toMatch(/films +\S+\/films +- +- +ratio 2, then remove/);
    await run("tags", "create", "a", "b");
    await run("tags", "set", "a", "--max-down", "100KB");
    expect(await run("tags", "ls")).toMatch(/^TAG .*\na +100 kB\/s/);
    await run("tags", "rm", "a", "b");
    await run("category", "rm", "films");
    expect((await run("tags", "ls")) + (await run("category", "ls"))).toBe("");
  });

  it("brings back what was removed, and says what happened", async () => {
    await run("rm", "two");
    expect(await run("restore")).toContain("two");
    // While the engine may still be busy with its going.
    expect((await daemon.verb("restore", "two")).code).toBe(0);
    const events = (await run("history", "--json", "-n", "5")).trim().split("\n");
    expect(events.map((line) => JSON.parse(line).type)).toContain("removed");
    expect(await run("history", "one")).toMatch(/added +\S{8} +one was added/);
  });

  it("makes torrents of what lies under its roots", async () => {
    mkdirSync(join(downloadDir, "new"));
    writeFileSync(join(downloadDir, "new", "a.txt"), "a".repeat(50_000));
    const output = folder.at("new.torrent");
    const made = [
      "jobs",
      "create",
      join(downloadDir, "new"),
      "-o",
      output,
      "--tracker",
      "http://t.example/announce",
      "--private",
    ];
    expect(await run(...made)).toBe(`wrote ${output}\n`);
    expect(readFileSync(output, "latin1")).toContain("7:privatei1e");
    expect(await run("jobs", "ls")).toMatch(/done +100 % +\S+new/);
    expect(await daemon.verb("jobs", "create", "/etc")).toMatchObject({ code: 1 });
    const misnamed = { path: join(downloadDir, "new"), name: "old", seed: true };
    await expect(daemon.client.call("createTorrentFile", { body: misnamed })).rejects.toMatchObject({ status: 400 });
  });

  it("goes to another daemon with an export, without secrets, that exports the same again", async () => {
    const archive = folder.at("all.json");
    await daemon.client.call("updateSettings", { body: { "limits.down": 123_456 } });
    const series = { name: "series", folder: join(downloadDir, "series"), limits: { up: 9_000 } };
    await daemon.client.call("createCategory", { body: series });
    await daemon.client.call("saveView", { params: { view: "mine" }, body: { sort: "-ratio" } });
    const schedule = {
      type: "guarantee-and-ceiling",
      guaranteeBytesPerSec: 5_000,
      ceilingBytesPerSec: 70_000,
    } as const;
    await daemon.client.call("setLimit", { query: { id: "category:series" }, body: { down: schedule } });
    await daemon.client.call("banPeers", { body: { endpoints: ["198.51.100.7"] } });
    await run("export", archive);
    expect(readFileSync(archive, "utf8")).not.toContain(daemon.token);
    await using other = await DaemonProcess.start({ stateDir: folder.at("other"), downloadDir });
    const imported = await other.verb("import", archive);
    expect(imported).toMatchObject({ code: 0, stdout: "imported 3 torrents\n" });
    expect((await other.client.call("showSettings", {})).values["limits.down"]).toBe(123_456);
    const again = folder.at("again.json");
    expect(await other.verb("export", again)).toMatchObject({ code: 0 });
    const [before, after] = [readArchive(archive), readArchive(again)];
    expect(after).toEqual({ ...before, history: expect.anything() });
    // The other has its own beginning, and tells of the import.
    expect(after.history).toEqual(expect.arrayContaining([...before.history]));
    expect(before.history.length).toBeGreaterThan(2);
    // Once more changes nothing.
    await other.verb("import", archive);
    const third = folder.at("third.json");
    expect(await other.verb("export", third)).toMatchObject({ code: 0 });
    expect(readArchive(third)).toEqual(after);
  });

  it("answers an idempotency key after a kill as it did before, and no other request under it", async () => {
    const uri = (digit: string): string => `magnet:?xt=urn:btih:${digit.repeat(40)}`;
    const add = async (...digits: string[]): Promise<{ status: number; torrents: unknown[] }> => {
      const sources = digits.map((digit) => ({ type: "magnet", uri: uri(digit) }));
      const reply = await fetch(`${daemon.url}/api/v1/torrents`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "idempotency-key": "once",
          authorization: `Bearer ${daemon.token}`,
        },
        body: JSON.stringify({ sources, options: { intent: "stop" } }),
      });
      const body = (await reply.json()) as { results?: { torrent?: { id: number } }[]; code?: string };
      return { status: reply.status, torrents: body.results?.map(({ torrent }) => torrent?.id) ?? [body.code] };
    };
    const first = await add("a");
    expect(first.status).toBe(201);
    await daemon.process.kill();
    daemon = await DaemonProcess.start({ stateDir, downloadDir });
    expect(await add("a")).toEqual(first);
    expect(await add("b")).toEqual({ status: 422, torrents: ["key-reused"] });
    expect(await add("a", "b")).toEqual({ status: 422, torrents: ["key-reused"] });
  });

  it("knows logins after a restart, until they are ended", async () => {
    await daemon.client.call("setPassword", { body: { newPassword: PASSWORD } });
    const logIn = (): Promise<Response> =>
      fetch(`${daemon.url}/api/v1/auth/login`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ password: PASSWORD }),
      });
    const me = async (cookie: string): Promise<number> =>
      (await fetch(`${daemon.url}/api/v1/auth/me`, { headers: { cookie } })).status;
    const reply = await logIn();
    const cookie = reply.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect([reply.status, await me(cookie)]).toEqual([200, 200]);
    const app = await fetch(`${daemon.url}/api/v2/auth/login`, {
      method: "POST",
      body: new URLSearchParams({ username: "admin", password: PASSWORD }),
    });
    const sid = app.headers.get("set-cookie")?.split(";")[0] ?? "";
    await daemon.stop();
    daemon = await DaemonProcess.start({ stateDir, downloadDir });
    expect(await me(cookie)).toBe(200);
    expect((await fetch(`${daemon.url}/api/v2/app/version`, { headers: { cookie: sid } })).status).toBe(200);
    const [entry] = (await run("sessions", "ls", "--json")).trim().split("\n");
    await run("sessions", "end", String(JSON.parse(entry ?? "").id));
    expect(await me(cookie)).toBe(401);
    await daemon.process.kill();
    daemon = await DaemonProcess.start({ stateDir, downloadDir });
    expect(await me(cookie)).toBe(401);
  });
});
