/**
 * The door: every request passes here before anything routes it, and leaves as somebody or not at all. It reads the raw
 * URL and headers only.
 */
import type { IncomingMessage } from "node:http";
import { canonicalIp, TorrentialError } from "@torrential/core";
import type { Accounts } from "./accounts.ts";
import { type ApiTokens, hashSecret } from "./api-tokens.ts";
import { type ClientView, type TrustedProxies, viewClient } from "./client-address.ts";
import { type Credentials, readCredentials } from "./credentials.ts";
import { type GateRequest, type GateVerdict, judgeGate } from "./gate.ts";
import type { Principal } from "./principal.ts";
import { parseRawPath } from "./raw-path.ts";
import type { Sessions } from "./sessions.ts";

export interface DoorOptions {
  readonly allowedHosts: readonly string[];
  readonly origins: readonly string[];
  readonly proxies: TrustedProxies;
  /** "" or "/base". */
  readonly basePath: string;
  /** Whoever passes the gate may do everything. */
  readonly isAuthOff: boolean;
  readonly cookieName: string;
}

export interface DoorDeps {
  readonly accounts: Accounts;
  readonly tokens: ApiTokens;
  readonly sessions: Sessions;
  readonly rootToken: string;
  /** Whether a path may be asked for by anybody. */
  readonly isPublic: (method: string, path: string) => boolean;
  /** Whether a cookie may change things below this path although nothing says where the request comes from. */
  readonly takesCookieAlone?: (path: string) => boolean;
  /** Monotonic. */
  readonly now: () => number;
  /** Since 1970. */
  readonly wallNow: () => number;
}

export interface Admission {
  readonly type: "in";
  readonly path: string;
  /** What the request's URL is without the base path. */
  readonly url: string;
  readonly client: ClientView;
  readonly principal: Principal | undefined;
  readonly corsOrigin: string | undefined;
}

export interface Refusal {
  readonly type: "refused";
  readonly status: 400 | 401 | 403 | 421 | 429 | 503;
  readonly code: string;
  readonly detail: string;
  readonly retryAfterSeconds?: number;
  readonly client: ClientView | undefined;
}

export type DoorDecision =
  | Admission
  | Refusal
  /** The answer to a browser that asks whether a page elsewhere may ask. */
  | { readonly type: "preflight"; readonly corsOrigin: string };

type Authentication = { readonly principal: Principal | undefined } | { readonly refusal: Refusal };

export class Door {
  readonly #deps: DoorDeps;
  readonly #rootTokenHash: string;
  #options: DoorOptions;

  constructor(options: DoorOptions, deps: DoorDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#rootTokenHash = hashSecret(deps.rootToken);
  }

  /** From the next request on. */
  setOptions(options: DoorOptions): void {
    this.#options = options;
  }

  async decide(request: IncomingMessage): Promise<DoorDecision> {
    const method = request.method ?? "";
    const raw = parseRawPath(request.url ?? "", this.#options.basePath);
    if (raw === undefined) return refuse(400, "path-refused", "the path is not written the one way that we read");
    const client = this.#viewClient(request);
    const verdict = this.#judge(request, client, raw.path);
    if (!verdict.isOpen) return { type: "refused", client, ...pick(verdict) };
    if (method === "OPTIONS" && verdict.corsOrigin !== undefined) {
      return { type: "preflight", corsOrigin: verdict.corsOrigin };
    }
    const authentication = await this.#authenticate(request, client);
    if ("refusal" in authentication) return authentication.refusal;
    const { principal } = authentication;
    if (principal === undefined && !this.#deps.isPublic(method, raw.path)) {
      return { ...refuse(401, "unauthenticated", "log in, or send a token"), client };
    }
    const url = raw.query === "" ? raw.path : `${raw.path}?${raw.query}`;
    return { type: "in", path: raw.path, url, client, principal, corsOrigin: verdict.corsOrigin };
  }

  #viewClient(request: IncomingMessage): ClientView {
    const { headers, socket } = request;
    return viewClient(
      socket.remoteAddress,
      {
        forwardedFor: joinHeader(headers["x-forwarded-for"]),
        forwardedHost: joinHeader(headers["x-forwarded-host"]),
        forwardedProto: joinHeader(headers["x-forwarded-proto"]),
      },
      { proxies: this.#options.proxies, isTls: isTls(request) },
    );
  }

  #judge(request: IncomingMessage, client: ClientView, path: string): GateVerdict {
    const seen = toGateRequest(request, client);
    const isForgiven = this.#deps.takesCookieAlone?.(path) === true;
    return judgeGate(isForgiven ? { ...seen, hasCookie: false } : seen, this.#options);
  }

  async #authenticate(request: IncomingMessage, client: ClientView): Promise<Authentication> {
    const { authorization, cookie } = request.headers;
    const credentials = readCredentials({ authorization, cookie }, this.#options.cookieName);
    if (credentials.type === "bearer") return this.#byToken(credentials.token, client);
    if (credentials.type === "basic") return await this.#byPassword(credentials, client);
    const session = credentials.type === "cookie" ? this.#bySession(credentials.cookie) : undefined;
    return { principal: session ?? this.#byNothing() };
  }

  /** Valid ones are never kept waiting, however much somebody else at that address guesses. */
  #byToken(token: string, client: ClientView): Authentication {
    const { tokens, accounts } = this.#deps;
    if (hashSecret(token) === this.#rootTokenHash) return { principal: ROOT };
    const found = tokens.find(token, this.#deps.wallNow());
    if (found !== undefined) {
      const { id, name, scope } = found;
      return { principal: { kind: "token", name, scope, tokenId: id, sudoUntil: 0 } };
    }
    const waitMs = accounts.waitMs(client.address, this.#deps.now());
    if (waitMs > 0) return { refusal: refuseForNow(waitMs, client) };
    accounts.handleWrongToken(client.address, this.#deps.now());
    return { refusal: { ...refuse(401, "token-wrong", "that token is not, or no longer, good"), client } };
  }

  async #byPassword(
    { username, password }: Extract<Credentials, { type: "basic" }>,
    client: ClientView,
  ): Promise<Authentication> {
    try {
      const result = await this.#deps.accounts.checkBasic(
        { username, password, address: client.address },
        this.#deps.now,
      );
      if (result.type === "locked") return { refusal: refuseForNow(result.waitMs, client) };
      if (result.type === "wrong") {
        return { refusal: { ...refuse(401, "password-wrong", "user name or password is wrong"), client } };
      }
      return { principal: { kind: "password", name: username, scope: "admin", sudoUntil: 0 } };
    } catch (error) {
      if (!(error instanceof TorrentialError) || error.code !== "busy") throw error;
      return { refusal: { ...refuse(503, "busy", error.message), retryAfterSeconds: 1, client } };
    }
  }

  #bySession(cookie: string): Principal | undefined {
    const session = this.#deps.sessions.find(cookie, this.#deps.now());
    if (session === undefined) return undefined;
    const { id, username, sudoUntil } = session;
    return { kind: "session", name: username, scope: "admin", sessionId: id, sudoUntil };
  }

  #byNothing(): Principal | undefined {
    return this.#options.isAuthOff ? { kind: "none", name: "anybody", scope: "admin", sudoUntil: 0 } : undefined;
  }
}

/** Who can read the state folder is the owner, and needs no password to be one. */
const ROOT: Principal = { kind: "root-token", name: "owner", scope: "admin", sudoUntil: Number.POSITIVE_INFINITY };

/** What the gate looks at, of a request. */
export function toGateRequest(request: IncomingMessage, client: ClientView): GateRequest {
  const { headers, socket } = request;
  const { localAddress, localPort } = socket;
  const address = localAddress === undefined ? undefined : canonicalIp(localAddress);
  return {
    method: request.method ?? "",
    host: hasOneHost(request) ? (client.host ?? headers.host?.toLowerCase()) : undefined,
    local: address === undefined || localPort === undefined ? undefined : { address, port: localPort },
    isTls: isTls(request),
    origin: headers.origin,
    secFetchSite: joinHeader(headers["sec-fetch-site"]),
    secFetchMode: joinHeader(headers["sec-fetch-mode"]),
    hasCookie: headers.cookie !== undefined,
    hasAuthorization: headers.authorization !== undefined,
    isUpgrade: headers.upgrade !== undefined,
  };
}

/** Node keeps the first of two; whatever stands before us may have meant the other. */
function hasOneHost({ rawHeaders }: IncomingMessage): boolean {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.toLowerCase() === "host") count += 1;
  return count === 1;
}

function isTls(request: IncomingMessage): boolean {
  return "encrypted" in request.socket && request.socket.encrypted === true;
}

function joinHeader(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" || value === undefined ? value : value.join(", ");
}

function pick({ status, code, detail }: Extract<GateVerdict, { isOpen: false }>): Omit<Refusal, "type" | "client"> {
  return { status, code, detail };
}

function refuse(status: Refusal["status"], code: string, detail: string): Refusal {
  return { type: "refused", status, code, detail, client: undefined };
}

function refuseForNow(waitMs: number, client: ClientView): Refusal {
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  const detail = `too many wrong attempts: wait ${retryAfterSeconds} s`;
  return { type: "refused", status: 429, code: "too-many-attempts", detail, retryAfterSeconds, client };
}
