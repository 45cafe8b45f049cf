/** Requests that no client sends by mistake: refused as the originals refuse them, never with a 5xx, and nothing changes. */
import { connect } from "node:net";
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

  it("to qBittorrent's API are refused with a 4xx or passed over", async () => {
    const before = await state();
    const paths = [
      "torrents/setLocation",
      "torrents/filePrio",
      "torrents/setShareLimits",
      "torrents/renameFile",
      "torrents/addTrackers",
      "torrents/addPeers",
      "torrents/files",
      "torrents/info",
      "sync/maindata",
      "app/getDirectoryContent",
      "transfer/setSpeedLimitsMode",
      "torrentcreator/addTask",
      "torrents/add",
      "rss/moveItem",
      "log/main",
    ];
    const keys = [
      "hash",
      "id",
      "location",
      "priority",
      "oldPath",
      "newPath",
      "urls",
      "peers",
      "rid",
      "sort",
      "limit",
      "offset",
      "dirPath",
      "mode",
      "sourcePath",
      "__proto__",
      "itemPath",
      "destPath",
      "last_known_id",
      "filter",
    ];
    const text = odd.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths),
        fc.dictionary(fc.constantFrom(...keys), text, { maxKeys: 5 }),
        async (path, form) => {
          const response = await fetch(`${daemon.url}/api/v2/${path}`, {
            method: "POST",
            body: new URLSearchParams(form),
          });
          await response.text();
          expect([path, form, response.status < 500]).toEqual([path, form, true]);
        },
      ),
      { seed: Number(TEST_SEED), numRuns: 150 },
    );
    expect(await state()).toBe(before);
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
      [401, 403],
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
