/**
 * The peers a torrent knows, connected or not: where they came from, when they may be dialled, who is banned.
 * Bounded, with a quota for each source, so that no one source can fill it (PROMISES C16).
 */
import { type Endpoint, endpointKey } from "@torrential/core";
import type { Millis, Random } from "../ports/machine.ts";

export type PeerSource = "user" | "tracker" | "incoming" | "resume" | "magnet" | "pex" | "dht" | "lsd";

/** C16: list at most 3,000 a torrent, one source at most 40 % of it. */
const PEERS_MAX = 3_000;
const SOURCE_SHARE_MAX = 0.4;
/** libtorrent: max_failcount 3, min_reconnect_time 60 s. */
const FAILURES_MAX = 3;
const RECONNECT_GAP_MS = 60_000;
/** While nobody is connected there is nothing to wait for: so much sooner. */
const HURRY_MS = 50_000;
/** Who the user names is tried again soon and for ever: 5 s, doubling to a minute. */
const RECONNECT_GAP_USER_MS = 5_000;
/** C12: bans expire in an hour; an address is banned only after three of its ports were. */
const BAN_MS = 3_600_000;
const BANNED_PORTS_MAX = 3;
/** C12: two strikes for the unknown, four for those with eight good pieces. */
const STRIKES_MAX = 2;
const STRIKES_MAX_PROVEN = 4;
const PROVEN_PIECES = 8;
/** Ports of other services (browsers' "bad ports"): nobody gets us to knock there. */
const BAD_PORTS: ReadonlySet<number> = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 5060, 5061, 6000,
  6566, 6665, 6666, 6667, 6668, 6669, 6697, 10080,
]);

export interface KnownPeer {
  readonly endpoint: Endpoint;
  readonly source: PeerSource;
  /** True while dialling or connected. */
  isBusy: boolean;
  failures: number;
  retryAt: Millis;
  strikes: number;
  /** Pieces that passed with its blocks in them. */
  goodPieces: number;
  /** It has everything: of no use once we have, too. */
  isSeed: boolean;
}

/** What the torrent's need says about whom to dial. */
export interface DialView {
  /** All is here: seeds are of no use. */
  readonly skipSeeds: boolean;
  /** Nobody is connected. */
  readonly isAlone: boolean;
}

/** Who is kept out, as it is shown. */
export interface Ban {
  /** An address, or address:port: names it for `unban`. */
  readonly key: string;
  readonly reason: string;
  readonly expiresInMs: number;
}

interface BanRecord {
  readonly key: string;
  readonly reason: string;
  readonly until: Millis;
}

export class PeerList {
  readonly #random: Random;
  readonly #peers = new Map<string, KnownPeer>();
  readonly #counts = new Map<PeerSource, number>();
  readonly #bans = new Map<string, BanRecord>();
  /** Endpoints that sent bad data lately. */
  readonly #struck = new Map<string, { readonly address: string; readonly until: Millis }>();
  /** Addresses from which good pieces came: several share one, and not all of them are bad. */
  readonly #proven = new Set<string>();

  constructor(random: Random) {
    this.#random = random;
  }

  get size(): number {
    return this.#peers.size;
  }

  get(endpoint: Endpoint): KnownPeer | undefined {
    return this.#peers.get(endpointKey(endpoint));
  }

  /** Takes a peer in unless it is known, banned, a bad port, or its source has had its share. True when it is new. */
  add(endpoint: Endpoint, source: PeerSource, now: Millis): boolean {
    const key = endpointKey(endpoint);
    if (endpoint.port === 0 || this.#peers.has(key) || this.isBanned(endpoint, now)) return false;
    if (source !== "user" && source !== "incoming" && !this.#admits(endpoint, source)) return false;
    this.#counts.set(source, (this.#counts.get(source) ?? 0) + 1);
    this.#peers.set(key, makeKnown(endpoint, source, now));
    return true;
  }

  /** The entry of who is connected now, made when there was none; a banned one's is not kept. */
  welcome(endpoint: Endpoint, now: Millis): KnownPeer {
    this.add(endpoint, "incoming", now);
    return this.get(endpoint) ?? makeKnown(endpoint, "incoming", now);
  }

  /** Up to `count` peers to dial now, the least failed first, random among equals. */
  candidates(count: number, now: Millis, view: DialView): readonly KnownPeer[] {
    if (count <= 0) return [];
    const ready: { readonly peer: KnownPeer; readonly salt: number }[] = [];
    for (const peer of this.#peers.values()) {
      if (retryAtOf(peer, view) > now || !isWorthDialling(peer, view) || this.isBanned(peer.endpoint, now)) continue;
      ready.push({ peer, salt: this.#random() });
    }
    ready.sort((a, b) => a.peer.failures - b.peer.failures || a.salt - b.salt);
    return ready.slice(0, count).map(({ peer }) => peer);
  }

  /** When `candidates` will next have somebody, undefined when it never will. */
  nextRetryAt(view: DialView): Millis | undefined {
    let next: Millis | undefined;
    for (const peer of this.#peers.values()) {
      if (!isWorthDialling(peer, view)) continue;
      const at = Math.max(retryAtOf(peer, view), this.#bannedUntil(peer.endpoint));
      if (next === undefined || at < next) next = at;
    }
    return next;
  }

  handleDialled(peer: KnownPeer): void {
    peer.isBusy = true;
  }

  /** `failed`: it was never connected, or broke the protocol. Only leaving in peace makes earlier failures forgotten. */
  handleDisconnected(peer: KnownPeer, result: { readonly failed: boolean }, now: Millis): void {
    peer.isBusy = false;
    peer.failures = result.failed ? peer.failures + 1 : 0;
    peer.retryAt = now + reconnectGap(peer);
    if (peer.source === "incoming") this.#forget(peer);
  }

  /**
   * Counts a bad piece or block that this peer alone answers for; returns what it is banned for by now. Who comes to us has
   * a new port each time, so the third struck port of an address bans the address.
   */
  strike(peer: KnownPeer, reason: string, now: Millis): readonly Ban[] {
    const { endpoint } = peer;
    peer.strikes += 1;
    this.#struck.set(endpointKey(endpoint), { address: endpoint.address, until: now + BAN_MS });
    if (peer.strikes >= (peer.goodPieces >= PROVEN_PIECES ? STRIKES_MAX_PROVEN : STRIKES_MAX)) {
      return this.ban(endpoint, reason, now);
    }
    if (this.#struckPorts(endpoint.address, now) < BANNED_PORTS_MAX) return [];
    return this.#banAddress(endpoint.address, reason, now);
  }

  /** Keeps an endpoint out, with its third one the address; returns the bans that are new. */
  ban(endpoint: Endpoint, reason: string, now: Millis): readonly Ban[] {
    const made = this.#put(endpointKey(endpoint), reason, now);
    const ports = [...this.#bans.values()].filter((ban) => ban.until > now && isPortOf(ban.key, endpoint));
    if (ports.length < BANNED_PORTS_MAX) return made;
    return [...made, ...this.#banAddress(endpoint.address, reason, now)];
  }

  /** Forgets a ban, and what it was for. False when there is none. */
  unban(key: string): boolean {
    for (const [other, { address }] of this.#struck) if (other === key || address === key) this.#struck.delete(other);
    const peer = this.#peers.get(key);
    if (peer !== undefined) peer.strikes = 0;
    return this.#bans.delete(key);
  }

  /** A piece passed with blocks of this peer in it. A ban for its whole address was too much: others there are honest. */
  credit(peer: KnownPeer): void {
    peer.goodPieces += 1;
    const { address } = peer.endpoint;
    if (this.#proven.size < PEERS_MAX) this.#proven.add(address);
    if (this.#bans.size > 0) this.#bans.delete(address);
  }

  isBanned(endpoint: Endpoint, now: Millis): boolean {
    return this.#bans.size > 0 && (this.#holds(endpointKey(endpoint), now) || this.#holds(endpoint.address, now));
  }

  bans(now: Millis): readonly Ban[] {
    return [...this.#bans.values()].filter((ban) => ban.until > now).map((ban) => toBan(ban, now));
  }

  #banAddress(address: string, reason: string, now: Millis): readonly Ban[] {
    return this.#proven.has(address) ? [] : this.#put(address, reason, now);
  }

  #put(key: string, reason: string, now: Millis): readonly Ban[] {
    const isNew = !this.#holds(key, now);
    const ban = { key, reason, until: now + BAN_MS };
    this.#bans.set(key, ban);
    return isNew ? [toBan(ban, now)] : [];
  }

  #bannedUntil(endpoint: Endpoint): Millis {
    if (this.#bans.size === 0) return 0;
    const bans = [this.#bans.get(endpointKey(endpoint)), this.#bans.get(endpoint.address)];
    return Math.max(...bans.map((ban) => ban?.until ?? 0));
  }

  #struckPorts(address: string, now: Millis): number {
    let count = 0;
    for (const [key, struck] of this.#struck) {
      if (struck.until <= now) this.#struck.delete(key);
      else if (struck.address === address) count += 1;
    }
    return count;
  }

  #holds(key: string, now: Millis): boolean {
    const ban = this.#bans.get(key);
    if (ban === undefined) return false;
    if (ban.until > now) return true;
    this.#bans.delete(key);
    return false;
  }

  #admits(endpoint: Endpoint, source: PeerSource): boolean {
    if (BAD_PORTS.has(endpoint.port) || this.#peers.size >= PEERS_MAX) return false;
    return (this.#counts.get(source) ?? 0) < PEERS_MAX * SOURCE_SHARE_MAX;
  }

  #forget(peer: KnownPeer): void {
    this.#peers.delete(endpointKey(peer.endpoint));
    this.#counts.set(peer.source, (this.#counts.get(peer.source) ?? 1) - 1);
  }
}

function toBan({ key, reason, until }: BanRecord, now: Millis): Ban {
  return { key, reason, expiresInMs: until - now };
}

function retryAtOf(peer: KnownPeer, view: DialView): Millis {
  return view.isAlone && peer.source !== "user" ? peer.retryAt - HURRY_MS : peer.retryAt;
}

function makeKnown(endpoint: Endpoint, source: PeerSource, now: Millis): KnownPeer {
  return { endpoint, source, isBusy: false, failures: 0, retryAt: now, strikes: 0, goodPieces: 0, isSeed: false };
}

function isWorthDialling(peer: KnownPeer, view: DialView): boolean {
  if (peer.isBusy || peer.source === "incoming" || (peer.failures >= FAILURES_MAX && peer.source !== "user"))
    return false;
  return !(view.skipSeeds && peer.isSeed);
}

function reconnectGap(peer: KnownPeer): Millis {
  if (peer.source !== "user") return RECONNECT_GAP_MS * Math.max(1, peer.failures);
  return Math.min(RECONNECT_GAP_MS, RECONNECT_GAP_USER_MS * 2 ** peer.failures);
}

function isPortOf(key: string, endpoint: Endpoint): boolean {
  return key !== endpoint.address && key.slice(0, key.lastIndexOf(":")).replace(/^\[|\]$/g, "") === endpoint.address;
}
