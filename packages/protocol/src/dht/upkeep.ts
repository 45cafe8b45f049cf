/**
 * Upkeep of the table (BEP 5): nodes are asked in turn whether they are still there, new ones before they get a place; our
 * own place is walked to now and then; and our id follows our address (BEP 42).
 */
import type { Endpoint } from "@torrential/core";
import type { Contact } from "./contact.ts";
import type { LocalNode } from "./local-node.ts";
import type { DhtQuery, Want } from "./messages.ts";
import { drawIdInBucket, isIdOfAddress } from "./node-id.ts";
import type { OutgoingQueries, Reply } from "./outgoing-queries.ts";
import type { Walks } from "./walks.ts";

/** One node is asked whether it is still there; a table of 120 goes round in ten minutes. */
const TICK_MS = 5_000;
/** BEP 5: buckets unchanged for 15 minutes are refreshed; ours are by the tick, and our own place by this. */
const SELF_WALK_MS = 900_000;
const ID_CHANGE_MS = 600_000;
/** Nodes asked back on their own question, or because another named them. */
const PINGS_MAX = 32;
const NO_WANT: Want = { n4: false, n6: false };

export interface UpkeepDeps {
  readonly local: LocalNode;
  readonly queries: OutgoingQueries;
  readonly walks: Walks;
}

export class Upkeep {
  readonly #local: LocalNode;
  readonly #queries: OutgoingQueries;
  readonly #walks: Walks;
  #pings = 0;
  #tickAt: number;
  #selfWalkAt: number;
  #idChangedAt = Number.NEGATIVE_INFINITY;

  constructor({ local, queries, walks }: UpkeepDeps, now: number) {
    this.#local = local;
    this.#queries = queries;
    this.#walks = walks;
    this.#tickAt = now + TICK_MS * (1 + local.shared.random());
    this.#selfWalkAt = now + SELF_WALK_MS;
  }

  nextTimeout(): number {
    return this.#tickAt;
  }

  handleTimeout(now: number): void {
    if (now < this.#tickAt) return;
    this.#tickAt = now + TICK_MS;
    const { id, table, isPoor, shared } = this.#local;
    const node = table.nextToRefresh(now);
    if (node !== undefined) {
      const target = drawIdInBucket(id, table.bucketOf(node), shared.random);
      this.#check(node, { method: "find_node", target, want: NO_WANT }, now);
    }
    if (now >= this.#selfWalkAt && !isPoor) {
      this.#selfWalkAt = now + SELF_WALK_MS;
      this.#walks.walkTo(id);
    }
  }

  /** Asks a node that the table has a place for whether it is there. */
  checkNewcomer(contact: Contact, now: number): void {
    this.#check(contact, { method: "ping" }, now);
  }

  /** A node that was asked whether it is there has replied. */
  handleChecked(reply: Reply, now: number): void {
    this.#pings -= 1;
    if (reply.type === "answer") this.#considerContacts(reply.answer.nodes, now);
  }

  handleCheckSilence(): void {
    this.#pings -= 1;
  }

  /** BEP 42: when most say that we are at another address than our id fits, we take one that fits. */
  handleVote(voter: Endpoint, address: string, now: number): void {
    const local = this.#local;
    if (local.address.vote(voter, address)) local.put({ type: "address-vote", address, voter });
    const { publicAddress } = local.address;
    if (publicAddress === undefined || isIdOfAddress(local.id, publicAddress)) return;
    if (now - this.#idChangedAt < ID_CHANGE_MS) return;
    this.#idChangedAt = now;
    local.moveTo(publicAddress);
    this.#selfWalkAt = now;
  }

  #check(contact: Contact, query: DhtQuery, now: number): void {
    if (this.#pings >= PINGS_MAX) return;
    if (this.#queries.ask(contact.endpoint, { type: "check", contact }, query, now)) this.#pings += 1;
  }

  /** Nodes that others named: those with a place in the table are asked whether they are there, two of each answer. */
  #considerContacts(contacts: readonly Contact[], now: number): void {
    let left = 2;
    for (const contact of contacts) {
      if (left === 0) return;
      if (!this.#local.isAcceptable(contact.endpoint) || !this.#local.table.hasPlaceFor(contact)) continue;
      this.checkNewcomer(contact, now);
      left -= 1;
    }
  }
}
