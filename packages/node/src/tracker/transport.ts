/** Carries announces and scrapes to trackers over HTTP and UDP, a bounded number at a time, each with a deadline (F11). */
import { isIP } from "node:net";
import { TorrentialError, type InfoHash, makeEndpoint, type PeerId } from "@torrential/core";
import type { AnnounceCommand, AnnounceFailure, AnnounceResult, ScrapeCommand, ScrapeResult } from "@torrential/engine";
import {
  TRACKER_BODY_LENGTH_MAX,
  TrackerError,
  buildAnnounceUrl,
  buildScrapeUrl,
  parseAnnounceResponse,
  parseScrapeResponse,
  parseUdpTrackerUrl,
  type AnnounceRequest,
  type ScrapeEntry,
} from "@torrential/protocol";
import { errnoOf } from "../disk/errors.ts";
import { DnsResolver } from "../http/dns.ts";
import { GuardedHttp, type HttpResponse } from "../http/guarded-http.ts";
import { HttpError, type HttpErrorCode } from "../http/http-error.ts";
import { isBadPort, urlPolicy, type UrlPolicy } from "../http/policy.ts";
import { redactUrl } from "../http/redact.ts";
import { type Attempt, Turns } from "./turns.ts";
import { type UdpPlace, UdpTrackers } from "./udp-trackers.ts";

const COMPLETION_MS = 30_000; // PROMISES "Limits to start from": trackers.
const STOP_MS = 5_000; // The same: "stopped" must not hold up the exit.
/** A failure that took less says that the host lives, or that there is nobody to wait for. */
const SILENCE_MIN_MS = 2_000;
const HTTP_CONNECTIONS_MAX = 16;

export interface TrackerTransportOptions {
  readonly bindAddress?: string | undefined;
  readonly resolver?: DnsResolver;
  readonly http?: GuardedHttp;
  readonly policy?: UrlPolicy;
  /** Instead of 30 s. */
  readonly completionMs?: number;
}

/** What every announce of this client says beside the engine's words. */
export interface AnnounceExtra {
  readonly peerId: PeerId;
  /** Where peers reach us. */
  readonly port: number;
}

type Success = Extract<AnnounceResult, { ok: true }>;

export class TrackerTransport {
  readonly #resolver: DnsResolver;
  readonly #http: GuardedHttp;
  readonly #udp: UdpTrackers;
  readonly #policy: UrlPolicy;
  readonly #bindAddress: string | undefined;
  readonly #completionMs: number;
  readonly #closing = new AbortController();
  readonly #turns = new Turns<Success | Scraped | AnnounceFailure>();

  constructor(options: TrackerTransportOptions = {}) {
    const { bindAddress } = options;
    this.#bindAddress = bindAddress;
    this.#policy = options.policy ?? urlPolicy;
    const resolver = options.resolver ?? new DnsResolver({ bindAddress });
    this.#resolver = resolver;
    this.#http =
      options.http ??
      new GuardedHttp({ bindAddress, resolver, policy: this.#policy, connectionsMax: HTTP_CONNECTIONS_MAX });
    this.#completionMs = options.completionMs ?? COMPLETION_MS;
    this.#udp = new UdpTrackers({ bindAddress, giveUpAfterMs: this.#completionMs });
  }

  /** Never rejects. The deadline counts from when it has its turn: 5 s for "stopped", 30 s for the others. */
  async announce(command: AnnounceCommand, extra: AnnounceExtra): Promise<AnnounceResult> {
    const timeoutMs = command.event === "stopped" ? Math.min(STOP_MS, this.#completionMs) : this.#completionMs;
    const { url, family } = command;
    const result = await this.#takeTurn(url, family, () => this.#announce(command, extra, timeoutMs));
    return !result.ok || "response" in result ? result : MIXED_UP;
  }

  /** Never rejects. */
  async scrape(command: ScrapeCommand): Promise<ScrapeResult> {
    const result = await this.#takeTurn(command.url, undefined, () => this.#scrape(command));
    return !result.ok || "entries" in result ? result : MIXED_UP;
  }

  /** Loads what announcing to these takes, meanwhile: the disk is asked for its files first. */
  prepare(urls: readonly string[]): void {
    if (urls.some((url) => url.startsWith("http"))) void this.#http.prepare();
  }

  /** Cuts off every announce; those that wait for their turn fail too. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#udp.close();
    await this.#http.close();
  }

  #takeTurn(
    url: string,
    family: 4 | 6 | undefined,
    ask: () => Promise<Success | Scraped>,
  ): Promise<Success | Scraped | AnnounceFailure> {
    return this.#turns.take(`${hostOf(url)} ${family ?? ""}`, async () => {
      const startedAt = performance.now();
      try {
        this.#closing.signal.throwIfAborted();
        return { type: "answered", value: await ask() };
      } catch (error) {
        return this.#judge(url, error, performance.now() - startedAt);
      }
    });
  }

  #judge(url: string, error: unknown, tookMs: number): Attempt<AnnounceFailure> {
    const value = this.#explain(url, error);
    if (value.code === "tracker-failure" || value.code === "tracker-invalid") return { type: "answered", value };
    const isSilent = tookMs >= SILENCE_MIN_MS && !this.#closing.signal.aborted;
    return { type: isSilent ? "silent" : "failed", value };
  }

  async #announce(command: AnnounceCommand, { peerId, port }: AnnounceExtra, timeoutMs: number): Promise<Success> {
    const { infoHash, event, uploaded, downloaded, left, numWant, key, trackerId } = command;
    const counts = { uploaded, downloaded, left, numWant };
    const request: AnnounceRequest = { infoHash, peerId, port, event, key, trackerId, ...counts };
    const { url, family } = command;
    if (isUdp(url)) {
      return this.#overUdp(url, { family, timeoutMs }, async (place) => {
        const response = await this.#udp.announce(place, request);
        return { ok: true, response, from: place.endpoint.address };
      });
    }
    const answer = await this.#get(buildAnnounceUrl(url, request), timeoutMs, family);
    return { ok: true, response: readBody(answer, parseAnnounceResponse), from: answer.address };
  }

  async #scrape({ url, infoHashes }: ScrapeCommand): Promise<Scraped> {
    const timeoutMs = this.#completionMs;
    if (isUdp(url)) {
      return this.#overUdp(url, { family: undefined, timeoutMs }, async (place) => ({
        ok: true,
        entries: await this.#udp.scrape(place, infoHashes),
      }));
    }
    const asked = buildScrapeUrl(url, infoHashes);
    if (asked === undefined) throw new TrackerError("tracker-failure", "this tracker can't be scraped (BEP 48)");
    return { ok: true, entries: readBody(await this.#get(asked, timeoutMs, undefined), parseScrapeResponse) };
  }

  #get(url: string, timeoutMs: number, family: 4 | 6 | undefined): Promise<HttpResponse> {
    return this.#http.get(url, {
      kind: "tracker",
      signal: this.#closing.signal,
      maxBodyBytes: TRACKER_BODY_LENGTH_MAX,
      timeoutMs,
      ...(family === undefined ? {} : { family }),
    });
  }

  #overUdp<Value>(
    text: string,
    { family, timeoutMs }: { readonly family: 4 | 6 | undefined; readonly timeoutMs: number },
    ask: (place: UdpPlace) => Promise<Value>,
  ): Promise<Value> {
    const asked = this.#udpAddresses(text, family).then((places) => askFirst(places, ask));
    return withDeadline(asked, timeoutMs, this.#closing.signal);
  }

  /** Where the tracker may be asked; at least one. */
  async #udpAddresses(text: string, family: 4 | 6 | undefined): Promise<readonly UdpPlace[]> {
    const { host, port, urlData } = parseUdpTrackerUrl(text);
    const shown = redactUrl(text);
    if (isBadPort(port))
      throw new HttpError("http-refused", `${shown} can't be used: port ${port} belongs to another service.`);
    const addresses = await this.#resolver.resolve(host);
    const ofFamily = addresses.filter((address) => family === undefined || isIP(address) === family);
    if (ofFamily.length === 0) throw new HttpError("http-no-address", `${shown} has no IPv${family} address.`);
    const from = this.#bindAddress;
    const usable = ofFamily.filter((address) => from === undefined || isIP(address) === isIP(from));
    if (usable.length === 0)
      throw new HttpError("http-unreachable", `${shown} has no address that can be reached from ${from}.`);
    const url = new URL(text);
    const judged = usable.map((address) => ({
      address,
      why: this.#policy({ kind: "tracker", url, address, redirectedFrom: undefined }),
    }));
    const allowed = judged.filter(({ why }) => why === undefined);
    if (allowed.length === 0) throw new HttpError("http-refused", `${shown} can't be used: ${judged[0]?.why}.`);
    return allowed.map(({ address }) => ({ endpoint: makeEndpoint(address, port), urlData }));
  }

  #explain(url: string, error: unknown): AnnounceFailure {
    const retryInSeconds = error instanceof TrackerError ? error.retryInSeconds : undefined;
    const shown = redactUrl(url);
    const message =
      error instanceof HttpError
        ? error.message
        : `${shown}: ${error instanceof Error ? error.message : String(error)}`;
    const code = this.#closing.signal.aborted ? "tracker-unreachable" : codeOf(error);
    return { ok: false, code, message, retryInSeconds };
  }
}

interface Scraped {
  readonly ok: true;
  readonly entries: ReadonlyMap<InfoHash, ScrapeEntry>;
}

/** A turn hands out what its own attempt gave, or a failure: never this. */
const MIXED_UP: AnnounceFailure = {
  ok: false,
  code: "tracker-invalid",
  message: "the answer is that to another question",
  retryInSeconds: undefined,
};

function isUdp(url: string): boolean {
  return /^udp:/i.test(url);
}

/** Scheme, name and port; the whole of what is no URL. */
function hostOf(url: string): string {
  try {
    const { protocol, host } = new URL(url);
    return `${protocol}//${host}`;
  } catch {
    return url; // It is refused when it is asked.
  }
}

/** What the tracker said, or its silence, holds; an address that could not be sent to leaves the next one. */
async function askFirst<Value>(places: readonly UdpPlace[], ask: (place: UdpPlace) => Promise<Value>): Promise<Value> {
  let refusal: unknown;
  for (const place of places) {
    try {
      return await ask(place);
    } catch (error) {
      if (error instanceof TrackerError) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

function readBody<Value>({ status, body }: HttpResponse, parse: (body: Uint8Array) => Value): Value {
  const isDictionary = body[0] === 0x64; // "d": many trackers say why they refuse under a status that is no success.
  if (status >= 200 && status < 300) return parse(body);
  if (isDictionary) parse(body);
  throw new TrackerError("tracker-failure", `the tracker answered with HTTP status ${status}`);
}

const CODE_BY_HTTP: Readonly<Record<HttpErrorCode, AnnounceFailure["code"]>> = {
  "http-refused": "tracker-refused",
  "http-unreachable": "tracker-unreachable",
  "http-no-address": "tracker-no-address",
  "http-timeout": "tracker-timeout",
  "http-too-large": "tracker-invalid",
  "http-invalid": "tracker-invalid",
  "http-aborted": "tracker-unreachable",
};

function codeOf(error: unknown): AnnounceFailure["code"] {
  if (error instanceof HttpError) return CODE_BY_HTTP[error.code];
  if (error instanceof TrackerError) return error.code;
  if (error instanceof TorrentialError && error.code === "endpoint-invalid") return "tracker-invalid";
  return errnoOf(error) === "EACCES" || errnoOf(error) === "EPERM" ? "tracker-refused" : "tracker-unreachable";
}

/** Rejects when the deadline or the signal comes first; the loser's outcome is dropped. */
function withDeadline<Value>(promise: Promise<Value>, timeoutMs: number, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const handleAbort = (): void => reject(new Error("the client is closing"));
    const timer = setTimeout(
      () => reject(new TrackerError("tracker-timeout", `the tracker did not answer within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    signal.addEventListener("abort", handleAbort, { once: true });
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", handleAbort);
    });
  });
}
