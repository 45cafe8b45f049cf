/**
 * One node of the DHT at one socket (BEP 5, BEP 45): its id, its table, its questions and its answers.
 *
 * Questions go out while the node's budget has room; walks wait for it. An answer counts only for a question of ours (see
 * transactions.ts). Who asks us is answered, and asked back when the table has a place for it: nobody gets in by asking.
 */
import { type Endpoint, TorrentialError } from "@torrential/core";
import type { Contact } from "./contact.ts";
import { decodeKrpc } from "./decode.ts";
import { encodeError, encodeQuery } from "./encode.ts";
import type { Candidate } from "./lookup.ts";
import type { DhtQuery, KrpcMessage, KrpcQuery, Want } from "./messages.ts";
import { drawIdInBucket, drawNodeId, idKey, isIdOfAddress, isLocalAddress, makeNodeId } from "./node-id.ts";
import { Proven } from "./proven.ts";
import { FloodGuard } from "./rate.ts";
import { OwnAddress, Visitors } from "./reachability.ts";
import { type Question, type ResponderDeps, respond } from "./responder.ts";
import { RoutingTable } from "./routing-table.ts";
import type { KademliaShared } from "./shared.ts";
import { Tokens } from "./tokens.ts";
import { type Pending, Transactions } from "./transactions.ts";
import { Walk, type Write } from "./walk.ts";

/** One node is asked whether it is still there; a table of 120 goes round in ten minutes. */
const TICK_MS = 5_000;
/** BEP 5: buckets unchanged for 15 minutes are refreshed; ours are by the tick, and our own place by this. */
const SELF_WALK_MS = 900_000;
const WALKS_AT_ONCE_MAX = 8;
/** Nodes asked back on their own question, or because another named them. */
const PINGS_MAX = 32;
const INTRODUCTIONS_MAX = 24;
/** Starting points of a walk. */
const SEEDS_COUNT = 16;
/** Below this the network is not ours yet. */
const SIZE_POOR = 4;
const BOOTSTRAP_RETRY_MS = 5_000;
const BOOTSTRAP_RETRY_MAX_MS = 300_000;
/** What waits for the network waits no longer. */
const FIRST_TRY_MS = 20_000;
const SEEK_AGAIN_MS = 15_000;
const ID_CHANGE_MS = 600_000;
const DEFERRED_MAX = 64;
/** Ports below belong to services of systems: whoever names one as a node would point us at them. */
const NODE_PORT_MIN = 1_024;
/** PROMISES C14. */
const ANSWER_FACTOR = 3;
/** Of ours. */
const PING_BYTES = 66;
const NO_WANT: Want = { n4: false, n6: false };

type Subject =
  | { readonly type: "walk"; readonly walk: Walk; readonly candidate: Candidate }
  | { readonly type: "write"; readonly walk: Walk }
  /** Asked whether it is there; its id is what it was said to be. */
  | { readonly type: "check"; readonly contact: Contact }
  /** A node of which only the endpoint is known. */
  | { readonly type: "introduction" }
  /** Whoever asked for something long: it gets it when it answers. */
  | { readonly type: "proof"; readonly question: Question };

/** What a node at one socket does; `send` goes out by that socket. */
export type KademliaOutput =
  | { readonly type: "send"; readonly endpoint: Endpoint; readonly bytes: Uint8Array }
  | { readonly type: "peers"; readonly request: number; readonly peers: readonly Endpoint[] }
  | { readonly type: "walked"; readonly walk: Walk }
  /** BEP 42; once for each network that votes. */
  | { readonly type: "address-vote"; readonly address: string; readonly voter: Endpoint }
  /** The table is poor: endpoints to start from are wanted. */
  | { readonly type: "bootstrap-wanted" }
  /** Nodes of the other family that somebody named. */
  | { readonly type: "foreign"; readonly contacts: readonly Contact[] };

export interface KademliaOptions {
  readonly family: 4 | 6;
  /** Of an earlier run. */
  readonly id?: Uint8Array | undefined;
  readonly nodes?: readonly Contact[];
}

export class Kademlia {
  readonly family: 4 | 6;
  readonly address: OwnAddress = new OwnAddress();
  readonly visitors: Visitors = new Visitors();
  readonly #shared: KademliaShared;
  readonly #tokens: Tokens;
  readonly #transactions: Transactions<Subject>;
  readonly #flood = new FloodGuard();
  readonly #proven = new Proven();
  readonly #walks: Walk[] = [];
  readonly #waiting: Walk[] = [];
  #outputs: KademliaOutput[] = [];
  #table: RoutingTable;
  /** Of an earlier run, and not asked yet. */
  #saved: readonly Contact[];
  #writes: { readonly walk: Walk; readonly write: Write }[] = [];
  #bootstrap: Walk | undefined;
  #bootstrapAt: number;
  #bootstrapFailures = 0;
  /** Until then walks wait for the network. */
  #startedAt: number;
  #hasTried = false;
  #pings = 0;
  #introductions = 0;
  #deferred = 0;
  #tickAt: number;
  #selfWalkAt: number;
  #idChangedAt = Number.NEGATIVE_INFINITY;
  #stalledUntil: number | undefined;

  constructor(options: KademliaOptions, shared: KademliaShared, now: number) {
    this.family = options.family;
    this.#shared = shared;
    this.#tokens = new Tokens(shared.random, now);
    this.#transactions = new Transactions(shared.random);
    this.#table = new RoutingTable(options.id ?? drawNodeId(shared.random));
    this.#saved = options.nodes ?? [];
    this.#startedAt = now;
    this.#bootstrapAt = now;
    this.#tickAt = now + TICK_MS * (1 + shared.random());
    this.#selfWalkAt = now + SELF_WALK_MS;
  }

  get id(): Uint8Array {
    return this.#table.ownId;
  }

  get table(): RoutingTable {
    return this.#table;
  }

  get pendingCount(): number {
    return this.#transactions.size;
  }

  get floodedCount(): number {
    return this.#flood.droppedCount;
  }

  /** Walks that run or wait. */
  get walkCount(): number {
    return this.#walks.length + this.#waiting.length;
  }

  poll(): KademliaOutput | undefined {
    return this.#outputs.shift();
  }

  nextTimeout(): number {
    const stalled = this.#stalledUntil ?? Infinity;
    const bootstrap = this.#isPoor && this.#bootstrap === undefined ? this.#bootstrapAt : Infinity;
    const firstTry = this.#waiting.length > 0 && !this.#hasTried ? this.#startedAt + FIRST_TRY_MS : Infinity;
    return Math.min(this.#transactions.nextTimeout() ?? Infinity, this.#tickAt, stalled, bootstrap, firstTry);
  }

  handleTimeout(now: number): void {
    const { late, failed } = this.#transactions.expire(now);
    for (const { subject } of late) if (subject.type === "walk") subject.walk.lookup.handleLate(subject.candidate);
    for (const pending of failed) this.#handleSilence(pending);
    if (now >= this.#tickAt) this.#tick(now);
    if (now - this.#startedAt >= FIRST_TRY_MS) this.#hasTried = true;
    this.#seekNetwork(now);
    this.#pump(now);
  }

  /** Takes a request; its outcome is "walked". While the network is lost, it is looked for first. */
  handleWalk(walk: Walk, now: number): void {
    if (this.#table.size === 0 && this.#hasTried && now - this.#startedAt >= SEEK_AGAIN_MS) {
      this.#hasTried = false;
      this.#startedAt = now;
      this.#bootstrapAt = now;
      this.#seekNetwork(now);
    }
    this.#waiting.push(walk);
    this.#pump(now);
  }

  /** The request is no longer wanted. */
  cancel(request: number): void {
    for (const list of [this.#walks, this.#waiting]) {
      const at = list.findIndex((walk) => walk.request === request);
      if (at >= 0) list.splice(at, 1);
    }
    this.#writes = this.#writes.filter(({ walk }) => walk.request !== request);
  }

  /** Endpoints where nodes are said to be: bootstrap nodes, nodes of a torrent, peers' port messages. None is an answer, too. */
  handleEndpoints(endpoints: readonly Endpoint[], now: number): void {
    for (const endpoint of endpoints) {
      if (this.#introductions >= INTRODUCTIONS_MAX) break;
      if (!this.#isAcceptable(endpoint) || this.#table.has(endpoint)) continue;
      const query: DhtQuery = { method: "find_node", target: this.id, want: this.#wantForBootstrap };
      if (this.#ask(endpoint, { type: "introduction" }, query, now)) this.#introductions += 1;
    }
    if (this.#introductions === 0 && this.#bootstrap === undefined && this.#table.size === 0) this.#hasTried = true;
    this.#pump(now);
  }

  handleDatagram(from: Endpoint, bytes: Uint8Array, now: number): void {
    const message = parse(bytes);
    if (message === undefined) return void this.#flood.admits(from, now);
    switch (message.type) {
      case "answer":
      case "error":
        this.#handleReply(from, message, now);
        break;
      case "query":
        if (this.#flood.admits(from, now) && this.#isListening(from))
          this.#handleQuery(message, from, bytes.length, now);
        break;
      case "bad-query":
        if (this.#flood.admits(from, now) && this.#isListening(from)) {
          const envelope = { transaction: message.transaction, to: from };
          this.#reply(from, encodeError(envelope, message.code, message.message), bytes.length, now);
        }
        break;
    }
    this.#pump(now);
  }

  // ---- answers to us

  #handleReply(from: Endpoint, message: Extract<KrpcMessage, { type: "answer" | "error" }>, now: number): void {
    const pending = this.#transactions.close(from, message.transaction);
    if (pending === undefined) return void this.#flood.admits(from, now);
    this.#proven.add(from, now);
    if (message.type === "answer") {
      this.#table.handleAnswer({ id: message.answer.id, endpoint: from }, now);
      if (message.ip?.family === this.family) this.#handleVote(from, message.ip.address, now);
    }
    this.#settle(pending, message, now);
  }

  #settle(pending: Pending<Subject>, message: Extract<KrpcMessage, { type: "answer" | "error" }>, now: number): void {
    const { subject, endpoint } = pending;
    switch (subject.type) {
      case "walk":
        return this.#handleWalkReply(subject.walk, subject.candidate, message);
      case "write":
        return subject.walk.settleWrite(message.type === "answer" ? "written" : message);
      case "check":
        this.#pings -= 1;
        if (message.type === "answer") this.#considerContacts(message.answer.nodes, now);
        return;
      case "introduction":
        this.#introductions -= 1;
        if (message.type === "answer") this.#join({ id: message.answer.id, endpoint }, message.answer.nodes);
        return;
      case "proof":
        this.#deferred -= 1;
        return this.#answer({ ...subject.question, isProven: true }, now);
    }
  }

  #handleWalkReply(
    walk: Walk,
    candidate: Candidate,
    message: Extract<KrpcMessage, { type: "answer" | "error" }>,
  ): void {
    // Who is not who it was said to be gives us nothing. An error is no answer to this question, but no silence either.
    if (message.type === "error" || idKey(message.answer.id) !== idKey(candidate.id))
      return walk.lookup.handleFailure(candidate);
    walk.lookup.handleAnswer(candidate);
    const { answer } = message;
    this.#addContacts(walk, answer.nodes, candidate.hops + 1);
    const peers = walk.handleAnswer(candidate, answer, (peer) => this.#isWantedPeer(peer));
    if (peers.length > 0) this.#outputs.push({ type: "peers", request: walk.request, peers });
  }

  #addContacts(walk: Walk, contacts: readonly Contact[], hops: number): void {
    for (const contact of contacts) if (this.#isAcceptable(contact.endpoint)) walk.lookup.add(contact, hops);
    const foreign = contacts.filter(({ endpoint }) => endpoint.family !== this.family);
    if (foreign.length > 0) this.#outputs.push({ type: "foreign", contacts: foreign });
  }

  #handleSilence({ subject, endpoint }: Pending<Subject>): void {
    this.#table.handleFailure(endpoint);
    if (subject.type === "walk") subject.walk.lookup.handleFailure(subject.candidate);
    else if (subject.type === "write") subject.walk.settleWrite("failed");
    else if (subject.type === "check") this.#pings -= 1;
    else if (subject.type === "proof") this.#deferred -= 1;
    else {
      this.#introductions -= 1;
      if (this.#introductions === 0 && this.#table.size === 0 && this.#bootstrap === undefined) this.#hasTried = true;
    }
  }

  // ---- questions to us

  #handleQuery(message: KrpcQuery, from: Endpoint, lengthBytes: number, now: number): void {
    this.visitors.handleQuery(from, now);
    const contact: Contact = { id: message.id, endpoint: from };
    // BEP 43: "the node should not add the message sender to its routing table".
    const isNew = !message.readOnly && this.#isAcceptable(from) && this.#table.handleQuery(contact, now);
    // What the answer may cost, the ping included: both go to an address that may be another's.
    const answerMax = ANSWER_FACTOR * lengthBytes - (isNew ? PING_BYTES : 0);
    const question: Question = { message, from, answerMax, isProven: this.#proven.has(from, now) };
    if (!this.#shared.isReadOnly) this.#answer(question, now);
    if (isNew) this.#check(contact, { method: "ping" }, now);
  }

  #answer(question: Question, now: number): void {
    const response = respond(question, this.#responderDeps, now);
    if (response === undefined) return;
    if (response.needsProof && !question.message.readOnly && this.#defer(question, now)) return;
    if (response.provesAddress) this.#proven.add(question.from, now);
    this.#send(question.from, response.bytes, now);
  }

  /** Asks back first, and answers when that is answered. */
  #defer(question: Question, now: number): boolean {
    if (this.#deferred >= DEFERRED_MAX) return false;
    if (!this.#ask(question.from, { type: "proof", question }, { method: "ping" }, now)) return false;
    this.#deferred += 1;
    return true;
  }

  get #responderDeps(): ResponderDeps {
    const { peers, items, closest } = this.#shared;
    return { ownId: this.id, tokens: this.#tokens, peers, items, closest };
  }

  #reply(to: Endpoint, bytes: Uint8Array, questionBytes: number, now: number): void {
    if (!this.#shared.isReadOnly && bytes.length <= ANSWER_FACTOR * questionBytes) this.#send(to, bytes, now);
  }

  #send(to: Endpoint, bytes: Uint8Array, now: number): void {
    if (!this.#shared.budget.takeForAnswer(bytes.length, now)) return;
    this.visitors.handleSent(to, now);
    this.#outputs.push({ type: "send", endpoint: to, bytes });
  }

  // ---- questions of ours

  /** False when the budget or the list of questions is full: nothing was sent. */
  #ask(endpoint: Endpoint, subject: Subject, query: DhtQuery, now: number): boolean {
    const { budget, isReadOnly } = this.#shared;
    if (!budget.hasRoomForQuestion(now) || this.#transactions.isFull) return false;
    const { id: transaction } = this.#transactions.open(endpoint, subject, now);
    const bytes = encodeQuery({ transaction, id: this.id, readOnly: isReadOnly }, query);
    budget.take(bytes.length);
    this.#table.handleAsked(endpoint, now);
    this.visitors.handleSent(endpoint, now);
    this.#outputs.push({ type: "send", endpoint, bytes });
    return true;
  }

  #check(contact: Contact, query: DhtQuery, now: number): void {
    if (this.#pings >= PINGS_MAX) return;
    if (this.#ask(contact.endpoint, { type: "check", contact }, query, now)) this.#pings += 1;
  }

  /** Nodes that others named: those with a place in the table are asked whether they are there, two of each answer. */
  #considerContacts(contacts: readonly Contact[], now: number): void {
    let left = 2;
    for (const contact of contacts) {
      if (left === 0) return;
      if (!this.#isAcceptable(contact.endpoint) || !this.#table.hasPlaceFor(contact)) continue;
      this.#check(contact, { method: "ping" }, now);
      left -= 1;
    }
  }

  /** Sends what walks want to send, and ends those that are done. */
  #pump(now: number): void {
    this.#stalledUntil = undefined;
    do {
      while (this.#mayBegin) {
        const walk = this.#waiting.shift();
        if (walk !== undefined) this.#begin(walk, now);
      }
      for (const walk of [...this.#walks]) this.#advance(walk, now);
    } while (this.#mayBegin);
    this.#sendWrites(now);
  }

  get #mayBegin(): boolean {
    return this.#waiting.length > 0 && this.#walks.length < WALKS_AT_ONCE_MAX && this.#isReady;
  }

  #begin(walk: Walk, now: number): void {
    for (const node of this.#table.closest(walk.target, SEEDS_COUNT, "usable", now)) walk.lookup.add(node, 0);
    this.#walks.push(walk);
  }

  #advance(walk: Walk, now: number): void {
    while (!walk.isWalked) {
      const candidate = walk.lookup.next();
      if (candidate === undefined) break;
      if (this.#ask(candidate.endpoint, { type: "walk", walk, candidate }, walk.question(), now)) continue;
      walk.lookup.putBack(candidate);
      this.#stall(now);
      return;
    }
    if (walk.isWalked) for (const write of walk.startWriting()) this.#writes.push({ walk, write });
    if (!walk.isDone) return;
    this.#walks.splice(this.#walks.indexOf(walk), 1);
    if (walk === this.#bootstrap) this.#handleBootstrapped(walk, now);
    else this.#outputs.push({ type: "walked", walk });
  }

  #sendWrites(now: number): void {
    for (let next = this.#writes[0]; next !== undefined; next = this.#writes[0]) {
      const { walk, write } = next;
      if (!this.#ask(write.candidate.endpoint, { type: "write", walk }, write.query, now)) return this.#stall(now);
      this.#writes.shift();
    }
  }

  #stall(now: number): void {
    // With room in the budget it is the list of questions that is full; that ends with the next timeout.
    const at = this.#shared.budget.roomAt(now);
    this.#stalledUntil = at > now ? at : undefined;
  }

  // ---- getting in and staying in

  get #isPoor(): boolean {
    return this.#table.size < SIZE_POOR;
  }

  get #isReady(): boolean {
    return this.#hasTried && this.#bootstrap === undefined ? true : !this.#isPoor;
  }

  get #wantForBootstrap(): Want {
    return this.#shared.hasBothFamilies ? { n4: true, n6: true } : NO_WANT;
  }

  /** While the table is poor: nodes of an earlier run first, and whoever drives us is asked for more. */
  #seekNetwork(now: number): void {
    if (!this.#isPoor || this.#bootstrap !== undefined || now < this.#bootstrapAt) return;
    const wait = Math.min(BOOTSTRAP_RETRY_MAX_MS, BOOTSTRAP_RETRY_MS * 2 ** this.#bootstrapFailures);
    this.#bootstrapFailures += 1;
    this.#bootstrapAt = now + wait;
    if (this.#saved.length + this.#table.size > 0) {
      const walk = this.#startBootstrap();
      for (const contact of this.#saved) if (this.#isAcceptable(contact.endpoint)) walk.lookup.add(contact, 0);
      for (const node of this.#table.nodes()) walk.lookup.add(node, 0);
      this.#saved = [];
    }
    this.#outputs.push({ type: "bootstrap-wanted" });
  }

  #startBootstrap(): Walk {
    // BEP 5: "attempt to find the closest nodes in the DHT to itself".
    const walk = new Walk(-1, { type: "find-node", target: this.id }, this.#wantForBootstrap);
    this.#bootstrap = walk;
    this.#walks.unshift(walk);
    return walk;
  }

  /** A node of which we knew the endpoint only has answered. */
  #join(contact: Contact, nodes: readonly Contact[]): void {
    if (!this.#isPoor && this.#bootstrap === undefined) return;
    const walk = this.#bootstrap ?? this.#startBootstrap();
    walk.lookup.add(contact, 0);
    this.#addContacts(walk, nodes, 1);
  }

  #handleBootstrapped(walk: Walk, now: number): void {
    this.#bootstrap = undefined;
    if (this.#introductions === 0) this.#hasTried = true;
    if (this.#table.size === 0) return;
    this.#hasTried = true;
    if (!this.#isPoor) this.#bootstrapFailures = 0;
    this.visitors.handleJoined(now);
    // Our own neighbourhood is full by now; the far half of the network needs a look as well.
    if (walk.lookup.answeredCount > 1) this.#walkTo(drawIdInBucket(this.id, 0, this.#shared.random));
  }

  #walkTo(target: Uint8Array): void {
    this.#waiting.unshift(new Walk(-1, { type: "find-node", target }));
  }

  #tick(now: number): void {
    this.#tickAt = now + TICK_MS;
    this.#proven.expire(now);
    const node = this.#table.nextToRefresh(now);
    if (node !== undefined) {
      const target = drawIdInBucket(this.id, this.#table.bucketOf(node), this.#shared.random);
      this.#check(node, { method: "find_node", target, want: NO_WANT }, now);
    }
    if (now >= this.#selfWalkAt && !this.#isPoor) {
      this.#selfWalkAt = now + SELF_WALK_MS;
      this.#walkTo(this.id);
    }
  }

  /** BEP 42: when most say that we are at another address than our id fits, we take one that fits. */
  #handleVote(voter: Endpoint, address: string, now: number): void {
    if (this.address.vote(voter, address)) this.#outputs.push({ type: "address-vote", address, voter });
    const { publicAddress } = this.address;
    if (publicAddress === undefined || isIdOfAddress(this.id, publicAddress)) return;
    if (now - this.#idChangedAt < ID_CHANGE_MS) return;
    this.#idChangedAt = now;
    const table = new RoutingTable(makeNodeId(publicAddress, this.#shared.random));
    for (const node of this.#table.nodes()) table.handleAnswer(node, node.lastAnswerAt);
    this.#table = table;
    this.#selfWalkAt = now;
  }

  // ---- whom we speak to

  /** Whether an endpoint may be a node of ours: public unless local ones are allowed, and not we ourselves. */
  #isAcceptable(endpoint: Endpoint): boolean {
    if (endpoint.family !== this.family) return false;
    if (isLocalAddress(endpoint.address)) return this.#shared.allowsLocal;
    if (endpoint.port < NODE_PORT_MIN) return false;
    return endpoint.address !== this.address.publicAddress || endpoint.port !== this.#shared.port;
  }

  /** Who asks may be anywhere; but a public node does not speak with private addresses (PROMISES C7). */
  #isListening(endpoint: Endpoint): boolean {
    return this.#shared.allowsLocal || !isLocalAddress(endpoint.address);
  }

  #isWantedPeer(peer: Endpoint): boolean {
    return this.#shared.allowsLocal || !isLocalAddress(peer.address);
  }
}

/** Undefined for what is no KRPC. */
function parse(bytes: Uint8Array): KrpcMessage | undefined {
  try {
    return decodeKrpc(bytes);
  } catch (error) {
    if (error instanceof TorrentialError) return undefined;
    throw error;
  }
}
