/**
 * Which block to ask of which peer, for one torrent.
 *
 * Intuition: blocks are reserved, not pieces, and nothing is held hostage: whoever gives a block back opens its piece to
 * all. Rare pieces first, so that the swarm does not lose them; begun pieces before new ones, so that they can be
 * verified, shared and written; one sender per piece where that costs nothing, so that a bad piece names its sender.
 *
 * Invariants (checkInvariants): a block is asked of one peer at a time, but for duplicates of the end game and of
 * stragglers; nobody is asked for a piece it lacks or that we do not want; all sums are exact.
 *
 * The work is done elsewhere: books in piece-table.ts, order of picks in order/, availability in rarity.ts.
 */
import { assert, Bitfield, type Geometry } from "@torrential/core";
import type { Millis, Random } from "../ports/machine.ts";
import { checkBooks } from "./invariants.ts";
import { Duplicates } from "./order/duplicates.ts";
import { OpenPieces } from "./order/open-pieces.ts";
import type { PickRequest } from "./order/request.ts";
import { Selection } from "./order/selection.ts";
import { ALONE, FREE, ORPHAN, type PartialPiece, RECEIVED } from "./partial-piece.ts";
import { PeerSet } from "./peer-set.ts";
import type { PickerPeer } from "./peer.ts";
import { PieceTable } from "./piece-table.ts";

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
  /** Missing until now. `cancel`: the others it was asked of; their reservations are gone. */
  | { readonly type: "accepted"; readonly pieceComplete: boolean; readonly cancel: readonly PickerPeer[] }
  /** It was asked of this peer, and came after another's. */
  | { readonly type: "duplicate" }
  /** Never asked of this peer, or no longer wanted. */
  | { readonly type: "unrequested" };

/** `open`: nothing of it is here or asked for. `unwanted`: the same, with priority 0. */
export type PieceState = "have" | "verifying" | "partial" | "open" | "unwanted";

export type PieceOrder = "rarest-first" | "sequential";

/** A piece of which some blocks are here or asked for. */
export interface PartialView {
  readonly piece: number;
  /** A copy: the blocks that arrived. */
  readonly received: Bitfield;
  /** When a block of it was last asked for or arrived, by the clock of the latest `pick`. */
  readonly lastActivity: Millis;
}

const NOBODY = -1;
const PRIORITY_TOP = 7;
const SUGGESTED_MAX = 64; // more is not in anyone's cache; bounds what a peer makes us look through
const ALLOWED_FAST_MAX = 128; // BEP 6 sets have ten; bounds memory
const LATE_MAX = 4096; // blocks given up whose late answer we still recognise, per peer

const ACCEPTED: BlockOutcome = { type: "accepted", pieceComplete: false, cancel: [] };
const COMPLETED: BlockOutcome = { type: "accepted", pieceComplete: true, cancel: [] };
const DUPLICATE: BlockOutcome = { type: "duplicate" };
const UNREQUESTED: BlockOutcome = { type: "unrequested" };

/** Picks blocks for all peers of one torrent. Pure: no clock, no I/O, randomness from `options.random`. */
export class PiecePicker {
  readonly #geometry: Geometry;
  readonly #table: PieceTable;
  readonly #peers: PeerSet;
  readonly #openPieces: OpenPieces;
  readonly #selection: Selection;
  readonly #ids: number[] = [];
  #now: Millis = 0;

  constructor(options: PickerOptions) {
    this.#geometry = options.geometry;
    this.#table = new PieceTable(options.geometry, options.have);
    this.#peers = new PeerSet(this.#table, { disown: (peer) => this.#selection.disown(peer) });
    this.#openPieces = new OpenPieces(this.#table, options.random);
    this.#selection = new Selection(this.#table, {
      peers: this.#peers.byId,
      openPieces: this.#openPieces,
      duplicates: new Duplicates(this.#table, this.#peers.byId),
    });
  }

  get have(): Bitfield {
    return this.#table.have;
  }

  /** Pieces wanted and not had. */
  get wantedRemaining(): number {
    return this.#table.lacking.count;
  }

  /** `id` is a connection id: below 2^31, never reused. The peer has nothing and chokes us. */
  addPeer(id: number): PickerPeer {
    return this.#peers.add(id);
  }

  /** Frees its blocks and takes its pieces out of the availability. */
  removePeer(peer: PickerPeer): void {
    this.releasePeer(peer);
    this.#selection.disown(peer);
    this.#peers.remove(peer);
  }

  /** Replaces what the peer has; `bits` is copied. What was asked of it is released, if it had anything. */
  handleBitfield(peer: PickerPeer, bits: Bitfield): void {
    this.releasePeer(peer);
    this.#selection.disown(peer);
    this.#peers.replace(peer, bits);
  }

  // hot
  handleHave(peer: PickerPeer, piece: number): void {
    this.#peers.handleHave(peer, piece);
  }

  /** BEP 6. */
  handleHaveAll(peer: PickerPeer): void {
    const all = new Bitfield(this.#geometry.pieceCount);
    all.setAll();
    this.handleBitfield(peer, all);
  }

  /** BEP 6. */
  handleHaveNone(peer: PickerPeer): void {
    this.handleBitfield(peer, new Bitfield(this.#geometry.pieceCount));
  }

  /** BEP 54. Its reservations in that piece are released. */
  handleDontHave(peer: PickerPeer, piece: number): void {
    if (!peer.pieces.has(piece)) return;
    const partial = this.#table.partialOf(piece);
    if (peer.current === partial) this.#selection.disown(peer);
    if (partial !== undefined) this.#releaseAllIn(peer, partial);
    this.#peers.handleDontHave(peer, piece);
  }

  /** BEP 6. The newest counts most; without effect while the peer lacks the piece. */
  handleSuggest(peer: PickerPeer, piece: number): void {
    if (this.#table.have.has(piece)) return;
    remember(peer.suggested, piece, SUGGESTED_MAX);
  }

  /** BEP 6. */
  handleAllowedFast(peer: PickerPeer, piece: number): void {
    if (this.#table.have.has(piece)) return;
    remember(peer.allowedFast, piece, ALLOWED_FAST_MAX);
  }

  /** 0 is unwanted, 4 normal, 7 first. Blocks asked for of an unwanted piece are still taken in. */
  setPriority(piece: number, priority: number): void {
    this.#assertPiece(piece);
    const isPriority = Number.isInteger(priority) && priority >= 0 && priority <= PRIORITY_TOP;
    assert(isPriority, `picker: priority ${priority} is not 0 to 7`);
    this.#table.setPriority(piece, priority);
  }

  /** When the piece is due; undefined takes the deadline away. Unwanted pieces stay unwanted. */
  setDeadline(piece: number, at: Millis | undefined): void {
    this.#assertPiece(piece);
    if (!this.#table.have.has(piece)) this.#table.deadlines.set(piece, at, this.#table.hasFree(piece));
  }

  setOrder(order: PieceOrder): void {
    this.#openPieces.order = order;
    this.#table.listEpoch++;
  }

  get isGuarded(): boolean {
    return this.#table.isGuarded;
  }

  /** While pieces are false, unproven peers get whole pieces alone: each can spoil its own, and nobody else's. */
  setGuarded(isGuarded: boolean): void {
    if (this.#table.isGuarded !== isGuarded) this.#table.epoch++;
    this.#table.isGuarded = isGuarded;
  }

  /** Appends up to `count` pairs (piece, block) to `out`. `canOpen` is asked before a piece of which nothing is here or asked for is opened. */
  // hot
  pick(peer: PickerPeer, count: number, now: Millis, canOpen: (piece: number) => boolean, out: number[]): PickStop {
    this.#now = now;
    if (count <= 0) return "satisfied";
    if (!this.isInteresting(peer)) return "not-wanted";
    const takesWholePieces = this.#selection.takesWholePieces(peer);
    const request: PickRequest = { peer, now, canOpen, out, left: count, isRefused: false, takesWholePieces };
    if (!peer.choked) return this.#selection.pick(request);
    this.#selection.pickAllowedFast(request);
    if (request.left === 0) return "satisfied";
    return request.isRefused ? "no-room" : "choked";
  }

  /** Whether `handleBlock` would accept it: ask before giving the payload a place. */
  // hot
  wouldAccept(peer: PickerPeer, piece: number, block: number): boolean {
    const partial = this.#table.partialOf(piece);
    if (partial !== undefined && partial.isHolder(block, peer.id)) return true;
    if (!this.#table.lacking.has(piece) || !peer.late.has(this.#keyOf(piece, block))) return false;
    return partial === undefined || partial.stateOf(block) !== RECEIVED;
  }

  /** A block's payload arrived; whether it is true is known when the piece is verified. */
  // hot
  handleBlock(peer: PickerPeer, piece: number, block: number): BlockOutcome {
    const partial = this.#table.partialOf(piece);
    if (partial !== undefined && partial.isHolder(block, peer.id)) {
      peer.outstanding--;
      return this.#accept(peer, partial, block);
    }
    if (!peer.late.delete(this.#keyOf(piece, block))) return UNREQUESTED;
    if (this.#table.have.has(piece) || partial?.stateOf(block) === RECEIVED) return DUPLICATE;
    if (!this.#table.lacking.has(piece)) return UNREQUESTED;
    return this.#accept(peer, partial ?? this.#openOrphan(piece), block);
  }

  /** BEP 6: the request ends without a block. */
  handleReject(peer: PickerPeer, piece: number, block: number): void {
    const partial = this.#table.partialOf(piece);
    if (partial !== undefined && partial.isHolder(block, peer.id)) this.#table.release(partial, block, peer);
    else peer.late.delete(this.#keyOf(piece, block));
  }

  /** Gives up waiting; a late answer is still welcome. */
  releaseBlock(peer: PickerPeer, piece: number, block: number): void {
    const partial = this.#table.partialOf(piece);
    if (partial === undefined || !partial.isHolder(block, peer.id)) return;
    this.#noteLate(peer, piece, block);
    this.#table.release(partial, block, peer);
  }

  /** Gives up all blocks asked of this peer. */
  releasePeer(peer: PickerPeer): void {
    for (const partial of peer.reservedIn) {
      if (peer.outstanding === 0) break;
      this.#releaseAllIn(peer, partial);
    }
    peer.reservedIn.length = 0;
  }

  hasReserved(peer: PickerPeer, piece: number, block: number): boolean {
    return this.#table.partialOf(piece)?.isHolder(block, peer.id) ?? false;
  }

  pieceState(piece: number): PieceState {
    if (this.#table.have.has(piece)) return "have";
    const partial = this.#table.partialOf(piece);
    if (partial !== undefined) return partial.isVerifying ? "verifying" : "partial";
    return this.#table.priorityOf(piece) === 0 ? "unwanted" : "open";
  }

  /** Whether it has a piece that we want and lack. O(1) amortised. */
  isInteresting(peer: PickerPeer): boolean {
    return this.#peers.isInteresting(peer);
  }

  /** Ids of the peers that sent each block; -1 for a block that is missing or resumed. Gone with `handleVerified` and `handleFailed`. */
  contributors(piece: number): readonly number[] {
    const partial = this.#table.partialOf(piece);
    const ids: number[] = [];
    for (let block = 0; partial !== undefined && block < partial.blockCount; block++) {
      ids.push(partial.stateOf(block) === RECEIVED ? partial.holderOf(block) : NOBODY);
    }
    return ids;
  }

  /** The piece is true and ours. Also for a piece that was found on disk. */
  handleVerified(piece: number): void {
    this.#assertPiece(piece);
    if (this.#table.have.has(piece)) return;
    const partial = this.#table.partialOf(piece);
    if (partial !== undefined && partial.requestedCount > 0) this.#endReservations(partial);
    // Ending the reservations may have closed the piece; setHave looks again.
    this.#table.setHave(piece);
  }

  /** The piece is false: all its blocks are missing again. */
  handleFailed(piece: number): void {
    this.dropPiece(piece);
  }

  /** The piece is false, but not all of it may be: these blocks are missing again, and are asked of `judge` alone. */
  retry(piece: number, doubted: readonly number[], judge: PickerPeer): void {
    const partial = this.#table.partialOf(piece);
    if (partial === undefined) return;
    this.#table.forgetBlocks(partial, doubted);
    this.appoint(piece, judge);
  }

  /** Only this peer is asked for what is missing of a partial piece, before anything else; undefined: anyone again. */
  appoint(piece: number, judge: PickerPeer | undefined): void {
    const partial = this.#table.partialOf(piece);
    if (partial === undefined) return;
    if (judge === undefined) return this.#table.orphan(partial);
    this.#table.share(partial, ALONE, judge.id);
    if (!judge.trials.includes(piece)) judge.trials.push(piece);
  }

  /** What a peer sent is not to be believed: its blocks of unfinished pieces are missing again. Returns which. */
  forgetBlocksOf(id: number): readonly { readonly piece: number; readonly blocks: readonly number[] }[] {
    const forgotten: { readonly piece: number; readonly blocks: readonly number[] }[] = [];
    for (const partial of [...this.#table.partials]) {
      const blocks = partial.isVerifying ? [] : partial.blocksFrom(id);
      if (blocks.length === 0) continue;
      forgotten.push({ piece: partial.piece, blocks });
      this.#table.forgetBlocks(partial, blocks);
      // Who took it whole has gone on to others; a judge comes back to it.
      const isTrial = this.#peers.byId.get(partial.ownerId)?.trials.includes(partial.piece) === true;
      if (partial.piece >= 0 && !isTrial) this.#table.orphan(partial);
    }
    return forgotten;
  }

  /** Forgets the blocks received of a piece. What is asked for stays asked for. */
  dropPiece(piece: number): void {
    const partial = this.#table.partialOf(piece);
    if (partial !== undefined && partial.receivedCount > 0) this.#table.forgetReceived(partial);
  }

  /** Takes over blocks resumed from an earlier run. With all of them here the piece is `verifying`. */
  restorePartial(piece: number, blocks: Bitfield): void {
    assert(blocks.length === this.#geometry.blocksIn(piece), `picker: piece ${piece} has not ${blocks.length} blocks`);
    if (blocks.isEmpty || this.#table.have.has(piece)) return;
    const partial = this.#table.partialOf(piece) ?? this.#openOrphan(piece);
    for (let block = blocks.nextSet(0); block >= 0; block = blocks.nextSet(block + 1)) {
      const isMissing = partial.stateOf(block) === FREE;
      if (isMissing) this.#table.receive(partial, block, NOBODY);
    }
  }

  /** We had the piece, and the disk lost it. */
  lose(piece: number): void {
    if (this.#table.have.has(piece)) this.#table.loseHave(piece);
  }

  *partialPieces(): Generator<PartialView> {
    for (const partial of this.#table.partials) {
      yield { piece: partial.piece, received: partial.received(), lastActivity: partial.lastActivity };
    }
  }

  /** Blocks that are here: all of them for a piece we have. */
  receivedBlocks(piece: number): number {
    if (this.#table.have.has(piece)) return this.#geometry.blocksIn(piece);
    return this.#table.partialOf(piece)?.receivedCount ?? 0;
  }

  /** How many connected peers have the piece. */
  availability(piece: number): number {
    return this.#table.rarity.seeds + (this.#table.rarity.availability[piece] ?? 0);
  }

  /** Full copies among the connected peers (ours not counted), plus the share of pieces that have one more. O(pieces). */
  distributedCopies(): number {
    const { availability, seeds } = this.#table.rarity;
    if (availability.length === 0) return seeds;
    let least = Infinity;
    for (const count of availability) least = Math.min(least, count);
    let more = 0;
    for (const count of availability) if (count > least) more++;
    return seeds + least + more / availability.length;
  }

  /** Throws when the books disagree. O(pieces × peers): for tests and the simulator. */
  checkInvariants(): void {
    checkBooks(this.#table, this.#peers.byId);
  }

  #accept(peer: PickerPeer, partial: PartialPiece, block: number): BlockOutcome {
    const ids = this.#ids;
    ids.length = 0;
    partial.takeHolders(block, peer.id, ids);
    this.#table.receive(partial, block, peer.id);
    partial.lastActivity = this.#now;
    if (ids.length === 0) return partial.isVerifying ? COMPLETED : ACCEPTED;
    const cancel: PickerPeer[] = [];
    for (const id of ids) {
      const other = this.#peers.byId.get(id);
      if (other === undefined) continue;
      other.outstanding--;
      this.#noteLate(other, partial.piece, block);
      cancel.push(other);
    }
    return { type: "accepted", pieceComplete: partial.isVerifying, cancel };
  }

  #openOrphan(piece: number): PartialPiece {
    const partial = this.#table.openPartial(piece);
    this.#table.share(partial, ORPHAN, NOBODY);
    partial.lastActivity = this.#now;
    return partial;
  }

  // The last release may close the piece; then nothing in it is held any more, and the loop runs out.
  #releaseAllIn(peer: PickerPeer, partial: PartialPiece): void {
    const { piece, blockCount } = partial;
    for (let block = 0; block < blockCount && partial.piece === piece; block++) {
      if (!partial.isHolder(block, peer.id)) continue;
      this.#noteLate(peer, piece, block);
      this.#table.release(partial, block, peer);
    }
  }

  #endReservations(partial: PartialPiece): void {
    const { piece, blockCount } = partial;
    for (let block = 0; block < blockCount && partial.piece === piece; block++) {
      for (const peer of this.#peers.byId.values()) this.releaseBlock(peer, piece, block);
    }
  }

  #noteLate(peer: PickerPeer, piece: number, block: number): void {
    if (peer.late.size >= LATE_MAX) {
      const oldest = peer.late.values().next().value;
      if (oldest !== undefined) peer.late.delete(oldest);
    }
    peer.late.add(this.#keyOf(piece, block));
  }

  #keyOf(piece: number, block: number): number {
    return piece * this.#geometry.blocksPerPiece + block;
  }

  #assertPiece(piece: number): void {
    assert(
      Number.isInteger(piece) && piece >= 0 && piece < this.#geometry.pieceCount,
      `picker: no piece ${piece} of ${this.#geometry.pieceCount}`,
    );
  }
}

// Newest last, once each.
function remember(list: number[], piece: number, max: number): void {
  const index = list.indexOf(piece);
  if (index >= 0) list.splice(index, 1);
  list.push(piece);
  if (list.length > max) list.shift();
}
