/**
 * A whole DHT node: one Kademlia for each socket (IPv4 and IPv6 are two networks, BEP 32; several addresses of a family
 * are several nodes, BEP 45), with one store and one budget for all.
 *
 * A machine: datagrams and requests go in with `now`, datagrams and findings come out of `poll()`.
 */
import type { Endpoint } from "@torrential/core";
import { BloomFilter } from "./bloom-filter.ts";
import type { Contact } from "./contact.ts";
import type { DhtItem } from "./item.ts";
import { ItemStore } from "./item-store.ts";
import { Kademlia } from "./kademlia.ts";
import { CLOSEST_COUNT } from "./lookup.ts";
import { compareDistance, type Random } from "./node-id.ts";
import { PeerStore, type PeerStoreLimits } from "./peer-store.ts";
import { SendBudget } from "./rate.ts";
import type { DhtReport, DhtRequest } from "./requests.ts";
import type { KademliaShared } from "./shared.ts";
import { decodeDhtState, encodeDhtState, type SavedSocket } from "./state.ts";
import { describeSocket, type DhtStatus } from "./status.ts";
import { Walk } from "./walk.ts";

const EXPIRE_MS = 60_000;
/** Nodes of the other family that are looked at, while that network is not ours yet. */
const FOREIGN_MAX = 8;
const REQUESTS_MAX = 5_000;

export interface DhtOptions {
  /** One for each socket, in the driver's order: their index is the `socket` of inputs and outputs. */
  readonly sockets: readonly { readonly family: 4 | 6 }[];
  /** Where our sockets are reached. */
  readonly port: number;
  /** BEP 43: ask, but don't answer. */
  readonly readOnly?: boolean;
  /** Loopback and private addresses may be nodes: for tests and networks without the world. */
  readonly allowLocal?: boolean;
  /** What `exportState` gave in an earlier run. */
  readonly state?: Uint8Array | undefined;
  /** 8,000 by default. */
  readonly rateBytesPerSec?: number;
  readonly storeLimits?: Partial<PeerStoreLimits>;
}

export interface DhtDeps {
  /** Uniform in [0, 1), unpredictable for outsiders: ids, tokens and transactions are drawn from it. */
  readonly random: Random;
}

/** `request` is the number that the caller gave; each request ends in one "done". */
export type DhtOutput =
  | { readonly type: "send"; readonly socket: number; readonly endpoint: Endpoint; readonly bytes: Uint8Array }
  /** Peers that this request had not found before. */
  | { readonly type: "peers"; readonly request: number; readonly peers: readonly Endpoint[] }
  | { readonly type: "done"; readonly request: number; readonly report: DhtReport }
  /** A node says that we are at this address (BEP 42). */
  | { readonly type: "address-vote"; readonly address: string; readonly voter: Endpoint }
  /** A network is not found yet: endpoints to start from are wanted, by `handleEndpoints`. */
  | { readonly type: "bootstrap-wanted" };

interface Running {
  readonly open: Set<number>;
  readonly walks: Walk[];
}

export class DhtNode {
  readonly #sockets: readonly Kademlia[];
  readonly #shared: KademliaShared;
  readonly #peers: PeerStore;
  readonly #items: ItemStore;
  readonly #requests = new Map<number, Running>();
  readonly #outputs: DhtOutput[] = [];
  #isBootstrapWanted = false;
  #expireAt: number;

  constructor(options: DhtOptions, { random }: DhtDeps, now: number) {
    this.#peers = new PeerStore(random, options.storeLimits);
    this.#items = new ItemStore();
    this.#expireAt = now + EXPIRE_MS;
    this.#shared = {
      random,
      budget: new SendBudget({ rateBytesPerSec: options.rateBytesPerSec }, now),
      peers: this.#peers,
      items: this.#items,
      isReadOnly: options.readOnly ?? false,
      allowsLocal: options.allowLocal ?? false,
      hasBothFamilies: new Set(options.sockets.map(({ family }) => family)).size > 1,
      port: options.port,
      closest: (target, family) => this.#closest(target, family, this.#now),
    };
    const saved = [...(options.state === undefined ? [] : decodeDhtState(options.state))];
    this.#now = now;
    this.#sockets = options.sockets.map(({ family }) => {
      const at = saved.findIndex((each) => each.family === family);
      const [mine] = at < 0 ? [] : saved.splice(at, 1);
      return new Kademlia({ family, id: mine?.id, nodes: mine?.nodes ?? [] }, this.#shared, now);
    });
  }

  /** The last `now` that came in; tables are read while one input is worked on. */
  #now: number;

  poll(): DhtOutput | undefined {
    return this.#outputs.shift();
  }

  nextTimeout(): number {
    let next = this.#expireAt;
    for (const socket of this.#sockets) next = Math.min(next, socket.nextTimeout());
    return next;
  }

  handleTimeout(now: number): void {
    this.#now = now;
    if (now >= this.#expireAt) {
      this.#expireAt = now + EXPIRE_MS;
      this.#peers.expire(now);
      this.#items.expire(now);
    }
    for (const socket of this.#sockets) if (socket.nextTimeout() <= now) socket.handleTimeout(now);
    this.#collect(now);
  }

  /** A datagram that came in by a socket; anything may be in it. */
  handleDatagram(socket: number, from: Endpoint, bytes: Uint8Array, now: number): void {
    this.#now = now;
    this.#sockets[socket]?.handleDatagram(from, bytes, now);
    this.#collect(now);
  }

  /** Endpoints of nodes that somebody told us of; none at all is an answer to "bootstrap-wanted", too. */
  handleEndpoints(endpoints: readonly Endpoint[], now: number): void {
    this.#now = now;
    for (const socket of this.#sockets) {
      const own = endpoints.filter(({ family }) => family === socket.family);
      socket.handleEndpoints(own, now);
    }
    this.#collect(now);
  }

  /** Asks for something; `request` is a fresh number of the caller's. False when too much is asked already. */
  handleRequest(request: number, subject: DhtRequest, now: number): boolean {
    this.#now = now;
    if (this.#requests.size >= REQUESTS_MAX) return false;
    const running: Running = { open: new Set(), walks: [] };
    this.#requests.set(request, running);
    for (const index of this.#socketsFor(subject)) running.open.add(index);
    for (const index of [...running.open]) this.#sockets[index]?.handleWalk(new Walk(request, subject), now);
    if (running.open.size === 0) this.#finish(request, running);
    this.#collect(now);
    return true;
  }

  /** The request is not wanted any more: nothing more comes of it. */
  cancel(request: number): void {
    this.#requests.delete(request);
    for (const socket of this.#sockets) socket.cancel(request);
  }

  /** For the next run. */
  exportState(now: number): Uint8Array {
    const saved: SavedSocket[] = this.#sockets.map(({ family, id, table }) => ({
      family,
      id,
      nodes: table.closest(id, 200, "usable", now),
    }));
    return encodeDhtState(saved);
  }

  status(now: number): DhtStatus {
    return {
      sockets: this.#sockets.map((socket) => describeSocket(socket, now)),
      torrentsStored: this.#peers.torrentCount,
      peersStored: this.#peers.peerCount,
      itemsStored: this.#items.count,
      requests: this.#requests.size,
    };
  }

  /** BEP 45: announces go from every address, everything else from one of each family. */
  #socketsFor(subject: DhtRequest): number[] {
    const isForAll = subject.type === "get-peers" && subject.announce !== undefined;
    const families = new Set<number>();
    const chosen: number[] = [];
    for (const [index, { family }] of this.#sockets.entries()) {
      if (!isForAll && families.has(family)) continue;
      families.add(family);
      chosen.push(index);
    }
    return chosen;
  }

  #closest(target: Uint8Array, family: 4 | 6, now: number): readonly Contact[] {
    const found: Contact[] = [];
    for (const socket of this.#sockets)
      if (socket.family === family) found.push(...socket.table.closest(target, CLOSEST_COUNT, "good", now));
    return found.sort((a, b) => compareDistance(target, a.id, b.id)).slice(0, CLOSEST_COUNT);
  }

  /** Carries out what the sockets' nodes put out. */
  #collect(now: number): void {
    for (const [index, socket] of this.#sockets.entries()) {
      for (let output = socket.poll(); output !== undefined; output = socket.poll()) {
        switch (output.type) {
          case "send":
            this.#outputs.push({ ...output, socket: index });
            break;
          case "peers":
            if (this.#requests.has(output.request)) this.#outputs.push(output);
            break;
          case "address-vote":
            this.#outputs.push(output);
            break;
          case "walked":
            this.#handleWalked(index, output.walk);
            break;
          case "bootstrap-wanted":
            this.#isBootstrapWanted = true;
            break;
          case "foreign":
            this.#handleForeign(output.contacts, now);
            break;
        }
      }
    }
    if (!this.#isBootstrapWanted) return;
    this.#isBootstrapWanted = false;
    this.#outputs.push({ type: "bootstrap-wanted" });
  }

  // BEP 32, "Bootstrapping": nodes of the other network, while we have few of them.
  #handleForeign(contacts: readonly Contact[], now: number): void {
    for (const socket of this.#sockets) {
      if (socket.table.size >= FOREIGN_MAX) continue;
      const own = contacts.filter(({ endpoint }) => endpoint.family === socket.family).slice(0, FOREIGN_MAX);
      if (own.length > 0)
        socket.handleEndpoints(
          own.map(({ endpoint }) => endpoint),
          now,
        );
    }
  }

  #handleWalked(socket: number, walk: Walk): void {
    const running = this.#requests.get(walk.request);
    if (running === undefined) return;
    running.walks.push(walk);
    running.open.delete(socket);
    if (running.open.size === 0) this.#finish(walk.request, running);
  }

  #finish(request: number, { walks }: Running): void {
    this.#requests.delete(request);
    this.#outputs.push({ type: "done", request, report: makeReport(walks) });
  }
}

function makeReport(walks: readonly Walk[]): DhtReport {
  const sum = (of: (walk: Walk) => number): number => walks.reduce((total, walk) => total + of(walk), 0);
  const nearest = walks.map((walk) => walk.lookup.closest());
  const items = walks.map(({ item }) => item).filter((item) => item !== undefined);
  return {
    askedCount: sum(({ lookup }) => lookup.askedCount),
    answeredCount: sum(({ lookup }) => lookup.answeredCount),
    hops: Math.max(0, ...nearest.flat().map(({ hops }) => hops + 1)),
    peersFound: sum(({ peersFound }) => peersFound),
    closest: nearest.flat().map(({ id, endpoint }) => ({ id, endpoint })),
    writtenCount: sum(({ writtenCount }) => writtenCount),
    writeErrors: walks.flatMap(({ writeErrors }) => writeErrors),
    item: newestOf(items),
    swarm: estimateSwarm(walks),
    samples: walks.flatMap(({ samples }) => samples),
    infoHashCount: sum(({ infoHashCount }) => infoHashCount),
  };
}

function newestOf(items: readonly DhtItem[]): DhtItem | undefined {
  const seqOf = (item: DhtItem): number => (item.type === "mutable" ? item.seq : 0);
  return items.toSorted((a, b) => seqOf(b) - seqOf(a))[0];
}

function estimateSwarm(walks: readonly Walk[]): { readonly seeds: number; readonly peers: number } | undefined {
  const filters = walks.map((walk) => walk.filters).filter((each) => each !== undefined);
  if (filters.length === 0) return undefined;
  const merge = (all: readonly BloomFilter[]): number => {
    const whole = new BloomFilter();
    for (const each of all) whole.merge(each);
    return Math.round(whole.estimate());
  };
  return { seeds: merge(filters.map(({ seeds }) => seeds)), peers: merge(filters.map(({ peers }) => peers)) };
}
