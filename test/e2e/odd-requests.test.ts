/** Requests that no client sends by mistake: refused as the originals refuse them, never with a 5xx, and nothing changes. */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DaemonProcess } from "../support/daemon-process.ts";
import { TEST_SEED } from "../support/random.ts";
import { within } from "../support/wait-for.ts";
import { Scene } from "./setup.ts";

let scene: Scene;
let daemon: DaemonProcess;
let sessionId = "";

beforeAll(async () => {
  scene = Scene.make("odd-requests");
  daemon = await DaemonProcess.start({
    stateDir: scene.stateDir,
    downloadDir: scene.saveDir,
    extra: ["--auth", "none"],
  });
  const form = new FormData();
  form.set("torrents", new Blob([Uint8Array.from(scene.fixture.torrentBytes)]), "x.torrent");
  form.set("stopped", "true");
  expect((await fetch(`${daemon.url}/api/v2/torrents/add`, { method: "POST", body: form })).status).toBe(200);
  const conflict = await fetch(`${daemon.url}/transmission/rpc`, { method: "POST", body: "{}" });
  sessionId = conflict.headers.get("x-transmission-session-id") ?? "";
});

afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

/** All that a client could have changed. */
async function state(): Promise<string> {
  const read = async (path: string): Promise<string> => await (await fetch(`${daemon.url}/api/v2/${path}`)).text();
  const [torrents, preferences] = [await read("torrents/info"), await read("app/preferences")];
  return [torrents, preferences, await read("torrents/categories"), await read("torrents/tags")].join("\n");
}

async function rpc(body: string): Promise<Response> {
  const headers = { "x-transmission-session-id": sessionId };
  return await fetch(`${daemon.url}/transmission/rpc`, { method: "POST", headers, body });
}

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    2 ** 53,
    -(2 ** 31),
    1e308,
    "__proto__",
    "../../etc/passwd",
    "\0",
    [],
    {},
    null,
    [[]],
    "x".repeat(5_000),
  ),
);

/** As the table of endpoints has them. */
const ENDPOINTS: readonly string[] = [
  ...readFileSync(
    join(import.meta.dirname, "../../packages/daemon/src/compat/qbittorrent/endpoints.ts"),
    "utf8",
  ).matchAll(/\["(\w+\/\w+)", (?:read|write)\(/g),
].map(([, path = ""]) => path);

/** What is named by chance is made, or set: that is what they are for. */
const MAKERS = (
  "torrents/createCategory torrents/createTags rss/addFolder rss/addFeed rss/setRule rss/moveItem rss/removeItem " +
  "rss/renameRule rss/removeRule rss/setFeedURL transfer/toggleSpeedLimitsMode transfer/setSpeedLimitsMode " +
  "transfer/setDownloadLimit transfer/setUploadLimit transfer/banPeers"
).split(" ");

const READS_OF_ONE = (
  "torrents/properties torrents/trackers torrents/webseeds torrents/files torrents/pieceStates torrents/pieceHashes " +
  "torrents/export torrents/downloadLimit torrents/uploadLimit torrents/SSLParameters torrents/info sync/torrentPeers"
).split(" ");

function without(makers: readonly string[]): readonly string[] {
  return ENDPOINTS.filter((path) => path !== "app/shutdown" && !makers.includes(path));
}

/** Every parameter of 5.1. */
const PARAMETERS = (
  "__proto__ articleId autoTMM category categories comment constructor contentLayout cookie cookies deleteFiles destPath " +
  "dirPath dlLimit downloadPath downloadPathEnabled enable filter firstLastPiecePrio hash hashes id iface " +
  "inactiveSeedingTimeLimit includeFiles indexes itemPath json last_known_id limit location mode name names newPath " +
  "newRuleName newUrl offset oldPath origUrl path pattern peers pieceSize pluginName plugins priority private ratioLimit " +
  "rename reverse rid ruleDef ruleName savePath savepath seedingTimeLimit skip_checking sort source sourcePath sources " +
  "ssl_certificate ssl_dh_params ssl_private_key startSeeding stopCondition tag tags taskID torrentFilePath torrentUrl " +
  "trackers upLimit url urlSeeds urls useDownloadPath value withData"
).split(" ");

/** Mostly as it should be: what is sent otherwise gets no further than its form. */
const howItIsSent = fc.constantFrom(
  ...(["GET", "GET", "form", "form", "form", "form", "multipart", "multipart", "json"] as const),
);

/** All values are text there. Many at once, so that what an endpoint needs is mostly there. */
function oddForm(): fc.Arbitrary<Record<string, string>> {
  const text = odd.map((value) => (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).slice(0, 200));
  const words = fc.constantFrom(
    "true",
    "-1",
    "0",
    "99999999999999999999",
    "|",
    "\n",
    ",",
    "/etc/passwd",
    "..",
    "%",
    "NaN",
  );
  return fc.dictionary(fc.constantFrom(...PARAMETERS), fc.oneof(text, words), { minKeys: 20, maxKeys: 50 });
}

async function statusOf(
  path: string,
  form: Readonly<Record<string, string>>,
  how: "GET" | "form" | "multipart" | "json",
): Promise<number> {
  const url = `${daemon.url}/api/v2/${path}`;
  const ask = (): Promise<Response> => {
    if (how === "GET") return fetch(`${url}?${new URLSearchParams(form).toString()}`);
    if (how === "form") return fetch(url, { method: "POST", body: new URLSearchParams(form) });
    if (how === "json")
      return fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(form),
      });
    const body = new FormData();
    for (const [name, value] of Object.entries(form)) body.append(name, value);
    body.append("no file", new Blob(["d3:abci-0e"]), '"odd\n.torrent');
    return fetch(url, { method: "POST", body });
  };
  const response = await ask();
  await response.arrayBuffer();
  return response.status;
}

const isNoServerError = (status: unknown): boolean => typeof status === "number" && status < 500;

/** As many as time lets. */
async function assertFor<T>(ms: number, asks: fc.Arbitrary<T>, check: (ask: T) => Promise<void>): Promise<void> {
  const options = { seed: Number(TEST_SEED), numRuns: 10_000, interruptAfterTimeLimit: ms };
  await fc.assert(fc.asyncProperty(asks, check), options);
}

describe(`odd requests (seed ${TEST_SEED})`, () => {
  it("to Transmission's RPC are answered with 200 and an error, or passed over", async () => {
    const before = await state();
    const methods = [
      "torrent-get",
      "torrent-set",
      "torrent-rename-path",
      "torrent-set-location",
      "session-set",
      "group-set",
    ];
    const keys = [
      "ids",
      "fields",
      "labels",
      "location",
      "path",
      "name",
      "files-wanted",
      "trackerAdd",
      "download-dir",
      "seedRatioLimit",
      "peer-limit",
      "__proto__",
      "constructor",
      "queuePosition",
      "tag",
    ];
    const args = fc.dictionary(fc.constantFrom(...keys), odd, { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...methods), args, odd, async (method, given, tag) => {
        // Ids that nobody has: what is valid by chance changes nothing either.
        const sent = method === "session-set" || method === "group-set" ? given["ids"] : { ...given, ids: [999_999] };
        const response = await rpc(JSON.stringify({ method, arguments: sent, tag }));
        expect(response.status).toBe(200);
        expect(await response.json()).toHaveProperty("result");
      }),
      { seed: Number(TEST_SEED), numRuns: 150 },
    );
    expect(await state()).toBe(before);
  });

  it("to any endpoint of qBittorrent's API are refused with a 4xx or passed over", async () => {
    const before = await state();
    const asks = fc.record({ path: fc.constantFrom(...without(MAKERS)), form: oddForm(), how: howItIsSent });
    await assertFor(3_000, asks, async ({ path, form, how }) => {
      expect([path, form, await statusOf(path, form, how)]).toEqual([path, form, expect.toSatisfy(isNoServerError)]);
    });
    expect(await state()).toBe(before);
  });

  it("to qBittorrent's reads, of a torrent that is there, too", async () => {
    const before = await state();
    const { infoHash } = scene.fixture;
    const asks = fc.record({
      path: fc.constantFrom(...READS_OF_ONE),
      form: oddForm(),
      how: fc.constant("GET" as const),
    });
    await assertFor(1_500, asks, async ({ path, form, how }) => {
      const named = { ...form, hash: infoHash, hashes: infoHash };
      expect([path, form, await statusOf(path, named, how)]).toEqual([path, form, expect.toSatisfy(isNoServerError)]);
    });
    expect(await state()).toBe(before);
  });

  it("to what makes and sets by name are no error of the server, whatever they make", async () => {
    const torrents = async (): Promise<string> => await (await fetch(`${daemon.url}/api/v2/torrents/info`)).text();
    const before = await torrents();
    const asks = fc.record({ path: fc.constantFrom(...MAKERS), form: oddForm(), how: howItIsSent });
    await assertFor(1_500, asks, async ({ path, form, how }) => {
      expect([path, form, await statusOf(path, form, how)]).toEqual([path, form, expect.toSatisfy(isNoServerError)]);
    });
    expect(await torrents()).toBe(before);
  });

  it.each<[string, RequestInit & { readonly path: string }, readonly number[]]>([
    [
      "a page of another site",
      {
        path: "api/v2/torrents/delete",
        method: "POST",
        body: "hashes=all",
        headers: { origin: "http://evil.example", "content-type": "application/x-www-form-urlencoded" },
      },
      [401],
    ],
    [
      "a page of another site at the RPC",
      {
        path: "transmission/rpc",
        method: "POST",
        body: '{"method":"session-close"}',
        headers: { origin: "http://evil.example" },
      },
      [403],
    ],
    [
      "a session of before",
      {
        path: "transmission/rpc",
        method: "POST",
        body: '{"method":"session-close"}',
        headers: { "x-transmission-session-id": "old" },
      },
      [409],
    ],
    [
      "a type that is none, as Transmission's page sends it",
      {
        path: "transmission/rpc",
        method: "POST",
        body: '{"method":"session-close"}',
        headers: { "content-type": "json" },
      },
      [409],
    ],
    [
      "a broken multipart form",
      {
        path: "api/v2/torrents/add",
        method: "POST",
        body: "hello",
        headers: { "content-type": "multipart/form-data; boundary=x" },
      },
      [200, 400, 415],
    ],
    [
      "a multipart form without boundary",
      {
        path: "api/v2/torrents/add",
        method: "POST",
        body: "hello",
        headers: { "content-type": "multipart/form-data" },
      },
      [200, 400, 415],
    ],
    [
      "a form that says it is JSON",
      {
        path: "api/v2/torrents/delete",
        method: "POST",
        body: '{"hashes":"all"}',
        headers: { "content-type": "application/json" },
      },
      [400],
    ],
    [
      "a form of an unknown type",
      { path: "api/v2/torrents/delete", method: "POST", body: "hashes=all", headers: { "content-type": "x/y" } },
      [400],
    ],
    [
      "a page of another site, by Referer",
      { path: "api/v2/app/version", headers: { referer: "http://evil.example/x" } },
      [401],
    ],
    ["another host", { path: "api/v2/app/version", headers: { origin: "null" } }, [401]],
    ["OPTIONS", { path: "api/v2/torrents/delete", method: "OPTIONS" }, [405]],
    ["a path that goes on", { path: "api/v2/torrents/info/x" }, [404]],
    ["a broken escape", { path: "api/v2/torrents/properties?hash=%zz" }, [400, 404]],
    ["a way up", { path: "api/v2/../v1/torrents" }, [401, 404, 200]],
  ])("(%s)", async (_what, { path, ...init }, statuses) => {
    const before = await state();
    const response = await fetch(`${daemon.url}/${path}`, init);
    await response.text();
    expect(statuses).toContain(response.status);
    expect(await state()).toBe(before);
    expect(daemon.process.status).toBeUndefined();
  });

  it.each(["/transmission/rpc", "/api/v2/torrents/add"])("a body without end at %s is cut off", async (path) => {
    const { hostname, port } = new URL(daemon.url);
    const socket = connect(Number(port), hostname);
    const chunk = Buffer.alloc(1 << 20, "x");
    let answer = "";
    const closed = new Promise<void>((resolve) => {
      socket.on("data", (data) => (answer += data.toString("latin1")));
      socket.on("error", () => resolve());
      socket.on("close", () => resolve());
    });
    socket.write(`POST ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nX-Transmission-Session-Id: ${sessionId}\r\n`);
    socket.write("Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n");
    const feed = (): void => {
      while (!socket.destroyed && socket.write(`100000\r\n`) && socket.write(chunk) && socket.write("\r\n"));
    };
    socket.on("drain", feed);
    feed();
    await within(Promise.race([closed, new Promise((resolve) => socket.on("data", resolve))]), {
      what: "the end of it",
      deadlineMs: 60_000,
    });
    socket.destroy();
    expect(answer).not.toMatch(/^HTTP\/1.1 5/);
    expect(await state()).toContain(scene.fixture.infoHash);
  });
});
