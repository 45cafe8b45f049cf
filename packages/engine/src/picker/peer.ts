/** What the picker knows of one peer. The caller sets the four facts below; the rest is the picker's own. */
import { Bitfield } from "@torrential/core";
import type { Millis } from "../ports/machine.ts";
import type { PartialPiece } from "./partial-piece.ts";

const RESERVED_IN_MIN = 32;

/** Told when a peer can no longer finish a piece it took for itself. */
export interface PeerOwner {
  disown(peer: PickerPeer): void;
}

/** One connected peer, as `PiecePicker.addPeer` made it. */
export class PickerPeer {
  readonly id: number;
  /** What it has. Only the picker changes it. */
  pieces: Bitfield;
  /** Set by the caller: recent payload rate; 0 while unknown. */
  rateBytesPerSec = 0;
  /** Set by the caller while the rate is unknown: a piece up to this long is its own. */
  firstPieceBytes = 0;
  /** Blocks reserved for it. */
  outstanding = 0;

  // Below: the picker's own.
  /** Counted in the number of seeds instead of piece by piece. */
  countsAsSeed = false;
  /** A piece it has that we wanted and lacked when last asked; -1 for none, known for sure at `interestEpoch`. */
  witness = -1;
  interestEpoch = -1;
  /** The picker's epoch at which nothing was left for this peer; -1 when it is worth looking. */
  exhaustedEpoch = -1;
  /** The epoch at which it had nothing left; while that lasts, `shelf` holds all it could open since. */
  completeEpoch = -1;
  /** The partial piece it takes blocks from first. */
  current: PartialPiece | undefined = undefined;
  /** Partial pieces with reservations of this peer: a superset, with repeats. */
  readonly reservedIn: PartialPiece[] = [];
  /** Suggested pieces (BEP 6), newest last. */
  readonly suggested: number[] = [];
  readonly allowedFast: number[] = [];
  /** Pieces that failed and that it brings the doubted blocks of, alone; may name some that it does not any more. */
  readonly trials: number[] = [];
  /** Blocks asked of it and given up since: its answer may still be on the way. */
  readonly late: Set<number> = new Set();
  /** Candidates of the last sweep, best last; good while `shelfEpoch` and `shelfUntil` hold. */
  readonly shelf: number[] = [];
  shelfEpoch = -1;
  shelfUntil: Millis = -Infinity;
  /** No look for blocks to steal before this time. */
  stealAfter: Millis = -Infinity;

  readonly #owner: PeerOwner;
  #choked = true;
  #snubbed = false;
  #parole = false;
  #isProven = false;

  constructor(id: number, pieceCount: number, owner: PeerOwner) {
    this.id = id;
    this.pieces = new Bitfield(pieceCount);
    this.#owner = owner;
  }

  /** Books `count` new reservations in a partial piece. */
  noteReservation(partial: PartialPiece, count: number): void {
    this.outstanding += count;
    const { reservedIn } = this;
    if (reservedIn[reservedIn.length - 1] === partial) return;
    // Pieces finished long ago are dropped when they could be half of it: amortised O(1) per reservation.
    if (reservedIn.length >= RESERVED_IN_MIN + 2 * this.outstanding) this.#compactReservedIn();
    reservedIn.push(partial);
  }

  /** Forgets what was known to be left for it. */
  lookAgain(): void {
    this.exhaustedEpoch = -1;
    this.completeEpoch = -1;
  }

  get isSeed(): boolean {
    return this.pieces.isFull;
  }

  /** Set by the caller: the peer chokes us; only allowed-fast pieces are picked of it. True at birth (BEP 3). */
  get choked(): boolean {
    return this.#choked;
  }

  set choked(value: boolean) {
    if (value && !this.#choked) this.#owner.disown(this);
    this.#choked = value;
  }

  /** Set by the caller: it has let us wait too long. */
  get snubbed(): boolean {
    return this.#snubbed;
  }

  set snubbed(value: boolean) {
    if (value && !this.#snubbed) this.#owner.disown(this);
    this.#snubbed = value;
  }

  /** Set by the caller: suspected of bad data, so it gets whole pieces, alone. */
  get parole(): boolean {
    return this.#parole;
  }

  set parole(value: boolean) {
    if (value !== this.#parole) {
      this.#owner.disown(this);
      this.lookAgain();
    }
    this.#parole = value;
  }

  /** Set by the caller: it has sent most of a true piece. */
  get isProven(): boolean {
    return this.#isProven;
  }

  set isProven(value: boolean) {
    if (value !== this.#isProven) this.lookAgain();
    this.#isProven = value;
  }

  #compactReservedIn(): void {
    const kept = new Set<PartialPiece>();
    for (const partial of this.reservedIn) {
      for (let block = 0; block < partial.blockCount; block++) {
        if (!partial.isHolder(block, this.id)) continue;
        kept.add(partial);
        break;
      }
    }
    this.reservedIn.length = 0;
    for (const partial of kept) this.reservedIn.push(partial);
  }
}
