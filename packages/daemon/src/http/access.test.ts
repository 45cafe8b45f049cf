/** Logging in, and what it takes to widen power. */
import { statSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { HttpWorld, PASSWORD } from "../test-support/http-world.ts";

describe("access", () => {
  it("logs in with a cookie that scripts and other sites never see", async () => {
    await using world = await HttpWorld.start();
    await world.setPassword();
    const reply = await world.tryLogin(PASSWORD);
    expect(reply.status).toBe(200);
    expect(String(reply.headers["set-cookie"])).toMatch(/^torrential=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(JSON.parse(reply.text)).toMatchObject({ kind: "session", scope: "admin", hasPassword: true });
  });

  it("slows who guesses, and neither sessions nor tokens", async () => {
    await using world = await HttpWorld.start();
    await world.setPassword();
    const cookie = await world.logIn();
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await world.tryLogin(`guess number ${i}`)).status);
    expect(statuses.slice(0, 6)).toEqual([401, 401, 401, 401, 401, 401]);
    expect(statuses.at(-1)).toBe(429);
    const locked = await world.tryLogin(PASSWORD);
    expect(locked.status).toBe(429);
    expect(Number(locked.headers["retry-after"])).toBeGreaterThan(0);
    expect((await world.ask({ path: "/api/v1/session", headers: { cookie } })).status).toBe(200);
    expect((await world.ask({ path: "/api/v1/session", headers: world.bearer })).status).toBe(200);
    expect((await world.ask({ path: "/api/v1/session", headers: { authorization: "Bearer guess" } })).status).toBe(429);
  });

  it("ends every other session when the password changes", async () => {
    await using world = await HttpWorld.start();
    await world.setPassword();
    const [mine, other] = [await world.logIn(), await world.logIn()];
    const reply = await world.ask({
      method: "PUT",
      path: "/api/v1/auth/password",
      headers: { cookie: mine, "sec-fetch-site": "same-origin", "content-type": "application/json" },
      body: JSON.stringify({ newPassword: "an entirely new one" }),
    });
    expect(reply.status).toBe(204);
    expect((await world.ask({ path: "/api/v1/auth/me", headers: { cookie: mine } })).status).toBe(200);
    expect((await world.ask({ path: "/api/v1/auth/me", headers: { cookie: other } })).status).toBe(401);
  });

  it("wants the password again for what widens power", async () => {
    await using world = await HttpWorld.start();
    const { body } = await world.json("POST", "/api/v1/auth/tokens", { name: "admin", scope: "admin" });
    const headers = { authorization: `Bearer ${String(Object(body).token)}`, "content-type": "application/json" };
    const ask = (method: string, path: string, value: unknown): ReturnType<HttpWorld["ask"]> =>
      world.ask({ method, path, headers, body: JSON.stringify(value) });
    expect((await ask("PATCH", "/api/v1/settings", { "limits.down": 1 })).status).toBe(200);
    expect((await ask("PATCH", "/api/v1/settings", { "http.listen": [] })).status).toBe(403);
    expect((await ask("PUT", "/api/v1/auth/password", { newPassword: PASSWORD })).status).toBe(403);
    expect((await ask("POST", "/api/v1/auth/tokens", { name: "x", scope: "admin" })).status).toBe(403);
    expect((await world.json("PATCH", "/api/v1/settings", { "http.listen": [] })).status).toBe(200);
  });

  it("lets a session rise with the password only", async () => {
    await using world = await HttpWorld.start();
    await world.setPassword();
    const cookie = await world.logIn();
    const sudo = (password: string): ReturnType<HttpWorld["ask"]> =>
      world.ask({
        method: "POST",
        path: "/api/v1/auth/sudo",
        headers: { cookie, "sec-fetch-site": "same-origin", "content-type": "application/json" },
        body: JSON.stringify({ password }),
      });
    expect((await sudo("not that one")).status).toBe(401);
    const reply = await sudo(PASSWORD);
    expect(JSON.parse(reply.text).sudoUntilMs).toBeGreaterThan(Date.now());
  });

  it("serves anybody on loopback when told to, but pages of other sites", async () => {
    await using world = await HttpWorld.start({ auth: "none" });
    expect((await world.ask({ path: "/api/v1/session" })).status).toBe(200);
    expect((await world.ask({ path: "/api/v1/session", headers: { host: "evil.example" } })).status).toBe(421);
    const forged = { origin: "https://evil.example", "content-type": "application/json" };
    const reply = await world.ask({ method: "POST", path: "/api/v1/torrents/actions", headers: forged, body: "{}" });
    expect(reply.status).toBe(403);
    // Nobody gave a password, so nobody widens power.
    const widen = { "content-type": "application/json" };
    const settings = await world.ask({
      method: "PATCH",
      path: "/api/v1/settings",
      headers: widen,
      body: '{"http.listen":[]}',
    });
    expect(settings.status).toBe(403);
  });

  it("refuses to open to other machines without a key", async () => {
    const listen = [{ type: "tcp", host: "0.0.0.0", port: 0 }] as const;
    await expect(HttpWorld.start({ listen })).rejects.toMatchObject({ code: "config-unsafe" });
    await expect(HttpWorld.start({ listen, auth: "none" })).rejects.toMatchObject({ code: "config-unsafe" });
  });

  it("serves below a base path, kept or taken away by a proxy", async () => {
    await using world = await HttpWorld.start({
      basePath: "/torrents",
      trustedProxies: ["127.0.0.0/8"],
      allowedHosts: ["seed.example"],
    });
    await world.setPassword();
    for (const path of ["/torrents/api/v1/session", "/api/v1/session"]) {
      expect((await world.ask({ path, headers: world.bearer })).status).toBe(200);
    }
    const headers = { host: "seed.example", "x-forwarded-proto": "https", origin: "https://seed.example" };
    const reply = await world.tryLogin(PASSWORD, headers);
    expect(String(reply.headers["set-cookie"])).toMatch(/; Path=\/torrents\/; HttpOnly; SameSite=Strict; Secure$/);
  });

  it("serves a unix socket that only its owner opens", async () => {
    await using folder = await HttpWorld.start();
    const path = join(folder.stateDir, "http.sock");
    await using world = await HttpWorld.start({ auth: "none", listen: [{ type: "unix", path, mode: 0o600 }] });
    expect(world.server.addresses).toEqual([`unix:${path}`]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const status = await new Promise((resolve, reject) => {
      request({ socketPath: path, path: "/api/v1/session" }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    expect(status).toBe(200);
  });
});
