/**
 * Pieces that are believed to be here since their user says so (`AddOptions.skipCheck`). Each is hashed before its bytes
 * first go to a peer or a reader; those that were hashed in this run need no proof any more.
 */
import { Bitfield } from "@torrential/core";
import type { DiskDone } from "../ports/disk.ts";
import type { TorrentContext } from "./context.ts";

/** What of a piece's proof its senders ask. */
export interface Proof {
  /** Whether bytes of the piece may leave now. If not, `waiter` is named by `handleChecked` when they may. */
  mayLeave(piece: number, waiter: number): boolean;
}

/** Where nothing is believed without a hash. */
export const PROVEN: Proof = { mayLeave: () => true };

/** What a hash said. A piece that is false was never sent. */
export interface ProofResult {
  readonly piece: number;
  readonly isGood: boolean;
  /** Peers by connection, readers as negative numbers, as in the read cache. */
  readonly waiters: readonly number[];
}

export class Proofs implements Proof {
  readonly #context: Pick<TorrentContext, "store" | "out" | "nextId">;
  #pieces = new Bitfield(0);
  /** By job. */
  readonly #checks = new Map<number, { readonly piece: number; readonly waiters: Set<number> }>();
  readonly #jobs = new Map<number, number>();

  constructor(context: Pick<TorrentContext, "store" | "out" | "nextId">) {
    this.#context = context;
  }

  /** A run begins: these pieces are believed without a hash. */
  begin(believed: Bitfield | undefined): void {
    this.#pieces = believed ?? new Bitfield(0);
    this.#checks.clear();
    this.#jobs.clear();
  }

  // hot
  mayLeave(piece: number, waiter: number): boolean {
    if (piece >= this.#pieces.length || !this.#pieces.has(piece)) return true;
    const { store, out, nextId } = this.#context;
    const known = this.#jobs.get(piece);
    const job = known ?? nextId();
    if (known === undefined) {
      this.#jobs.set(piece, job);
      this.#checks.set(job, { piece, waiters: new Set() });
      out.push({ type: "disk", job: { type: "check", job, store, piece } });
    }
    this.#checks.get(job)?.waiters.add(waiter);
    return false;
  }

  /** Undefined when the check is none of ours. */
  handleChecked(done: Extract<DiskDone, { type: "checked" }>): ProofResult | undefined {
    const check = this.#take(done.job);
    if (check === undefined) return undefined;
    const isGood = done.result === "passed";
    if (isGood) this.#pieces.clear(check.piece);
    return { piece: check.piece, isGood, waiters: [...check.waiters] };
  }

  /** The disk failed: whoever waits asks again. */
  handleFailed(job: number): void {
    this.#take(job);
  }

  #take(job: number): { readonly piece: number; readonly waiters: Set<number> } | undefined {
    const check = this.#checks.get(job);
    this.#checks.delete(job);
    if (check !== undefined) this.#jobs.delete(check.piece);
    return check;
  }
}
