/**
 * BEP 16: a seed that looks like a peer with nothing, and tells each peer of one rare piece at a time. A peer hears of
 * its next piece once its last one was seen at somebody else, so every byte we send is passed on before we send more.
 */
import { Bitfield } from "@torrential/core";
import type { Millis, Random } from "../ports/machine.ts";

// A piece that went nowhere for this long is offered again: its peer asks for nothing, or cannot reach the others.
const STALL_MS = 60_000;
const STALL_ROUNDS = 2; // ... but not while it may just be waiting for our upload: 200 peers, four slots
const SCAN_INTERVAL_MS = 1000;

/** Tell `peer` that we have `piece` (send HAVE). */
export interface Reveal {
  readonly peer: number;
  readonly piece: number;
}

interface SeededPeer {
  readonly has: Bitfield;
  readonly revealed: Bitfield;
  /** The piece it should fetch and pass on; undefined while there is none for it. */
  current: number | undefined;
  currentSince: Millis;
  /** Deliveries in the swarm by then. */
  currentAfter: number;
}

/** Which piece each peer may know of. Call `takeReveals` after every input and at `nextTimeout`. */
export class SuperSeeder {
  readonly #pieceCount: number;
  readonly #random: Random;
  readonly #peers: Map<number, SeededPeer> = new Map();
  /** Peers that have the piece. */
  readonly #copies: Uint32Array;
  /** Peers the piece is revealed to that lack it. */
  readonly #pending: Uint32Array;
  /** Peers whose current piece it is. */
  readonly #carriers: Map<number, Set<number>> = new Map();
  readonly #unsettled: Set<number> = new Set();
  /** Peers for which there was no piece. */
  readonly #idle: Set<number> = new Set();
  /** Pieces ever seen at a peer. */
  readonly #seen: Bitfield;
  /** Current pieces that reached their peer. */
  #deliveries = 0;
  #deliveriesSeen = 0;
  #deliveredAt: Millis = 0;
  #scannedAt: Millis = -Infinity;

  constructor(options: { readonly pieceCount: number; readonly random: Random }) {
    this.#pieceCount = options.pieceCount;
    this.#random = options.random;
    this.#copies = new Uint32Array(options.pieceCount);
    this.#pending = new Uint32Array(options.pieceCount);
    this.#seen = new Bitfield(options.pieceCount);
  }

  /** Every piece has been seen at some peer: the work is done, plain seeding serves the swarm as well. */
  get isSpread(): boolean {
    return this.#seen.isFull;
  }

  /** A peer that has told nothing yet: report its bitfield by `handleHave` before taking reveals. */
  addPeer(peer: number): void {
    this.#peers.set(peer, {
      has: new Bitfield(this.#pieceCount),
      revealed: new Bitfield(this.#pieceCount),
      current: undefined,
      currentSince: 0,
      currentAfter: 0,
    });
    this.#unsettled.add(peer);
  }

  removePeer(peer: number): void {
    const state = this.#peers.get(peer);
    if (state === undefined) return;
    this.#drop(peer, state);
    this.#peers.delete(peer);
    this.#unsettled.delete(peer);
    this.#idle.delete(peer);
    for (let piece = state.has.nextSet(0); piece >= 0; piece = state.has.nextSet(piece + 1)) {
      this.#copies[piece] = (this.#copies[piece] ?? 1) - 1;
    }
    this.#unsettleIdle();
    if (this.#peers.size === 1) for (const last of this.#peers.keys()) this.#unsettled.add(last);
  }

  /** The peer said it has the piece: by have, bitfield or have-all (then once per piece). */
  handleHave(peer: number, piece: number): void {
    const state = this.#peers.get(peer);
    if (state === undefined || !state.has.set(piece)) return;
    this.#copies[piece] = (this.#copies[piece] ?? 0) + 1;
    const wasSpread = this.isSpread;
    this.#seen.set(piece);
    if (state.current === piece) {
      this.#pending[piece] = (this.#pending[piece] ?? 1) - 1;
      this.#deliveries += 1;
    }
    for (const carrier of this.#carriers.get(piece) ?? []) this.#unsettled.add(carrier);
    if (!wasSpread && this.isSpread) this.#unsettleIdle();
  }

  /** Whether the peer may ask for blocks of this piece; others are rejected. */
  isRevealed(peer: number, piece: number): boolean {
    return this.#peers.get(peer)?.revealed.has(piece) === true;
  }

  /** When `takeReveals` may have more to say without new input. */
  nextTimeout(): Millis | undefined {
    let since = Infinity;
    for (const state of this.#peers.values()) {
      if (state.current !== undefined) since = Math.min(since, state.currentSince);
    }
    if (since === Infinity) return undefined;
    return Math.max(Math.max(since, this.#deliveredAt) + STALL_MS, this.#scannedAt + SCAN_INTERVAL_MS);
  }

  /** HAVEs to send now. */
  takeReveals(now: Millis): readonly Reveal[] {
    if (this.#deliveries > this.#deliveriesSeen) this.#deliveredAt = now;
    this.#deliveriesSeen = this.#deliveries;
    this.#unsettleStalled(now);
    const reveals: Reveal[] = [];
    for (const peer of this.#unsettled) {
      const state = this.#peers.get(peer);
      if (state === undefined || !this.#isSettled(state, now)) continue;
      if (state.current !== undefined && !state.has.has(state.current) && !this.#isStalled(state, now))
        this.#deliveries += 1;
      this.#drop(peer, state);
      const piece = this.#choose(state, now);
      if (piece === undefined) {
        if (!state.has.isFull) this.#idle.add(peer);
        continue;
      }
      this.#idle.delete(peer);
      this.#assign(peer, state, { piece, now });
      reveals.push({ peer, piece });
    }
    this.#unsettled.clear();
    return reveals;
  }

  /** Ready for the next piece: it has passed on the last, or nobody is there to take it, or it has stalled. */
  #isSettled(state: SeededPeer, now: Millis): boolean {
    const piece = state.current;
    if (piece === undefined || this.#isStalled(state, now)) return true;
    // Many do not tell us of a piece that they had from us, so it counts as theirs once somebody else has it.
    const isTold = state.has.has(piece);
    const others = (this.#copies[piece] ?? 0) - Number(isTold);
    return others > 0 || (isTold && this.#peers.size === 1);
  }

  /** Nobody's piece first; once every piece has been seen, the rarest, counting those on their way. */
  #choose(state: SeededPeer, now: Millis): number | undefined {
    const start = Math.floor(this.#random() * this.#pieceCount);
    let best: number | undefined;
    let bestScore = Infinity;
    for (let step = 0; step < this.#pieceCount && bestScore > 0; step += 1) {
      const piece = (start + step) % this.#pieceCount;
      if (state.has.has(piece) || state.revealed.has(piece)) continue;
      const score = (this.#copies[piece] ?? 0) + (this.#pending[piece] ?? 0);
      if (score >= bestScore) continue;
      if (score > 0 && !this.isSpread && !this.#isStuck(piece, now)) continue;
      best = piece;
      bestScore = score;
    }
    return best;
  }

  /** Nobody has it, and those it was revealed to had their time. */
  #isStuck(piece: number, now: Millis): boolean {
    if ((this.#copies[piece] ?? 0) > 0) return false;
    for (const carrier of this.#carriers.get(piece) ?? []) {
      const state = this.#peers.get(carrier);
      if (state !== undefined && !this.#isStalled(state, now)) return false;
    }
    return true;
  }

  #assign(peer: number, state: SeededPeer, turn: { piece: number; now: Millis }): void {
    state.current = turn.piece;
    state.currentSince = turn.now;
    state.currentAfter = this.#deliveries;
    state.revealed.set(turn.piece);
    this.#pending[turn.piece] = (this.#pending[turn.piece] ?? 0) + 1;
    const carriers = this.#carriers.get(turn.piece);
    if (carriers === undefined) this.#carriers.set(turn.piece, new Set([peer]));
    else carriers.add(peer);
  }

  #drop(peer: number, state: SeededPeer): void {
    const piece = state.current;
    if (piece === undefined) return;
    state.current = undefined;
    if (!state.has.has(piece)) this.#pending[piece] = (this.#pending[piece] ?? 1) - 1;
    const carriers = this.#carriers.get(piece);
    carriers?.delete(peer);
    if (carriers?.size === 0) this.#carriers.delete(piece);
  }

  #unsettleIdle(): void {
    for (const peer of this.#idle) this.#unsettled.add(peer);
  }

  #isStalled(state: SeededPeer, now: Millis): boolean {
    if (now - state.currentSince < STALL_MS) return false;
    const rounds = (this.#deliveries - state.currentAfter) / this.#peers.size;
    return rounds >= STALL_ROUNDS || now - this.#deliveredAt >= STALL_MS;
  }

  #unsettleStalled(now: Millis): void {
    if (now - this.#scannedAt < SCAN_INTERVAL_MS) return;
    this.#scannedAt = now;
    let anyStalled = false;
    for (const [peer, state] of this.#peers) {
      if (state.current === undefined || !this.#isStalled(state, now)) continue;
      this.#unsettled.add(peer);
      anyStalled = true;
    }
    if (anyStalled) this.#unsettleIdle();
  }
}
