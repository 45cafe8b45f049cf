/** No secret is in any line of the log, whatever it is, at the most talkative level (PROMISES C8). */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeQbittorrentSurface } from "../compat/qbittorrent/surface.ts";
import { HttpWorld } from "../test-support/http-world.ts";
import { logHistory } from "./daemon-log.ts";
import { Logs } from "./log.ts";
import { redactText } from "./redact-text.ts";

/** As trackers make them: letters and digits. */
const passkey = fc.stringMatching(/^[a-z0-9]{7,39}[0-9]$/);
const password = fc.stringMatching(/^[A-Za-z0-9!#$%()*+./:<=>?@^_~-]{14,40}$/);

const TEXTS: readonly ((secret: string) => string)[] = [
  (secret) => `announce to https://tracker.example/${secret}/announce failed: timeout`,
  (secret) => `announce to https://tracker.example/announce.php?passkey=${secret} failed`,
  (secret) => `http://user:${secret}@tracker.example/announce`,
  (secret) => `udp://tracker.example:80/announce/${secret}: no answer`,
  (secret) => `https://tracker.example/announce?uk=${secret}&left=0`,
  (secret) => `magnet:?xt=urn:btih:${"a".repeat(40)}&tr=${encodeURIComponent(`https://t.example/${secret}/announce`)}`,
  (secret) => `Authorization: Bearer ${secret}`,
  (secret) => `Cookie: torrential=${secret}; SID=${secret}`,
  (secret) => `got {"passkey":"${secret}"}`,
  (secret) => `(https://tracker.example/${secret}/announce) and [https://tracker.example/rss?key=${secret}]`,
];

describe("what is logged of secrets", () => {
  it("is nothing, in any place that they come in", () => {
    fc.assert(
      fc.property(passkey, fc.constantFrom(...TEXTS), (secret, write) => {
        expect(redactText(write(secret))).not.toContain(secret);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is nothing in a session of everything that takes one", async () => {
    await fc.assert(
      fc.asyncProperty(passkey, password, async (key, word) => {
        await using world = await HttpWorld.start(
          {},
          { levels: { "*": "trace" }, makeSurfaces: (service) => [makeQbittorrentSurface(service)] },
        );
        const secrets = [key, word, world.rootToken, ...(await play(world, { key, word }))];
        expect(world.logLines.length).toBeGreaterThan(8);
        const said = world.logLines.join("");
        for (const secret of secrets) expect(said.includes(secret) ? `${secret} in ${said}` : "").toBe("");
      }),
      { numRuns: 15 },
    );
  });

  it("is nothing of what happens to torrents", async () => {
    await using world = await HttpWorld.start();
    const lines: string[] = [];
    const logs = new Logs({ destination: { write: (line) => void lines.push(line) }, now: Date.now });
    const stop = logHistory(world.service.asService(), logs);
    const event = { atMs: 1, level: "warning", infoHash: undefined } as const;
    const message = "https://t.example/0123456789abcdef0123456789abcdef/announce?k=hush: timeout";
    world.service.record({ ...event, id: 1, type: "tracker-failed", message });
    world.service.record({ ...event, id: 2, type: "quarantined", message: "torrent 7" });
    stop();
    world.service.record({ ...event, id: 3, type: "quarantined", message: "torrent 8" });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: "warn", area: "trackers", message: "https://t.example/…/announce?k=…: timeout" },
      { level: "warn", area: "torrents", message: "torrent 7", event: "quarantined" },
    ]);
  });
});

/** Returns the secrets that the daemon made up meanwhile. */
async function play(world: HttpWorld, { key, word }: { key: string; word: string }): Promise<string[]> {
  await world.json("PUT", "/api/v1/auth/password", { newPassword: word });
  const login = await world.tryLogin(word);
  const cookie = String(login.headers["set-cookie"]).split(";")[0] ?? "";
  await world.tryLogin(`${word}x`);
  const basic = { authorization: `Basic ${Buffer.from(`admin:${word}`).toString("base64")}` };
  await world.ask({ path: "/api/v1/session", headers: basic });
  const { body: made } = await world.json("POST", "/api/v1/auth/tokens", { name: "t", scope: "read" });
  const token = String(Object(made).token);
  const bearer = { authorization: `Bearer ${token}` };
  await world.ask({ path: `/api/v1/session?token=${key}`, headers: bearer });
  await world.ask({ path: "/api/v1/session", headers: { authorization: `Bearer ${key}` } });
  await world.ask({ path: "/api/v1/auth/sudo", method: "POST", headers: { cookie }, body: word });
  const url = `https://user:${key}@t.example/${key}/a.torrent?passkey=${key}`;
  const sources = [
    { type: "url", url, cookie: `uid=${key}` },
    { type: "magnet", uri: `bad&tr=${url}` },
  ];
  await world.json("POST", "/api/v1/torrents", { sources });
  await world.json("POST", "/api/v1/torrents", { [key]: word });
  const json = { ...world.bearer, "content-type": "application/json" };
  await world.ask({ method: "POST", path: "/api/v1/torrents", headers: json, body: `{"url":"${url}` });
  const app = await world.ask({
    method: "POST",
    path: "/api/v2/auth/login",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ username: "admin", password: word }).toString(),
  });
  const sid = /SID=([^;]+)/.exec(String(app.headers["set-cookie"]))?.[1] ?? "no cookie";
  await world.ask({ path: `/api/v2/app/version?${key}`, headers: { cookie: `SID=${sid}` } });
  return [token, sid, cookie.slice(cookie.indexOf("=") + 1), String(basic.authorization).slice("Basic ".length)];
}
