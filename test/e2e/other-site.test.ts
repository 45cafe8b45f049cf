/** PROMISES C1 in a real browser: a page of another site, in the browser of somebody who is logged in, changes nothing. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { missingChromium, openBrowser } from "../support/browser.ts";
import { DaemonProcess } from "../support/daemon-process.ts";
import { describeIf } from "../support/requirements.ts";
import { Scene } from "./setup.ts";

/** Names for this machine, as an attacker's name server would give them. */
const NAMES = "--host-resolver-rules=MAP evil.example 127.0.0.1, MAP rebound.example 127.0.0.1";
const PASSWORD = "correct horse battery";

/** Everything that a page can try without the daemon's leave. Runs in the page; says what it could read. */
async function attack(target: string): Promise<string[]> {
  const read: string[] = [];
  const magnet = "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567";
  const body = JSON.stringify({ sources: [{ type: "magnet", uri: magnet }] });
  const form = new FormData();
  form.append("urls", magnet);
  const urls = new URLSearchParams({ urls: magnet });
  const rpc = JSON.stringify({ method: "torrent-add", arguments: { filename: magnet } });
  const tries: readonly (readonly [string, RequestInit])[] = [
    ["/api/v1/torrents", { method: "POST", mode: "no-cors", body: form }],
    ["/api/v1/torrents", { method: "POST", mode: "no-cors", body, headers: { "content-type": "text/plain" } }],
    ["/api/v1/torrents", { method: "POST", body, headers: { "content-type": "application/json" } }],
    [
      "/api/v1/settings",
      { method: "PATCH", body: '{"limits.down":1}', headers: { "content-type": "application/json" } },
    ],
    ["/api/v1/session/shutdown", { method: "POST", mode: "no-cors" }],
    ["/api/v2/torrents/add", { method: "POST", mode: "no-cors", body: urls }],
    ["/transmission/rpc", { method: "POST", mode: "no-cors", body: rpc }],
    ["/api/v1/torrents", {}],
    ["/api/v1/settings", {}],
    ["/metrics", {}],
  ];
  for (const [path, init] of tries) {
    try {
      const response = await fetch(target + path, { credentials: "include", ...init });
      if (response.type !== "opaque")
        read.push(`${init.method ?? "GET"} ${path}: ${response.status} ${await response.text()}`);
    } catch {
      // Refused, as it should be.
    }
  }
  return read;
}

/** What needs no script of its own: forms, images, frames, beacons, sockets, event streams. */
function pageOf(target: string): string {
  const magnet = "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567";
  return `<!doctype html><title>evil</title>
<iframe name="a"></iframe><iframe name="b"></iframe><iframe id="frame" src="${target}/api/"></iframe>
<form id="f" method="post" target="a" enctype="multipart/form-data" action="${target}/api/v1/torrents"><input name="urls" value="${magnet}"></form>
<form id="g" method="post" target="b" enctype="text/plain" action="${target}/api/v1/session/shutdown"><input name="x" value="1"></form>
<img src="${target}/api/v1/session">
<script>
document.querySelector("#f").submit();
document.querySelector("#g").submit();
navigator.sendBeacon("${target}/api/v1/session/shutdown");
window.events = "nothing";
const stream = new EventSource("${target}/api/v1/events", { withCredentials: true });
stream.addEventListener("hello", () => { window.events = "hello"; });
new WebSocket("${target}/api/v1/events".replace("http", "ws")).onopen = () => { window.events = "socket"; };
</script>`;
}

async function serve(page: string): Promise<Server> {
  const server = createServer((_request, response) => response.setHeader("content-type", "text/html").end(page));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

describeIf([missingChromium()], "a page of another site", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser([NAMES]);
  });
  afterAll(async () => {
    await browser.close();
  });

  async function logIn(context: BrowserContext, url: string): Promise<void> {
    const page = await context.newPage();
    await page.goto(`${url}/api/`);
    const status = await page.evaluate(
      async ([password = ""]) => {
        const headers = { "content-type": "application/json" };
        const body = JSON.stringify({ password });
        return (await fetch("/api/v1/auth/login", { method: "POST", headers, body })).status;
      },
      [PASSWORD],
    );
    expect(status).toBe(200);
    // Our own page may do everything: what is refused below is refused for where it comes from.
    const own = await page.evaluate(async () => {
      const headers = { "content-type": "application/json" };
      return (await fetch("/api/v1/tags", { method: "POST", headers, body: '{"names":["own"]}' })).status;
    });
    expect(own).toBe(201);
  }

  it.each([
    ["another site", "evil.example", "password"],
    // Cookies know no ports: the browser sends them along.
    ["another port of this host", "127.0.0.1", "password"],
    ["another site, where nobody must log in", "evil.example", "none"],
    ["another port, where nobody must log in", "127.0.0.1", "none"],
  ])("(%s) changes nothing, and reads nothing", async (_what, host, auth) => {
    await using scene = Scene.make("other-site");
    const extra = ["--auth", auth, "--set", "api.qbittorrent=true", "--set", "api.transmission=true"];
    await using daemon = await DaemonProcess.start({ stateDir: scene.stateDir, downloadDir: scene.saveDir, extra });
    await daemon.client.call("setPassword", { body: { newPassword: PASSWORD } });
    const evil = await serve(pageOf(daemon.url));
    const context = await browser.newContext();
    try {
      await logIn(context, daemon.url);
      const page = await context.newPage();
      await page.goto(`http://${host}:${portOf(evil)}/`, { waitUntil: "load" });
      expect(await page.evaluate(attack, daemon.url)).toEqual([]);
      expect(await page.evaluate("window.events")).toBe("nothing");
      const framed = page.frames().filter((frame) => frame.url().startsWith(`${daemon.url}/api/`));
      for (const frame of framed) expect(await frame.title().catch(() => "")).not.toBe("Torrential API");
      expect((await daemon.client.call("listTorrents", {})).total).toBe(0);
      expect((await daemon.client.call("showSettings", {})).values["limits.down"]).toBe(0);
      expect(daemon.process.status).toBeUndefined();
    } finally {
      await context.close();
      evil.close();
    }
  });

  it("that becomes this host by DNS rebinding is not us", async () => {
    await using scene = Scene.make("rebinding");
    const extra = ["--auth", "none"];
    await using daemon = await DaemonProcess.start({ stateDir: scene.stateDir, downloadDir: scene.saveDir, extra });
    const page = await browser.newPage();
    const port = new URL(daemon.url).port;
    const response = await page.goto(`http://rebound.example:${port}/api/v1/torrents`);
    expect(response?.status()).toBe(421);
    const status = await page.evaluate(async () => (await fetch("/api/v1/settings")).status);
    expect(status).toBe(421);
    await page.close();
  });
});
