/** Carries announces to trackers over HTTP and UDP, a bounded number at a time, each with a deadline (PROMISES F11). */
import { isIP } from "node:net";
import { TorrentialError, makeEndpoint, type PeerId } from "@torrential/core";
import type { AnnounceCommand, AnnounceResult } from "@torrential/engine";
import {
  TRACKER_BODY_LENGTH_MAX,
  TrackerError,
  buildAnnounceUrl,
  parseAnnounceResponse,
  parseUdpTrackerUrl,
  type AnnounceRequest,
  type AnnounceResponse,
} from "@torrential/protocol";
import { errnoOf } from "../disk/errors.ts";
import { DnsResolver } from "../http/dns.ts";
import { GuardedHttp } from "../http/guarded-http.ts";
import { HttpError, type HttpErrorCode } from "../http/http-error.ts";
import { isBadPort, urlPolicy, type UrlPolicy } from "../http/policy.ts";
import { redactUrl } from "../http/redact.ts";
import { UdpTrackers } from "./udp-trackers.ts";

const PARALLEL_MAX = 50; // PROMISES "Limits to start from": trackers.
const COMPLETION_MS = 30_000; // The same.
const STOP_MS = 5_000; // The same: "stopped" must not hold up the exit.

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
  /** Where we listen. */
  readonly port: number;
}

type FailureCode = Extract<AnnounceResult, { ok: false }>["code"];

export class TrackerTransport {
  readonly #resolver: DnsResolver;
  readonly #http: GuardedHttp;
  readonly #udp: UdpTrackers;
  readonly #policy: UrlPolicy;
  readonly #bindAddress: string | undefined;
  readonly #completionMs: number;
  readonly #closing = new AbortController();
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor(options: TrackerTransportOptions = {}) {
    this.#bindAddress = options.bindAddress;
    this.#policy = options.policy ?? urlPolicy;
    this.#resolver = options.resolver ?? new DnsResolver({ bindAddress: options.bindAddress });
    this.#http =
      options.http ??
      new GuardedHttp({ bindAddress: options.bindAddress, resolver: this.#resolver, policy: this.#policy });
    this.#completionMs = options.completionMs ?? COMPLETION_MS;
    this.#udp = new UdpTrackers({ bindAddress: options.bindAddress, giveUpAfterMs: this.#completionMs });
  }

  /** Never rejects. The deadline counts from when it has its turn: 5 s for "stopped", 30 s for the others. */
  async announce(command: AnnounceCommand, extra: AnnounceExtra): Promise<AnnounceResult> {
    if (this.#running >= PARALLEL_MAX) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#running++;
    try {
      return { ok: true, response: await this.#attempt(command, extra) };
    } catch (error) {
      return this.#explain(command.url, error);
    } finally {
      this.#running--;
      this.#queue.shift()?.();
    }
  }

  /** Cuts off every announce; those that wait for their turn fail too. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#udp.close();
    await this.#http.close();
  }

  async #attempt(command: AnnounceCommand, { peerId, port }: AnnounceExtra): Promise<AnnounceResponse> {
    this.#closing.signal.throwIfAborted();
    const { infoHash, event, uploaded, downloaded, left, numWant, key, trackerId } = command;
    const request: AnnounceRequest = {
      infoHash,
      peerId,
      port,
      uploaded,
      downloaded,
      left,
      event,
      numWant,
      key,
      trackerId,
    };
    const timeoutMs = event === "stopped" ? Math.min(STOP_MS, this.#completionMs) : this.#completionMs;
    if (/^udp:/i.test(command.url))
      return withDeadline(this.#announceUdp(command.url, request), timeoutMs, this.#closing.signal);
    return this.#announceHttp(command.url, request, timeoutMs);
  }

  async #announceHttp(url: string, request: AnnounceRequest, timeoutMs: number): Promise<AnnounceResponse> {
    const { status, body } = await this.#http.get(buildAnnounceUrl(url, request), {
      kind: "tracker",
      signal: this.#closing.signal,
      maxBodyBytes: TRACKER_BODY_LENGTH_MAX,
      timeoutMs,
    });
    const isDictionary = body[0] === 0x64; // "d": many trackers say why they refuse under a status that is no success.
    if (status >= 200 && status < 300) return parseAnnounceResponse(body);
    if (isDictionary) parseAnnounceResponse(body);
    throw new TrackerError("tracker-failure", `the tracker answered with HTTP status ${status}`);
  }

  async #announceUdp(text: string, request: AnnounceRequest): Promise<AnnounceResponse> {
    const { host, port, urlData } = parseUdpTrackerUrl(text);
    const url = new URL(text);
    if (isBadPort(port))
      throw new HttpError("http-refused", `${redactUrl(text)} can't be used: port ${port} belongs to another service.`);
    const addresses = await this.#resolver.resolve(host);
    const usable = addresses.filter(
      (address) => this.#bindAddress === undefined || isIP(address) === isIP(this.#bindAddress),
    );
    let refusal: unknown = new HttpError(
      "http-unreachable",
      `${redactUrl(text)} has no address that can be reached from ${this.#bindAddress}.`,
    );
    for (const address of usable) {
      const why = this.#policy({ kind: "tracker", url, address, redirectedFrom: undefined });
      if (why !== undefined) {
        refusal = new HttpError("http-refused", `${redactUrl(text)} can't be used: ${why}.`);
        continue;
      }
      try {
        return await this.#udp.announce({ endpoint: makeEndpoint(address, port), urlData, request });
      } catch (error) {
        // What the tracker said, or its silence, holds; an address that could not be sent to leaves the next one.
        if (error instanceof TrackerError) throw error;
        refusal = error;
      }
    }
    throw refusal;
  }

  #explain(url: string, error: unknown): AnnounceResult {
    const retryInSeconds = error instanceof TrackerError ? error.retryInSeconds : undefined;
    const shown = redactUrl(url);
    const message =
      error instanceof HttpError
        ? error.message
        : `${shown}: ${error instanceof Error ? error.message : String(error)}`;
    return {
      ok: false,
      code: this.#closing.signal.aborted ? "tracker-unreachable" : codeOf(error),
      message,
      retryInSeconds,
    };
  }
}

const CODE_BY_HTTP: Readonly<Record<HttpErrorCode, FailureCode>> = {
  "http-refused": "tracker-refused",
  "http-unreachable": "tracker-unreachable",
  "http-timeout": "tracker-timeout",
  "http-too-large": "tracker-invalid",
  "http-invalid": "tracker-invalid",
  "http-aborted": "tracker-unreachable",
};

function codeOf(error: unknown): FailureCode {
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
    void promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", handleAbort);
    });
  });
}
