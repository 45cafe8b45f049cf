/**
 * A tracker (BEP 3, 7, 15, 23, 24, 31, 41, 48): one question in, one answer out. It knows peers by the address that they
 * ask from; an address that they claim is ignored.
 */
import { type Endpoint, type InfoHash, makeEndpoint } from "@torrential/core";
import { ConnectionIds } from "./connection-ids.ts";
import { type AnnounceAnswer, encodeAnnounceAnswer, encodeRefusal, encodeScrapeAnswer } from "./http-answers.ts";
import { RateLimit } from "./rate-limit.ts";
import { Registry, type RegistryStats } from "./registry.ts";
import { type IncomingAnnounce, type IncomingScrape, parseHttpRequest, TrackerRefusal } from "./requests.ts";
import {
  decodeUdpHead,
  decodeUdpRequest,
  encodeConnected,
  encodeUdpAnnounced,
  encodeUdpError,
  encodeUdpScraped,
  isConnect,
} from "./udp-codec.ts";

export interface TrackerServerOptions {
  /** What clients are told to wait; 1,800 by default. */
  readonly intervalSeconds?: number | undefined;
  /** Only these torrents; every torrent that somebody announces when undefined. */
  readonly allowed?: ReadonlySet<InfoHash> | undefined;
  /** 10,000 by default; then new ones are refused. */
  readonly torrentsMax?: number | undefined;
  /** 5,000 by default. */
  readonly peersPerTorrentMax?: number | undefined;
  /** In all: 200,000 by default. */
  readonly peersMax?: number | undefined;
  /** Questions a second of one address: 50 by default, 2,000 at once. */
  readonly ratePerSecond?: number | undefined;
}

export interface TrackerServerDeps {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** 32 bytes that nobody else knows. */
  readonly secret: Uint8Array;
}

/** An announce that was taken, for who watches. */
export interface SeenAnnounce {
  readonly request: IncomingAnnounce;
  readonly from: Endpoint;
  readonly over: "http" | "udp";
}

export interface TrackerStats extends RegistryStats {
  readonly announces: number;
  readonly scrapes: number;
  readonly refused: number;
}

export interface HttpAnswer {
  readonly status: 200 | 404;
  readonly body: Uint8Array;
}

const INTERVAL_SECONDS = 1_800;
/** A client may come sooner when it has a reason, but not all the time. */
const MIN_INTERVAL_SECONDS = 60;
const SWEEP_MS = 30_000;
const BURST_SECONDS = 40;
const RATE_PER_SECOND = 50;

export class TrackerServer {
  readonly #registry: Registry;
  readonly #ids: ConnectionIds;
  readonly #rate: RateLimit;
  readonly #intervalSeconds: number;
  readonly #seen: SeenAnnounce[] = [];
  #counts = { announces: 0, scrapes: 0, refused: 0 };
  #sweepAt: number | undefined;

  constructor(options: TrackerServerOptions, deps: TrackerServerDeps) {
    const { ratePerSecond = RATE_PER_SECOND } = options;
    this.#intervalSeconds = options.intervalSeconds ?? INTERVAL_SECONDS;
    this.#ids = new ConnectionIds(deps.secret);
    this.#rate = new RateLimit({ perSecond: ratePerSecond, burst: ratePerSecond * BURST_SECONDS });
    const limits = {
      torrentsMax: options.torrentsMax ?? 10_000,
      peersPerTorrentMax: options.peersPerTorrentMax ?? 5_000,
      peersMax: options.peersMax ?? 200_000,
    };
    const registry = { intervalSeconds: this.#intervalSeconds, allowed: options.allowed, ...limits };
    this.#registry = new Registry(registry, deps.random);
  }

  get stats(): TrackerStats {
    return { ...this.#registry.stats, ...this.#counts };
  }

  /** The next announce that was taken; they must be drained after each input. */
  poll(): SeenAnnounce | undefined {
    return this.#seen.shift();
  }

  /** `target` is path and query as they came. */
  handleHttp(target: string, address: string, now: number): HttpAnswer {
    try {
      this.#meter(address, now);
      const request = parseHttpRequest(target);
      if (request === undefined) return { status: 404, body: new Uint8Array() };
      if (request.type === "scrape") return { status: 200, body: encodeScrapeAnswer(this.#scrape(request)) };
      const answer = this.#announce(request, address, now, "http");
      return { status: 200, body: encodeAnnounceAnswer(request, answer) };
    } catch (error) {
      if (!(error instanceof TrackerRefusal)) throw error;
      this.#counts.refused++;
      return { status: 200, body: encodeRefusal(error) };
    }
  }

  /**
   * The answer to a datagram, undefined for none. Nobody gets more than they sent before they have shown that they are
   * at their address: a connect is answered with as many bytes as it has (PROMISES C14).
   */
  handleDatagram(bytes: Uint8Array, from: Endpoint, now: number): Uint8Array | undefined {
    const head = decodeUdpHead(bytes);
    if (head === undefined || !this.#rate.take(from.address, now)) return undefined;
    const { transaction, connection } = head;
    if (isConnect(bytes, head)) return encodeConnected(transaction, this.#ids.make(from.address, now));
    if (!this.#ids.isValid(connection, from.address, now)) return encodeUdpError(transaction, "connect");
    const request = decodeUdpRequest(bytes, head);
    if (request === undefined) return undefined;
    try {
      if (request.type === "scrape") return encodeUdpScraped(transaction, [...this.#scrape(request).values()]);
      return encodeUdpAnnounced(transaction, this.#announce(request, from.address, now, "udp"), from.family);
    } catch (error) {
      if (!(error instanceof TrackerRefusal)) throw error;
      this.#counts.refused++;
      return encodeUdpError(transaction, error.message);
    }
  }

  nextTimeout(): number | undefined {
    return this.#sweepAt;
  }

  handleTimeout(now: number): void {
    if (this.#sweepAt === undefined || now < this.#sweepAt) return;
    this.#registry.expire(now);
    this.#sweepAt = this.#registry.stats.peers === 0 ? undefined : now + SWEEP_MS;
  }

  #meter(address: string, now: number): void {
    if (!this.#rate.take(address, now)) throw new TrackerRefusal("you ask too often", { retryInMinutes: 1 });
  }

  #announce(request: IncomingAnnounce, address: string, now: number, over: "http" | "udp"): AnnounceAnswer {
    const from = makeEndpoint(address, request.port);
    const peers = this.#registry.announce(request, from, now, over === "udp" ? from.family : undefined);
    this.#counts.announces++;
    this.#sweepAt ??= now + SWEEP_MS;
    this.#seen.push({ request, from, over });
    return {
      intervalSeconds: this.#intervalSeconds,
      minIntervalSeconds: Math.min(MIN_INTERVAL_SECONDS, this.#intervalSeconds),
      entry: this.#registry.scrape(request.infoHash),
      peers,
      address,
    };
  }

  #scrape({ infoHashes }: IncomingScrape) {
    this.#counts.scrapes++;
    return new Map(infoHashes.map((infoHash) => [infoHash, this.#registry.scrape(infoHash)]));
  }
}
