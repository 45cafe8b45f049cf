/** The walks of one socket: those that run, those that wait for a place or for the network, and what they write at their ends. */
import type { Contact } from "./contact.ts";
import type { LocalNode } from "./local-node.ts";
import type { Candidate } from "./lookup.ts";
import { idKey } from "./node-id.ts";
import type { OutgoingQueries, Reply } from "./outgoing-queries.ts";
import { Walk, type Write } from "./walk.ts";

const WALKS_AT_ONCE_MAX = 8;
/** Starting points of a walk. */
const SEEDS_COUNT = 16;
/** The number of walks that nobody asked for but we. */
export const OWN_REQUEST = -1;

/** What lets walks begin: the way into the network. */
export interface WalkGate {
  /** Whether walks may begin; while not, they wait. */
  readonly isReady: boolean;
  /** A walk has ended; true when it was the gate's own, and nobody else wants to know. May add walks. */
  handleWalked(walk: Walk, now: number): boolean;
}

export class Walks {
  readonly #local: LocalNode;
  readonly #queries: OutgoingQueries;
  readonly #running: Walk[] = [];
  readonly #waiting: Walk[] = [];
  #writes: { readonly walk: Walk; readonly write: Write }[] = [];
  #stalledUntil: number | undefined;

  constructor(local: LocalNode, queries: OutgoingQueries) {
    this.#local = local;
    this.#queries = queries;
  }

  get count(): number {
    return this.#running.length + this.#waiting.length;
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** When the budget will have room for a walk that waits for it. */
  nextTimeout(): number {
    return this.#stalledUntil ?? Infinity;
  }

  /** Takes a request; its outcome is "walked". */
  add(walk: Walk): void {
    this.#waiting.push(walk);
  }

  /** A walk of ours, before all that wait: to fill the table on its way. */
  walkTo(target: Uint8Array): void {
    this.#waiting.unshift(new Walk(OWN_REQUEST, { type: "find-node", target }));
  }

  /** Runs at once, whether there is a network or not; its starting points are added by the caller. */
  start(walk: Walk): void {
    this.#running.unshift(walk);
  }

  /** The request is no longer wanted. */
  cancel(request: number): void {
    for (const list of [this.#running, this.#waiting]) {
      const at = list.findIndex((walk) => walk.request === request);
      if (at >= 0) list.splice(at, 1);
    }
    this.#writes = this.#writes.filter(({ walk }) => walk.request !== request);
  }

  handleReply(walk: Walk, candidate: Candidate, reply: Reply): void {
    // Who is not who it was said to be gives us nothing. An error is no answer to this question, but no silence either.
    if (reply.type === "error" || idKey(reply.answer.id) !== idKey(candidate.id))
      return walk.lookup.handleFailure(candidate);
    walk.lookup.handleAnswer(candidate);
    const { answer } = reply;
    this.addContacts(walk, answer.nodes, candidate.hops + 1);
    const peers = walk.handleAnswer(candidate, answer, (peer) => this.#local.isWantedPeer(peer));
    if (peers.length > 0) this.#local.put({ type: "peers", request: walk.request, peers });
  }

  /** Nodes that somebody on the way named; those of the other family are for others. */
  addContacts(walk: Walk, contacts: readonly Contact[], hops: number): void {
    for (const contact of contacts) if (this.#local.isAcceptable(contact.endpoint)) walk.lookup.add(contact, hops);
    const foreign = contacts.filter(({ endpoint }) => endpoint.family !== this.#local.family);
    if (foreign.length > 0) this.#local.put({ type: "foreign", contacts: foreign });
  }

  /** Sends what walks want to send, and ends those that are done. */
  pump(gate: WalkGate, now: number): void {
    this.#stalledUntil = undefined;
    do {
      while (this.#mayBegin(gate)) {
        const walk = this.#waiting.shift();
        if (walk !== undefined) this.#begin(walk, now);
      }
      for (const walk of [...this.#running]) this.#advance(walk, gate, now);
    } while (this.#mayBegin(gate));
    this.#sendWrites(now);
  }

  #mayBegin(gate: WalkGate): boolean {
    return this.#waiting.length > 0 && this.#running.length < WALKS_AT_ONCE_MAX && gate.isReady;
  }

  #begin(walk: Walk, now: number): void {
    const nodes = this.#local.table.closest(walk.target, SEEDS_COUNT, "usable", now);
    for (const node of nodes) walk.lookup.add(node, 0);
    this.#running.push(walk);
  }

  #advance(walk: Walk, gate: WalkGate, now: number): void {
    while (!walk.isWalked) {
      const candidate = walk.lookup.next();
      if (candidate === undefined) break;
      if (this.#queries.ask(candidate.endpoint, { type: "walk", walk, candidate }, walk.question(), now)) continue;
      walk.lookup.putBack(candidate);
      this.#stall(now);
      return;
    }
    if (walk.isWalked) for (const write of walk.startWriting()) this.#writes.push({ walk, write });
    if (!walk.isDone) return;
    this.#running.splice(this.#running.indexOf(walk), 1);
    if (!gate.handleWalked(walk, now)) this.#local.put({ type: "walked", walk });
  }

  #sendWrites(now: number): void {
    for (let next = this.#writes[0]; next !== undefined; next = this.#writes[0]) {
      const { walk, write } = next;
      const { candidate, query } = write;
      if (!this.#queries.ask(candidate.endpoint, { type: "write", walk }, query, now)) return this.#stall(now);
      this.#writes.shift();
    }
  }

  #stall(now: number): void {
    // With room in the budget it is the list of questions that is full; that ends with the next timeout.
    const at = this.#local.shared.budget.roomAt(now);
    this.#stalledUntil = at > now ? at : undefined;
  }
}
