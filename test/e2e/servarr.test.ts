/**
 * What Sonarr and Radarr ask of a download client, in the order and form of their own sources (QBittorrentProxyV2.cs,
 * TransmissionProxy.cs), over HTTP with a password; and what they conclude from the answers.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DaemonProcess } from "../support/daemon-process.ts";
import { waitFor } from "../support/wait-for.ts";
import { Scene } from "./setup.ts";

const PASSWORD = "correct horse battery";
/** They send it with every request, beside the cookie. */
const BASIC = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString("base64")}`;
const UNKNOWN = "0".repeat(40);

let scene: Scene;
let daemon: DaemonProcess;

beforeAll(async () => {
  scene = Scene.make("servarr");
  daemon = await DaemonProcess.start({ stateDir: scene.stateDir, downloadDir: scene.saveDir });
  await daemon.client.call("setPassword", { body: { newPassword: PASSWORD } });
});

afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

describe("Sonarr and Radarr with qBittorrent's API", () => {
  let cookie = "";
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> =>
    await fetch(`${daemon.url}/api/v2/${path}`, { ...init, headers: { authorization: BASIC, cookie } });
  const post = async (path: string, form: Record<string, string>): Promise<readonly [number, string]> => {
    const response = await ask(path, { method: "POST", body: new URLSearchParams(form) });
    return [response.status, await response.text()];
  };
  const json = async (path: string): Promise<unknown> => JSON.parse(await (await ask(path)).text());

  it("log in, look, add, follow, and remove", async () => {
    const { infoHash, name, torrentBytes, lengthBytes } = scene.fixture;
    // Before the login: 404 would mean "API v1".
    const first = await fetch(`${daemon.url}/api/v2/app/webapiVersion`);
    expect(first.status).toBe(403);
    const login = await ask("auth/login", {
      method: "POST",
      body: new URLSearchParams({ username: "admin", password: PASSWORD }),
    });
    expect([login.status, await login.text()]).toEqual([200, "Ok."]);
    cookie = login.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect(cookie).toMatch(/^SID=/);
    expect(await (await ask("app/webapiVersion")).text()).toBe("2.11.4");
    const preferences = await json("app/preferences");
    expect(preferences).toMatchObject({
      save_path: scene.saveDir,
      max_ratio_enabled: false,
      max_seeding_time_enabled: false,
      max_inactive_seeding_time_enabled: false,
      max_ratio_act: 0,
      queueing_enabled: expect.any(Boolean),
      dht: expect.any(Boolean),
    });

    expect(await post("torrents/createCategory", { category: "tv-sonarr" })).toEqual([200, ""]);
    expect(await json("torrents/categories")).toHaveProperty("tv-sonarr");
    const form = new FormData();
    form.set("torrents", new Blob([Uint8Array.from(torrentBytes)]), "episode.torrent");
    const fields = {
      category: "tv-sonarr",
      stopped: "True",
      contentLayout: "Original",
      ratioLimit: "2",
      seedingTimeLimit: "60",
    };
    for (const [key, value] of Object.entries(fields)) form.set(key, value);
    const added = await ask("torrents/add", { method: "POST", body: form });
    expect([added.status, await added.text()]).toEqual([200, "Ok."]);
    // They ask up to ten times whether it is there.
    await waitFor(async () => (await ask(`torrents/properties?hash=${infoHash.toUpperCase()}`)).ok, {
      what: "it is there",
    });
    expect(await post("torrents/topPrio", { hashes: infoHash })).toEqual([409, expect.any(String)]);
    expect((await post("torrents/setForceStart", { hashes: infoHash, value: "false" }))[0]).toBe(200);
    expect((await post("torrents/addTags", { hashes: infoHash, tags: "show,season" }))[0]).toBe(200);
    expect(await json("torrents/info?category=tv-sonarr")).toMatchObject([
      {
        hash: infoHash,
        name,
        size: lengthBytes,
        category: "tv-sonarr",
        save_path: scene.saveDir,
        // The same as save_path would be "path error" to them.
        content_path: `${scene.saveDir}/${name}`,
        ratio_limit: 2,
        seeding_time_limit: 60,
        inactive_seeding_time_limit: -2,
      },
    ]);
    expect(await json(`torrents/files?hash=${infoHash}`)).toMatchObject([{ name }]);
    const limits = { hashes: infoHash, ratioLimit: "-2", seedingTimeLimit: "-2", inactiveSeedingTimeLimit: "-2" };
    expect((await post("torrents/setShareLimits", limits))[0]).toBe(200);
    expect(await post("torrents/setCategory", { hashes: infoHash, category: "" })).toEqual([200, ""]);
    expect(await post("torrents/setCategory", { hashes: infoHash, category: "nope" })).toEqual([
      409,
      expect.any(String),
    ]);
    // Added again: what they take for a failure is "Fails." alone.
    const again = await ask("torrents/add", { method: "POST", body: form });
    expect([again.status, await again.text()]).toEqual([200, "Fails."]);
    // Without deleteFiles they mean to keep the data.
    expect(await post("torrents/delete", { hashes: infoHash })).toEqual([200, ""]);
    expect(await json("torrents/info")).toEqual([]);
  });

  it("take 401 and 403 for a wrong key, and a token for a good one", async () => {
    const status = async (authorization: string): Promise<number> =>
      (await fetch(`${daemon.url}/api/v2/app/webapiVersion`, { headers: { authorization } })).status;
    expect([401, 403]).toContain(await status("Bearer wrong"));
    expect(await status(`Bearer ${daemon.token}`)).toBe(200);
  });
});

describe("Sonarr and Radarr with Transmission's API", () => {
  let sessionId = "";
  const call = async (method: string, args?: object): Promise<Readonly<Record<string, unknown>>> => {
    const response = await fetch(`${daemon.url}/transmission/rpc`, {
      method: "POST",
      headers: { authorization: BASIC, "content-type": "application/json", "x-transmission-session-id": sessionId },
      body: JSON.stringify(args === undefined ? { method } : { method, arguments: args }),
    });
    expect(response.status).toBe(200);
    const reply: { readonly result: unknown; readonly arguments: Readonly<Record<string, unknown>> } = JSON.parse(
      await response.text(),
    );
    // Anything else is an error to them.
    expect(reply.result).toBe("success");
    return reply.arguments;
  };

  it("log in, look, add, follow, and remove", async () => {
    const { infoHash, name, torrentBytes, lengthBytes } = scene.fixture;
    const first = await fetch(`${daemon.url}/transmission/rpc`, { headers: { authorization: BASIC } });
    expect(first.status).toBe(409);
    sessionId = first.headers.get("x-transmission-session-id") ?? "";
    const config = await call("session-get");
    // The first dotted number: 2.40 at least, and labels from 4.0.
    expect(Number.parseFloat(/\d+\.\d+/.exec(String(config["version"]))?.[0] ?? "0")).toBeGreaterThanOrEqual(4);
    expect(config).toMatchObject({
      "download-dir": scene.saveDir,
      seedRatioLimited: false,
      "idle-seeding-limit-enabled": false,
    });
    const added = await call("torrent-add", {
      metainfo: torrentBytes.toString("base64"),
      paused: true,
      "download-dir": scene.saveDir,
      labels: ["sonarr"],
    });
    expect(added["torrent-added"]).toMatchObject({ hashString: infoHash, name });
    const ids = [infoHash.toUpperCase()];
    await call("torrent-set", { ids, seedRatioLimit: 1.5, seedRatioMode: 1, seedIdleLimit: 90, seedIdleMode: 1 });
    await call("queue-move-top", { ids });
    await call("torrent-set", { ids, labels: ["sonarr", "imported"] });
    const fields = (
      "id hashString name downloadDir totalSize leftUntilDone isFinished eta status secondsDownloading secondsSeeding " +
      "errorString uploadedEver downloadedEver seedRatioLimit seedRatioMode seedIdleLimit seedIdleMode fileCount file-count labels"
    ).split(" ");
    const torrents = (await call("torrent-get", { fields, ids }))["torrents"] as readonly object[];
    expect(Object.keys(torrents[0] ?? {}).toSorted()).toEqual(fields.toSorted());
    expect(torrents[0]).toMatchObject({
      hashString: infoHash,
      downloadDir: scene.saveDir,
      totalSize: lengthBytes,
      leftUntilDone: lengthBytes,
      status: 0,
      isFinished: false,
      errorString: "",
      seedRatioLimit: 1.5,
      seedRatioMode: 1,
      seedIdleLimit: 90,
      seedIdleMode: 1,
      "file-count": 1,
      labels: ["imported", "sonarr"],
    });
    await call("torrent-remove", { ids: [UNKNOWN], "delete-local-data": true });
    await call("torrent-remove", { ids, "delete-local-data": true });
    expect(await call("torrent-get", { fields: ["id"] })).toEqual({ torrents: [] });
  });
});
