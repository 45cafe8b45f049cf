/**
 * One node of the DHT at one socket (BEP 5, BEP 45): takes its datagrams apart, and gives each to the part it concerns.
 *
 * Questions go out while the node's budget has room; walks wait for it. An answer counts only for a question of ours (see
 * transactions.ts). Who asks us is answered, and asked back when the table has a place for it: nobody gets in by asking.
 */
import { type Endpoint, TorrentialError } from "@torrential/core";
import { Bootstrap } from "./bootstrap.ts";
import type { Contact } from "./contact.ts";
import { decodeKrpc } from "./decode.ts";
import { IncomingQueries } from "./incoming-queries.ts";
import type { KademliaOutput } from "./kademlia-output.ts";
import { LocalNode } from "./local-node.ts";
import type { KrpcMessage } from "./messages.ts";
import { drawNodeId } from "./node-id.ts";
import { OutgoingQueries, type Reply, type Subject } from "./outgoing-queries.ts";
import { FloodGuard } from "./rate.ts";
import type { OwnAddress, Visitors } from "./reachability.ts";
import type { RoutingTable } from "./routing-table.ts";
import type { KademliaShared } from "./shared.ts";
import { Tokens } from "./tokens.ts";
import type { Pending } from "./transactions.ts";
import { Upkeep } from "./upkeep.ts";
import type { Walk } from "./walk.ts";
import { Walks } from "./walks.ts";

export type { KademliaOutput };

export interface KademliaOptions {
  readonly family: 4 | 6;
  /** Of an earlier run. */
  readonly id?: Uint8Array | undefined;
  readonly nodes?: readonly Contact[];
}

export class Kademlia {
  readonly #local: LocalNode;
  readonly #flood = new FloodGuard();
  readonly #outgoing: OutgoingQueries;
  readonly #incoming: IncomingQueries;
  readonly #walks: Walks;
  readonly #bootstrap: Bootstrap;
  readonly #upkeep: Upkeep;

  constructor(options: KademliaOptions, shared: KademliaShared, now: number) {
    const tokens = new Tokens(shared.random, now);
    const local = new LocalNode({ family: options.family, id: options.id ?? drawNodeId(shared.random) }, shared);
    const queries = new OutgoingQueries(local);
    const walks = new Walks(local, queries);
    this.#local = local;
    this.#outgoing = queries;
    this.#walks = walks;
    this.#incoming = new IncomingQueries({ local, queries, tokens });
    this.#bootstrap = new Bootstrap(options.nodes ?? [], { local, queries, walks }, now);
    this.#upkeep = new Upkeep({ local, queries, walks }, now);
  }

  get family(): 4 | 6 {
    return this.#local.family;
  }

  get address(): OwnAddress {
    return this.#local.address;
  }

  get visitors(): Visitors {
    return this.#local.visitors;
  }

  get id(): Uint8Array {
    return this.#local.id;
  }

  get table(): RoutingTable {
    return this.#local.table;
  }

  get pendingCount(): number {
    return this.#outgoing.count;
  }

  get floodedCount(): number {
    return this.#flood.droppedCount;
  }

  /** Walks that run or wait. */
  get walkCount(): number {
    return this.#walks.count;
  }

  poll(): KademliaOutput | undefined {
    return this.#local.poll();
  }

  nextTimeout(): number {
    return Math.min(
      this.#outgoing.nextTimeout(),
      this.#upkeep.nextTimeout(),
      this.#walks.nextTimeout(),
      this.#bootstrap.nextTimeout(),
    );
  }

  handleTimeout(now: number): void {
    for (const pending of this.#outgoing.expire(now)) this.#handleSilence(pending);
    this.#incoming.expire(now);
    this.#upkeep.handleTimeout(now);
    this.#bootstrap.handleTimeout(now);
    this.#walks.pump(this.#bootstrap, now);
  }

  /** Takes a request; its outcome is "walked". While the network is lost, it is looked for first. */
  handleWalk(walk: Walk, now: number): void {
    this.#bootstrap.handleWanted(now);
    this.#walks.add(walk);
    this.#walks.pump(this.#bootstrap, now);
  }

  /** The request is no longer wanted. */
  cancel(request: number): void {
    this.#walks.cancel(request);
  }

  /** Endpoints where nodes are said to be: bootstrap nodes, nodes of a torrent, peers' port messages. None is an answer, too. */
  handleEndpoints(endpoints: readonly Endpoint[], now: number): void {
    this.#bootstrap.handleEndpoints(endpoints, now);
    this.#walks.pump(this.#bootstrap, now);
  }

  handleDatagram(from: Endpoint, bytes: Uint8Array, now: number): void {
    const message = parse(bytes);
    if (message === undefined) return void this.#flood.admits(from, now);
    if (message.type === "answer" || message.type === "error") this.#handleReply(from, message, now);
    else if (this.#flood.admits(from, now) && this.#local.isListening(from))
      this.#handleQuery(from, message, bytes.length, now);
    this.#walks.pump(this.#bootstrap, now);
  }

  #handleQuery(from: Endpoint, message: Exclude<KrpcMessage, Reply>, lengthBytes: number, now: number): void {
    if (message.type === "bad-query") return this.#incoming.handleBadQuery(message, from, lengthBytes, now);
    const newcomer = this.#incoming.handleQuery(message, from, lengthBytes, now);
    if (newcomer !== undefined) this.#upkeep.checkNewcomer(newcomer, now);
  }

  #handleReply(from: Endpoint, reply: Reply, now: number): void {
    const pending = this.#outgoing.close(from, reply.transaction);
    if (pending === undefined) return void this.#flood.admits(from, now);
    this.#incoming.handleProof(from, now);
    if (reply.type === "answer") {
      this.table.handleAnswer({ id: reply.answer.id, endpoint: from }, now);
      if (reply.ip?.family === this.family) this.#upkeep.handleVote(from, reply.ip.address, now);
    }
    this.#settle(pending, reply, now);
  }

  #settle({ subject, endpoint }: Pending<Subject>, reply: Reply, now: number): void {
    switch (subject.type) {
      case "walk":
        return this.#walks.handleReply(subject.walk, subject.candidate, reply);
      case "write":
        return subject.walk.settleWrite(reply.type === "answer" ? "written" : reply);
      case "check":
        return this.#upkeep.handleChecked(reply, now);
      case "introduction":
        return this.#bootstrap.handleIntroduced(endpoint, reply);
      case "proof":
        return this.#incoming.handleDeferred(subject.question, now);
    }
  }

  #handleSilence({ subject, endpoint }: Pending<Subject>): void {
    this.table.handleFailure(endpoint);
    switch (subject.type) {
      case "walk":
        return subject.walk.lookup.handleFailure(subject.candidate);
      case "write":
        return subject.walk.settleWrite("failed");
      case "check":
        return this.#upkeep.handleCheckSilence();
      case "introduction":
        return this.#bootstrap.handleIntroductionSilence();
      case "proof":
        return this.#incoming.handleDeferredSilence();
    }
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
