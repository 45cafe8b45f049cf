import { describe, expect, it } from "vitest";
import { bodyText } from "../../test-support/body-text.ts";
import { FakeService, makeTorrent } from "../../test-support/fake-service.ts";
import { type RpcResponse, TransmissionApi } from "./transmission-api.ts";

const HASH = makeTorrent(2).infoHash;

describe("Transmission's transport", () => {
  it("hands out the session id with a 409, to a GET too", async () => {
    const { api } = start();
    for (const method of ["GET", "POST"]) {
      const reply = await api.handle({ method, sessionId: "old", body: "", isSudo: true, mayControl: true });
      expect(reply.status).toBe(409);
      expect(reply.headers["X-Transmission-Session-Id"]).toBe(api.sessionId);
      // As tremc reads it.
      expect(/X-Transmission-Session-Id:\s*(\w+)/.exec(bodyText(reply.body))?.[1]).toBe(api.sessionId);
    }
  });

  it.each(["", "{", "nonsense", '{"method":'])("answers %j with a parse error and HTTP 200", async (body) => {
    const reply = await start().send(body);
    expect(reply).toMatchObject({ status: 200, json: { error: { code: -32700 }, id: null } });
  });
});

describe("the classic form", () => {
  it("echoes the tag, in errors too", async () => {
    const { send } = start();
    expect((await send({ method: "session-get", tag: 0 })).json).toMatchObject({ result: "success", tag: 0 });
    expect((await send({ tag: 6 })).json).toEqual({ arguments: {}, result: "no method name", tag: 6 });
    const unknown = { arguments: {}, result: "method name not recognized", tag: 7 };
    expect((await send({ method: "no-such-thing", tag: 7 })).json).toEqual(unknown);
  });

  it("answers fields under the names that were asked for", async () => {
    const fields = ["id", "hashString", "fileCount", "file-count", "fileCount", "announceUrl", "wanted"];
    const { json } = await start().send({ method: "torrent-get", arguments: { ids: [2], fields } });
    expect(json).toEqual({
      result: "success",
      arguments: { torrents: [{ id: 2, hashString: HASH, fileCount: 1, "file-count": 1, wanted: [1] }] },
    });
  });

  it("answers a table", async () => {
    const args = { ids: 1, fields: ["id", "name"], format: "table" };
    const { json } = await start().send({ method: "torrent-get", arguments: args });
    const table = [
      ["id", "name"],
      [1, "torrent 1"],
    ];
    expect(json).toMatchObject({ arguments: { torrents: table } });
  });

  it.each<[string, unknown, number[]]>([
    ["a number", 2, [2]],
    ["a hash in capitals", HASH.toUpperCase(), [2]],
    ["a list of both, with what is unknown", [1, HASH, 77, "x", null], [1, 2]],
    ["nothing, which is all", undefined, [1, 2, 3]],
    ["an empty list", [], []],
  ])("takes ids as %s", async (_, ids, expected) => {
    const { json } = await start().send({ method: "torrent-get", arguments: { ids, fields: ["id"] } });
    expect(json).toMatchObject({ arguments: { torrents: expected.map((id) => ({ id })) } });
  });

  it("tells what was removed within a minute, and nothing after", async () => {
    const { service, send, clock } = start();
    const recent = { method: "torrent-get", arguments: { ids: "recently-active", fields: ["id"] } };
    service.change(HASH, { downRate: 5 });
    service.remove(makeTorrent(3).infoHash);
    expect((await send(recent)).json).toMatchObject({ arguments: { torrents: [{ id: 2 }], removed: [3] } });
    clock.now += 61_000;
    expect((await send(recent)).json).toMatchObject({ arguments: { torrents: [], removed: [] } });
  });

  it("takes arguments that are no object as none", async () => {
    expect((await start().send({ method: "session-stats", arguments: 21 })).json).toMatchObject({ result: "success" });
  });

  it.each<[string, object, string]>([
    ["torrent-get", {}, "no fields specified"],
    ["torrent-add", {}, "no filename or metainfo specified"],
    ["torrent-add", { filename: "bad" }, "unrecognized info"],
    ["torrent-add", { filename: "x", "download-dir": "here" }, "download directory path is not absolute"],
    ["torrent-set-location", { ids: 1 }, "no location"],
    ["torrent-set-location", { ids: 1, location: "here" }, "new location path is not absolute"],
    ["free-space", {}, "directory path argument is missing"],
    ["torrent-set", { ids: 1, labels: ["a,b"] }, "labels cannot contain comma (,) character"],
    ["torrent-set", { ids: 1, labels: [""] }, "labels cannot be empty"],
    ["torrent-set", { ids: 1, "files-wanted": [9] }, "file index out of range"],
    ["torrent-set", { ids: 1, trackerList: "no url" }, "Invalid tracker list"],
    ["torrent-set", { ids: 1, trackerRemove: [99] }, "error setting announce list"],
    ["torrent-rename-path", { path: "a", name: "b" }, "torrent-rename-path requires 1 torrent"],
    ["session-set", { "download-dir": "here" }, "download directory path is not absolute"],
    [
      "session-set",
      { "script-torrent-done-filename": "/bin/sh" },
      "programs to run can be set in the config file only",
    ],
  ])("%s %j says why not", async (method, args, result) => {
    expect((await start().send({ method, arguments: args })).json).toMatchObject({ result });
  });

  it("runs commands on what is meant", async () => {
    const { service, send } = start();
    await send({ method: "torrent-start-now", arguments: { ids: [1] } });
    await send({ method: "torrent-remove", arguments: { ids: [1], "delete-local-data": true } });
    await send({ method: "torrent-stop", arguments: { ids: [77] } });
    expect(service.calls).toEqual(["force", "remove"]);
  });

  it("moves nothing while the queue is off, and calls that no error", async () => {
    const { service, send } = start();
    expect((await send({ method: "queue-move-top", arguments: { ids: [1] } })).json).toMatchObject({
      result: "success",
    });
    expect(service.calls).toEqual([]);
  });

  it("lets a caller who may only read change nothing", async () => {
    const { api, service } = start();
    const sent = { method: "POST", sessionId: api.sessionId, isSudo: false, mayControl: false };
    const read = await api.handle({ ...sent, body: '{"method":"session-get"}' });
    const written = await api.handle({ ...sent, body: '{"method":"torrent-stop"}' });
    expect(JSON.parse(bodyText(read.body))).toMatchObject({ result: "success" });
    expect(JSON.parse(bodyText(written.body))).toMatchObject({ result: "Permission denied" });
    expect(service.calls).toEqual([]);
  });
});

describe("JSON-RPC 2.0", () => {
  it("has snake_case names, true booleans and the caller's id", async () => {
    const params = { ids: [1], fields: ["hash_string", "wanted"] };
    const { json } = await start().send({ jsonrpc: "2.0", method: "torrent_get", params, id: "a" });
    const torrents = [{ hash_string: makeTorrent(1).infoHash, wanted: [true] }];
    expect(json).toEqual({ jsonrpc: "2.0", result: { torrents }, id: "a" });
  });

  it("says nothing to a notification, and answers the rest of a batch", async () => {
    const { send } = start();
    const call = { jsonrpc: "2.0", method: "session_stats" };
    expect(await send(call)).toMatchObject({ status: 204 });
    expect((await send([call, { ...call, id: 1 }, 5])).json).toMatchObject([
      { id: 1 },
      { error: { code: -32600 }, id: null },
    ]);
  });

  it.each<[object, number, object | undefined]>([
    [{ method: "nope" }, -32601, undefined],
    [{ method: "torrent_get", params: {} }, -32602, { error_string: "no fields specified" }],
    [{ method: "port_test", params: { ip_protocol: "ipv4" } }, 8, { result: { ip_protocol: "ipv4" } }],
  ])("%j is refused with a code", async (call, code, data) => {
    const { json } = await start().send({ jsonrpc: "2.0", id: 3, ...call });
    expect(json).toMatchObject({ error: { code, ...(data === undefined ? {} : { data }) }, id: 3 });
  });
});

describe("session-get", () => {
  it("has every field in the spelling and type that clients read", async () => {
    const { json } = await start().send({ method: "session-get" });
    expect(json).toMatchObject({
      arguments: {
        "rpc-version": 18,
        "rpc-version-minimum": 14,
        "rpc-version-semver": "6.0.0",
        version: "4.1.0 (Torrential 0.1.0)",
        "speed-limit-down-enabled": false,
        seedRatioLimited: false,
        units: { "speed-bytes": 1000, "memory-bytes": 1024 },
        "session-id": expect.any(String),
      },
    });
  });
});

interface Reply extends RpcResponse {
  readonly json: unknown;
}

function start() {
  const service = new FakeService([makeTorrent(1), makeTorrent(2), makeTorrent(3)]);
  const clock = { now: 0 };
  const api = new TransmissionApi({ service: service.asService(), stateFolder: "/state", now: () => clock.now });
  const send = async (body: unknown): Promise<Reply> => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const sent = { method: "POST", sessionId: api.sessionId, body: text, isSudo: true, mayControl: true };
    const reply = await api.handle(sent);
    return { ...reply, json: reply.body === "" ? undefined : JSON.parse(bodyText(reply.body)) };
  };
  return { service, api, send, clock };
}
