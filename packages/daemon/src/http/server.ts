/** The HTTP server: listeners, the door before everything, and the router behind it. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { API_PREFIX, PATHS, PROBLEM_TYPE } from "@torrential/api";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Accounts } from "../door/accounts.ts";
import { ApiTokens } from "../door/api-tokens.ts";
import { TrustedProxies } from "../door/client-address.ts";
import { type Admission, Door, type DoorDecision, type DoorOptions, type Refusal } from "../door/door.ts";
import { corsHeaders, PREFLIGHT_HEADERS, SECURITY_HEADERS } from "../door/headers.ts";
import type { PasswordHasher } from "../door/passwords.ts";
import { openRootToken } from "../door/root-token.ts";
import { Sessions } from "../door/sessions.ts";
import type { Log, Logs } from "../log/log.ts";
import type { Service } from "../service/service.ts";
import { API_PAGE } from "./api-page.ts";
import { type App, makeApp } from "./app.ts";
import { EventHub } from "./events/hub.ts";
import { Jobs } from "./jobs.ts";
import { type Listener, openListeners, readTls } from "./listeners.ts";
import { writeMetrics } from "./metrics.ts";
import { checkExposure, type HttpOptions } from "./options.ts";
import { addPlainRoutes, HEALTH_PATHS, type PageFiles } from "./plain-routes.ts";
import { makeProblem } from "./problems.ts";
import type { RouterEntry } from "./router-entries.ts";
import { SocketLimits } from "./socket-limits.ts";

export interface HttpServerOptions {
  readonly http: HttpOptions;
  readonly service: Service;
  readonly logs: Logs;
  readonly stateDir: string;
  readonly version: string;
  /** Files of the page, beside that of the API. */
  readonly files?: PageFiles;
  /** Other APIs on the same server, behind the same door. */
  readonly surfaces?: readonly Surface[];
  /** Set when there is none yet. */
  readonly firstPassword?: string;
  /** Tests hash cheaply. */
  readonly hasher?: PasswordHasher;
  /** Why requests are not served yet; undefined when they are. */
  readonly whyNotReady?: () => string | undefined;
}

/** An API of somebody else's making: its own routes, and its own words for what the door refuses. */
export interface Surface {
  /** "/api/v2/": paths that begin so are its own. */
  readonly prefix: string;
  /** Paths that need no login, such as the login. */
  readonly isPublic: (method: string, path: string) => boolean;
  readonly refuse: (refusal: Refusal) => {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body: string;
  };
  /** Its clients change things with a cookie and nothing that says where they come from, as no browser does (C1). */
  readonly takesCookieAlone?: boolean;
  readonly addRoutes: (app: FastifyInstance, door: DoorParts) => void | Promise<void>;
}

/** What other APIs log people in with. */
export interface DoorParts {
  readonly accounts: Accounts;
  readonly tokens: ApiTokens;
  readonly sessions: Sessions;
  /** Of programs that log in by another API than ours. */
  readonly appSessions: Sessions;
  readonly cookieName: string;
  readonly now: () => number;
  readonly admissionOf: (request: FastifyRequest) => Admission;
  /** Torrents that are made for whoever asks. */
  readonly jobs: Jobs;
}

export interface HttpServer {
  /** "127.0.0.1:9080", "unix:/path". */
  readonly addresses: readonly string[];
  /** Everything that is answered here, by whichever API. */
  readonly routes: readonly RouterEntry[];
  /** Reads certificates again, and takes over who may come in: hosts, origins and proxies. */
  reload(http: HttpOptions): void;
  /** Answers what was asked, for up to two seconds, and ends. */
  close(): Promise<void>;
}

const COOKIE = "torrential";
const FIRST_USER = "admin";
const TICK_MS = 15_000;
const CLOSE_MS = 2_000;
const LOGIN_PATH = API_PREFIX + PATHS.login.slice("POST ".length);

/**
 * Starts it. Throws "config-unsafe", "port-in-use", "listen-failed", "tls-invalid" or "state-token", having opened
 * nothing.
 */
export async function startHttp(options: HttpServerOptions): Promise<HttpServer> {
  const { http, service, logs, stateDir } = options;
  const rootToken = await openRootToken(stateDir);
  const accounts = new Accounts(service.store, options.hasher);
  const tokens = new ApiTokens(service.store);
  if (options.firstPassword !== undefined && !accounts.hasPassword) {
    await accounts.setPassword(FIRST_USER, options.firstPassword);
  }
  checkExposure(http, { password: accounts.hasPassword, token: tokens.size > 0 });
  const server = new ServerParts(options, { accounts, tokens, rootToken });
  const { app, routes } = await server.makeApp();
  const log = logs.area("http");
  const listeners = await openListeners(http, {
    handler: (request, response) => server.handle(app, request, response),
    limits: server.limits,
  });
  const timer = setInterval(() => server.events.handleTick(performance.now()), TICK_MS);
  timer.unref();
  for (const { address } of listeners) log.info(`listening on ${address}`);
  return {
    addresses: listeners.map(({ address }) => address),
    routes: routes.list(),
    reload: (now) => {
      server.setOptions(now);
      reloadTls(http, listeners, log);
    },
    close: async () => {
      clearInterval(timer);
      await server.close(app, listeners);
    },
  };
}

/** What lives as long as the server. */
class ServerParts {
  readonly limits: SocketLimits;
  readonly events: EventHub;
  readonly #options: HttpServerOptions;
  readonly #door: Door;
  readonly #doorParts: DoorParts;
  readonly #jobs: Jobs;
  readonly #log: Log;
  readonly #httpLog: Log;
  readonly #admissions = new WeakMap<IncomingMessage, Admission>();
  readonly #files: PageFiles;
  #proxies: TrustedProxies;

  constructor(options: HttpServerOptions, keys: { accounts: Accounts; tokens: ApiTokens; rootToken: string }) {
    const { http, service, logs, version } = options;
    const now = (): number => performance.now();
    const sessions = new Sessions(service.store, { now, wallNow: Date.now });
    const appSessions = new Sessions(service.store, { now, wallNow: Date.now }, "app-sessions");
    this.#options = options;
    this.#log = logs.area("door");
    this.#httpLog = logs.area("http");
    this.#files = new Map([...API_PAGE, ...(options.files ?? [])]);
    this.#proxies = new TrustedProxies(http.trustedProxies);
    this.limits = new SocketLimits((address) => this.#proxies.has(address));
    this.events = new EventHub({ service, logs, version, now });
    this.#jobs = new Jobs({ service, version, now: Date.now, onChange: (job) => this.events.handleJob(job) });
    this.#doorParts = {
      ...keys,
      sessions,
      appSessions,
      cookieName: COOKIE,
      now,
      admissionOf: ({ raw }) => this.#admissionOf(raw),
      jobs: this.#jobs,
    };
    this.#door = new Door(this.#doorOptions(http), {
      ...keys,
      sessions,
      isPublic: (method, path) => this.#isPublic(method, path),
      takesCookieAlone: (path) => this.#surfaceOf(path)?.takesCookieAlone === true,
      now,
      wallNow: Date.now,
    });
  }

  /** Throws RangeError when a proxy is no address. */
  setOptions(http: HttpOptions): void {
    this.#proxies = new TrustedProxies(http.trustedProxies);
    this.#door.setOptions(this.#doorOptions({ ...this.#options.http, ...pickLive(http) }));
  }

  makeApp(): Promise<App> {
    const { service, logs, version, http, surfaces = [], whyNotReady = () => undefined } = this.#options;
    const { accounts, tokens, sessions, appSessions, now, admissionOf } = this.#doorParts;
    const metrics = (): string =>
      writeMetrics({ service, sockets: () => this.limits.size, streams: () => this.events.size });
    return makeApp({
      deps: {
        service,
        accounts,
        tokens,
        sessions,
        appSessions,
        events: this.events,
        jobs: this.#jobs,
        logs,
        life: randomBytes(6).toString("hex"),
        version,
        cookie: { name: COOKIE, path: `${http.basePath}/` },
        now,
        wallNow: Date.now,
      },
      log: logs.area("http"),
      admissionOf,
      plugins: [
        (app) => addPlainRoutes(app, { files: this.#files, metrics, whyNotReady }),
        ...surfaces.map((surface) => (app: FastifyInstance) => surface.addRoutes(app, this.#doorParts)),
      ],
    });
  }

  handle(app: FastifyInstance, request: IncomingMessage, response: ServerResponse): void {
    this.#admit(app, request, response).catch((error: unknown) => {
      this.#log.error("the door failed", { error });
      response.destroy();
    });
  }

  async close(app: FastifyInstance, listeners: readonly Listener[]): Promise<void> {
    this.events.close();
    this.#jobs.close();
    const timer = setTimeout(() => this.limits.destroyAll(), CLOSE_MS);
    await Promise.all(listeners.map((listener) => listener.close()));
    clearTimeout(timer);
    await app.close();
  }

  async #admit(app: FastifyInstance, request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    const decision = await this.#door.decide(request);
    if (response.destroyed) return;
    if (decision.type !== "in") {
      this.#turnAway(decision, request, response);
      return;
    }
    if (decision.corsOrigin !== undefined) setHeaders(response, corsHeaders(decision.corsOrigin));
    this.#admissions.set(request, decision);
    request.url = decision.url;
    this.#logWhenDone(decision, request, response);
    app.routing(request, response);
  }

  /** Paths alone: a query may hold what is nobody's business. */
  #logWhenDone({ path, principal, client }: Admission, { method }: IncomingMessage, response: ServerResponse): void {
    const startedAt = performance.now();
    response.once("close", () => {
      const ms = Math.round(performance.now() - startedAt);
      const who = principal === undefined ? "anybody" : `${principal.kind} ${principal.name}`;
      this.#httpLog.debug(`${method} ${path} ${response.statusCode}`, { ms, who, from: client.address });
    });
  }

  #turnAway(decision: Exclude<DoorDecision, Admission>, request: IncomingMessage, response: ServerResponse): void {
    // What is refused is not read: a body on its way would hold the connection.
    response.setHeader("connection", "close");
    if (decision.type === "preflight") {
      setHeaders(response, { ...corsHeaders(decision.corsOrigin), ...PREFLIGHT_HEADERS });
      response.writeHead(204).end();
      return;
    }
    const { status, code, detail, retryAfterSeconds } = decision;
    this.#log.debug(`refused: ${code}`, { from: decision.client?.address, method: request.method });
    const surface = this.#surfaceOf(request.url ?? "");
    if (surface !== undefined) {
      const { body, ...head } = surface.refuse(decision);
      response.writeHead(head.status, head.headers).end(body);
      return;
    }
    const problem = makeProblem(status, code, detail, { retryAfterSeconds });
    if (retryAfterSeconds !== undefined) response.setHeader("retry-after", retryAfterSeconds);
    if (status === 401) response.setHeader("www-authenticate", 'Bearer realm="torrential"');
    response.writeHead(status, { "content-type": PROBLEM_TYPE, "cache-control": "no-store" });
    response.end(JSON.stringify(problem));
  }

  #doorOptions(http: HttpOptions): DoorOptions {
    return { ...http, proxies: this.#proxies, isAuthOff: http.auth === "none", cookieName: COOKIE };
  }

  #admissionOf(request: IncomingMessage): Admission {
    const admission = this.#admissions.get(request);
    if (admission === undefined) throw new Error("a request got past the door");
    return admission;
  }

  /** Health, login, and what pages are made of: there is nothing in it. */
  #isPublic(method: string, path: string): boolean {
    if (method === "GET" || method === "HEAD") {
      if (HEALTH_PATHS.has(path) || this.#files.has(path)) return true;
    }
    if (method === "POST" && path === LOGIN_PATH) return true;
    return this.#surfaceOf(path)?.isPublic(method, path) ?? false;
  }

  #surfaceOf(path: string): Surface | undefined {
    return this.#options.surfaces?.find(({ prefix }) => path.startsWith(prefix));
  }
}

/** What may change while it runs; the rest needs new sockets. */
function pickLive({ allowedHosts, origins }: HttpOptions): Pick<HttpOptions, "allowedHosts" | "origins"> {
  return { allowedHosts, origins };
}

function setHeaders(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

/** A certificate that cannot be read leaves the one before. */
function reloadTls({ tls }: HttpOptions, listeners: readonly Listener[], log: Log): void {
  if (tls === undefined) return;
  try {
    const secure = readTls(tls);
    for (const { server } of listeners) if ("setSecureContext" in server) server.setSecureContext(secure);
    log.info("certificates read again");
  } catch (error) {
    log.error("certificates could not be read again", { error });
  }
}
