/**
 * Our questions that wait for an answer. An answer counts only with the four random bytes of its question and from the
 * very endpoint that was asked (PROMISES C15): whoever only knows that we ask can't answer for another.
 */
import { endpointKey, fromLatin1, type Endpoint } from "@torrential/core";
import { drawBytes, type Random } from "./node-id.ts";

const ID_BYTES = 4;
/** After this somebody else is asked as well; most that answer do so in half a second. */
const LATE_AFTER_MS = 1_500;
/** After this no answer counts. libtorrent has 15 s, but BEP 33 finds ten enough. */
const FAIL_AFTER_MS = 10_000;
const PENDING_MAX = 1_024;

export interface Pending<Subject> {
  readonly id: Uint8Array;
  readonly endpoint: Endpoint;
  readonly subject: Subject;
  readonly sentAt: number;
  isLate: boolean;
}

export class Transactions<Subject> {
  readonly #random: Random;
  /** By endpoint and id; oldest first. */
  readonly #pending = new Map<string, Pending<Subject>>();

  constructor(random: Random) {
    this.#random = random;
  }

  get size(): number {
    return this.#pending.size;
  }

  get isFull(): boolean {
    return this.#pending.size >= PENDING_MAX;
  }

  /** A question to `endpoint`; its 4-byte id is fresh. */
  open(endpoint: Endpoint, subject: Subject, now: number): Pending<Subject> {
    let id = drawBytes(this.#random, ID_BYTES);
    while (this.#pending.has(keyOf(endpoint, id))) id = drawBytes(this.#random, ID_BYTES);
    const pending: Pending<Subject> = { id, endpoint, subject, sentAt: now, isLate: false };
    this.#pending.set(keyOf(endpoint, id), pending);
    return pending;
  }

  /** The question that an answer is for, which ends it; undefined for what nobody asked. */
  close(endpoint: Endpoint, id: Uint8Array): Pending<Subject> | undefined {
    const key = keyOf(endpoint, id);
    const pending = this.#pending.get(key);
    this.#pending.delete(key);
    return pending;
  }

  nextTimeout(): number | undefined {
    let next: number | undefined;
    for (const { sentAt, isLate } of this.#pending.values()) {
      if (!isLate) return Math.min(next ?? Infinity, sentAt + LATE_AFTER_MS);
      next ??= sentAt + FAIL_AFTER_MS;
    }
    return next;
  }

  /** Those that became late, each once, and those that failed, which are gone. */
  expire(now: number): { readonly late: readonly Pending<Subject>[]; readonly failed: readonly Pending<Subject>[] } {
    const late: Pending<Subject>[] = [];
    const failed: Pending<Subject>[] = [];
    for (const [key, pending] of this.#pending) {
      const age = now - pending.sentAt;
      if (age < LATE_AFTER_MS) break;
      if (age >= FAIL_AFTER_MS) {
        this.#pending.delete(key);
        failed.push(pending);
      } else if (!pending.isLate) {
        pending.isLate = true;
        late.push(pending);
      }
    }
    return { late, failed };
  }
}

function keyOf(endpoint: Endpoint, id: Uint8Array): string {
  return `${endpointKey(endpoint)} ${fromLatin1(id)}`;
}
