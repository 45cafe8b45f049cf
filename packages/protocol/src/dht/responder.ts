/**
 * Answers to other nodes' questions. An address that did not prove yet that it is not somebody else's gets at most three
 * times the bytes it sent (PROMISES C14): lists are cut until they fit. No answer is longer than 1,024 bytes (BEP 32).
 */
import { type BInput, decodeBencode, encodeCompactPeers, type Endpoint, makeEndpoint } from "@torrential/core";
import { BLOOM_LENGTH, type BloomFilter } from "./bloom-filter.ts";
import { COMPACT_NODE_LENGTH, type Contact, encodeContacts } from "./contact.ts";
import { encodeAnswer, encodeError } from "./encode.ts";
import type { DhtItem } from "./item.ts";
import { mutableTarget, targetOfItem } from "./item.ts";
import type { ItemStore } from "./item-store.ts";
import { type DhtQuery, KRPC_ERROR, type KrpcQuery, type Want } from "./messages.ts";
import type { PeerStore } from "./peer-store.ts";
import { CLOSEST_COUNT } from "./lookup.ts";
import type { Tokens } from "./tokens.ts";

const ANSWER_LENGTH_MAX = 1_024; // BEP 32, "Maximum packet size".
/** PROMISES, limits: "DHT: per reply 100". */
const VALUES_MAX = 100;
/** Bytes of a key and a length around a list or string, counted generously. */
const FIELD_OVERHEAD = 14;

export interface ResponderDeps {
  readonly ownId: Uint8Array;
  readonly tokens: Tokens;
  readonly peers: PeerStore;
  readonly items: ItemStore;
  /** Good nodes of a family, the nearest first. */
  readonly closest: (target: Uint8Array, family: 4 | 6) => readonly Contact[];
}

export interface Question {
  readonly message: KrpcQuery;
  readonly from: Endpoint;
  /** Bytes that the answer may have while the address is not proven. */
  readonly answerMax: number;
  /** The address answered something that we chose. */
  readonly isProven: boolean;
}

export interface Response {
  readonly bytes: Uint8Array;
  /** The question carried a token of ours: the address is no other's. */
  readonly provesAddress: boolean;
  /** What was asked for is there, and too long for an address that did not prove itself. */
  readonly needsProof: boolean;
}

type Fields = { [key: string]: BInput | undefined };

/** The answer to one question, or undefined when even the shortest would be too long. */
export function respond(question: Question, deps: ResponderDeps, now: number): Response | undefined {
  const draft = new Draft(question, deps);
  const { query } = question.message;
  switch (query.method) {
    case "ping":
      return draft.finish();
    case "find_node":
      draft.addNodes(query.target, query.want);
      return draft.finish();
    case "unknown":
      if (query.target === undefined) return draft.fail(KRPC_ERROR.methodUnknown, "method unknown");
      draft.addNodes(query.target, query.want);
      return draft.finish();
    case "get_peers":
      return answerGetPeers(query, draft, deps, now);
    case "announce_peer":
      return answerAnnounce(query, draft, deps, now);
    case "get":
      return answerGet(query, draft, deps, now);
    case "put":
      return answerPut(query, draft, deps, now);
    case "sample_infohashes":
      return answerSample(query, draft, deps, now);
    default:
      return query satisfies never;
  }
}

function answerGetPeers(
  query: Extract<DhtQuery, { method: "get_peers" }>,
  draft: Draft,
  { peers, tokens }: ResponderDeps,
  now: number,
): Response | undefined {
  const { infoHash, want, noSeed, scrape } = query;
  const { address, family } = draft.from;
  if (peers.hasRoomFor(infoHash)) draft.add("token", tokens.make(address, infoHash, now), 8);
  const filters = scrape ? peers.filters(infoHash, family, now) : undefined;
  if (filters !== undefined) draft.addFilters(filters);
  const values = peers.peers(infoHash, { family, max: VALUES_MAX, noSeed }, now);
  // Peers are what was asked for; but who gets no nodes either is at its end here.
  draft.addValues(values, family, values.length === 0 ? 0 : 1 / 2);
  draft.addNodes(infoHash, want);
  return draft.finish();
}

function answerAnnounce(
  query: Extract<DhtQuery, { method: "announce_peer" }>,
  draft: Draft,
  { peers, tokens }: ResponderDeps,
  now: number,
): Response | undefined {
  const { infoHash, token, seed, impliedPort } = query;
  const { address } = draft.from;
  if (!tokens.isValid(token, address, infoHash, now)) return draft.fail(KRPC_ERROR.protocol, "bad token");
  draft.proveAddress();
  const port = impliedPort ? draft.from.port : query.port;
  const isKept = peers.add(infoHash, makeEndpoint(address, port), { isSeed: seed }, now);
  return isKept ? draft.finish() : draft.fail(KRPC_ERROR.server, "no room");
}

function answerGet(
  query: Extract<DhtQuery, { method: "get" }>,
  draft: Draft,
  { items, tokens }: ResponderDeps,
  now: number,
): Response | undefined {
  const { target, want, seq } = query;
  draft.add("token", tokens.make(draft.from.address, target, now), 8);
  const item = items.get(target, now);
  if (item !== undefined) draft.addItem(item, seq);
  draft.addNodes(target, want);
  return draft.finish();
}

function answerPut(
  query: Extract<DhtQuery, { method: "put" }>,
  draft: Draft,
  { items, tokens }: ResponderDeps,
  now: number,
): Response | undefined {
  const item = itemOf(query);
  const target = item.type === "mutable" ? mutableTarget(item.publicKey, item.salt) : targetOfItem(item);
  if (!tokens.isValid(query.token, draft.from.address, target, now))
    return draft.fail(KRPC_ERROR.protocol, "bad token");
  draft.proveAddress();
  const result = items.put(item, { endpoint: draft.from, cas: query.cas }, now);
  return result.ok ? draft.finish() : draft.fail(result.code, result.message);
}

function answerSample(
  query: Extract<DhtQuery, { method: "sample_infohashes" }>,
  draft: Draft,
  { peers }: ResponderDeps,
  now: number,
): Response | undefined {
  const { infoHashes, intervalSeconds, count } = peers.sample(now);
  draft.add("interval", intervalSeconds, 8);
  draft.add("num", count, 8);
  draft.addStrings("samples", infoHashes, 3 / 4);
  draft.addNodes(query.target, query.want);
  return draft.finish();
}

function itemOf(query: Extract<DhtQuery, { method: "put" }>): DhtItem {
  const { publicKey, signature, seq, value } = query;
  if (publicKey === undefined || signature === undefined || seq === undefined) return { type: "immutable", value };
  return { type: "mutable", value, publicKey, signature, seq, salt: query.salt ?? new Uint8Array() };
}

/** An answer that grows while there is room. */
class Draft {
  readonly #question: Question;
  readonly #deps: ResponderDeps;
  readonly #r: Fields;
  #used: number;
  #provesAddress = false;
  #needsProof = false;

  constructor(question: Question, deps: ResponderDeps) {
    this.#question = question;
    this.#deps = deps;
    this.#r = { id: deps.ownId };
    this.#used = encodeAnswer(this.#envelope, this.#r).length;
  }

  get from(): Endpoint {
    return this.#question.from;
  }

  proveAddress(): void {
    this.#provesAddress = true;
  }

  /** False when it did not fit. */
  add(key: string, value: BInput, lengthBytes: number): boolean {
    const cost = lengthBytes + FIELD_OVERHEAD;
    if (cost > this.#room) return false;
    this.#r[key] = value;
    this.#used += cost;
    return true;
  }

  /** As many nodes as fit: of the asker's own family, or of those it wants (BEP 32). */
  addNodes(target: Uint8Array, want: Want): void {
    const isOpen = !want.n4 && !want.n6;
    const families = ([4, 6] as const).filter((family) =>
      isOpen ? family === this.from.family : family === 4 ? want.n4 : want.n6,
    );
    for (const [i, family] of families.entries()) {
      const length = COMPACT_NODE_LENGTH[family];
      const share = this.#room / (families.length - i) - FIELD_OVERHEAD;
      const count = Math.min(CLOSEST_COUNT, Math.floor(share / length));
      const nodes = count > 0 ? this.#deps.closest(target, family).slice(0, count) : [];
      this.add(family === 4 ? "nodes" : "nodes6", encodeContacts(nodes, family), nodes.length * length);
    }
  }

  /** Peers in up to `share` of the room. */
  addValues(values: readonly Endpoint[], family: 4 | 6, share: number): void {
    // "6:" and the six bytes of IPv4, "18:" and those of IPv6.
    const each = family === 4 ? 8 : 21;
    const count = Math.min(values.length, Math.floor((this.#room * share - FIELD_OVERHEAD) / each));
    if (count <= 0) return;
    const list = values.slice(0, count).map((value) => encodeCompactPeers([value], family));
    this.add("values", list, count * each);
  }

  /** Strings of 20 bytes, one after another. */
  addStrings(key: string, strings: readonly Uint8Array[], share: number): void {
    const count = Math.max(0, Math.min(strings.length, Math.floor((this.#room * share - FIELD_OVERHEAD) / 20)));
    const joined = new Uint8Array(count * 20);
    for (const [i, string] of strings.slice(0, count).entries()) joined.set(string, i * 20);
    this.add(key, joined, joined.length);
  }

  addFilters({ seeds, peers }: { readonly seeds: BloomFilter; readonly peers: BloomFilter }): void {
    const lengthBytes = 2 * BLOOM_LENGTH + FIELD_OVERHEAD;
    if (this.#addWhole("BFsd", seeds.bytes, lengthBytes)) this.#r["BFpe"] = peers.bytes;
  }

  /** BEP 44: the value is left out when the asker has it already. */
  addItem(item: DhtItem, newerThan: number | undefined): void {
    const { value } = item;
    if (item.type === "immutable") return void this.#addWhole("v", decodeBencode(value), value.length);
    this.add("seq", item.seq, 18);
    if (newerThan !== undefined && item.seq <= newerThan) return;
    const length = value.length + 96 + 2 * FIELD_OVERHEAD;
    if (!this.#addWhole("v", decodeBencode(value), length)) return;
    this.#r["k"] = item.publicKey;
    this.#r["sig"] = item.signature;
  }

  /** Adds what can't be cut. */
  #addWhole(key: string, value: BInput, lengthBytes: number): boolean {
    const isAdded = this.add(key, value, lengthBytes);
    if (!isAdded) this.#needsProof = !this.#isProven;
    return isAdded;
  }

  finish(): Response | undefined {
    return this.#response(encodeAnswer(this.#envelope, this.#r));
  }

  fail(code: number, message: string): Response | undefined {
    return this.#response(encodeError(this.#envelope, code, message));
  }

  get #envelope(): { readonly transaction: Uint8Array; readonly to: Endpoint } {
    return { transaction: this.#question.message.transaction, to: this.from };
  }

  get #lengthMax(): number {
    return this.#isProven ? ANSWER_LENGTH_MAX : Math.min(ANSWER_LENGTH_MAX, this.#question.answerMax);
  }

  get #isProven(): boolean {
    return this.#question.isProven || this.#provesAddress;
  }

  get #room(): number {
    return this.#lengthMax - this.#used;
  }

  #response(bytes: Uint8Array): Response | undefined {
    if (bytes.length > this.#lengthMax) return undefined;
    return { bytes, provesAddress: this.#provesAddress, needsProof: this.#needsProof };
  }
}
