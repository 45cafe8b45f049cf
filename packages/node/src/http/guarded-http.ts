/**
 * The one HTTP client for URLs that others gave us (PROMISES C7, C8): parse, resolve, judge every address in binary,
 * connect to that very address, judge again at each redirect, and cap time, header and body.
 */
import { isIP } from "node:net";
import { classifyIp, type IpClass } from "@torrential/core";
import type { Dispatcher, Pool } from "undici";
import type sendRequest from "undici/lib/api/api-request.js";
import { errnoOf } from "../disk/errors.ts";
import { decodeBody } from "./decode-body.ts";
import { DnsResolver } from "./dns.ts";
import { HttpError } from "./http-error.ts";
import { isBadPort, urlPolicy, type UrlKind, type UrlPolicy } from "./policy.ts";
import { redactUrl } from "./redact.ts";

const REDIRECTS_MAX = 5; // PROMISES C7.
const HEADER_BYTES_MAX = 16 * 1024; // PROMISES C7.
const CONNECT_TIMEOUT_MS = 10_000;
const POOLS_MAX = 64;
const POOL_CONNECTIONS_MAX = 4;
const KEEP_ALIVE_MS = 10_000;
const ADDRESSES_TRIED_MAX = 4;

export interface GuardedHttpOptions {
  /** No request leaves by another address. */
  readonly bindAddress?: string | undefined;
  readonly resolver?: DnsResolver;
  /** Where URLs may lead; `urlPolicy` by default. */
  readonly policy?: UrlPolicy;
  /** "Torrential/0.1.0" by default. */
  readonly userAgent?: string;
  /** At once, to one address of a server; 4 by default. */
  readonly connectionsMax?: number;
}

export interface HttpRequest {
  readonly kind: UrlKind;
  readonly signal?: AbortSignal | undefined;
  /** A POST instead of a GET. */
  readonly post?: { readonly body: string; readonly headers: Readonly<Record<string, string>> };
  /** Sent to the origin of the URL alone, wherever that redirects to. */
  readonly cookie?: string | undefined;
  /** 5 by default. */
  readonly redirectsMax?: number;
  /** Only over addresses of this family. */
  readonly family?: 4 | 6;
  /** After decompression. */
  readonly maxBodyBytes: number;
  /** From the call to the last byte of the body, redirects included. */
  readonly timeoutMs: number;
}

export interface HttpResponse {
  /** Whatever it was, redirects excepted. */
  readonly status: number;
  /** Decompressed. */
  readonly body: Uint8Array;
  /** By lower-case name; the first value of each. */
  readonly headers: ReadonlyMap<string, string>;
  /** Where it came from. */
  readonly address: string;
}

interface Hop {
  readonly url: URL;
  /** Of the URL that was asked for. */
  readonly firstOrigin: string;
  readonly request: HttpRequest;
  readonly signal: AbortSignal;
  readonly redirectedFrom: IpClass | undefined;
}

type HopResult =
  | { readonly type: "response"; readonly response: HttpResponse }
  | { readonly type: "redirect"; readonly location: string; readonly from: IpClass };

export class GuardedHttp {
  readonly #bindAddress: string | undefined;
  readonly #resolver: DnsResolver;
  readonly #policy: UrlPolicy;
  readonly #userAgent: string;
  readonly #connectionsMax: number;
  /** By origin and address, least recently used first: a connection never serves a request that was not judged for it. */
  readonly #pools = new Map<string, Pool>();

  constructor(options: GuardedHttpOptions = {}) {
    this.#bindAddress = options.bindAddress;
    this.#resolver = options.resolver ?? new DnsResolver({ bindAddress: options.bindAddress });
    this.#policy = options.policy ?? urlPolicy;
    this.#connectionsMax = options.connectionsMax ?? POOL_CONNECTIONS_MAX;
    this.#userAgent = options.userAgent ?? "Torrential/0.1.0";
  }

  /** Loads what a request needs, so that the first one does not wait for it. */
  async prepare(): Promise<void> {
    await loadUndici();
  }

  /** GET, or a POST. Any status resolves; everything else rejects with an `HttpError`. */
  async get(text: string, request: HttpRequest): Promise<HttpResponse> {
    const timeout = AbortSignal.timeout(request.timeoutMs);
    const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout]);
    let url = parseUrl(text);
    const firstOrigin = url.origin;
    const { redirectsMax = REDIRECTS_MAX } = request;
    let redirectedFrom: IpClass | undefined;
    try {
      for (let hops = 0; hops <= redirectsMax; hops++) {
        const result = await this.#hop({ url, firstOrigin, request, signal, redirectedFrom });
        if (result.type === "response") return result.response;
        redirectedFrom = redirectedFrom === "public" ? "public" : result.from;
        url = parseUrl(result.location, url);
      }
      throw new HttpError(
        "http-refused",
        redirectsMax === 0 ? "it redirects" : `it redirects more than ${redirectsMax} times`,
      );
    } catch (error) {
      if (timeout.aborted)
        throw new HttpError(
          "http-timeout",
          `${redactUrl(url.href)} gave no whole answer within ${request.timeoutMs / 1000} s.`,
        );
      if (signal.aborted) throw new HttpError("http-aborted", `The request of ${redactUrl(url.href)} was called off.`);
      throw explain(url, error);
    }
  }

  /** Cuts every connection. */
  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  /** One request to the first allowed address that takes a connection. */
  async #hop(hop: Hop): Promise<HopResult> {
    const addresses = await this.#allowedAddresses(hop);
    for (const [index, address] of addresses.entries()) {
      try {
        return await this.#exchange(hop, address);
      } catch (error) {
        if (index + 1 === addresses.length || !isConnectFailure(error) || hop.signal.aborted) throw error;
      }
    }
    throw new HttpError("http-unreachable", "it has no address");
  }

  async #allowedAddresses({ url, request, signal, redirectedFrom }: Hop): Promise<readonly string[]> {
    if (url.protocol !== "http:" && url.protocol !== "https:")
      throw new HttpError("http-refused", `${url.protocol} is not http or https`);
    if (isBadPort(portOf(url))) throw new HttpError("http-refused", `port ${portOf(url)} belongs to another service`);
    const resolved = await abortable(this.#resolver.resolve(url.hostname), signal);
    const { family } = request;
    const ofFamily = resolved.filter((address) => family === undefined || isIP(address) === family);
    if (ofFamily.length === 0) throw new HttpError("http-no-address", `its name has no IPv${family} address`);
    const reachable = ofFamily.filter(
      (address) => this.#bindAddress === undefined || isIP(address) === isIP(this.#bindAddress),
    );
    if (reachable.length === 0)
      throw new HttpError("http-unreachable", `it has no address of the kind of ${this.#bindAddress}`);
    const allowed: string[] = [];
    let refusal = "";
    for (const address of reachable) {
      const why = this.#policy({ kind: request.kind, url, address, redirectedFrom });
      if (why === undefined) allowed.push(address);
      else refusal ||= why;
    }
    if (allowed.length === 0) throw new HttpError("http-refused", refusal);
    return allowed.slice(0, ADDRESSES_TRIED_MAX);
  }

  async #exchange(hop: Hop, address: string): Promise<HopResult> {
    const { url, request, signal } = hop;
    const { Pool: PoolClass, request: send } = await loadUndici();
    const response = await send.call(this.#pool(PoolClass, url, address), {
      method: request.post === undefined ? "GET" : "POST",
      path: url.pathname + url.search,
      headers: { ...this.#headers(url), ...cookieFor(hop), ...request.post?.headers },
      body: request.post?.body ?? null,
      signal,
    });
    const headers = readHeaders(response.headers);
    const location = headers.get("location");
    if (location !== undefined && [301, 302, 303, 307, 308].includes(response.statusCode)) {
      response.body.on("error", () => {}).destroy();
      return { type: "redirect", location, from: classifyIp(address) };
    }
    const encoded = await readBody(response, request.maxBodyBytes);
    const body = decodeBody(encoded, headers.get("content-encoding") ?? "", request.maxBodyBytes);
    return { type: "response", response: { status: response.statusCode, body, headers, address } };
  }

  #headers(url: URL): Record<string, string> {
    const headers = { accept: "*/*", "accept-encoding": "gzip", "user-agent": this.#userAgent };
    if (url.username === "" && url.password === "") return headers;
    // Only the URL's own userinfo, so that no redirect carries it elsewhere.
    const userinfo = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return { ...headers, authorization: `Basic ${Buffer.from(userinfo).toString("base64")}` };
  }

  #pool(PoolClass: typeof Pool, url: URL, address: string): Pool {
    const key = `${url.origin}|${address}`;
    const pool = this.#pools.get(key) ?? this.#makePool(PoolClass, url.origin, address);
    this.#pools.delete(key);
    this.#pools.set(key, pool);
    for (const [oldest, idle] of this.#pools) {
      if (this.#pools.size <= POOLS_MAX) break;
      this.#pools.delete(oldest);
      void idle.close();
    }
    return pool;
  }

  #makePool(PoolClass: typeof Pool, origin: string, address: string): Pool {
    return new PoolClass(origin, {
      connections: this.#connectionsMax,
      pipelining: 1,
      maxHeaderSize: HEADER_BYTES_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      allowH2: false,
      ...(this.#bindAddress === undefined ? {} : { localAddress: this.#bindAddress }),
      connect: {
        timeout: CONNECT_TIMEOUT_MS,
        autoSelectFamily: false,
        // Stated, so that the environment's NODE_TLS_REJECT_UNAUTHORIZED does not switch it off (PROMISES C8).
        rejectUnauthorized: true,
        lookup: (_name, options, callback) => {
          const family = isIP(address);
          if (options.all === true) callback(null, [{ address, family }]);
          else callback(null, address, family);
        },
      },
    });
  }
}

/**
 * Loaded when it is first needed, and no more of it than that: its index brings fetch, web sockets and caches along, half
 * of what it takes to load.
 */
async function loadUndici(): Promise<{ Pool: typeof Pool; request: typeof sendRequest }> {
  const [pool, request] = await Promise.all([
    import("undici/lib/dispatcher/pool.js"),
    import("undici/lib/api/api-request.js"),
  ]);
  return { Pool: pool.default, request: request.default };
}

function parseUrl(text: string, base?: URL): URL {
  try {
    return new URL(text, base);
  } catch (cause) {
    throw new HttpError(
      "http-refused",
      base === undefined ? "The URL can't be read." : "it redirects to something that is no URL",
      { cause },
    );
  }
}

function portOf(url: URL): number {
  return url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
}

/** The body as it came; the rest is not read once it is too long. */
async function readBody(response: Dispatcher.ResponseData, lengthMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > lengthMax) throw new HttpError("http-too-large", `its body is longer than ${lengthMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** PROMISES C7: what is meant for one server is not carried to another. */
function cookieFor({ url, firstOrigin, request }: Hop): { readonly cookie?: string } {
  return request.cookie === undefined || url.origin !== firstOrigin ? {} : { cookie: request.cookie };
}

function readHeaders(raw: Dispatcher.ResponseData["headers"]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(raw)) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) headers.set(name.toLowerCase(), first);
  }
  return headers;
}

/** The same promise, but rejected as soon as the signal says so. */
function abortable<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const handleAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) return handleAbort();
    signal.addEventListener("abort", handleAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", handleAbort));
  });
}

function isConnectFailure(error: unknown): boolean {
  if (codeOf(error) === "UND_ERR_CONNECT_TIMEOUT") return true;
  return ["ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "ETIMEDOUT"].includes(errnoOf(error) ?? "");
}

/** Undici's code of an error, or Node's; "" for others. */
function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** One sentence with the URL as far as others may see it. */
function explain(url: URL, error: unknown): HttpError {
  const shown = redactUrl(url.href);
  const cause = { cause: error };
  if (error instanceof HttpError) return new HttpError(error.code, `${shown} can't be used: ${error.message}.`, cause);
  if (codeOf(error) === "UND_ERR_CONNECT_TIMEOUT")
    return new HttpError("http-timeout", `${shown} took no connection within ${CONNECT_TIMEOUT_MS / 1000} s.`, cause);
  if (codeOf(error) === "UND_ERR_HEADERS_OVERFLOW")
    return new HttpError(
      "http-too-large",
      `${shown} answered with more than ${HEADER_BYTES_MAX} bytes of header.`,
      cause,
    );
  // Without its cause, which holds what the other side sent.
  if (error instanceof Error && error.name === "HTTPParserError")
    return new HttpError("http-invalid", `${shown} answered with something that is no HTTP.`);
  return new HttpError("http-unreachable", `${shown} can't be reached: ${reasonOf(error)}.`, cause);
}

/** Node's own words for what broke; they hold addresses and codes, nothing that the other side wrote. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  return errnoOf(error) ?? error.message.replace(/\.$/, "");
}
