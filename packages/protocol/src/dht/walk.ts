/** One request on one socket: the walk to its target, then, for what is written, a message to each of the nearest nodes. */
import { ed25519PublicKey, endpointKey, type Endpoint, equalBytes } from "@torrential/core";
import { BloomFilter } from "./bloom-filter.ts";
import {
  type DhtItem,
  isCanonical,
  isSigned,
  mutableTarget,
  type MutableItem,
  signItem,
  targetOfItem,
} from "./item.ts";
import { type Candidate, Lookup } from "./lookup.ts";
import type { DhtAnswer, DhtQuery, Want } from "./messages.ts";
import { idKey } from "./node-id.ts";
import type { DhtRequest, PutItem } from "./requests.ts";

/** PROMISES C16: "DHT ≤ 500" peers of one request. */
const PEERS_MAX = 500;
const SAMPLES_MAX = 5_000;
const NO_WANT: Want = { n4: false, n6: false };

/** Something to write to a node, and what it said. */
export interface Write {
  readonly candidate: Candidate;
  readonly query: DhtQuery;
}

export interface WalkError {
  readonly code: number;
  readonly message: string;
}

export class Walk {
  /** The caller's number. */
  readonly request: number;
  readonly lookup: Lookup;
  readonly #subject: DhtRequest;
  readonly #want: Want;
  readonly #peers = new Set<string>();
  readonly #samples = new Map<string, Uint8Array>();
  #infoHashCount = 0;
  #filters: { readonly seeds: BloomFilter; readonly peers: BloomFilter } | undefined;
  #item: DhtItem | undefined;
  /** Numbers of a mutable item that nodes say they have. */
  readonly #seqs = new Map<Candidate, number>();
  #writes: Write[] | undefined;
  #unsettledWrites = 0;
  #writtenCount = 0;
  readonly #writeErrors: WalkError[] = [];

  constructor(request: number, subject: DhtRequest, want: Want = NO_WANT) {
    this.request = request;
    this.lookup = new Lookup(targetOf(subject));
    this.#subject = subject;
    this.#want = want;
  }

  get target(): Uint8Array {
    return this.lookup.target;
  }

  get item(): DhtItem | undefined {
    return this.#item;
  }

  get filters(): { readonly seeds: BloomFilter; readonly peers: BloomFilter } | undefined {
    return this.#filters;
  }

  get samples(): readonly Uint8Array[] {
    return [...this.#samples.values()];
  }

  get infoHashCount(): number {
    return this.#infoHashCount;
  }

  get peersFound(): number {
    return this.#peers.size;
  }

  get writtenCount(): number {
    return this.#writtenCount;
  }

  get writeErrors(): readonly WalkError[] {
    return this.#writeErrors;
  }

  /** What each node on the way is asked. */
  question(): DhtQuery {
    const subject = this.#subject;
    const { target } = this;
    const want = this.#want;
    switch (subject.type) {
      case "find-node":
        return { method: "find_node", target, want };
      case "get-peers": {
        const { noSeed = false, scrape = false } = subject;
        return { method: "get_peers", infoHash: target, want, noSeed, scrape };
      }
      case "get":
      case "put":
        return { method: "get", target, want };
      case "sample":
        return { method: "sample_infohashes", target, want };
    }
  }

  /** Takes what an answer holds besides nodes; returns the peers that are new. */
  handleAnswer(candidate: Candidate, answer: DhtAnswer, isWanted: (peer: Endpoint) => boolean): readonly Endpoint[] {
    candidate.token = answer.token;
    this.#takeItem(candidate, answer);
    this.#takeFilters(answer);
    for (const sample of answer.samples ?? [])
      if (this.#samples.size < SAMPLES_MAX) this.#samples.set(idKey(sample), sample);
    this.#infoHashCount += answer.infoHashCount ?? 0;
    return this.#takePeers(answer.values, isWanted);
  }

  /** Nobody needs to be asked any more. An immutable item is what its hash says: the first one is all there is to find. */
  get isWalked(): boolean {
    return (this.#subject.type === "get" && this.#item?.type === "immutable") || this.lookup.isDone;
  }

  /** Messages to the nearest nodes, once walked; each is to be settled. */
  startWriting(): readonly Write[] {
    if (this.#writes !== undefined) return [];
    const nearest = this.lookup.closest();
    this.#writes = this.#makeWrites(nearest);
    this.#unsettledWrites = this.#writes.length;
    return this.#writes;
  }

  settleWrite(outcome: "written" | "failed" | WalkError): void {
    this.#unsettledWrites -= 1;
    if (outcome === "written") this.#writtenCount += 1;
    else if (outcome !== "failed") this.#writeErrors.push(outcome);
  }

  get isDone(): boolean {
    return this.#writes !== undefined && this.#unsettledWrites === 0;
  }

  #takePeers(values: readonly Endpoint[], isWanted: (peer: Endpoint) => boolean): readonly Endpoint[] {
    const fresh: Endpoint[] = [];
    for (const peer of values) {
      const key = endpointKey(peer);
      if (this.#peers.size >= PEERS_MAX || this.#peers.has(key) || !isWanted(peer)) continue;
      this.#peers.add(key);
      fresh.push(peer);
    }
    return fresh;
  }

  #takeFilters({ seeds, peers, values }: DhtAnswer): void {
    if (this.#subject.type !== "get-peers" || this.#subject.scrape !== true) return;
    if (seeds === undefined && peers === undefined && values.length === 0) return;
    const filters = (this.#filters ??= { seeds: new BloomFilter(), peers: new BloomFilter() });
    if (seeds !== undefined) filters.seeds.merge(seeds);
    if (peers !== undefined) filters.peers.merge(peers);
    if (seeds !== undefined || peers !== undefined) return;
    // BEP 33, "Handling legacy responses": peers without filters count as no seeds, unless a filter knows them as seeds.
    for (const { address } of values) if (!filters.seeds.mayHave(address)) filters.peers.add(address);
  }

  /** BEP 44: what does not hash or sign to the target was never there. */
  #takeItem(candidate: Candidate, answer: DhtAnswer): void {
    const subject = this.#subject;
    if (subject.type !== "get" && subject.type !== "put") return;
    const { value, publicKey, signature, seq } = answer;
    if (value === undefined || !isCanonical(value)) return;
    if (publicKey === undefined || signature === undefined || seq === undefined) {
      const item: DhtItem = { type: "immutable", value };
      if (equalBytes(targetOfItem(item), this.target)) this.#item ??= item;
      return;
    }
    const salt = subject.type === "get" ? subject.salt : saltOf(subject.put);
    const item: MutableItem = { type: "mutable", value, publicKey, signature, seq, salt };
    if (!equalBytes(mutableTarget(publicKey, salt), this.target)) return;
    const known = this.#item?.type === "mutable" ? this.#item : undefined;
    if (known !== undefined && known.seq === seq && equalBytes(known.value, value)) this.#seqs.set(candidate, seq);
    if ((known !== undefined && known.seq >= seq) || !isSigned(item)) return;
    this.#item = item;
    this.#seqs.set(candidate, seq);
  }

  #makeWrites(nearest: readonly Candidate[]): Write[] {
    const subject = this.#subject;
    const writes: Write[] = [];
    if (subject.type === "get-peers" && subject.announce !== undefined) {
      const { port, isSeed } = subject.announce;
      const base = { method: "announce_peer", infoHash: this.target, port, impliedPort: false, seed: isSeed } as const;
      for (const candidate of nearest)
        if (candidate.token !== undefined) writes.push({ candidate, query: { ...base, token: candidate.token } });
    }
    if (subject.type === "put") {
      const item = this.#itemToPut(subject.put);
      for (const candidate of nearest) {
        if (candidate.token === undefined) continue;
        // BEP 44: "When sending a put to a node that did not return any data, cas SHOULD NOT be included".
        const cas = this.#seqs.has(candidate) ? subject.put.cas : undefined;
        writes.push({ candidate, query: putQuery(item, candidate.token, cas) });
      }
      this.#item = item;
    }
    return writes;
  }

  #itemToPut(put: PutItem): DhtItem {
    if (put.type === "item") return put.item;
    const known = this.#item?.type === "mutable" ? this.#item.seq : 0;
    return signItem({ seed: put.seed, salt: put.salt, value: put.value, seq: put.seq ?? known + 1 });
  }
}

function putQuery(item: DhtItem, token: Uint8Array, cas: number | undefined): DhtQuery {
  if (item.type === "immutable") return { method: "put", token, value: item.value };
  const { value, publicKey, signature, salt, seq } = item;
  return { method: "put", token, value, publicKey, signature, salt, seq, cas };
}

/** The 20 bytes that an item will be kept under. */
export function targetOfPut(put: PutItem): Uint8Array {
  return put.type === "item" ? targetOfItem(put.item) : mutableTarget(ed25519PublicKey(put.seed), put.salt);
}

function targetOf(subject: DhtRequest): Uint8Array {
  switch (subject.type) {
    case "find-node":
    case "get":
    case "sample":
      return subject.target;
    case "get-peers":
      return subject.infoHash;
    case "put":
      return targetOfPut(subject.put);
  }
}

function saltOf(put: PutItem): Uint8Array {
  if (put.type === "sign") return put.salt;
  return put.item.type === "mutable" ? put.item.salt : new Uint8Array();
}
