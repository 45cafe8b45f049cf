/**
 * Peers that others announced to us (BEP 5, BEP 33), each address once in a torrent. Bounded in every direction (PROMISES
 * C15): 2,000 torrents, 500 peers each, 50,000 in all, 100 torrents for one source, two hours.
 */
import { latin1, type Endpoint } from "@torrential/core";
import { BloomFilter } from "./bloom-filter.ts";
import { idKey, type Random } from "./node-id.ts";
import { sourceOf } from "./rate.ts";

/** BEP 51: what fits an answer, and how long a chosen part stays the same. */
const SAMPLES_MAX = 20;
const SAMPLE_INTERVAL_SECONDS = 21_600;

export interface PeerStoreLimits {
  readonly torrentsMax: number;
  readonly peersPerTorrentMax: number;
  readonly peersMax: number;
  readonly torrentsPerSourceMax: number;
  readonly lifetimeMs: number;
}

const LIMITS: PeerStoreLimits = {
  torrentsMax: 2_000,
  peersPerTorrentMax: 500,
  peersMax: 50_000,
  torrentsPerSourceMax: 100,
  lifetimeMs: 7_200_000,
};

interface StoredPeer {
  readonly endpoint: Endpoint;
  readonly isSeed: boolean;
  readonly expiresAt: number;
}

/** Peers by address, the longest there first. */
type Torrent = Map<string, StoredPeer>;

export interface Sample {
  /** 20 bytes each. */
  readonly infoHashes: readonly Uint8Array[];
  readonly intervalSeconds: number;
  readonly count: number;
}

export class PeerStore {
  readonly #random: Random;
  readonly #limits: PeerStoreLimits;
  /** By info-hash, the least recently announced first. */
  readonly #torrents = new Map<string, Torrent>();
  readonly #perSource = new Map<string, number>();
  #peerCount = 0;
  #sample: { readonly keys: readonly string[]; readonly until: number } | undefined;

  constructor(random: Random, limits: Partial<PeerStoreLimits> = {}) {
    this.#random = random;
    this.#limits = { ...LIMITS, ...limits };
  }

  get torrentCount(): number {
    return this.#torrents.size;
  }

  get peerCount(): number {
    return this.#peerCount;
  }

  /** Whether another peer of this torrent would be kept: only then does who asks get a token (BEP 33). */
  hasRoomFor(infoHash: Uint8Array): boolean {
    return (this.#torrents.get(idKey(infoHash))?.size ?? 0) < this.#limits.peersPerTorrentMax;
  }

  /** Keeps a peer, or renews it. False when its source has had its share, or the torrent is full. */
  add(infoHash: Uint8Array, endpoint: Endpoint, options: { readonly isSeed: boolean }, now: number): boolean {
    const key = idKey(infoHash);
    const torrent = this.#torrents.get(key) ?? new Map<string, StoredPeer>();
    const source = sourceOf(endpoint);
    const known = torrent.get(endpoint.address);
    if (known === undefined) {
      if ((this.#perSource.get(source) ?? 0) >= this.#limits.torrentsPerSourceMax) return false;
      if (torrent.size >= this.#limits.peersPerTorrentMax) return false;
      this.#count(source, 1);
    }
    torrent.delete(endpoint.address);
    torrent.set(endpoint.address, { endpoint, isSeed: options.isSeed, expiresAt: now + this.#limits.lifetimeMs });
    this.#torrents.delete(key);
    this.#torrents.set(key, torrent);
    this.#trim(key);
    return true;
  }

  /** Up to `max` peers of one family, any of them. */
  peers(
    infoHash: Uint8Array,
    options: { readonly family: 4 | 6; readonly max: number; readonly noSeed: boolean },
    now: number,
  ): Endpoint[] {
    const found: Endpoint[] = [];
    let seen = 0;
    for (const { endpoint, isSeed, expiresAt } of this.#torrents.get(idKey(infoHash))?.values() ?? []) {
      if (endpoint.family !== options.family || expiresAt <= now || (options.noSeed && isSeed)) continue;
      // A fair sample of unknown size: each one that comes takes a place with falling odds.
      const place = seen < options.max ? seen : Math.floor(this.#random() * (seen + 1));
      if (place < options.max) found[place] = endpoint;
      seen += 1;
    }
    return found;
  }

  /** BEP 33's filters of seeds and of the others; undefined when there is nothing to tell. */
  filters(
    infoHash: Uint8Array,
    family: 4 | 6,
    now: number,
  ): { readonly seeds: BloomFilter; readonly peers: BloomFilter } | undefined {
    const torrent = this.#torrents.get(idKey(infoHash));
    if (torrent === undefined) return undefined;
    const seeds = new BloomFilter();
    const peers = new BloomFilter();
    for (const { endpoint, isSeed, expiresAt } of torrent.values())
      if (endpoint.family === family && expiresAt > now) (isSeed ? seeds : peers).add(endpoint.address);
    return { seeds, peers };
  }

  /** BEP 51: some of the info-hashes, the same ones for six hours when there are more than fit. */
  sample(now: number): Sample {
    const count = this.#torrents.size;
    if (count <= SAMPLES_MAX) {
      return { infoHashes: [...this.#torrents.keys()].map((key) => latin1(key)), intervalSeconds: 0, count };
    }
    if (this.#sample === undefined || this.#sample.until <= now) {
      this.#sample = { keys: this.#drawKeys(), until: now + SAMPLE_INTERVAL_SECONDS * 1_000 };
    }
    return { infoHashes: this.#sample.keys.map((key) => latin1(key)), intervalSeconds: SAMPLE_INTERVAL_SECONDS, count };
  }

  /** Forgets what is too old. */
  expire(now: number): void {
    for (const [key, torrent] of this.#torrents) {
      for (const peer of torrent.values()) if (peer.expiresAt <= now) this.#removePeer(torrent, peer);
      if (torrent.size === 0) this.#torrents.delete(key);
    }
  }

  #drawKeys(): readonly string[] {
    const keys = [...this.#torrents.keys()];
    for (let i = 0; i < SAMPLES_MAX; i++) {
      const j = i + Math.floor(this.#random() * (keys.length - i));
      [keys[i], keys[j]] = [keys[j] ?? "", keys[i] ?? ""];
    }
    return keys.slice(0, SAMPLES_MAX);
  }

  /** Whole torrents go, those that nobody announced for longest; never the one just announced. */
  #trim(keptKey: string): void {
    const { torrentsMax, peersMax } = this.#limits;
    for (const [key, torrent] of this.#torrents) {
      if ((this.#torrents.size <= torrentsMax && this.#peerCount <= peersMax) || key === keptKey) return;
      for (const peer of torrent.values()) this.#removePeer(torrent, peer);
      this.#torrents.delete(key);
    }
  }

  #removePeer(torrent: Torrent, { endpoint }: StoredPeer): void {
    torrent.delete(endpoint.address);
    this.#count(sourceOf(endpoint), -1);
  }

  #count(source: string, change: number): void {
    this.#peerCount += change;
    const count = (this.#perSource.get(source) ?? 0) + change;
    if (count > 0) this.#perSource.set(source, count);
    else this.#perSource.delete(source);
  }
}
