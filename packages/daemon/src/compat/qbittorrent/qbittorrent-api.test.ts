import type { CreateTorrentJob, Job } from "@torrential/api";
import { TorrentialError } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { Sessions } from "../../door/sessions.ts";
import { bodyText } from "../../test-support/body-text.ts";
import { FakeService, makeTorrent, MemoryStore } from "../../test-support/fake-service.ts";
import { type ApiRequest, type ApiResponse, QbittorrentApi } from "./qbittorrent-api.ts";
import type { CreationJobs } from "./torrent-creator.ts";

const HASH = makeTorrent(1).infoHash;

describe("logging in to qBittorrent's API", () => {
  it("is 403 for everything without a session, but the login", async () => {
    const { ask } = start();
    for (const path of ["app/version", "torrents/info", "no/such", "auth/logout"]) {
      expect(await ask(path, {}, { cookie: undefined })).toMatchObject({ status: 403, body: "Forbidden" });
    }
  });

  it("is Ok. with a cookie, Fails. without, and 403 when it was tried too often", async () => {
    const { ask } = start();
    const logIn = (password: string): Promise<ApiResponse> =>
      ask("auth/login", { username: "admin", password }, { cookie: undefined });
    expect(await logIn("right")).toMatchObject({
      status: 200,
      body: "Ok.",
      setCookie: expect.stringMatching(/^.{32}$/),
    });
    const wrong = await logIn("wrong");
    expect(wrong).toMatchObject({ status: 200, body: "Fails." });
    expect(wrong.setCookie).toBeUndefined();
    expect(await logIn("locked")).toMatchObject({ status: 403 });
  });

  it("ends with logout, and after an hour of idleness", async () => {
    const { ask, clock } = start();
    expect(await ask("app/version")).toMatchObject({ status: 200, body: "v5.1.4" });
    clock.now += 3_600_001;
    expect(await ask("app/version")).toMatchObject({ status: 403 });
    const other = start();
    await other.ask("auth/logout", {}, { method: "POST" });
    expect(await other.ask("app/version")).toMatchObject({ status: 403 });
  });

  it("needs no cookie with a token, which may only do what it may", async () => {
    const { ask, service } = start();
    const caller = { name: "token reader", mayControl: false, isSudo: false };
    const sent = { cookie: undefined, caller };
    expect(await ask("torrents/count", {}, sent)).toMatchObject({ status: 200, body: "3" });
    expect(await ask("torrents/stop", { hashes: "all" }, { ...sent, method: "POST" })).toMatchObject({ status: 403 });
    expect(service.calls).toEqual([]);
  });

  it("gives a token a cookie that may no more than the token, and nothing without it", async () => {
    const { ask, service } = start();
    const caller = { name: "token reader", mayControl: false, isSudo: false };
    const { setCookie } = await ask("auth/login", {}, { cookie: undefined, caller });
    expect(setCookie).toMatch(/^.{32}$/);
    const stop = (more: Ask): Promise<ApiResponse> =>
      ask("torrents/stop", { hashes: "all" }, { ...more, method: "POST", cookie: setCookie });
    expect((await stop({ caller })).status).toBe(403);
    expect((await stop({})).status).toBe(403);
    expect((await ask("app/version", {}, { cookie: setCookie })).status).toBe(403);
    expect(service.calls).toEqual([]);
  });

  it("lets settings that widen power be changed for five minutes", async () => {
    const { ask, clock, service } = start();
    const setLimit = (): Promise<ApiResponse> =>
      ask("app/setPreferences", { json: '{"dl_limit":1000}' }, { method: "POST" });
    await setLimit();
    clock.now += 300_001;
    await setLimit();
    expect(service.sudo).toEqual([true, false]);
  });
});

describe("methods and errors", () => {
  it.each<[string, string, Record<string, string>, number]>([
    ["GET", "torrents/stop", { hashes: "all" }, 405],
    ["POST", "torrents/info", {}, 200],
    ["DELETE", "torrents/info", {}, 405],
    ["PUT", "torrents/stop", { hashes: "all" }, 405],
    ["POST", "torrents/stop", {}, 400],
    ["POST", "torrents/stop", { hashes: "x|y" }, 200],
    ["GET", "torrents/properties", {}, 400],
    ["GET", "torrents/properties", { hash: "x" }, 404],
    ["GET", "no/such/thing", {}, 404],
    ["POST", "torrents/topPrio", { hashes: "all" }, 409],
    ["POST", "torrents/setCategory", { hashes: "all", category: "none" }, 409],
    ["POST", "torrents/createCategory", { category: "" }, 400],
    ["POST", "torrents/filePrio", { hash: HASH, id: "0", priority: "3" }, 400],
    ["POST", "torrents/filePrio", { hash: HASH, id: "9", priority: "1" }, 409],
    ["POST", "torrents/setLocation", { hashes: "all", location: "here" }, 400],
    ["POST", "torrents/editTracker", { hash: HASH, origUrl: "udp://a/", newUrl: "x" }, 400],
    ["POST", "torrents/addPeers", { hashes: "all", peers: "x" }, 400],
    ["GET", "torrents/info", { sort: "nonsense" }, 400],
    ["GET", "app/getDirectoryContent", { dirPath: "here" }, 400],
    ["POST", "app/setPreferences", {}, 400],
    ["POST", "app/setPreferences", { json: "{" }, 200],
    ["POST", "app/setPreferences", { json: '{"autorun_program":"/bin/sh"}' }, 403],
    ["GET", "search/plugins", {}, 200],
    ["GET", "search/status", { id: "x" }, 200],
    ["GET", "search/status", { id: "7" }, 404],
    ["POST", "transfer/setDownloadLimit", { limit: "x" }, 200],
    ["POST", "transfer/setSpeedLimitsMode", { mode: "x" }, 400],
    ["POST", "transfer/setSpeedLimitsMode", { mode: "7" }, 200],
    ["POST", "transfer/banPeers", { peers: "x" }, 200],
    ["POST", "torrents/rename", { hash: "x", name: " " }, 409],
    ["POST", "torrents/setLocation", { hashes: "x", location: "" }, 400],
    ["POST", "torrents/removeTrackers", { hash: "*", urls: "http://a/" }, 200],
    ["POST", "torrents/addWebSeeds", { hash: HASH, urls: "x" }, 400],
    ["POST", "torrents/editWebSeed", { hash: HASH, origUrl: "http://a/", newUrl: "http://b/" }, 409],
    ["POST", "torrents/editCategory", { category: "none", savePath: "" }, 409],
    ["GET", "torrents/SSLParameters", { hash: "x" }, 404],
    ["GET", "sync/torrentPeers", {}, 404],
    ["POST", "app/setCookies", { cookies: "{}" }, 400],
    ["POST", "app/setCookies", { cookies: "[{}]" }, 200],
    ["POST", "search/stop", { id: "1" }, 404],
  ])("%s %s %j is %d", async (method, path, params, status) => {
    const { ask } = start();
    expect((await ask(path, params, { method })).status).toBe(status);
  });
});

describe("torrents", () => {
  it("have every key of 5.1", async () => {
    const [torrent] = await start().json("torrents/info", { hashes: HASH.toUpperCase() });
    expect(Object.keys(torrent ?? {}).toSorted()).toEqual(KEYS);
  });

  it("are filtered, sorted and cut", async () => {
    const { json, service } = start();
    service.change(HASH, { category: "films", downRate: 5, state: "downloading" });
    const hashes = async (params: Record<string, string>): Promise<unknown[]> =>
      (await json("torrents/info", params)).map(({ name }) => name);
    expect(await hashes({ category: "films" })).toEqual(["torrent 1"]);
    expect(await hashes({ category: "" })).toEqual(["torrent 2", "torrent 3"]);
    expect(await hashes({ filter: "active" })).toEqual(["torrent 1"]);
    expect(await hashes({ filter: "unheard of" })).toHaveLength(3);
    expect(await hashes({ sort: "name", reverse: "True", limit: "1" })).toEqual(["torrent 3"]);
    expect(await hashes({ offset: "-1" })).toEqual(["torrent 3"]);
    for (const offset of ["99", "-99", "x"]) expect(await hashes({ offset })).toHaveLength(3);
  });

  it.each<[Parameters<typeof makeTorrent>[1], string]>([
    [{ state: "downloading", downRate: 1 }, "downloading active running"],
    [{ state: "downloading" }, "downloading inactive running stalled stalled_downloading"],
    [{ state: "downloading", upRate: 1 }, "active downloading running stalled stalled_downloading"],
    [{ state: "metadata", hasMetadata: false }, "active downloading running"],
    [{ state: "stopped" }, "downloading inactive stopped"],
    [{ state: "stopped", isComplete: true }, "completed inactive stopped"],
    [{ state: "seeding", isComplete: true }, "completed inactive running seeding stalled stalled_uploading"],
    [{ state: "seeding", isComplete: true, upRate: 1 }, "active completed running seeding"],
    [{ state: "checking", isComplete: true }, "checking completed inactive running seeding"],
    [{ state: "checking" }, "checking downloading inactive running"],
    [{ state: "moving" }, "active moving running"],
    [{ state: "error" }, "errored inactive running"],
  ])("%j passes the filters %s", async (fields, filters) => {
    const { service, json } = start();
    service.change(HASH, fields ?? {});
    const names =
      "downloading seeding completed stopped running active inactive stalled stalled_uploading " +
      "stalled_downloading checking moving errored";
    const passed: string[] = [];
    for (const filter of names.split(" ")) {
      if ((await json("torrents/info", { filter, hashes: HASH })).length > 0) passed.push(filter);
    }
    expect(passed.toSorted()).toEqual(filters.split(" ").toSorted());
  });

  it.each<[Parameters<typeof makeTorrent>[1], string]>([
    [{ state: "downloading", downRate: 1 }, "downloading"],
    [{ state: "downloading" }, "stalledDL"],
    [{ state: "downloading", intent: "force" }, "forcedDL"],
    [{ state: "seeding", isComplete: true, upRate: 1 }, "uploading"],
    [{ state: "seeding", isComplete: true }, "stalledUP"],
    [{ state: "stopped", isComplete: true }, "stoppedUP"],
    [{ state: "stopped" }, "stoppedDL"],
    [{ state: "metadata", hasMetadata: false }, "metaDL"],
    [{ state: "storage-missing" }, "missingFiles"],
    [{ state: "error" }, "error"],
  ])("%j is %s", async (fields, state) => {
    const { service, json } = start();
    service.change(HASH, fields ?? {});
    expect(await json("torrents/info", { hashes: HASH })).toMatchObject([{ state }]);
  });

  it("are added whatever the field of a file is called, and refused as the original does", async () => {
    const { ask } = start();
    const files = [{ name: "a.torrent", bytes: new Uint8Array(3) }];
    expect(await ask("torrents/add", { paused: "True" }, { method: "POST", files })).toMatchObject({ body: "Ok." });
    expect(await ask("torrents/add", {}, { method: "POST" })).toMatchObject({ status: 200, body: "Fails." });
    expect(await ask("torrents/add", { urls: "\r\nbad\r\n" }, { method: "POST" })).toMatchObject({ body: "Fails." });
  });
});

describe("preferences", () => {
  const set = (ask: ReturnType<typeof start>["ask"], wishes: object): Promise<ApiResponse> =>
    ask("app/setPreferences", { json: JSON.stringify(wishes) }, { method: "POST" });
  const read = async (ask: ReturnType<typeof start>["ask"]): Promise<Record<string, unknown>> =>
    JSON.parse(bodyText((await ask("app/preferences")).body)) as Record<string, unknown>;

  it("for clients alone are kept, where they are of the right type", async () => {
    const { ask } = start();
    expect(await read(ask)).toMatchObject({ locale: "en", refresh_interval: 1500, use_subcategories: false });
    await set(ask, { locale: "de", refresh_interval: 3000, rss_processing_enabled: true, no_such: 1 });
    await set(ask, { locale: 7, refresh_interval: -1, rss_processing_enabled: {}, confirm_torrent_deletion: [] });
    const kept = { locale: "de", refresh_interval: 3000, rss_processing_enabled: true, confirm_torrent_deletion: true };
    expect(await read(ask)).toMatchObject(kept);
    const { body } = await ask("sync/maindata");
    expect(JSON.parse(bodyText(body))).toMatchObject({ server_state: { refresh_interval: 3000 } });
  });

  it("that mean nothing here are passed over", async () => {
    const { ask, service } = start();
    const before = await read(ask);
    await set(ask, { encryption: 0, proxy_type: "SOCKS5", ip_filter_enabled: true, anonymous_mode: true });
    expect(await read(ask)).toEqual(before);
    expect(service.calls).toEqual([]);
  });
});

describe("rss", () => {
  it("takes folders of any name", async () => {
    const { ask } = start();
    const post = async (path: string, form: Record<string, string>): Promise<number> =>
      (await ask(path, form, { method: "POST" })).status;
    const url = "http://127.0.0.1:1/feed.xml";
    expect(await post("rss/addFolder", { path: "__proto__" })).toBe(200);
    expect(await post("rss/addFeed", { url, path: String.raw`__proto__\polluted` })).toBe(200);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    expect((await ask("rss/items")).body).toContain('{"__proto__":{"polluted":{"uid":');
    expect(await post("rss/moveItem", { itemPath: "__proto__", destPath: String.raw`__proto__\x` })).toBe(409);
    expect(await post("rss/removeItem", { path: "" })).toBe(409);
    expect(await post("rss/addFeed", { url, path: "" })).toBe(409);
  });

  it("writes rules as 5.1 does, whatever was sent", async () => {
    const { ask } = start();
    const ruleDef = '{"mustContain":7,"affectedFeeds":"one","torrentParams":{"save_path":"/x"},"no_such":1}';
    await ask("rss/setRule", { ruleName: "mine", ruleDef }, { method: "POST" });
    const { mine } = JSON.parse(bodyText((await ask("rss/rules")).body)) as Record<string, object>;
    expect(mine).toMatchObject({ enabled: true, mustContain: "", affectedFeeds: ["one"], savePath: "/x" });
    expect(mine).toMatchObject({ torrentParams: { save_path: "/x", operating_mode: "AutoManaged" } });
    expect(mine).not.toHaveProperty("no_such");
  });
});

describe("where nobody has to log in", () => {
  const anybody = { cookie: undefined, caller: { name: "anybody", mayControl: true, isSudo: false, isAnybody: true } };

  it("a cookie comes with the first answer, for lists of changes of one's own", async () => {
    const { ask } = start();
    const { setCookie = "" } = await ask("app/version", {}, anybody);
    expect(setCookie).toMatch(/^.{32}$/);
    const mine = { ...anybody, cookie: setCookie };
    expect(await ask("sync/maindata", {}, mine)).not.toHaveProperty("setCookie");
    await ask("sync/maindata", {}, anybody);
    expect(await ask("sync/maindata", { rid: "1" }, mine)).toMatchObject({ body: '{"rid":2}' });
  });

  it("who keeps none ends no session of others", async () => {
    const { ask } = start();
    for (let i = 0; i < 70; i += 1) await ask("app/version", {}, anybody);
    expect(await ask("app/version")).toMatchObject({ status: 200 });
  });
});

describe("torrentcreator", () => {
  it("makes a torrent in the background, hands it out, and forgets it", async () => {
    const { ask, json, jobs } = start();
    const wanted = {
      sourcePath: "/downloads/x",
      trackers: "http%3A%2F%2Fa%2F||udp://b/",
      private: "true",
      format: "v2",
    };
    const { body } = await ask("torrentcreator/addTask", wanted, { method: "POST" });
    const { taskID } = JSON.parse(bodyText(body)) as { taskID: string };
    const expected = {
      taskID,
      sourcePath: "/downloads/x",
      format: "v1",
      private: true,
      trackers: ["http://a/", "", "udp://b/"],
    };
    expect(await json("torrentcreator/status", {})).toMatchObject([{ ...expected, status: "Queued" }]);
    expect(await ask("torrentcreator/torrentFile", { taskID })).toMatchObject({ status: 409 });
    jobs.change(taskID, { doneBytes: 1, totalBytes: 4 });
    expect(await json("torrentcreator/status", { taskID })).toMatchObject([{ status: "Running", progress: 25 }]);
    jobs.change(taskID, { status: "done", finishedAtMs: 9_000 });
    expect(await json("torrentcreator/status", { taskID })).toMatchObject([
      {
        status: "Finished",
        timeFinished: expect.stringMatching(/^[A-Z][a-z]{2} [A-Z][a-z]{2} \d+ \d\d:\d\d:09 \d{4}$/),
      },
    ]);
    expect(await ask("torrentcreator/torrentFile", { taskID })).toMatchObject({
      status: 200,
      contentType: "application/x-bittorrent",
      body: new Uint8Array([1]),
    });
    expect(await ask("torrentcreator/deleteTask", { taskID }, { method: "POST" })).toMatchObject({ status: 200 });
    expect(await json("torrentcreator/status", {})).toEqual([]);
  });

  it.each<[string, string, Record<string, string>, number]>([
    ["POST", "addTask", {}, 400],
    ["GET", "addTask", { sourcePath: "/downloads/x" }, 405],
    ["POST", "addTask", { sourcePath: "x" }, 409],
    ["POST", "addTask", { sourcePath: "/downloads/x", pieceSize: "17000" }, 409],
    // It would write where a client says.
    ["POST", "addTask", { sourcePath: "/downloads/x", torrentFilePath: "/etc/x.torrent" }, 409],
    ["POST", "addTask", { sourcePath: "/etc" }, 403],
    ["GET", "status", { taskID: "nope" }, 404],
    ["GET", "torrentFile", {}, 400],
    ["GET", "torrentFile", { taskID: "nope" }, 404],
    ["POST", "deleteTask", { taskID: "__proto__" }, 404],
  ])("%s torrentcreator/%s %j is %d", async (method, path, params, status) => {
    const { ask } = start();
    expect((await ask(`torrentcreator/${path}`, params, { method })).status).toBe(status);
  });
});

describe("sync/maindata", () => {
  it("is everything, then nothing, then what changed", async () => {
    const { service, ask } = start();
    const poll = async (rid: number): Promise<Record<string, unknown>> => {
      const { body } = await ask("sync/maindata", { rid: String(rid) });
      return JSON.parse(bodyText(body)) as Record<string, unknown>;
    };
    const first = await poll(0);
    expect(first).toMatchObject({ rid: 1, full_update: true, server_state: { queueing: false } });
    expect(Object.keys(Object(first["torrents"]))).toHaveLength(3);
    expect(Object(first["torrents"])[HASH]).not.toHaveProperty("hash");
    expect(await poll(1)).toEqual({ rid: 2 });
    service.change(HASH, { upRate: 7, tags: ["new"] });
    service.remove(makeTorrent(3).infoHash);
    const change = { torrents: { [HASH]: { upspeed: 7, tags: "new" } }, torrents_removed: [makeTorrent(3).infoHash] };
    expect(await poll(2)).toMatchObject({ rid: 3, ...change });
    // The reply was lost.
    expect(await poll(2)).toMatchObject({ rid: 4, ...change });
    expect(await poll(77)).toMatchObject({ full_update: true });
  });

  it("says nothing of clocks alone, and the list does", async () => {
    const { service, ask, json } = start();
    await ask("sync/maindata", { rid: "0" });
    service.change(HASH, { activeTimeMs: 9_000, seedingTimeMs: 8_000 });
    expect(await ask("sync/maindata", { rid: "1" })).toMatchObject({ body: '{"rid":2}' });
    expect(await json("torrents/info", { hashes: HASH })).toMatchObject([{ time_active: 9, seeding_time: 8 }]);
    service.change(HASH, { upRate: 7 });
    const { body } = await ask("sync/maindata", { rid: "2" });
    expect(JSON.parse(bodyText(body))).toMatchObject({ torrents: { [HASH]: { upspeed: 7, time_active: 9 } } });
  });

  it("sees two changes of one batch, whose views have one revision", async () => {
    const { service, json } = start();
    service.change(HASH, { category: "a" });
    await json("torrents/info", { hashes: HASH });
    const view = service.byHash.get(HASH);
    if (view === undefined) throw new Error("it is there");
    service.byHash.set(HASH, { ...view, category: "b" });
    service.tell({ changed: new Map([[HASH, new Set()]]) });
    expect(await json("torrents/info", { hashes: HASH })).toMatchObject([{ category: "b" }]);
  });

  it("keeps a place for each session", async () => {
    const { ask } = start();
    const other = { cookie: undefined, caller: { name: "other", mayControl: true, isSudo: true } };
    await ask("sync/maindata", { rid: "0" });
    const { body } = await ask("sync/maindata", { rid: "1" }, other);
    expect(JSON.parse(bodyText(body))).toMatchObject({ full_update: true });
  });
});

/** Jobs that go on when they are told to. */
class FakeJobs implements CreationJobs {
  readonly #jobs = new Map<string, Job>();

  list(): Job[] {
    return [...this.#jobs.values()];
  }

  get(id: string): Job {
    const job = this.#jobs.get(id);
    if (job === undefined) throw new TorrentialError("not-found", id);
    return job;
  }

  result(id: string): Uint8Array {
    if (this.get(id).status !== "done") throw new TorrentialError("conflict", id);
    return new Uint8Array([1]);
  }

  create({ path }: CreateTorrentJob): Promise<Job> {
    if (!path.startsWith("/downloads/")) return Promise.reject(new TorrentialError("path-refused", path));
    const id = `job ${this.#jobs.size}`;
    const job: Job = {
      id,
      path,
      type: "create-torrent",
      status: "running",
      doneBytes: 0,
      totalBytes: 0,
      createdAtMs: 0,
    };
    this.#jobs.set(id, job);
    return Promise.resolve(job);
  }

  cancel(id: string): void {
    if (this.get(id).status === "running") this.change(id, { status: "cancelled" });
    else this.#jobs.delete(id);
  }

  change(id: string, fields: Partial<Job>): void {
    this.#jobs.set(id, { ...this.get(id), ...fields });
  }
}

interface Ask {
  readonly method?: string;
  readonly cookie?: string | undefined;
  readonly caller?: ApiRequest["caller"];
  readonly files?: ApiRequest["files"];
}

function start() {
  const service = new FakeService([makeTorrent(1), makeTorrent(2), makeTorrent(3)]);
  const clock = { now: 0 };
  const verdicts = { right: "in", locked: "locked" } as const;
  const jobs = new FakeJobs();
  const api = new QbittorrentApi({
    service: service.asService(),
    jobs,
    now: () => clock.now,
    sessions: new Sessions(new MemoryStore(), { now: () => clock.now, wallNow: () => clock.now }, "app-sessions"),
    logIn: ({ password }) =>
      Promise.resolve(password === "right" || password === "locked" ? verdicts[password] : ("wrong" as const)),
  });
  const base = { files: [], caller: undefined, address: "127.0.0.1", userAgent: "test" };
  const cookie = api
    .handle({
      ...base,
      method: "POST",
      path: "auth/login",
      params: new Map([["password", "right"]]),
      cookie: undefined,
    })
    .then(({ setCookie }) => setCookie);
  const ask = async (path: string, params: Record<string, string> = {}, more: Ask = {}): Promise<ApiResponse> =>
    api.handle({
      ...base,
      method: path === "auth/login" ? "POST" : "GET",
      cookie: await cookie,
      ...more,
      path,
      params: new Map(Object.entries(params)),
    });
  const json = async (path: string, params: Record<string, string>): Promise<Record<string, unknown>[]> =>
    JSON.parse(bodyText((await ask(path, params)).body)) as Record<string, unknown>[];
  return { service, ask, json, clock, jobs };
}

const KEYS = (
  "added_on amount_left auto_tmm availability category comment completed completion_on content_path dl_limit dlspeed " +
  "download_path downloaded downloaded_session eta f_l_piece_prio force_start has_metadata hash " +
  "inactive_seeding_time_limit infohash_v1 infohash_v2 last_activity magnet_uri max_inactive_seeding_time max_ratio " +
  "max_seeding_time name num_complete num_incomplete num_leechs num_seeds popularity priority private progress ratio " +
  "ratio_limit reannounce root_path save_path seeding_time seeding_time_limit seen_complete seq_dl size state " +
  "super_seeding tags time_active total_size tracker trackers_count up_limit uploaded uploaded_session upspeed"
).split(" ");
