/** Logins of qBittorrent's API behind the real door: as long as any other, and no longer. */
import { describe, expect, it } from "vitest";
import { HttpWorld, PASSWORD } from "../../test-support/http-world.ts";
import { MemoryStore } from "../../test-support/fake-service.ts";
import { makeQbittorrentSurface } from "./surface.ts";

async function start(store = new MemoryStore()): Promise<HttpWorld> {
  return await HttpWorld.start({}, { store, makeSurfaces: (service) => [makeQbittorrentSurface(service)] });
}

async function logIn(world: HttpWorld, headers: Record<string, string> = {}): Promise<string> {
  const reply = await world.ask({
    method: "POST",
    path: "/api/v2/auth/login",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams({ username: "admin", password: PASSWORD }).toString(),
  });
  expect(reply).toMatchObject({ status: 200, text: "Ok." });
  return String(reply.headers["set-cookie"]).split(";")[0] ?? "";
}

const versionStatus = async (world: HttpWorld, cookie: string): Promise<number> =>
  (await world.ask({ path: "/api/v2/app/version", headers: { cookie } })).status;

describe("a login to qBittorrent's API", () => {
  it("outlives the daemon, and is in the list of sessions until it is ended there", async () => {
    const store = new MemoryStore();
    const first = await start(store);
    await first.setPassword();
    const cookie = await logIn(first);
    await first[Symbol.asyncDispose]();
    await using world = await start(store);
    expect(await versionStatus(world, cookie)).toBe(200);
    const { body } = await world.json("GET", "/api/v1/auth/sessions");
    expect(body).toMatchObject([{ username: "admin", isCurrent: false }]);
    const [{ id }] = body as [{ id: string }];
    expect((await world.json("DELETE", `/api/v1/auth/sessions/${id}`)).status).toBe(204);
    expect(await versionStatus(world, cookie)).toBe(403);
    expect([...store.list("app-sessions")]).toEqual([]);
  });

  it("ends when the password is changed", async () => {
    await using world = await start();
    await world.setPassword();
    const cookie = await logIn(world);
    expect(await versionStatus(world, cookie)).toBe(200);
    await world.setPassword();
    expect(await versionStatus(world, cookie)).toBe(403);
  });

  it("makes of a token that may read no session that may do more", async () => {
    await using world = await start();
    await world.setPassword();
    const { body } = await world.json("POST", "/api/v1/auth/tokens", { name: "r", scope: "read" });
    const cookie = await logIn(world, { authorization: `Bearer ${String(Object(body).token)}` });
    const reply = await world.ask({
      method: "POST",
      path: "/api/v2/torrents/stop",
      headers: { cookie, "content-type": "application/x-www-form-urlencoded" },
      body: "hashes=all",
    });
    expect(reply.status).toBe(403);
    expect(world.service.calls).toEqual([]);
  });
});
