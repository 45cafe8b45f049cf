/** Questions of ours: each goes out while the node's budget has room, and waits for its one answer (see transactions.ts). */
import type { Endpoint } from "@torrential/core";
import type { Contact } from "./contact.ts";
import { encodeQuery } from "./encode.ts";
import type { LocalNode } from "./local-node.ts";
import type { Candidate } from "./lookup.ts";
import type { DhtQuery, KrpcMessage } from "./messages.ts";
import type { Question } from "./responder.ts";
import { type Pending, Transactions } from "./transactions.ts";
import type { Walk } from "./walk.ts";

/** What a question was asked for; its outcome goes back there. */
export type Subject =
  | { readonly type: "walk"; readonly walk: Walk; readonly candidate: Candidate }
  | { readonly type: "write"; readonly walk: Walk }
  /** Asked whether it is there; its id is what it was said to be. */
  | { readonly type: "check"; readonly contact: Contact }
  /** A node of which only the endpoint is known. */
  | { readonly type: "introduction" }
  /** Whoever asked for something long: it gets it when it answers. */
  | { readonly type: "proof"; readonly question: Question };

/** What comes back to a question. */
export type Reply = Extract<KrpcMessage, { type: "answer" | "error" }>;

export class OutgoingQueries {
  readonly #local: LocalNode;
  readonly #transactions: Transactions<Subject>;

  constructor(local: LocalNode) {
    this.#local = local;
    this.#transactions = new Transactions(local.shared.random);
  }

  /** Those that wait for an answer. */
  get count(): number {
    return this.#transactions.size;
  }

  nextTimeout(): number {
    return this.#transactions.nextTimeout() ?? Infinity;
  }

  /** False when the budget or the list of questions is full: nothing was sent. */
  ask(endpoint: Endpoint, subject: Subject, query: DhtQuery, now: number): boolean {
    const local = this.#local;
    const { budget, isReadOnly } = local.shared;
    if (!budget.hasRoomForQuestion(now) || this.#transactions.isFull) return false;
    const { id: transaction } = this.#transactions.open(endpoint, subject, now);
    const bytes = encodeQuery({ transaction, id: local.id, readOnly: isReadOnly }, query);
    budget.take(bytes.length);
    local.table.handleAsked(endpoint, now);
    local.send(endpoint, bytes, now);
    return true;
  }

  /** The question that a reply is for, which ends it; undefined for what nobody asked. */
  close(from: Endpoint, transaction: Uint8Array): Pending<Subject> | undefined {
    return this.#transactions.close(from, transaction);
  }

  /** Tells walks who is late; returns the questions that nobody answered, which are gone. */
  expire(now: number): readonly Pending<Subject>[] {
    const { late, failed } = this.#transactions.expire(now);
    for (const { subject } of late) if (subject.type === "walk") subject.walk.lookup.handleLate(subject.candidate);
    return failed;
  }
}
