/** Who is in which swarm, as a tracker knows it: bounded, and forgotten in time. */
import { type Endpoint, endpointKey, type InfoHash } from "@torrential/core";
import type { ScrapeEntry } from "../types.ts";
import { type IncomingAnnounce, TrackerRefusal } from "./requests.ts";

export interface RegistryOptions {
  readonly intervalSeconds: number;
  /** Only these torrents; all when undefined. */
  readonly allowed: ReadonlySet<InfoHash> | undefined;
  readonly torrentsMax: number;
  readonly peersPerTorrentMax: number;
  readonly peersMax: number;
}

export interface Member {
  readonly endpoint: Endpoint;
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  isSeed: boolean;
  seenAt: number;
}

export interface RegistryStats {
  readonly torrents: number;
  readonly peers: number;
  readonly seeders: number;
}

/** Answers never hold more (C16: clients take as many). */
const ANSWER_PEERS_MAX = 200;
const ANSWER_PEERS_DEFAULT = 50;
/** A peer that missed two announces is gone. */
const INTERVALS_MISSED = 2.25;

interface Swarm {
  /** In no order: the last takes the place of one that leaves. */
  readonly members: Member[];
  readonly places: Map<string, number>;
  seeders: number;
  completed: number;
}

export class Registry {
  readonly #options: RegistryOptions;
  readonly #random: () => number;
  readonly #swarms = new Map<InfoHash, Swarm>();
  #peers = 0;

  constructor(options: RegistryOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  get stats(): RegistryStats {
    let seeders = 0;
    for (const swarm of this.#swarms.values()) seeders += swarm.seeders;
    return { torrents: this.#swarms.size, peers: this.#peers, seeders };
  }

  /** Notes who announced, and chooses whom they are told of: of one family when told so. Throws TrackerRefusal. */
  announce(request: IncomingAnnounce, from: Endpoint, now: number, family?: 4 | 6): readonly Member[] {
    const { infoHash, event, left } = request;
    this.#check(infoHash);
    const key = endpointKey(from);
    const known = this.#swarms.get(infoHash);
    if (event === "stopped") {
      if (known !== undefined) this.#remove(infoHash, known, key);
      return [];
    }
    const swarm = known ?? this.#makeSwarm(infoHash);
    const isSeed = left === 0;
    const member = swarm.members[swarm.places.get(key) ?? -1];
    if (member === undefined) this.#add(swarm, key, { endpoint: from, peerId: request.peerId, isSeed, seenAt: now });
    else {
      // A seed that says so again has not completed it again.
      if (event === "completed" && isSeed && !member.isSeed) swarm.completed++;
      swarm.seeders += Number(isSeed) - Number(member.isSeed);
      member.isSeed = isSeed;
      member.seenAt = now;
    }
    return this.#choose(swarm, { key, isSeed, numWant: request.numWant, family });
  }

  /** What is known of a torrent; zeros for one that is not. */
  scrape(infoHash: InfoHash): ScrapeEntry {
    const swarm = this.#swarms.get(infoHash);
    const seeders = swarm?.seeders ?? 0;
    const leechers = (swarm?.members.length ?? 0) - seeders;
    return { seeders, leechers, downloaded: swarm?.completed ?? 0, downloaders: undefined };
  }

  has(infoHash: InfoHash): boolean {
    return this.#swarms.has(infoHash);
  }

  /** Forgets those that were silent for too long. */
  expire(now: number): void {
    const before = now - this.#options.intervalSeconds * 1_000 * INTERVALS_MISSED;
    for (const [infoHash, swarm] of this.#swarms) {
      for (let i = swarm.members.length - 1; i >= 0; i--) {
        const member = swarm.members[i];
        if (member !== undefined && member.seenAt < before) this.#remove(infoHash, swarm, endpointKey(member.endpoint));
      }
    }
  }

  #check(infoHash: InfoHash): void {
    const { allowed } = this.#options;
    if (allowed !== undefined && !allowed.has(infoHash)) throw new TrackerRefusal("this torrent is not tracked here");
  }

  #makeSwarm(infoHash: InfoHash): Swarm {
    if (this.#swarms.size >= this.#options.torrentsMax) this.#makeRoom();
    const swarm: Swarm = { members: [], places: new Map(), seeders: 0, completed: 0 };
    this.#swarms.set(infoHash, swarm);
    return swarm;
  }

  /** A swarm that nobody is in any more is kept for its count, until its place is needed. */
  #makeRoom(): void {
    for (const [infoHash, swarm] of this.#swarms) {
      if (swarm.members.length > 0) continue;
      this.#swarms.delete(infoHash);
      return;
    }
    throw new TrackerRefusal("this tracker has as many torrents as it can", { retryInMinutes: 30 });
  }

  #add(swarm: Swarm, key: string, member: Member): void {
    const { peersPerTorrentMax, peersMax } = this.#options;
    if (swarm.members.length >= peersPerTorrentMax || this.#peers >= peersMax) {
      throw new TrackerRefusal("this tracker has as many peers as it can", { retryInMinutes: 30 });
    }
    swarm.places.set(key, swarm.members.length);
    swarm.members.push(member);
    swarm.seeders += Number(member.isSeed);
    this.#peers++;
  }

  #remove(infoHash: InfoHash, swarm: Swarm, key: string): void {
    const place = swarm.places.get(key);
    const last = swarm.members.at(-1);
    if (place === undefined || last === undefined) return;
    swarm.seeders -= Number(swarm.members[place]?.isSeed ?? false);
    swarm.members[place] = last;
    swarm.places.set(endpointKey(last.endpoint), place);
    swarm.members.pop();
    swarm.places.delete(key);
    this.#peers--;
    if (swarm.members.length === 0 && swarm.completed === 0) this.#swarms.delete(infoHash);
  }

  /** From a place that chance chooses on, all around: as good as chance for each, at the cost of what is taken. */
  #choose(
    { members }: Swarm,
    asker: {
      readonly key: string;
      readonly isSeed: boolean;
      readonly numWant: number | undefined;
      readonly family: 4 | 6 | undefined;
    },
  ): readonly Member[] {
    const wanted = Math.min(ANSWER_PEERS_MAX, asker.numWant ?? ANSWER_PEERS_DEFAULT);
    const start = Math.floor(this.#random() * members.length);
    const chosen: Member[] = [];
    for (let i = 0; i < members.length && chosen.length < wanted; i++) {
      const member = members[(start + i) % members.length];
      if (member === undefined || (asker.isSeed && member.isSeed)) continue; // Seeds have nothing for each other.
      if (asker.family !== undefined && member.endpoint.family !== asker.family) continue;
      if (endpointKey(member.endpoint) !== asker.key) chosen.push(member);
    }
    return chosen;
  }
}
