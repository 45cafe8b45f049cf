/**
 * The WebUI API v2 of qBittorrent 5.1 over HTTP, behind the door: logging in and out, then one table of endpoints.
 * Transport-neutral: the server hands in what it read and sends what comes back.
 */
import type { Service } from "../../service/service.ts";
import { ENDPOINTS } from "./endpoints.ts";
import { describeRefusal, type QbResponse, text, type UploadedFile } from "./http.ts";
import { Params } from "./params.ts";
import { type QbSession, QbSessions } from "./sessions.ts";
import { type CreationJobs, TorrentCreator } from "./torrent-creator.ts";

export const SESSION_COOKIE = "SID";

/** Who a request speaks for, as far as the door knows without this API's cookie. */
export interface Caller {
  /** Distinguishes callers, so that each has its own place in lists of changes. */
  readonly name: string;
  /** May change things, or only read them. */
  readonly mayControl: boolean;
  readonly isSudo: boolean;
}

export interface ApiRequest {
  readonly method: string;
  /** Below `/api/v2/`. */
  readonly path: string;
  readonly params: ReadonlyMap<string, string>;
  readonly files: readonly UploadedFile[];
  /** Value of the cookie `SID`. */
  readonly cookie: string | undefined;
  /** By token, Basic credentials, or because there is no password. */
  readonly caller: Caller | undefined;
  /** Canonical; failures of logging in are counted by it. */
  readonly address: string;
}

export interface ApiResponse extends QbResponse {
  /** The value that the cookie `SID` gets; "" ends it. */
  readonly setCookie?: string;
}

export interface QbittorrentOptions {
  readonly service: Service;
  /** Where torrents are made. */
  readonly jobs: CreationJobs;
  /** Whether name and password are right; "locked" after too many failures. */
  readonly logIn: (attempt: {
    readonly username: string;
    readonly password: string;
    readonly address: string;
  }) => Promise<"in" | "wrong" | "locked">;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

const FORBIDDEN = text("Forbidden", 403);
const NOT_FOUND = text("Not Found", 404);
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST"]);
const METHOD_NOT_ALLOWED = text("Method Not Allowed", 405);

export class QbittorrentApi {
  readonly #options: QbittorrentOptions;
  readonly #sessions: QbSessions;
  readonly #creator: TorrentCreator;

  constructor(options: QbittorrentOptions) {
    this.#options = options;
    this.#creator = new TorrentCreator(options.jobs);
    this.#sessions = new QbSessions(options.service, options.now ?? (() => performance.now()));
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    if (request.path === "auth/login") return this.#logIn(request);
    const session = this.#sessionOf(request);
    if (session === undefined) return FORBIDDEN;
    if (request.path === "auth/logout") return this.#logOut(request);
    const endpoint = ENDPOINTS.get(request.path);
    if (endpoint === undefined) return NOT_FOUND;
    if (!METHODS.has(request.method)) return METHOD_NOT_ALLOWED;
    if (endpoint.kind === "write" && request.method !== "POST") return METHOD_NOT_ALLOWED;
    if (endpoint.kind === "write" && request.caller?.mayControl === false) return FORBIDDEN;
    const { isSudo } = session;
    try {
      const given = { params: new Params(request.params), files: request.files, session, isSudo };
      return await endpoint.handle(given, { service: this.#options.service, creator: this.#creator });
    } catch (error) {
      return describeRefusal(error);
    }
  }

  /** Everybody has to log in again: the password is another. */
  endSessions(): void {
    this.#sessions.endAll();
  }

  async #logIn(request: ApiRequest): Promise<ApiResponse> {
    if (request.method !== "POST") return METHOD_NOT_ALLOWED;
    if (this.#sessionOf(request) !== undefined && request.caller === undefined) return text("Ok.");
    const attempt = {
      username: request.params.get("username") ?? "",
      password: request.params.get("password") ?? "",
      address: request.address,
    };
    // Whoever needs no password, or brings it with each request, is in a session already: it gets a cookie all the same.
    const verdict = request.caller === undefined ? await this.#options.logIn(attempt) : "in";
    if (verdict === "locked") {
      return text("Your IP address has been banned after too many failed authentication attempts.", 403);
    }
    if (verdict === "wrong") return text("Fails.");
    return { ...text("Ok."), setCookie: this.#sessions.create({ isSudo: request.caller?.isSudo ?? true }) };
  }

  #logOut(request: ApiRequest): ApiResponse {
    if (request.method !== "POST") return METHOD_NOT_ALLOWED;
    if (request.cookie !== undefined) this.#sessions.end(request.cookie);
    return { ...text(""), setCookie: "" };
  }

  #sessionOf({ cookie, caller }: ApiRequest): QbSession | undefined {
    const byCookie = cookie === undefined ? undefined : this.#sessions.find(cookie);
    if (byCookie !== undefined || caller === undefined) return byCookie;
    return this.#sessions.of(caller.name, { isSudo: caller.isSudo });
  }
}
