/**
 * Questions to us: answered within the budget and within what the address has proved (PROMISES C14), or not at all when we
 * only read (BEP 43). What is long waits until the asker has answered a ping.
 */
import type { Endpoint } from "@torrential/core";
import type { Contact } from "./contact.ts";
import { encodeError } from "./encode.ts";
import type { LocalNode } from "./local-node.ts";
import type { KrpcMessage, KrpcQuery } from "./messages.ts";
import type { OutgoingQueries } from "./outgoing-queries.ts";
import { Proven } from "./proven.ts";
import { type Question, type ResponderDeps, respond } from "./responder.ts";
import type { Tokens } from "./tokens.ts";

const DEFERRED_MAX = 64;
/** PROMISES C14. */
const ANSWER_FACTOR = 3;
/** Of ours. */
const PING_BYTES = 66;

export interface IncomingQueriesDeps {
  readonly local: LocalNode;
  readonly queries: OutgoingQueries;
  readonly tokens: Tokens;
}

export class IncomingQueries {
  readonly #local: LocalNode;
  readonly #queries: OutgoingQueries;
  readonly #tokens: Tokens;
  readonly #proven = new Proven();
  /** Questions that wait for their askers' proof. */
  #deferred = 0;

  constructor({ local, queries, tokens }: IncomingQueriesDeps) {
    this.#local = local;
    this.#queries = queries;
    this.#tokens = tokens;
  }

  /** Answers; returns the asker when the table has a place for it, once it has answered us. */
  handleQuery(message: KrpcQuery, from: Endpoint, lengthBytes: number, now: number): Contact | undefined {
    const local = this.#local;
    local.visitors.handleQuery(from, now);
    const contact: Contact = { id: message.id, endpoint: from };
    // BEP 43: "the node should not add the message sender to its routing table".
    const isNew = !message.readOnly && local.isAcceptable(from) && local.table.handleQuery(contact, now);
    // What the answer may cost, the ping included: both go to an address that may be another's.
    const answerMax = ANSWER_FACTOR * lengthBytes - (isNew ? PING_BYTES : 0);
    const question: Question = { message, from, answerMax, isProven: this.#proven.has(from, now) };
    if (!local.shared.isReadOnly) this.#answer(question, now);
    return isNew ? contact : undefined;
  }

  /** A question that says what it is, but not what it must. */
  handleBadQuery(
    message: Extract<KrpcMessage, { type: "bad-query" }>,
    from: Endpoint,
    lengthBytes: number,
    now: number,
  ): void {
    const bytes = encodeError({ transaction: message.transaction, to: from }, message.code, message.message);
    if (!this.#local.shared.isReadOnly && bytes.length <= ANSWER_FACTOR * lengthBytes) this.#send(from, bytes, now);
  }

  /** An address answered what we chose: it is no other's. */
  handleProof(from: Endpoint, now: number): void {
    this.#proven.add(from, now);
  }

  /** Whoever asked for something long has answered: it gets it. */
  handleDeferred(question: Question, now: number): void {
    this.#deferred -= 1;
    this.#answer({ ...question, isProven: true }, now);
  }

  /** Whoever asked for something long did not answer. */
  handleDeferredSilence(): void {
    this.#deferred -= 1;
  }

  expire(now: number): void {
    this.#proven.expire(now);
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
    if (!this.#queries.ask(question.from, { type: "proof", question }, { method: "ping" }, now)) return false;
    this.#deferred += 1;
    return true;
  }

  get #responderDeps(): ResponderDeps {
    const { peers, items, closest } = this.#local.shared;
    return { ownId: this.#local.id, tokens: this.#tokens, peers, items, closest };
  }

  #send(to: Endpoint, bytes: Uint8Array, now: number): void {
    if (this.#local.shared.budget.takeForAnswer(bytes.length, now)) this.#local.send(to, bytes, now);
  }
}
