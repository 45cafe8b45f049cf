/** What keeps us from being anybody's weapon (PROMISES C14): how fast we send, and whom we stop listening to. */
import { parseIp, fromLatin1, type Endpoint } from "@torrential/core";
import { isLocalAddress } from "./node-id.ts";

/** PROMISES, limits: "DHT: out rate 8,000 B/s", libtorrent's dht_upload_rate_limit. */
const RATE_BYTES_PER_SEC = 8_000;
/** Seconds of silence that may be made up for at once. */
const BURST_SEC = 3;
/** Questions of ours leave so much for answers. */
const RESERVED_FOR_ANSWERS_BYTES = 2_000;
/** Room for one question. */
const QUESTION_BYTES = 200;

/** All that a node sends, over all its sockets. */
export class SendBudget {
  readonly #rate: number;
  #bytes: number;
  #at: number;

  constructor(options: { readonly rateBytesPerSec?: number | undefined }, now: number) {
    this.#rate = options.rateBytesPerSec ?? RATE_BYTES_PER_SEC;
    this.#bytes = this.#rate * BURST_SEC;
    this.#at = now;
  }

  /** Whether a question of ours may go out now. */
  hasRoomForQuestion(now: number): boolean {
    this.#refill(now);
    return this.#bytes >= this.#reserved + QUESTION_BYTES;
  }

  /** When `hasRoomForQuestion` will say yes. */
  roomAt(now: number): number {
    this.#refill(now);
    const missing = this.#reserved + QUESTION_BYTES - this.#bytes;
    return missing <= 0 ? now : now + Math.ceil((missing / this.#rate) * 1_000);
  }

  /** Whether an answer of so many bytes may go out; if so it is counted. */
  takeForAnswer(bytes: number, now: number): boolean {
    this.#refill(now);
    if (this.#bytes < bytes) return false;
    this.#bytes -= bytes;
    return true;
  }

  /** Counts a question. */
  take(bytes: number): void {
    this.#bytes -= bytes;
  }

  get #reserved(): number {
    return Math.min(RESERVED_FOR_ANSWERS_BYTES, this.#rate);
  }

  #refill(now: number): void {
    const earned = ((now - this.#at) / 1_000) * this.#rate;
    if (earned <= 0) return;
    this.#bytes = Math.min(this.#rate * BURST_SEC, this.#bytes + earned);
    this.#at = now;
  }
}

/** libtorrent's dos_blocker: "more than 50 packets in 10 seconds", then ignored for five minutes. */
const FLOOD_MESSAGES = 50;
const FLOOD_WINDOW_MS = 10_000;
const FLOOD_BLOCK_MS = 300_000;
const SOURCES_MAX = 2_000;

interface Source {
  count: number;
  windowAt: number;
  blockedUntil: number;
}

/** Counts what each address (IPv6: /64) says unasked. */
export class FloodGuard {
  /** Least recently heard first. */
  readonly #sources = new Map<string, Source>();
  #dropped = 0;

  /** Messages that were not listened to. */
  get droppedCount(): number {
    return this.#dropped;
  }

  /** Whether to listen to a message from `endpoint`; counts it. */
  admits(endpoint: Endpoint, now: number): boolean {
    const key = sourceOf(endpoint);
    const source = this.#sources.get(key) ?? { count: 0, windowAt: now, blockedUntil: 0 };
    this.#sources.delete(key);
    this.#sources.set(key, source);
    this.#trim();
    if (now - source.windowAt >= FLOOD_WINDOW_MS) {
      source.windowAt = now;
      source.count = 0;
    }
    source.count += 1;
    if (source.count > FLOOD_MESSAGES && source.blockedUntil <= now) source.blockedUntil = now + FLOOD_BLOCK_MS;
    if (source.blockedUntil <= now) return true;
    this.#dropped += 1;
    return false;
  }

  #trim(): void {
    const [eldest] = this.#sources.keys();
    if (this.#sources.size > SOURCES_MAX && eldest !== undefined) this.#sources.delete(eldest);
  }
}

/**
 * Who answers for an endpoint: an IPv4 address, or the /64 that one host can have all of. In a local network it is the
 * endpoint: several programs of one machine are no flood.
 */
export function sourceOf({ address, family, port }: Endpoint): string {
  if (isLocalAddress(address)) return `${address} ${port}`;
  return family === 4 ? address : fromLatin1((parseIp(address) ?? new Uint8Array(16)).subarray(0, 8));
}
