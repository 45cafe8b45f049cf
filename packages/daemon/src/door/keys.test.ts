/** Root token, API tokens, sessions and credentials. */
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MemoryStore } from "../test-support/fake-service.ts";
import { ApiTokens } from "./api-tokens.ts";
import { readCookie, readCredentials } from "./credentials.ts";
import { openRootToken } from "./root-token.ts";
import { Sessions } from "./sessions.ts";

describe("the root token", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "torrential-token-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("is made once, for its owner's eyes", async () => {
    const token = await openRootToken(folder);
    expect(token).toMatch(/^trr_[A-Za-z0-9_-]{43}$/);
    expect(statSync(join(folder, "token")).mode & 0o777).toBe(0o600);
    expect(await openRootToken(folder)).toBe(token);
  });

  it("is refused when others can read it", async () => {
    await openRootToken(folder);
    chmodSync(join(folder, "token"), 0o640);
    await expect(openRootToken(folder)).rejects.toMatchObject({ code: "state-token" });
  });

  it("is refused when it is none", async () => {
    writeFileSync(join(folder, "token"), "", { mode: 0o600 });
    await expect(openRootToken(folder)).rejects.toMatchObject({ code: "state-token" });
  });

  it("is never written through a link", async () => {
    symlinkSync(join(folder, "elsewhere"), join(folder, "token"));
    await expect(openRootToken(folder)).rejects.toMatchObject({ code: "ELOOP" });
    expect(existsSync(join(folder, "elsewhere"))).toBe(false);
  });
});

describe("API tokens", () => {
  it("are found again by who has them, and kept as hashes", async () => {
    const store = new MemoryStore();
    const { token, id } = await new ApiTokens(store).create({ name: "sonarr", scope: "add" }, 1);
    expect([...store.list("tokens").values()].join()).not.toContain(token);
    const reopened = new ApiTokens(store);
    expect(reopened.find(token, 2)).toMatchObject({ id, name: "sonarr", scope: "add" });
    expect(reopened.find(`${token}x`, 2)).toBeUndefined();
    expect(JSON.stringify(reopened.list())).not.toContain("hash");
  });

  it("end by time, and by hand", async () => {
    const tokens = new ApiTokens(new MemoryStore());
    const short = await tokens.create({ name: "a", scope: "read", expiresAtMs: 100 }, 1);
    const long = await tokens.create({ name: "b", scope: "read" }, 1);
    expect(tokens.find(short.token, 99)).toBeDefined();
    expect(tokens.find(short.token, 100)).toBeUndefined();
    await tokens.revoke(long.id);
    expect(tokens.find(long.token, 2)).toBeUndefined();
    await expect(tokens.revoke(long.id)).rejects.toMatchObject({ code: "not-found" });
  });

  it("are left out when what is stored is none", () => {
    const store = new MemoryStore();
    void store.set("tokens", "a", '{"name":1}');
    void store.set("tokens", "b", '{"na');
    void store.set("tokens", "c", "null");
    expect(new ApiTokens(store).size).toBe(0);
  });
});

describe("sessions", () => {
  const of = { username: "admin", address: "198.51.100.1", userAgent: "test" };
  const WALL = 1_700_000_000_000;

  /** A daemon that started at `startedAt` of the wall clock, with its own monotonic clock. */
  function open(store = new MemoryStore(), clock = { now: () => 0, wallNow: () => WALL }): Sessions {
    return new Sessions(store, clock);
  }

  it("end when nobody uses them for an hour", () => {
    const sessions = open();
    const cookie = sessions.create(of, 0);
    expect(sessions.find(cookie, 3_600_000)).toBeDefined();
    expect(sessions.find(cookie, 7_200_000)).toBeDefined();
    expect(sessions.find(cookie, 10_800_001)).toBeUndefined();
    expect(sessions.find(cookie, 10_800_001)).toBeUndefined();
  });

  it("are 64 at most: the idlest makes room", () => {
    const sessions = open();
    const cookies = Array.from({ length: 65 }, (_, index) => {
      const cookie = sessions.create(of, index);
      sessions.find(cookie, index);
      return cookie;
    });
    expect(sessions.find(cookies[0] ?? "", 100)).toBeUndefined();
    expect(sessions.find(cookies[1] ?? "", 100)).toBeDefined();
  });

  it("may widen settings for five minutes after the password was given", () => {
    const sessions = open();
    const cookie = sessions.create(of, 0);
    const { id, sudoUntil } = sessions.find(cookie, 1) ?? { id: "", sudoUntil: 0 };
    expect(sudoUntil).toBe(300_000);
    expect(sessions.elevate(id, 1_000_000)?.sudoUntil).toBe(1_300_000);
    expect(sessions.elevate("nobody", 0)).toBeUndefined();
  });

  it("end together but for one", async () => {
    const sessions = open();
    const [a, b] = [sessions.create(of, 0), sessions.create(of, 0)];
    await sessions.endAll({ but: sessions.find(a, 0)?.id });
    expect(sessions.find(a, 0)).toBeDefined();
    expect(sessions.find(b, 0)).toBeUndefined();
  });

  it("outlive the daemon as hashes, without the right to widen settings", () => {
    const store = new MemoryStore();
    const cookie = open(store).create(of, 0);
    expect(JSON.stringify([...store.list("sessions")])).not.toContain(cookie);
    // Half an hour later, with a monotonic clock that began anew.
    const later = open(store, { now: () => 5_000, wallNow: () => WALL + 1_800_000 });
    expect(later.find(cookie, 5_000)).toMatchObject({ username: "admin", sudoUntil: 0 });
    expect(open(store, { now: () => 0, wallNow: () => WALL + 5_400_001 }).find(cookie, 0)).toBeUndefined();
  });

  it("do not come back once they have ended", async () => {
    const store = new MemoryStore();
    const sessions = open(store);
    const [a, b] = [sessions.create(of, 0), sessions.create(of, 0)];
    expect(await sessions.end(sessions.find(a, 0)?.id ?? "")).toBe(true);
    expect([open(store).find(a, 0), open(store).find(b, 0)?.username]).toEqual([undefined, "admin"]);
    await sessions.endAll({ but: undefined });
    expect(open(store).find(b, 0)).toBeUndefined();
    expect(await sessions.end("nobody")).toBe(false);
  });

  it("are written seldom, and read for what they are", () => {
    const store = new MemoryStore();
    const sessions = open(store);
    const cookie = sessions.create(of, 0);
    const before = [...store.list("sessions").values()];
    sessions.find(cookie, 299_999);
    expect([...store.list("sessions").values()]).toEqual(before);
    void store.set("sessions", "x", "{");
    void store.set("sessions", "y", '{"id":"1"}');
    expect(open(store).list(0, { currentId: undefined, wallNowMs: WALL })).toHaveLength(1);
  });
});

describe("credentials", () => {
  it.each([
    [
      { authorization: "Bearer abc", cookie: "torrential=x" },
      { type: "bearer", token: "abc" },
    ],
    [
      { authorization: "bearer  abc", cookie: undefined },
      { type: "bearer", token: "abc" },
    ],
    [
      { authorization: `Basic ${btoa("a:b:c")}`, cookie: undefined },
      { type: "basic", username: "a", password: "b:c" },
    ],
    [{ authorization: `Basic ${btoa("abc")}`, cookie: undefined }, { type: "none" }],
    [
      { authorization: "Digest x", cookie: "a=b; torrential=x; c=d" },
      { type: "cookie", cookie: "x" },
    ],
    [{ authorization: undefined, cookie: undefined }, { type: "none" }],
  ] as const)("of %j are %j", (headers, credentials) => {
    expect(readCredentials(headers, "torrential")).toEqual(credentials);
  });

  it("are found in a whole Set-Cookie line, as some programs send it back", () => {
    expect(readCookie("SID=x; HttpOnly; path=/", "SID")).toBe("x");
  });
});
