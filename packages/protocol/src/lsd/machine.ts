/**
 * Local service discovery (BEP 14) as a machine: announces our torrents to the neighbours every five minutes, and tells
 * who of them announced one that we have. Sockets, groups and interfaces are the driver's business.
 */
import { classifyIp, type Endpoint, type InfoHash, makeEndpoint } from "@torrential/core";
import { decodeLsdAnnounce, encodeLsdAnnounce, LSD_INFO_HASHES_MAX } from "./packet.ts";

/** BEP 14: "every 5 minutes", and not more than once in a minute. */
const INTERVAL_MS = 300_000;
const INTERVAL_MIN_MS = 60_000;
/** Torrents that come together go into one packet. */
const GATHER_MS = 1_000;
/** What is due so soon goes along. */
const GO_ALONG_MS = 30_000;
/** Old clients, Transmission 3 among them, read one info-hash of a packet: so few get packets of their own. */
const SINGLES_MAX = 5;
/** C16: from each neighbour one packet a second, and a few at once. */
const PACKETS_PER_SECOND = 1;
const PACKETS_BURST = 10;
const NEIGHBOURS_MAX = 256;

/** Where a packet came from. */
export interface LsdSource {
  readonly address: string;
  /** The address is in a network that one of our interfaces is in. */
  readonly isOnLink: boolean;
}

export type LsdOutput =
  /** To be sent to the group of that family, by every interface. */
  | { readonly type: "lsd-announce"; readonly family: 4 | 6; readonly packet: Uint8Array }
  | { readonly type: "lsd-found"; readonly infoHash: InfoHash; readonly endpoint: Endpoint };

export interface LsdOptions {
  /** Of this process alone: what comes back with it is our own. */
  readonly cookie: string;
  readonly families: readonly (4 | 6)[];
}

interface Announced {
  dueAt: number;
  lastAt: number;
}

export class LsdMachine {
  readonly #options: LsdOptions;
  readonly #torrents = new Map<InfoHash, Announced>();
  /** When those that have gone were announced last: who comes back soon must wait. */
  readonly #left = new Map<InfoHash, number>();
  readonly #neighbours = new Map<string, { tokens: number; at: number }>();
  #port = 0;
  #outputs: LsdOutput[] = [];

  constructor(options: LsdOptions) {
    this.#options = options;
  }

  /** Where peers reach us; nothing is announced before. */
  setPort(port: number): void {
    this.#port = port;
  }

  add(infoHash: InfoHash, now: number): void {
    if (this.#torrents.has(infoHash)) return;
    const lastAt = this.#left.get(infoHash) ?? Number.NEGATIVE_INFINITY;
    this.#left.delete(infoHash);
    this.#torrents.set(infoHash, { lastAt, dueAt: Math.max(now + GATHER_MS, lastAt + INTERVAL_MIN_MS) });
  }

  remove(infoHash: InfoHash, now: number): void {
    const announced = this.#torrents.get(infoHash);
    if (announced === undefined) return;
    this.#torrents.delete(infoHash);
    for (const [left, at] of this.#left) if (now - at >= INTERVAL_MIN_MS) this.#left.delete(left);
    if (now - announced.lastAt < INTERVAL_MIN_MS) this.#left.set(infoHash, announced.lastAt);
  }

  /** `packet` may be used again when this returns. */
  handlePacket(packet: Uint8Array, source: LsdSource, now: number): void {
    if (!isNeighbour(source) || !this.#mayTalk(source.address, now)) return;
    const announce = decodeLsdAnnounce(packet);
    if (announce === undefined || announce.cookie === this.#options.cookie) return;
    for (const infoHash of announce.infoHashes) {
      if (!this.#torrents.has(infoHash)) continue;
      this.#outputs.push({ type: "lsd-found", infoHash, endpoint: makeEndpoint(source.address, announce.port) });
    }
  }

  poll(): LsdOutput | undefined {
    return this.#outputs.shift();
  }

  nextTimeout(): number | undefined {
    if (this.#port === 0) return undefined;
    let next: number | undefined;
    for (const { dueAt } of this.#torrents.values()) if (next === undefined || dueAt < next) next = dueAt;
    return next;
  }

  handleTimeout(now: number): void {
    const next = this.nextTimeout();
    if (next === undefined || next > now) return;
    const due: InfoHash[] = [];
    for (const [infoHash, announced] of this.#torrents) {
      if (announced.dueAt > now + GO_ALONG_MS || now - announced.lastAt < INTERVAL_MIN_MS) continue;
      announced.lastAt = now;
      announced.dueAt = now + INTERVAL_MS;
      due.push(infoHash);
    }
    const size = due.length <= SINGLES_MAX ? 1 : LSD_INFO_HASHES_MAX;
    for (let at = 0; at < due.length; at += size) this.#announce(due.slice(at, at + size));
  }

  #announce(infoHashes: readonly InfoHash[]): void {
    const { families, cookie } = this.#options;
    for (const family of families) {
      const packet = encodeLsdAnnounce({ port: this.#port, infoHashes, cookie }, family);
      this.#outputs.push({ type: "lsd-announce", family, packet });
    }
  }

  #mayTalk(address: string, now: number): boolean {
    const known = this.#neighbours.get(address) ?? { tokens: PACKETS_BURST, at: now };
    const tokens = Math.min(PACKETS_BURST, known.tokens + ((now - known.at) * PACKETS_PER_SECOND) / 1_000);
    // The one that talked last is the newest: a flood of addresses pushes out its own.
    this.#neighbours.delete(address);
    this.#neighbours.set(address, { tokens: Math.max(0, tokens - 1), at: now });
    const [oldest] = this.#neighbours.keys();
    if (this.#neighbours.size > NEIGHBOURS_MAX && oldest !== undefined) this.#neighbours.delete(oldest);
    return tokens >= 1;
  }
}

/** C16: "LSD only link-local". IPv6 link-local addresses need a zone to be dialled, which endpoints do not have. */
function isNeighbour({ address, isOnLink }: LsdSource): boolean {
  switch (classifyIp(address)) {
    case "private":
    case "loopback":
      return true;
    case "link-local":
      return !address.includes(":");
    case "public":
      return isOnLink;
    default:
      return false;
  }
}
