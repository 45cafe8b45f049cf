/** What the routes make of requests, over a service that only notes them. */
import { describe, expect, it } from "vitest";
import { HttpWorld } from "../test-support/http-world.ts";
import { makeTorrent } from "../test-support/fake-service.ts";

interface Page {
  readonly torrents: readonly { readonly id: number; readonly name?: string }[];
  readonly total: number;
  readonly nextCursor?: string;
}

async function listPage(world: HttpWorld, query: string): Promise<Page> {
  const reply = await world.ask({ path: `/api/v1/torrents?${query}`, headers: world.bearer });
  const page: Page = JSON.parse(reply.text);
  return page;
}

describe("lists of torrents", () => {
  it("come a page at a time, without losing or repeating one when others go meanwhile", async () => {
    await using world = await HttpWorld.start();
    for (let id = 4; id <= 9; id++) world.service.add(makeTorrent(id));
    const first = await listPage(world, "limit=4");
    expect(first.torrents.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    world.service.remove(makeTorrent(2).infoHash);
    const second = await listPage(world, `limit=4&cursor=${first.nextCursor}`);
    expect(second.torrents.map(({ id }) => id)).toEqual([5, 6, 7, 8]);
    world.service.remove(makeTorrent(8).infoHash);
    const third = await listPage(world, `limit=4&cursor=${second.nextCursor}`);
    expect(third.torrents.map(({ id }) => id)).toEqual([9]);
    expect(third.nextCursor).toBeUndefined();
  });

  it("go on where a page ended though its last torrent is elsewhere by now, in every order", async () => {
    await using world = await HttpWorld.start();
    for (let id = 4; id <= 9; id++) world.service.add(makeTorrent(id));
    for (let id = 1; id <= 9; id++) world.service.change(makeTorrent(id).infoHash, { downRate: id * 10 });
    for (const sort of ["-downRate", "downRate", "name", "-comment"]) {
      const first = await listPage(world, `limit=4&sort=${sort}`);
      const last = first.torrents.at(-1)?.id ?? 0;
      world.service.change(makeTorrent(last).infoHash, { downRate: 1_000, name: "zzz" });
      const second = await listPage(world, `limit=9&sort=${sort}&cursor=${first.nextCursor}`);
      const ids = [...first.torrents, ...second.torrents].map(({ id }) => id);
      expect([...new Set(ids)].toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      // Only the one that moved may come again.
      expect(ids.filter((id, index) => ids.indexOf(id) !== index).every((id) => id === last)).toBe(true);
      world.service.change(makeTorrent(last).infoHash, { downRate: last * 10, name: `torrent ${last}` });
    }
  });

  it("have the fields that were chosen", async () => {
    await using world = await HttpWorld.start();
    const page = await listPage(world, "fields=name,progress&limit=1&sort=-id");
    expect(page.torrents).toEqual([{ id: 3, infoHash: makeTorrent(3).infoHash, name: "torrent 3", progress: 0.5 }]);
  });

  it.each(["sort=nothing", "fields=__proto__", "limit=0", "limit=x", "cursor=x", "state=broken"])(
    "refuse %s",
    async (query) => {
      await using world = await HttpWorld.start();
      const reply = await world.ask({ path: `/api/v1/torrents?${query}`, headers: world.bearer });
      expect(reply.status).toBe(400);
      expect(JSON.parse(reply.text)).toMatchObject({ code: "invalid", status: 400 });
      expect(reply.headers["content-type"]).toMatch(/^application\/problem\+json/);
    },
  );

  it("are not sent again while nothing changed", async () => {
    await using world = await HttpWorld.start();
    const first = await world.ask({ path: "/api/v1/torrents", headers: world.bearer });
    const headers = { ...world.bearer, "if-none-match": String(first.headers["etag"]) };
    expect((await world.ask({ path: "/api/v1/torrents", headers })).status).toBe(304);
    world.service.add(makeTorrent(7));
    expect((await world.ask({ path: "/api/v1/torrents", headers })).status).toBe(200);
  });
});

describe("one torrent", () => {
  it("changes only when it is what the caller saw", async () => {
    await using world = await HttpWorld.start();
    const seen = await world.ask({ path: "/api/v1/torrents/1", headers: world.bearer });
    const patch = (etag: unknown): ReturnType<HttpWorld["ask"]> =>
      world.ask({
        method: "PATCH",
        path: "/api/v1/torrents/1",
        headers: { ...world.bearer, "content-type": "application/json", "if-match": String(etag) },
        body: '{"name":"other"}',
      });
    world.service.change(makeTorrent(1).infoHash, { downRate: 5 });
    expect((await patch(seen.headers["etag"])).status).toBe(200);
    world.service.change(makeTorrent(1).infoHash, { name: "renamed by another" });
    expect((await patch(seen.headers["etag"])).status).toBe(412);
    expect(world.service.calls).toEqual(["update"]);
  });

  it("keeps its trackers' secrets", async () => {
    await using world = await HttpWorld.start();
    const { body } = await world.json("GET", "/api/v1/torrents/1/trackers");
    expect(JSON.stringify(body)).not.toMatch(/hush|0123456789abcdef/);
    const asked = await world.json("GET", "/api/v1/torrents/1/trackers?secrets=true");
    expect(JSON.stringify(asked.body)).toContain("hush");
    const { body: token } = await world.json("POST", "/api/v1/auth/tokens", { name: "r", scope: "read" });
    const headers = { authorization: `Bearer ${String(Object(token).token)}` };
    expect((await world.ask({ path: "/api/v1/torrents/1/trackers?secrets=true", headers })).status).toBe(403);
  });

  it.each([
    [undefined, 200, "0123456789", undefined],
    ["bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-3", 206, "789", "bytes 7-9/10"],
    ["bytes=5-99", 206, "56789", "bytes 5-9/10"],
    ["pages=1", 200, "0123456789", undefined],
    ["bytes=10-", 416, undefined, undefined],
    ["bytes=1-2,4-5", 200, "0123456789", undefined],
    ["bytes=-", 200, "0123456789", undefined],
  ])("reads its file with Range %s", async (range, status, text, contentRange) => {
    await using world = await HttpWorld.start();
    world.service.content = new TextEncoder().encode("0123456789");
    const reply = await world.ask({
      path: "/api/v1/torrents/1/files/0/content",
      headers: { ...world.bearer, ...(range === undefined ? {} : { range }) },
    });
    expect(reply.status).toBe(status);
    if (text === undefined) return;
    expect(reply.text).toBe(text);
    expect(reply.headers["content-range"]).toBe(contentRange);
    expect(reply.headers["content-security-policy"]).toContain("sandbox");
    expect(reply.headers["content-disposition"]).toMatch(/^attachment/);
    expect(reply.headers["x-content-type-options"]).toBe("nosniff");
  });
});

describe("commands", () => {
  it("tell what became of each torrent", async () => {
    await using world = await HttpWorld.start();
    const { body } = await world.json("POST", "/api/v1/torrents/actions", { action: "stop", refs: [1, "77"] });
    expect(body).toEqual({
      done: [makeTorrent(1).infoHash],
      failed: [{ ref: 77, code: "not-found", message: "torrent 77: there is none" }],
    });
  });

  it("never take an empty list for everything", async () => {
    await using world = await HttpWorld.start();
    expect(await world.json("POST", "/api/v1/torrents/actions", { action: "remove" })).toMatchObject({ status: 400 });
    const both = { action: "remove", refs: [], filter: {} };
    expect(await world.json("POST", "/api/v1/torrents/actions", both)).toMatchObject({ status: 400 });
    const none = await world.json("POST", "/api/v1/torrents/actions", { action: "remove", refs: [] });
    expect(none.body).toEqual({ done: [], failed: [] });
  });

  it("add as JSON, one failure among several not hiding the others", async () => {
    await using world = await HttpWorld.start();
    const sources = [
      { type: "magnet", uri: "bad" },
      { type: "magnet", uri: "good" },
    ];
    const reply = await world.json("POST", "/api/v1/torrents", { sources });
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      results: [{ status: "failed", problem: { code: "torrent-invalid" } }, { status: "added" }],
    });
    expect((await world.json("POST", "/api/v1/torrents", { sources: sources.slice(0, 1) })).status).toBe(422);
  });

  it("add as a form with files and links", async () => {
    await using world = await HttpWorld.start();
    const form = new FormData();
    form.append("whatever", new Blob(["d4:infoe"]), "a.torrent");
    form.append("urls", "magnet:?xt=urn:btih:x\r\n\r\nhttps://example.org/b.torrent");
    form.append("options", '{"tags":["a"]}');
    const reply = await fetch(`${world.url}/api/v1/torrents`, { method: "POST", headers: world.bearer, body: form });
    expect(reply.status).toBe(201);
    expect(world.service.calls).toEqual(["add file", "add magnet", "add url"]);
  });

  it("take forms only where files are", async () => {
    await using world = await HttpWorld.start();
    const form = new FormData();
    form.append("action", "stop");
    const reply = await fetch(`${world.url}/api/v1/torrents/actions`, {
      method: "POST",
      headers: world.bearer,
      body: form,
    });
    expect(reply.status).toBe(415);
  });

  it.each([
    ['{"__proto__":{"a":1}}', 400],
    ['{"action":"stop","refs":[],"x":{"constructor":{"prototype":{}}}}', 400],
    [`${"[".repeat(200)}${"]".repeat(200)}`, 400],
    ['{"action":"stop","refs":[1],"unknown":1}', 200],
    ['{"action":"stop","refs":[1]', 400],
    ['"stop"', 400],
    ["null", 400],
    ["", 400],
    ['{"action":"stop","refs":[{}]}', 400],
    ['{"action":["stop"],"refs":[1]}', 400],
    ['{"action":"stop","refs":[1e400]}', 400],
  ])("answer the body %s with %i", async (body, status) => {
    await using world = await HttpWorld.start();
    const headers = { ...world.bearer, "content-type": "application/json" };
    expect((await world.ask({ method: "POST", path: "/api/v1/torrents/actions", headers, body })).status).toBe(status);
    expect(Object.hasOwn(Object.prototype, "a")).toBe(false);
    expect(world.service.calls).toEqual(status === 200 ? ["stop"] : []);
  });

  it.each([
    ["GET", "/api/v1/nothing", {}, "", 404, "not-found"],
    ["GET", "/api/v1/torrents/99", {}, "", 404, "not-found"],
    ["PATCH", "/api/v1/torrents", {}, "", 405, "method-not-allowed"],
    ["HEAD", "/api/v1/events", {}, "", 405, undefined],
    ["POST", "/api/v1/torrents/actions", { "content-type": "text/xml" }, "<a/>", 415, "media-type"],
    ["POST", "/api/v1/torrents/actions", { "content-type": "application/json" }, "{", 400, "body-invalid"],
    ["PATCH", "/api/v1/torrents/1", { "content-type": "application/json" }, " ".repeat(300_000), 413, "body-too-large"],
    ["POST", "/api/v1/torrents", { "idempotency-key": "x".repeat(201) }, "", 400, "invalid"],
    ["GET", "/api/v1/torrents/%ff", {}, "", 400, undefined],
  ])("are refused as problems: %s %s %j", async (method, path, headers, body, status, code) => {
    await using world = await HttpWorld.start();
    const reply = await world.ask({ method, path, headers: { ...world.bearer, ...headers }, body });
    expect(reply.status).toBe(status);
    expect(reply.headers["content-type"]).toMatch(/^application\/problem\+json/);
    if (status === 405) expect(String(reply.headers["allow"])).toContain("GET");
    if (method === "HEAD") return;
    expect(JSON.parse(reply.text)).toMatchObject({
      type: "about:blank",
      status,
      ...(code === undefined ? {} : { code }),
    });
  });

  it("end the daemon after the answer", async () => {
    await using world = await HttpWorld.start();
    expect((await world.json("POST", "/api/v1/session/shutdown")).status).toBe(202);
    await expect.poll(() => world.service.calls, { timeout: 30_000 }).toEqual(["shutdown"]);
  });
});

describe("beside the API", () => {
  it("there are health, readiness and metrics", async () => {
    let reason: string | undefined = "torrents are being loaded";
    await using world = await HttpWorld.start({}, { whyNotReady: () => reason });
    expect((await world.ask({ path: "/healthz" })).status).toBe(200);
    expect((await world.ask({ path: "/readyz" })).status).toBe(503);
    reason = undefined;
    expect((await world.ask({ path: "/readyz" })).status).toBe(200);
    const { text } = await world.ask({ path: "/metrics", headers: world.bearer });
    expect(text).toContain('torrential_info{version="0.1.0"} 1\n');
    for (const line of text.trimEnd().split("\n")) {
      expect(line).toMatch(
        /^(?:# (?:HELP|TYPE) torrential_\w+ .+|torrential_\w+(?:\{\w+="[^"]*"\})? (?:-?[\d.e+-]+|NaN))$/,
      );
    }
  });

  it("there is OpenAPI 3.1 for every route, and a page that asks nobody else", async () => {
    await using world = await HttpWorld.start();
    const { body } = await world.json("GET", "/api/v1/openapi.json");
    const document: { openapi: string; paths: Record<string, Record<string, { operationId: string }>> } = Object(body);
    expect(document.openapi).toBe("3.1.0");
    const operations = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(new Set(operations).size).toBe(operations.length);
    expect(operations.length).toBeGreaterThan(60);
    const page = await world.ask({ path: "/api/" });
    expect(page.status).toBe(200);
    const script = await world.ask({ path: "/api/page.js" });
    expect(page.text + script.text).not.toMatch(/https?:\/\/|<script>|style=/);
  });

  it("logs hold no secrets", async () => {
    await using world = await HttpWorld.start({}, { levels: { door: "debug" } });
    await world.ask({ path: "/api/v1/session", headers: { host: "evil.example", ...world.bearer } });
    await world.tryLogin("hunter2hunter2");
    expect(world.logLines.length).toBeGreaterThan(1);
    expect(world.logLines.join("")).not.toMatch(/hunter2|trr_/);
  });
});
