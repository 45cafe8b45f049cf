/**
 * The peers a torrent knows, connected or not: where they came from, and when and in which order they may be dialled.
 * Bounded, with a quota for each source, so that no one source can fill it (PROMISES C16).
 */
import { type Endpoint, endpointKey } from "@torrential/core";
import type { Millis, Random } from "../ports/machine.ts";
import { BAD_PORTS } from "./bad-ports.ts";
import { type Ban, Bans } from "./bans.ts";
import { peerPriority } from "./priority.ts";
import type { SessionBans } from "./session-bans.ts";

/** "magnet": the link named it. */
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

export interface KnownPeer {
  readonly endpoint: Endpoint;
  readonly source: PeerSource;
  /** It came to us from this port, at which nobody listens. */
  readonly isEphemeral: boolean;
  /** True while dialling or connected. */
  isBusy: boolean;
  /** True while dialling. */
  isDialled: boolean;
  failures: number;
  retryAt: Millis;
  strikes: number;
  /** Pieces that passed with its blocks in them. */
  goodPieces: number;
  /** Half of one of them, or more, was its own. */
  isProven: boolean;
  /** It has everything: of no use once we have, too. */
  isSeed: boolean;
  /** Where it listens, when it came to us and said so. */
  listener: KnownPeer | undefined;
  /** It is connected: it came to us from another port. */
  hasCome: boolean;
}

/** What the torrent's need says about whom to dial. */
export interface DialView {
  /** All is here: seeds are of no use. */
  readonly skipSeeds: boolean;
  /** Nobody is connected. */
  readonly isAlone: boolean;
}

/** Where we can be reached, as others see us: at most one endpoint of each family. */
export type OwnEndpoints = readonly Endpoint[];

export interface SourceCount {
  readonly known: number;
  readonly connected: number;
}

export class PeerList {
  readonly #random: Random;
  readonly #sessionBans: SessionBans | undefined;
  readonly #peers = new Map<string, KnownPeer>();
  readonly #counts = new Map<PeerSource, number>();
  readonly #bans = new Bans();
  /** What `nextRetryAt` found, until something changes. */
  readonly #nextRetries = new Map<string, Millis | undefined>();

  /** `sessionBans`: who is kept out of every torrent. */
  constructor(random: Random, sessionBans?: SessionBans) {
    this.#random = random;
    this.#sessionBans = sessionBans;
  }

  get size(): number {
    return this.#peers.size;
  }

  get(endpoint: Endpoint): KnownPeer | undefined {
    return this.#peers.get(endpointKey(endpoint));
  }

  /** Takes a peer in unless it is known, banned, a bad port, or its source has had its share. True when it is new. */
  add(endpoint: Endpoint, source: PeerSource, now: Millis): boolean {
    if (endpoint.port === 0 || this.get(endpoint) !== undefined || this.isBanned(endpoint, now)) return false;
    if (source !== "user" && !this.#admits(endpoint, source)) return false;
    this.#put(makeKnown(endpoint, source, { isEphemeral: false, now }));
    return true;
  }

  /** The entry of who is connected now, made when there was none; a banned one's is not kept. */
  welcome(endpoint: Endpoint, now: Millis): KnownPeer {
    const known = this.get(endpoint);
    if (known !== undefined) return known;
    const made = makeKnown(endpoint, "incoming", { isEphemeral: true, now });
    if (!this.isBanned(endpoint, now)) this.#put(made);
    return made;
  }

  /** Who came to us says where it listens (BEP 10, `p`): when it has gone it may be dialled there, and not before. */
  handleListenPort(peer: KnownPeer, port: number, now: Millis): void {
    if (!peer.isEphemeral || peer.listener !== undefined || BAD_PORTS.has(port)) return;
    const endpoint = { ...peer.endpoint, port };
    this.add(endpoint, "incoming", now);
    const listener = this.get(endpoint);
    if (listener === undefined || listener.hasCome) return;
    listener.hasCome = true;
    peer.listener = listener;
    this.#nextRetries.clear();
  }

  /**
   * Up to `count` peers to dial now: the least failed first, then who gave good pieces, then by canonical priority
   * (BEP 40), which is chance for who does not know our address. One attempt at a time for each address, none at our own.
   */
  candidates(count: number, now: Millis, view: DialView, own: OwnEndpoints = []): readonly KnownPeer[] {
    this.#nextRetries.clear();
    if (count <= 0) return [];
    for (const endpoint of own) this.#forgetOwn(endpoint);
    const dialled = this.#dialledAddresses();
    const ready: { readonly peer: KnownPeer; readonly rank: number }[] = [];
    for (const peer of this.#peers.values()) {
      if (retryAtOf(peer, view) > now || !isWorthDialling(peer, view) || this.isBanned(peer.endpoint, now)) continue;
      ready.push({ peer, rank: this.#rank(peer.endpoint, own) });
    }
    ready.sort((a, b) => a.peer.failures - b.peer.failures || b.peer.goodPieces - a.peer.goodPieces || b.rank - a.rank);
    const chosen: KnownPeer[] = [];
    for (const { peer } of ready) {
      if (chosen.length === count) break;
      const { address } = peer.endpoint;
      if (dialled.has(address) && peer.source !== "user") continue;
      dialled.add(address);
      chosen.push(peer);
    }
    return chosen;
  }

  /** When `candidates` will next have somebody, undefined when it never will. */
  nextRetryAt(view: DialView): Millis | undefined {
    const key = `${view.skipSeeds} ${view.isAlone}`;
    if (!this.#nextRetries.has(key)) this.#nextRetries.set(key, this.#findNextRetry(view));
    return this.#nextRetries.get(key);
  }

  handleDialled(peer: KnownPeer): void {
    peer.isBusy = true;
    peer.isDialled = true;
    this.#nextRetries.clear();
  }

  handleConnected(peer: KnownPeer): void {
    peer.isBusy = true;
    peer.isDialled = false;
    this.#nextRetries.clear();
  }

  /** `failed`: it was never connected, or broke the protocol. Only leaving in peace makes earlier failures forgotten. */
  handleDisconnected(peer: KnownPeer, result: { readonly failed: boolean }, now: Millis): void {
    const { listener } = peer;
    this.#release(peer, result, now);
    if (peer.isEphemeral) this.#forget(peer);
    peer.listener = undefined;
    if (listener === undefined) return;
    listener.hasCome = false;
    if (!listener.isBusy) this.#release(listener, result, now);
  }

  /** How many of each source are known and connected; sources that brought nobody are left out. */
  sources(): Readonly<Partial<Record<PeerSource, SourceCount>>> {
    const counts: Partial<Record<PeerSource, SourceCount>> = {};
    for (const { source, isBusy, isDialled, listener, hasCome } of this.#peers.values()) {
      // Who came to us and can be reached is counted where it listens.
      if (listener !== undefined) continue;
      const { known, connected } = counts[source] ?? { known: 0, connected: 0 };
      counts[source] = { known: known + 1, connected: connected + Number(hasCome || (isBusy && !isDialled)) };
    }
    return counts;
  }

  /** Forgets who came from these sources and is not connected; of those who are, nothing changes. */
  purge(sources: ReadonlySet<PeerSource>): void {
    for (const peer of [...this.#peers.values()])
      if (sources.has(peer.source) && !peer.isBusy && !peer.hasCome) this.#forget(peer);
  }

  // ---- judging

  /** See `Bans.strike`. */
  strike(peer: KnownPeer, reason: string, now: Millis): readonly Ban[] {
    this.#nextRetries.clear();
    return this.#bans.strike(peer, reason, now);
  }

  /** See `Bans.ban`. */
  ban(endpoint: Endpoint, reason: string, now: Millis): readonly Ban[] {
    this.#nextRetries.clear();
    return this.#bans.ban(endpoint, reason, now);
  }

  /** Forgets a ban, and what it was for. False when there is none. */
  unban(key: string): boolean {
    this.#nextRetries.clear();
    const peer = this.#peers.get(key);
    if (peer !== undefined) peer.strikes = 0;
    return this.#bans.lift(key);
  }

  /** See `Bans.credit`. */
  credit(peer: KnownPeer): void {
    this.#bans.credit(peer);
  }

  isBanned(endpoint: Endpoint, now: Millis): boolean {
    return this.#bans.holds(endpoint, now) || this.#sessionBans?.holds(endpoint, now) === true;
  }

  /** Who is kept out of every torrent is another one. */
  handleBansChanged(): void {
    this.#nextRetries.clear();
  }

  bans(now: Millis): readonly Ban[] {
    return this.#bans.all(now);
  }

  /** BEP 40, or chance. */
  #rank(endpoint: Endpoint, own: OwnEndpoints): number {
    const ours = own.find(({ family }) => family === endpoint.family);
    return ours === undefined ? this.#random() * 2 ** 32 : peerPriority(ours, endpoint);
  }

  #findNextRetry(view: DialView): Millis | undefined {
    const dialled = this.#dialledAddresses();
    let next: Millis | undefined;
    for (const peer of this.#peers.values()) {
      if (!isWorthDialling(peer, view)) continue;
      if (dialled.has(peer.endpoint.address) && peer.source !== "user") continue;
      const at = Math.max(retryAtOf(peer, view), this.#banEnd(peer.endpoint));
      if (next === undefined || at < next) next = at;
    }
    return next;
  }

  #banEnd(endpoint: Endpoint): Millis {
    return Math.max(this.#bans.until(endpoint), this.#sessionBans?.until(endpoint) ?? 0);
  }

  #dialledAddresses(): Set<string> {
    const addresses = new Set<string>();
    for (const { isDialled, endpoint } of this.#peers.values()) if (isDialled) addresses.add(endpoint.address);
    return addresses;
  }

  /** Somebody told us of ourselves. */
  #forgetOwn(endpoint: Endpoint): void {
    const peer = this.get(endpoint);
    if (peer !== undefined && !peer.isBusy) this.#forget(peer);
  }

  #release(peer: KnownPeer, result: { readonly failed: boolean }, now: Millis): void {
    peer.isBusy = false;
    peer.isDialled = false;
    peer.failures = result.failed ? peer.failures + 1 : 0;
    peer.retryAt = now + reconnectGap(peer);
    this.#nextRetries.clear();
  }

  #admits(endpoint: Endpoint, source: PeerSource): boolean {
    if (BAD_PORTS.has(endpoint.port)) return false;
    if ((this.#counts.get(source) ?? 0) >= PEERS_MAX * SOURCE_SHARE_MAX && !this.#evict(source)) return false;
    return this.#peers.size < PEERS_MAX || this.#evict(undefined);
  }

  /** Makes room by forgetting one that has failed for good, of one source or any. */
  #evict(source: PeerSource | undefined): boolean {
    for (const peer of this.#peers.values()) {
      if (peer.isBusy || peer.hasCome || peer.failures < FAILURES_MAX || peer.source === "user") continue;
      if (source !== undefined && peer.source !== source) continue;
      this.#forget(peer);
      return true;
    }
    return false;
  }

  #put(peer: KnownPeer): void {
    this.#peers.set(endpointKey(peer.endpoint), peer);
    this.#counts.set(peer.source, (this.#counts.get(peer.source) ?? 0) + 1);
    this.#nextRetries.clear();
  }

  #forget(peer: KnownPeer): void {
    if (!this.#peers.delete(endpointKey(peer.endpoint))) return;
    this.#counts.set(peer.source, (this.#counts.get(peer.source) ?? 1) - 1);
    this.#nextRetries.clear();
  }
}

function retryAtOf(peer: KnownPeer, view: DialView): Millis {
  return view.isAlone && peer.source !== "user" ? peer.retryAt - HURRY_MS : peer.retryAt;
}

function makeKnown(
  endpoint: Endpoint,
  source: PeerSource,
  { isEphemeral, now }: { readonly isEphemeral: boolean; readonly now: Millis },
): KnownPeer {
  return {
    endpoint,
    source,
    isEphemeral,
    isBusy: false,
    isDialled: false,
    failures: 0,
    retryAt: now,
    strikes: 0,
    goodPieces: 0,
    isProven: false,
    isSeed: false,
    listener: undefined,
    hasCome: false,
  };
}

function isWorthDialling(peer: KnownPeer, view: DialView): boolean {
  if (peer.isBusy || peer.hasCome || peer.isEphemeral || (peer.failures >= FAILURES_MAX && peer.source !== "user"))
    return false;
  return !(view.skipSeeds && peer.isSeed);
}

function reconnectGap(peer: KnownPeer): Millis {
  if (peer.source !== "user") return RECONNECT_GAP_MS * Math.max(1, peer.failures);
  return Math.min(RECONNECT_GAP_MS, RECONNECT_GAP_USER_MS * 2 ** peer.failures);
}
