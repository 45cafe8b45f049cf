/**
 * The WebUI API v2 of qBittorrent 5.1 over HTTP, behind the door: logging in and out, then one table of endpoints.
 * Transport-neutral: the server hands in what it read and sends what comes back.
 */
import type { Session, Sessions } from "../../door/sessions.ts";
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
  /** Nobody has to log in. */
  readonly isAnybody?: boolean;
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
  readonly userAgent: string;
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
  /** Who gave the password: kept by the door, ended with the password. */
  readonly sessions: Pick<Sessions, "create" | "find" | "end">;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** Whose request it is, and what that may do. */
interface Standing {
  readonly session: QbSession;
  readonly mayControl: boolean;
  readonly isSudo: boolean;
}

export const BANNED = "Your IP address has been banned after too many failed authentication attempts.";
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
    this.#sessions = new QbSessions(options.service);
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    if (request.path === "auth/login") return this.#logIn(request);
    const standing = this.#standingOf(request);
    if (standing === undefined) return FORBIDDEN;
    if (request.path === "auth/logout") return this.#logOut(request);
    const endpoint = ENDPOINTS.get(request.path);
    if (endpoint === undefined) return NOT_FOUND;
    if (!METHODS.has(request.method)) return METHOD_NOT_ALLOWED;
    if (endpoint.kind === "write" && request.method !== "POST") return METHOD_NOT_ALLOWED;
    const { session, isSudo, mayControl } = standing;
    if (endpoint.kind === "write" && !mayControl) return FORBIDDEN;
    const offer = this.#offerPlace(request);
    try {
      const given = { params: new Params(request.params), files: request.files, session, isSudo };
      const context = { service: this.#options.service, creator: this.#creator };
      return { ...(await endpoint.handle(given, context)), ...offer };
    } catch (error) {
      return { ...describeRefusal(error), ...offer };
    }
  }

  /** Where nobody logs in, a cookie comes with the first answer: whoever keeps it has lists of changes of its own. */
  #offerPlace({ cookie, caller }: ApiRequest): Pick<ApiResponse, "setCookie"> {
    if (caller?.isAnybody !== true) return {};
    if (cookie !== undefined && this.#sessions.find(cookie) !== undefined) return {};
    return { setCookie: this.#sessions.create() };
  }

  async #logIn(request: ApiRequest): Promise<ApiResponse> {
    if (request.method !== "POST") return METHOD_NOT_ALLOWED;
    // Whoever needs no password, or brings it with each request, is in already. It gets a cookie all the same, that lets
    // nobody in: what a token may not do, its cookie may not either.
    if (request.caller !== undefined) return { ...text("Ok."), setCookie: this.#sessions.create() };
    if (this.#standingOf(request) !== undefined) return text("Ok.");
    const { address, userAgent, params } = request;
    const username = params.get("username") ?? "";
    const verdict = await this.#options.logIn({ username, password: params.get("password") ?? "", address });
    if (verdict === "locked") return text(BANNED, 403);
    if (verdict === "wrong") return text("Fails.");
    const cookie = this.#options.sessions.create({ username, address, userAgent }, this.#options.now());
    return { ...text("Ok."), setCookie: cookie };
  }

  async #logOut(request: ApiRequest): Promise<ApiResponse> {
    if (request.method !== "POST") return METHOD_NOT_ALLOWED;
    const login = this.#loginOf(request);
    if (login !== undefined) await this.#options.sessions.end(login.id);
    return { ...text(""), setCookie: "" };
  }

  #standingOf(request: ApiRequest): Standing | undefined {
    const { cookie, caller } = request;
    if (caller !== undefined) {
      const own = cookie === undefined ? undefined : this.#sessions.find(cookie);
      return { ...caller, session: own ?? this.#sessions.of(caller.name) };
    }
    const login = this.#loginOf(request);
    if (login === undefined) return undefined;
    const isSudo = login.sudoUntil > this.#options.now();
    return { session: this.#sessions.of(`login ${login.id}`), mayControl: true, isSudo };
  }

  #loginOf({ cookie }: ApiRequest): Session | undefined {
    return cookie === undefined ? undefined : this.#options.sessions.find(cookie, this.#options.now());
  }
}
