/** A typed client of the API, for Node and browsers, with nothing but `fetch`. */
import type { ApiEvent } from "../events.ts";
import type { Viewport } from "../listing.ts";
import { API_PREFIX, PATHS, type RouteName } from "../routes/paths.ts";
import type { BodyOf, EventTopic, ParamsOf, QueryOf, ReplyOf } from "../routes/route-types.ts";
import { ApiError, readProblem } from "./api-error.ts";
import { readEvents } from "./event-stream.ts";

export interface ApiClientOptions {
  /** Where the daemon is, with its base path: "http://127.0.0.1:9091". In a page, its own origin. */
  readonly url: string;
  /** An API token, or that of the daemon's token file. A page has a cookie instead. */
  readonly token?: string | undefined;
  /** Another `fetch`, as for a unix socket. */
  readonly fetch?: typeof globalThis.fetch;
}

type Needs<T, Key extends string> = [T] extends [undefined]
  ? { readonly [K in Key]?: never }
  : Partial<T> extends T
    ? { readonly [K in Key]?: T }
    : { readonly [K in Key]: T };

/** What a call takes: `params`, `query` and `body` where the operation has them. */
export type CallInput<Name extends RouteName> = Needs<ParamsOf<Name>, "params"> &
  Needs<QueryOf<Name>, "query"> &
  Needs<BodyOf<Name>, "body"> &
  CallOptions;

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** The same key within a day gets the first answer. */
  readonly idempotencyKey?: string;
  /** Only when the resource still has this ETag; else ApiError "precondition-failed". */
  readonly ifMatch?: string;
}

export interface EventsOptions {
  readonly topics?: readonly EventTopic[];
  readonly viewport?: Viewport;
  readonly signal: AbortSignal;
  readonly onLost?: (error: unknown, retryInMs: number) => void;
}

/** The daemon sends a comment every 15 s: after three missed ones the connection is dead. */
const SILENCE_MS = 50_000;

export class ApiClient {
  readonly #options: ApiClientOptions;
  readonly #base: string;

  constructor(options: ApiClientOptions) {
    this.#options = options;
    this.#base = options.url.replace(/\/+$/, "") + API_PREFIX;
  }

  /** One operation. Throws ApiError when the daemon refuses, TypeError when it cannot be reached. */
  async call<Name extends RouteName>(name: Name, input: CallInput<Name>): Promise<ReplyOf<Name>> {
    const response = await this.request(name, input);
    return castReply(await readReply(response));
  }

  /** The same, as the response itself: for streams, ranges and ETags. Throws ApiError unless it is a success. */
  async request<Name extends RouteName>(name: Name, input: CallInput<Name>): Promise<Response> {
    const [method = "GET", path = ""] = PATHS[name].split(" ");
    const response = await this.#fetch(this.url(name, input, path), {
      method,
      headers: this.#headers(input),
      ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
      ...(input.signal === undefined ? {} : { signal: input.signal }),
    });
    if (!response.ok && response.status !== 304) throw new ApiError(await readProblem(response));
    return response;
  }

  /** Adds .torrent files and links as one multipart form, without base64. */
  async upload(form: FormData, options: CallOptions = {}): Promise<ReplyOf<"addTorrents">> {
    const headers = this.#headers({ ...options, body: undefined });
    const response = await this.#fetch(`${this.#base}/torrents`, { method: "POST", headers, body: form });
    if (!response.ok) throw new ApiError(await readProblem(response));
    const reply: ReplyOf<"addTorrents"> = JSON.parse(await response.text());
    return reply;
  }

  /** Where an operation is: for links and media elements of a page. */
  url<Name extends RouteName>(
    name: Name,
    input: { readonly params?: unknown; readonly query?: unknown },
    path: string = PATHS[name].split(" ")[1] ?? "",
  ): string {
    const params = new Map(Object.entries(Object(input.params ?? {})));
    const filled = path.replaceAll(/:(\w+)/g, (_, key: string) => encodeURIComponent(toText(params.get(key) ?? "")));
    const query = encodeQuery(input.query);
    return this.#base + filled + (query === "" ? "" : `?${query}`);
  }

  /** Events until the signal aborts, over lost connections. Throws ApiError when the daemon refuses for good. */
  events(options: EventsOptions): AsyncGenerator<ApiEvent, void, undefined> {
    const query = {
      ...(options.topics === undefined ? {} : { topics: options.topics }),
      ...(options.viewport === undefined ? {} : { viewport: JSON.stringify(options.viewport) }),
    };
    return readEvents({
      open: (lastEventId, signal) =>
        this.request("openEvents", {
          query,
          signal,
          headers: lastEventId === undefined ? {} : { "last-event-id": lastEventId },
        }),
      signal: options.signal,
      onLost: options.onLost,
      silenceMs: SILENCE_MS,
    });
  }

  #fetch(url: string, init: RequestInit): Promise<Response> {
    return (this.#options.fetch ?? globalThis.fetch)(url, init);
  }

  #headers(input: CallOptions & { readonly body?: unknown }): Record<string, string> {
    const headers: Record<string, string> = { accept: "application/json, application/problem+json", ...input.headers };
    if (input.body !== undefined) headers["content-type"] = "application/json";
    if (this.#options.token !== undefined) headers["authorization"] = `Bearer ${this.#options.token}`;
    if (input.idempotencyKey !== undefined) headers["idempotency-key"] = input.idempotencyKey;
    if (input.ifMatch !== undefined) headers["if-match"] = input.ifMatch;
    return headers;
  }
}

/** Lists are repeated, since a name may hold a comma; absent fields are left out. */
function encodeQuery(query: unknown): string {
  const pairs = new URLSearchParams();
  for (const [key, value] of Object.entries(Object(query ?? {}))) {
    if (value === undefined) continue;
    if (Array.isArray(value)) for (const each of value) pairs.append(key, toText(each));
    else pairs.append(key, toText(value));
  }
  return pairs.toString();
}

async function readReply(response: Response): Promise<unknown> {
  const type = response.headers.get("content-type") ?? "";
  if (!type.startsWith("application/json")) {
    const bytes = new Uint8Array(await response.arrayBuffer());
    return bytes.length === 0 ? undefined : bytes;
  }
  return JSON.parse(await response.text());
}

/** The one place where what came over the wire is believed to be what the table says. */
function castReply<T>(value: unknown): T {
  return value as T;
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
