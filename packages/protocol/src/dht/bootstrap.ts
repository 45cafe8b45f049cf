/**
 * The way into the network (BEP 5, BEP 32): while the table is poor, nodes of an earlier run and endpoints that somebody
 * told us of are asked for the nodes nearest to us. Other walks wait for that, but not for long.
 */
import type { Endpoint } from "@torrential/core";
import type { Contact } from "./contact.ts";
import type { LocalNode } from "./local-node.ts";
import type { DhtQuery, Want } from "./messages.ts";
import { drawIdInBucket } from "./node-id.ts";
import type { OutgoingQueries, Reply } from "./outgoing-queries.ts";
import { Walk } from "./walk.ts";
import { OWN_REQUEST, type WalkGate, type Walks } from "./walks.ts";

/** Nodes asked because another named them. */
const INTRODUCTIONS_MAX = 24;
const RETRY_MS = 5_000;
const RETRY_MAX_MS = 300_000;
/** What waits for the network waits no longer. */
const FIRST_TRY_MS = 20_000;
const SEEK_AGAIN_MS = 15_000;
const NO_WANT: Want = { n4: false, n6: false };

export interface BootstrapDeps {
  readonly local: LocalNode;
  readonly queries: OutgoingQueries;
  readonly walks: Walks;
}

export class Bootstrap implements WalkGate {
  readonly #local: LocalNode;
  readonly #queries: OutgoingQueries;
  readonly #walks: Walks;
  /** Of an earlier run, and not asked yet. */
  #saved: readonly Contact[];
  /** To our own place, while it is under way. */
  #walk: Walk | undefined;
  #retryAt: number;
  #failures = 0;
  /** For a while from then on walks wait for the network. */
  #startedAt: number;
  #hasTried = false;
  #introductions = 0;

  /** `saved` are nodes of an earlier run. */
  constructor(saved: readonly Contact[], { local, queries, walks }: BootstrapDeps, now: number) {
    this.#local = local;
    this.#queries = queries;
    this.#walks = walks;
    this.#saved = saved;
    this.#startedAt = now;
    this.#retryAt = now;
  }

  get isReady(): boolean {
    return this.#hasTried && this.#walk === undefined ? true : !this.#local.isPoor;
  }

  nextTimeout(): number {
    const retry = this.#local.isPoor && this.#walk === undefined ? this.#retryAt : Infinity;
    const firstTry = this.#walks.hasWaiting && !this.#hasTried ? this.#startedAt + FIRST_TRY_MS : Infinity;
    return Math.min(retry, firstTry);
  }

  handleTimeout(now: number): void {
    if (now - this.#startedAt >= FIRST_TRY_MS) this.#hasTried = true;
    this.#seek(now);
  }

  /** Somebody wants to walk: while the network is lost, it is looked for first. */
  handleWanted(now: number): void {
    if (this.#local.table.size > 0 || !this.#hasTried || now - this.#startedAt < SEEK_AGAIN_MS) return;
    this.#hasTried = false;
    this.#startedAt = now;
    this.#retryAt = now;
    this.#seek(now);
  }

  /** Endpoints where nodes are said to be. None is an answer, too. */
  handleEndpoints(endpoints: readonly Endpoint[], now: number): void {
    const local = this.#local;
    for (const endpoint of endpoints) {
      if (this.#introductions >= INTRODUCTIONS_MAX) break;
      if (!local.isAcceptable(endpoint) || local.table.has(endpoint)) continue;
      const query: DhtQuery = { method: "find_node", target: local.id, want: this.#want };
      if (this.#queries.ask(endpoint, { type: "introduction" }, query, now)) this.#introductions += 1;
    }
    this.#giveUpWithoutHope();
  }

  /** A node of which we knew the endpoint only has replied. */
  handleIntroduced(endpoint: Endpoint, reply: Reply): void {
    this.#introductions -= 1;
    if (reply.type === "answer") this.#join({ id: reply.answer.id, endpoint }, reply.answer.nodes);
  }

  handleIntroductionSilence(): void {
    this.#introductions -= 1;
    this.#giveUpWithoutHope();
  }

  handleWalked(walk: Walk, now: number): boolean {
    if (walk !== this.#walk) return false;
    this.#walk = undefined;
    this.#handleBootstrapped(walk, now);
    return true;
  }

  /** While the table is poor: nodes of an earlier run first, and whoever drives us is asked for more. */
  #seek(now: number): void {
    const local = this.#local;
    if (!local.isPoor || this.#walk !== undefined || now < this.#retryAt) return;
    const wait = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#retryAt = now + wait;
    if (this.#saved.length + local.table.size > 0) {
      const walk = this.#start();
      for (const contact of this.#saved) if (local.isAcceptable(contact.endpoint)) walk.lookup.add(contact, 0);
      for (const node of local.table.nodes()) walk.lookup.add(node, 0);
      this.#saved = [];
    }
    local.put({ type: "bootstrap-wanted" });
  }

  #start(): Walk {
    // BEP 5: "attempt to find the closest nodes in the DHT to itself".
    const walk = new Walk(OWN_REQUEST, { type: "find-node", target: this.#local.id }, this.#want);
    this.#walk = walk;
    this.#walks.start(walk);
    return walk;
  }

  #join(contact: Contact, nodes: readonly Contact[]): void {
    if (!this.#local.isPoor && this.#walk === undefined) return;
    const walk = this.#walk ?? this.#start();
    walk.lookup.add(contact, 0);
    this.#walks.addContacts(walk, nodes, 1);
  }

  #handleBootstrapped(walk: Walk, now: number): void {
    const { id, table, shared, visitors } = this.#local;
    if (this.#introductions === 0) this.#hasTried = true;
    if (table.size === 0) return;
    this.#hasTried = true;
    if (!this.#local.isPoor) this.#failures = 0;
    visitors.handleJoined(now);
    // Our own neighbourhood is full by now; the far half of the network needs a look as well.
    if (walk.lookup.answeredCount > 1) this.#walks.walkTo(drawIdInBucket(id, 0, shared.random));
  }

  /** Nobody is asked, nobody is known: what waits need not wait for that. */
  #giveUpWithoutHope(): void {
    if (this.#introductions === 0 && this.#walk === undefined && this.#local.table.size === 0) this.#hasTried = true;
  }

  get #want(): Want {
    return this.#local.shared.hasBothFamilies ? { n4: true, n6: true } : NO_WANT;
  }
}
