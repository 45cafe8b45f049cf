/** The guide's configuration of nginx, as it stands there, before a daemon: nginx is Debian's. */
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DaemonProcess } from "../support/daemon-process.ts";
import { TestFolder } from "../support/folder.ts";
import { findFreePort } from "../support/free-port.ts";
import { TestProcess } from "../support/process.ts";
import { describeIf, missingProgram } from "../support/requirements.ts";
import { waitFor } from "../support/wait-for.ts";

const GUIDE = join(import.meta.dirname, "..", "..", "docs", "guide", "reverse-proxy.md");
const NAME = "torrents.example.org";
const PASSWORD = "correct horse battery";

/** The blocks of the guide that are for nginx: at the root of a name, and below it. */
function readServers(): string[] {
  const text = readFileSync(GUIDE, "utf8").split("## nginx")[1]?.split("\n## ")[0] ?? "";
  return [...text.matchAll(/^```\n([^]*?)^```$/gm)].map(([, block = ""]) => block);
}

describeIf([missingProgram("nginx")], "the guide's nginx", () => {
  const folder = new TestFolder("reverse-proxy");
  let daemon: DaemonProcess;
  let nginx: TestProcess;
  let port: number;

  beforeAll(async () => {
    port = await findFreePort("127.0.0.1");
    const http = ["http.base_path=/torrents", `http.allowed_hosts=${NAME}`, "http.trusted_proxies=127.0.0.1"];
    daemon = await DaemonProcess.start({
      stateDir: folder.at("state"),
      downloadDir: folder.folder("saved"),
      extra: http.flatMap((each) => ["--set", each]),
    });
    await daemon.client.call("setPassword", { body: { newPassword: PASSWORD } });
    const upstream = new URL(daemon.url).host;
    const [root = "", below = ""] = readServers();
    // One server with both: TLS is nginx's affair, and its ports are ours.
    const server = root
      .replace("listen 443 ssl;", `listen 127.0.0.1:${port};`)
      .replace(/\}\s*$/, `${below}}`)
      .replaceAll("127.0.0.1:9080", upstream);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (each) => `${each}_temp_path ${folder.at(each)};`,
    );
    const whole = `daemon off; pid ${folder.at("pid")}; error_log stderr;
      events {} http { access_log off; ${temporary.join(" ")} ${server} }`;
    writeFileSync(folder.at("nginx.conf"), whole);
    nginx = new TestProcess("nginx", ["-e", "stderr", "-c", folder.at("nginx.conf")]);
    await waitFor(async () => (await ask("/healthz").catch(() => undefined))?.status === 200, {
      what: () => `nginx serves; it said ${nginx.stderr}`,
    });
  });

  afterAll(async () => {
    await nginx[Symbol.asyncDispose]();
    await daemon[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  interface Reply {
    readonly status: number;
    readonly cookie: string;
    readonly text: string;
  }

  /** `until`: ends when so much is there. */
  function ask(
    path: string,
    { headers = {}, body, until }: { headers?: Record<string, string>; body?: string; until?: string } = {},
  ): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const method = body === undefined ? "GET" : "POST";
    const sent = request({ host: "127.0.0.1", port, method, path, headers: { host: NAME, ...headers }, agent: false });
    sent.on("error", reject);
    sent.on("response", (response) => {
      let text = "";
      const end = (): void =>
        resolve({ status: response.statusCode ?? 0, cookie: String(response.headers["set-cookie"] ?? ""), text });
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        if (until === undefined || !text.includes(until)) return;
        end();
        sent.destroy();
      });
      response.on("end", end);
    });
    sent.end(body);
    return promise;
  }

  const bearer = (): Record<string, string> => ({ authorization: `Bearer ${daemon.token}` });

  it.each(["", "/torrents"])("serves page, API and login at %j", async (base) => {
    expect((await ask(`${base}/`)).text).toContain("<!doctype html>");
    expect((await ask(`${base}/api/v1/session`)).status).toBe(401);
    expect((await ask(`${base}/api/v1/session`, { headers: bearer() })).status).toBe(200);
    const origin = `http://${NAME}`;
    const login = await ask(`${base}/api/v1/auth/login`, {
      headers: { "content-type": "application/json", origin },
      body: JSON.stringify({ password: PASSWORD }),
    });
    expect(login.cookie).toContain("Path=/torrents/");
    const cookie = login.cookie.split(";")[0] ?? "";
    expect((await ask(`${base}/api/v1/auth/me`, { headers: { cookie } })).status).toBe(200);
    const evil = { cookie, origin: "https://evil.example" };
    expect((await ask(`${base}/api/v1/auth/me`, { headers: evil })).status).toBe(403);
  });

  it("hands events through as they happen", async () => {
    const { text } = await ask("/api/v1/events?topics=session", { headers: bearer(), until: "event: session" });
    expect(text).toContain("event: hello");
  });

  it("says who asks, so that guesses count against them, and the daemon believes no other name", async () => {
    const guess = async (from: string): Promise<number> => {
      const headers = { "content-type": "application/json", "x-forwarded-for": from };
      return (await ask("/api/v1/auth/login", { headers, body: '{"password":"wrong wrong wrong"}' })).status;
    };
    // What a client says of itself stands left of what nginx saw, which is a proxy of ours here: so it is believed.
    const statuses: number[] = [];
    for (let i = 0; i < 8; i++) statuses.push(await guess("198.51.100.9"));
    expect(statuses).toContain(429);
    expect(await guess("203.0.113.9")).toBe(401);
    expect((await ask("/healthz", { headers: { host: "evil.example" } })).status).toBe(421);
  });
});
