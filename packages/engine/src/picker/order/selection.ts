/**
 * The order in which a peer is given blocks: what is due soonest; then by priority, and within one priority partial
 * pieces before new ones, new ones by rarity; what others hold for themselves last; then duplicates.
 *
 * Who joins whose partial piece: a peer that would fetch a whole piece within WHOLE_PIECE_SECONDS takes pieces for
 * itself, slower ones share theirs, and a piece somebody gave a block of back is anyone's. So a fast peer's piece is not
 * held up by a slow one, and a bad piece mostly has one sender. A peer on parole works alone.
 */
import { BLOCK_LENGTH } from "@torrential/core";
import type { Millis } from "../../ports/machine.ts";
import { ALONE, ORPHAN, OWNED, type PartialPiece, SHARED } from "../partial-piece.ts";
import type { PickerPeer } from "../peer.ts";
import type { PieceTable } from "../piece-table.ts";
import type { Duplicates } from "./duplicates.ts";
import type { OpenPieces } from "./open-pieces.ts";
import type { PickRequest } from "./request.ts";

const PRIORITY_TOP = 7;
const WHOLE_PIECE_SECONDS = 30; // libtorrent's whole_pieces_threshold is 20
const JOIN_LOOKS_MAX = 32; // partial pieces looked at before a new one is opened
const CROWDED_RATIO = 1.5; // pieces with free blocks per peer above which nobody works alone (libtorrent's request_a_block)
const FASTEST_AGE_MS = 1000; // how old the figure of the fastest peer may be
const TOO_SLOW_RATIO = 4; // a peer this much slower than the fastest leaves a deadline it cannot meet to others

/** How one call of `pick` ended for a peer that does not choke us. */
export type Exhaustion = "satisfied" | "all-requested" | "no-room";

export class Selection {
  readonly #table: PieceTable;
  readonly #peers: ReadonlyMap<number, PickerPeer>;
  readonly #openPieces: OpenPieces;
  readonly #duplicates: Duplicates;
  #fastestRate = 0;
  #fastestUntil: Millis = -Infinity;

  constructor(
    table: PieceTable,
    rules: {
      readonly peers: ReadonlyMap<number, PickerPeer>;
      readonly openPieces: OpenPieces;
      readonly duplicates: Duplicates;
    },
  ) {
    this.#table = table;
    this.#peers = rules.peers;
    this.#openPieces = rules.openPieces;
    this.#duplicates = rules.duplicates;
  }

  /** Whether a peer of this rate takes pieces for itself: mostly, then, a bad piece has one sender. */
  takesWholePieces(peer: PickerPeer): boolean {
    if (this.#mustWorkAlone(peer)) return true;
    const soonBytes = Math.max(peer.rateBytesPerSec * WHOLE_PIECE_SECONDS, peer.firstPieceBytes);
    return soonBytes >= this.#table.geometry.pieceLength;
  }

  // hot
  pick(request: PickRequest): Exhaustion {
    const { peer } = request;
    if (peer.trials.length > 0) this.#takeTrials(request);
    if (peer.exhaustedEpoch !== this.#table.epoch) {
      if (!peer.snubbed) this.#takeDue(request);
      for (let priority = PRIORITY_TOP; priority > 0 && request.left > 0; priority--) {
        this.#takeAtPriority(request, priority);
      }
      if (request.left === 0) return "satisfied";
      if (!request.isRefused) this.#noteExhausted(peer);
    }
    this.#duplicates.take(request);
    if (request.left === 0) return "satisfied";
    return request.isRefused ? "no-room" : "all-requested";
  }

  /** While it chokes us: only from the pieces it allowed (BEP 6). */
  pickAllowedFast(request: PickRequest): void {
    const { peer } = request;
    for (let i = peer.allowedFast.length - 1; i >= 0 && request.left > 0; i--) {
      const piece = peer.allowedFast[i] ?? 0;
      if (this.#table.have.has(piece)) peer.allowedFast.splice(i, 1);
      else if (this.#table.hasFree(piece) && peer.pieces.has(piece)) this.#takePiece(request, piece);
    }
  }

  /** The peer can no longer finish the piece it took for itself: anyone may. */
  disown(peer: PickerPeer): void {
    const { current } = peer;
    peer.current = undefined;
    if (current !== undefined && current.ownerId === peer.id) this.#table.orphan(current);
    for (const piece of peer.trials.splice(0)) {
      const partial = this.#table.partialOf(piece);
      if (partial !== undefined && isTrialOf(peer, partial)) this.#table.orphan(partial);
    }
  }

  // Beside its current piece, which it goes on with afterwards.
  #takeTrials(request: PickRequest): void {
    const { peer } = request;
    for (let i = peer.trials.length - 1; i >= 0 && request.left > 0; i--) {
      const piece = peer.trials[i] ?? 0;
      const partial = this.#table.partialOf(piece);
      if (partial === undefined || !isTrialOf(peer, partial)) peer.trials.splice(i, 1);
      else if (this.#table.hasFree(piece) && peer.pieces.has(piece)) this.#reserve(request, partial);
    }
  }

  #noteExhausted(peer: PickerPeer): void {
    // A peer on parole may adopt a piece once others are done with it, which no epoch tells.
    if (peer.parole) return;
    peer.exhaustedEpoch = this.#table.epoch;
    peer.completeEpoch = this.#table.epoch;
    peer.shelf.length = 0;
  }

  #takeDue(request: PickRequest): void {
    const { line } = this.#table.deadlines;
    for (let i = 0; i < line.length && request.left > 0;) {
      const piece = line[i] ?? 0;
      if (request.peer.pieces.has(piece) && !this.#isTooSlowFor(request, piece)) this.#takePiece(request, piece);
      if (line[i] === piece) i++;
    }
  }

  #isTooSlowFor(request: PickRequest, piece: number): boolean {
    const { peer, now } = request;
    if (peer.rateBytesPerSec === 0) return false;
    const arrivalMs = ((peer.outstanding + 1) * BLOCK_LENGTH * 1000) / peer.rateBytesPerSec;
    if (now + arrivalMs <= (this.#table.deadlines.dueAt(piece) ?? 0)) return false;
    return peer.rateBytesPerSec * TOO_SLOW_RATIO < this.#fastest(now);
  }

  #fastest(now: Millis): number {
    if (now < this.#fastestUntil) return this.#fastestRate;
    this.#fastestUntil = now + FASTEST_AGE_MS;
    this.#fastestRate = 0;
    for (const peer of this.#peers.values()) {
      if (!peer.choked) this.#fastestRate = Math.max(this.#fastestRate, peer.rateBytesPerSec);
    }
    return this.#fastestRate;
  }

  // A piece that was named (a deadline, allowed-fast) rather than chosen.
  #takePiece(request: PickRequest, piece: number): void {
    const partial = this.#table.partialOf(piece);
    if (partial === undefined) this.#openAndTake(request, piece);
    else if (this.#mayJoin(request.peer, partial)) this.#take(request, partial);
  }

  #mayJoin(peer: PickerPeer, partial: PartialPiece): boolean {
    if (partial.freeCount === 0) return false;
    if (partial.ownerId === peer.id) return true;
    if (this.#mustWorkAlone(peer)) return partial.sharing === ORPHAN;
    return partial.sharing !== ALONE && !peer.parole;
  }

  /** Two of whom nothing is known, in one piece that fails, are two suspects; one is a culprit. */
  #mustWorkAlone(peer: PickerPeer): boolean {
    return this.#table.isGuarded && !peer.isProven;
  }

  // hot
  #takeAtPriority(request: PickRequest, priority: number): void {
    const { peer } = request;
    const { lists, rarity } = this.#table;
    // A piece held ALONE is in no list.
    if (lists.countAt(priority) === 0 && rarity.layerCounts[priority] === 0 && !peer.parole) return;
    this.#takeCurrent(request, priority);
    const isGuarded = this.#mustWorkAlone(peer);
    if (!peer.parole && request.left > 0) {
      const isCrowded = !isGuarded && lists.count > this.#peers.size * CROWDED_RATIO;
      const isSharing = !request.takesWholePieces && !peer.snubbed;
      this.#joinSome(request, lists.at(priority, ORPHAN));
      if (isSharing || isCrowded) this.#joinSome(request, lists.at(priority, SHARED));
      if (isCrowded) this.#joinSome(request, lists.at(priority, OWNED));
    }
    if (request.left > 0) this.#openNew(request, priority);
    if (request.left === 0) return;
    if (peer.parole) {
      this.#adopt(request, lists.at(priority, ORPHAN));
      this.#adopt(request, lists.at(priority, SHARED));
      this.#adopt(request, lists.at(priority, OWNED));
    } else {
      this.#joinAll(request, lists.at(priority, ORPHAN));
      // Without memory for a piece of its own it may as well help.
      if (isGuarded && !request.isRefused) return;
      this.#joinAll(request, lists.at(priority, SHARED));
      this.#joinAll(request, lists.at(priority, OWNED));
    }
  }

  // hot
  #takeCurrent(request: PickRequest, priority: number): void {
    const { peer } = request;
    const { current } = peer;
    if (current === undefined || current.freeCount === 0 || current.piece < 0) return;
    if (this.#table.priorityOf(current.piece) !== priority || !peer.pieces.has(current.piece)) return;
    // Its rate is known now, and too low to keep others out.
    const isTooSlow = current.sharing === OWNED && !request.takesWholePieces && !peer.snubbed;
    if (isTooSlow && current.ownerId === peer.id) this.#table.share(current, SHARED, peer.id);
    const isShared = current.sharing === SHARED && !peer.parole && !request.takesWholePieces;
    if (current.ownerId === peer.id || isShared) this.#take(request, current);
  }

  // The nearest to completion first, out of the first few.
  #joinSome(request: PickRequest, list: readonly PartialPiece[]): void {
    while (request.left > 0 && list.length > 0) {
      let best: PartialPiece | undefined;
      for (let i = Math.max(0, list.length - JOIN_LOOKS_MAX); i < list.length; i++) {
        const partial = list[i];
        if (partial === undefined || !request.peer.pieces.has(partial.piece)) continue;
        if (best === undefined || partial.freeCount < best.freeCount) best = partial;
      }
      if (best === undefined) return;
      this.#take(request, best);
    }
  }

  // From the end, because taking the last free block moves the list's last piece here.
  #joinAll(request: PickRequest, list: readonly PartialPiece[]): void {
    for (let i = list.length - 1; i >= 0 && request.left > 0; i--) {
      const partial = list[i];
      if (partial !== undefined && request.peer.pieces.has(partial.piece)) this.#take(request, partial);
    }
  }

  // Last resort of a peer on parole: pieces that others began and left. Better than holding them for ever.
  #adopt(request: PickRequest, list: readonly PartialPiece[]): void {
    for (let i = list.length - 1; i >= 0 && request.left > 0; i--) {
      const partial = list[i];
      if (partial === undefined || partial.requestedCount > 0 || !request.peer.pieces.has(partial.piece)) continue;
      this.#table.share(partial, ALONE, request.peer.id);
      this.#take(request, partial);
    }
  }

  // hot
  #openNew(request: PickRequest, priority: number): void {
    const { peer, now } = request;
    let piece = -1;
    while (request.left > 0 && !request.isRefused) {
      const isRun = piece >= 0 && request.takesWholePieces && !peer.snubbed;
      const adjacent = isRun ? this.#openPieces.expand(peer, piece, priority) : -1;
      piece = adjacent >= 0 ? adjacent : this.#openPieces.next(peer, priority, now);
      if (piece < 0) return;
      this.#openAndTake(request, piece);
    }
  }

  #openAndTake(request: PickRequest, piece: number): void {
    if (request.isRefused) return;
    if (!request.canOpen(piece)) {
      request.isRefused = true;
      return;
    }
    const { peer } = request;
    const partial = this.#table.openPartial(piece);
    partial.sharing = sharingOf(request);
    if (partial.sharing === OWNED || partial.sharing === ALONE) partial.ownerId = peer.id;
    this.#take(request, partial);
  }

  // hot
  #take(request: PickRequest, partial: PartialPiece): void {
    const { peer } = request;
    if (peer.current !== partial) {
      this.#disownUnfinished(peer);
      peer.current = partial;
    }
    if (partial.sharing === ORPHAN) this.#table.share(partial, sharingOf(request), peer.id);
    this.#reserve(request, partial);
  }

  // hot
  #reserve(request: PickRequest, partial: PartialPiece): void {
    const { peer } = request;
    const taken = this.#table.reserve(partial, peer.id, request.left, request.now, request.out);
    request.left -= taken;
    peer.noteReservation(partial, taken);
  }

  #disownUnfinished(peer: PickerPeer): void {
    const { current } = peer;
    if (current !== undefined && current.freeCount > 0) this.disown(peer);
  }
}

function isTrialOf(peer: PickerPeer, partial: PartialPiece): boolean {
  return partial.sharing === ALONE && partial.ownerId === peer.id;
}

// Nobody should wait for a snubbed peer, so it does not share what it opens either.
function sharingOf(request: PickRequest): number {
  if (request.peer.parole) return ALONE;
  if (request.peer.choked) return ORPHAN;
  return request.takesWholePieces || request.peer.snubbed ? OWNED : SHARED;
}
