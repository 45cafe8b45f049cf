/**
 * Which block to ask of which peer.
 */
import type { Bitfield, Geometry } from "@torrential/core";
import type { Millis, Random } from "../ports/machine.ts";
import type { PickerPeer } from "./peer.ts";
export type { PickerPeer } from "./peer.ts";

export interface PickerOptions {
  readonly geometry: Geometry;
  /** Pieces already verified; copied. */
  readonly have: Bitfield;
  readonly random: Random;
}

/** Why `pick` appended no more than it did. */
export type PickStop =
  /** As many blocks as asked for. */
  | "satisfied"
  /** The peer has nothing that we want and lack. */
  | "not-wanted"
  /** All it has is reserved, or belongs to a peer on parole. */
  | "all-requested"
  /** A piece would have to be opened and `canOpen` refused. */
  | "no-room"
  /** It chokes us, and has no allowed-fast piece left for us. */
  | "choked";

/** What an arrived block meant. */
export type BlockOutcome =
  /** Missing until now. `cancel`: the others it was asked of, their reservations are gone. */
  | { readonly type: "accepted"; readonly pieceComplete: boolean; readonly cancel: readonly PickerPeer[] }
  /** It was asked of this peer, and came after another's. */
  | { readonly type: "duplicate" }
  /** Never asked of this peer, or no longer wanted. */
  | { readonly type: "unrequested" };

/** `unwanted` is open with priority 0: nothing of it is here and nothing is asked for. */
export type PieceState = "have" | "verifying" | "partial" | "open" | "unwanted";

export type PieceOrder = "rarest-first" | "sequential";

/** A piece of which some blocks are here or asked for. */
export interface PartialView {
  readonly piece: number;
  /** A copy: blocks that arrived. */
  readonly received: Bitfield;
  /** `now` of the latest `pick` before its last block was asked for or arrived. */
  readonly lastActivity: Millis;
}

const soon = (): never => {
  throw new Error("picker: being written");
};

/** Picks blocks for all peers of one torrent. Pure: no clock, no I/O, randomness from `options.random`. */
export class PiecePicker {
  constructor(options: PickerOptions) {
    void options;
  }
  get have(): Bitfield {
    return soon();
  }
  /** Pieces wanted and not had. */
  get wantedRemaining(): number {
    return soon();
  }
  /** `id` is a connection id: below 2^31, never reused. */
  addPeer(id: number): PickerPeer {
    void [id];
    return soon();
  }
  /** Frees its blocks and takes its pieces out of the availability. */
  removePeer(peer: PickerPeer): void {
    void [peer];
    soon();
  }
  /** Replaces what the peer is known to have. */
  handleBitfield(peer: PickerPeer, bits: Bitfield): void {
    void [peer, bits];
    soon();
  }
  handleHave(peer: PickerPeer, piece: number): void {
    void [peer, piece];
    soon();
  }
  handleHaveAll(peer: PickerPeer): void {
    void [peer];
    soon();
  }
  handleHaveNone(peer: PickerPeer): void {
    void [peer];
    soon();
  }
  /** BEP 54. Its reservations in that piece are released. */
  handleDontHave(peer: PickerPeer, piece: number): void {
    void [peer, piece];
    soon();
  }
  /** BEP 6. */
  handleSuggest(peer: PickerPeer, piece: number): void {
    void [peer, piece];
    soon();
  }
  /** BEP 6. */
  handleAllowedFast(peer: PickerPeer, piece: number): void {
    void [peer, piece];
    soon();
  }
  /** 0 is unwanted, 4 normal, 7 first. */
  setPriority(piece: number, priority: number): void {
    void [piece, priority];
    soon();
  }
  setDeadline(piece: number, at: Millis | undefined): void {
    void [piece, at];
    soon();
  }
  setOrder(order: PieceOrder): void {
    void [order];
    soon();
  }
  /** Appends up to `count` pairs (piece, block) to `out`. `canOpen` is asked before a piece without any received or reserved block is opened. */
  pick(peer: PickerPeer, count: number, now: Millis, canOpen: (piece: number) => boolean, out: number[]): PickStop {
    void [peer, count, now, canOpen, out];
    return soon();
  }
  /** Whether `handleBlock` would accept it: ask before giving the payload a place. */
  wouldAccept(peer: PickerPeer, piece: number, block: number): boolean {
    void [peer, piece, block];
    return soon();
  }
  /** A block's payload arrived; its truth is known only when the piece is verified. */
  handleBlock(peer: PickerPeer, piece: number, block: number): BlockOutcome {
    void [peer, piece, block];
    return soon();
  }
  /** BEP 6: the request ends without a block. */
  handleReject(peer: PickerPeer, piece: number, block: number): void {
    void [peer, piece, block];
    soon();
  }
  /** Gives up waiting; a late answer is still welcome. */
  releaseBlock(peer: PickerPeer, piece: number, block: number): void {
    void [peer, piece, block];
    soon();
  }
  /** Gives up all blocks asked of this peer. */
  releasePeer(peer: PickerPeer): void {
    void [peer];
    soon();
  }
  hasReserved(peer: PickerPeer, piece: number, block: number): boolean {
    void [peer, piece, block];
    return soon();
  }
  pieceState(piece: number): PieceState {
    void [piece];
    return soon();
  }
  /** Whether it has a piece that we want and lack. */
  isInteresting(peer: PickerPeer): boolean {
    void [peer];
    return soon();
  }
  /** Ids of the peers that sent each block, -1 for a block that is missing or resumed. Gone with `handleVerified` and `handleFailed`. */
  contributors(piece: number): readonly number[] {
    void [piece];
    return soon();
  }
  /** The piece is on disk and true. */
  handleVerified(piece: number): void {
    void [piece];
    soon();
  }
  /** The piece is false: all its blocks are missing again. */
  handleFailed(piece: number): void {
    void [piece];
    soon();
  }
  /** Forgets the blocks received of a piece. Reservations stay. */
  dropPiece(piece: number): void {
    void [piece];
    soon();
  }
  /** Takes over blocks resumed from an earlier run. With all of them set the piece is `verifying`. */
  restorePartial(piece: number, blocks: Bitfield): void {
    void [piece, blocks];
    soon();
  }
  /** We had the piece, and the disk lost it. */
  lose(piece: number): void {
    void [piece];
    soon();
  }
  partialPieces(): Iterable<PartialView> {
    return soon();
  }
  receivedBlocks(piece: number): number {
    void [piece];
    return soon();
  }
  /** How many connected peers have the piece. */
  availability(piece: number): number {
    void [piece];
    return soon();
  }
  /** Full copies among the connected peers, plus the share of pieces that have one more. Ours is not counted. */
  distributedCopies(): number {
    return soon();
  }
  /** Throws when the picker's books disagree. Slow: for tests and the simulator. */
  checkInvariants(): void {
    soon();
  }
}
