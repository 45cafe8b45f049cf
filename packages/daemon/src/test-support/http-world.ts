/** A real HTTP server over a fake service, and requests as raw as a test wants them. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogLevel } from "@torrential/api";
import { PasswordHasher } from "../door/passwords.ts";
import type { HttpOptions } from "../http/options.ts";
import { type HttpServer, type HttpServerOptions, startHttp, type Surface } from "../http/server.ts";
import { Logs } from "../log/log.ts";
import type { Service } from "../service/service.ts";
import { FakeService, makeTorrent, type MemoryStore } from "./fake-service.ts";

export const PASSWORD = "correct horse battery";

export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

export interface WorldOptions {
  readonly levels?: Readonly<Record<string, LogLevel>>;
  /** Other APIs, over the same service. */
  readonly makeSurfaces?: (service: Service) => readonly Surface[];
  /** Of a daemon that runs again. */
  readonly store?: MemoryStore;
}

export class HttpWorld implements AsyncDisposable {
  readonly service: FakeService;
  readonly server: HttpServer;
  readonly stateDir: string;
  readonly rootToken: string;
  readonly logLines: string[];

  private constructor(service: FakeService, server: HttpServer, stateDir: string, logLines: string[]) {
    this.service = service;
    this.server = server;
    this.stateDir = stateDir;
    this.logLines = logLines;
    this.rootToken = readFileSync(join(stateDir, "token"), "utf8").trim();
  }

  static async start(
    http: Partial<HttpOptions> = {},
    options: Partial<HttpServerOptions> & WorldOptions = {},
  ): Promise<HttpWorld> {
    const service = new FakeService([makeTorrent(1), makeTorrent(2), makeTorrent(3)]);
    const stateDir = mkdtempSync(join(tmpdir(), "torrential-http-"));
    const lines: string[] = [];
    const { levels, makeSurfaces, store, ...rest } = options;
    if (store !== undefined) service.store = store;
    const logs = new Logs({
      destination: { write: (line) => void lines.push(line) },
      now: Date.now,
      ...(levels === undefined ? {} : { levels }),
    });
    const server = await startHttp({
      http: { ...DEFAULTS, ...http },
      service: service.asService(),
      logs,
      stateDir,
      version: "0.1.0",
      ...(makeSurfaces === undefined ? {} : { surfaces: makeSurfaces(service.asService()) }),
      hasher: new PasswordHasher({ memoryKib: 64, passes: 1 }),
      ...rest,
    });
    return new HttpWorld(service, server, stateDir, lines);
  }

  /** "127.0.0.1:1234". */
  get host(): string {
    return this.server.addresses[0] ?? "";
  }

  get url(): string {
    return `http://${this.host}`;
  }

  get bearer(): { readonly authorization: string } {
    return { authorization: `Bearer ${this.rootToken}` };
  }

  /** As is: no header but Host and what is given. */
  ask({ method = "GET", path, headers = {}, body }: RawRequest): Promise<RawReply> {
    const [address = "", port = ""] = this.host.split(":");
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: address,
          port: Number(port),
          method,
          path,
          headers: { host: this.host, ...copy(headers) },
          agent: false,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
          });
          response.on("error", reject);
        },
      );
      sent.on("error", reject);
      sent.end(body);
    });
  }

  /** JSON with the owner's token. */
  async json(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const content = body === undefined ? {} : { "content-type": "application/json" };
    const reply = await this.ask({
      method,
      path,
      headers: { ...this.bearer, ...content },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: reply.status, body: reply.text === "" ? undefined : JSON.parse(reply.text) };
  }

  async setPassword(): Promise<void> {
    await this.json("PUT", "/api/v1/auth/password", { newPassword: PASSWORD });
  }

  /** The cookie of a new session. */
  async logIn(): Promise<string> {
    const reply = await this.tryLogin(PASSWORD);
    return String(reply.headers["set-cookie"]).split(";")[0] ?? "";
  }

  tryLogin(password: string, headers: Readonly<Record<string, string>> = {}): Promise<RawReply> {
    return this.ask({
      method: "POST",
      path: "/api/v1/auth/login",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ password }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    rmSync(this.stateDir, { recursive: true, force: true });
  }
}

export const DEFAULTS: HttpOptions = {
  listen: [{ type: "tcp", host: "127.0.0.1", port: 0 }],
  auth: "password",
  basePath: "",
  allowedHosts: [],
  origins: [],
  trustedProxies: [],
  tls: undefined,
};

function copy(headers: Readonly<Record<string, string | readonly string[]>>): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? value : [...value]]),
  );
}
