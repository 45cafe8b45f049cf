/**
 * The books of the picker: for each piece whether we have it, want it, and what is asked for, and the sums of these.
 *
 * A piece we lack is closed (no partial piece: nothing of it is here or asked for) or has a PartialPiece. Closed and
 * wanted means listed for opening in `rarity` and `open`. Invariants are in invariants.ts.
 */
import { assert, Bitfield, type Geometry } from "@torrential/core";
import { BlockStore } from "./block-store.ts";
import { DeadlineQueue } from "./order/deadlines.ts";
import { PartialLists } from "./partial-lists.ts";
import { ALONE, ORPHAN, OWNED, PartialPiece } from "./partial-piece.ts";
import type { PickerPeer } from "./peer.ts";
import { RarityIndex } from "./rarity.ts";

const PRIORITY_NORMAL = 4;
const NONE = -1;
// Memory kept in pooled pieces; what comes back beyond it is left to the garbage collector, but for its blocks' places.
const POOL_BYTES_MAX = 4 << 20;
const PARTIAL_BYTES = 200; // an empty PartialPiece, roughly
const PARTIAL_BYTES_PER_BLOCK = 13;

/** State of all pieces of a torrent, and every transition between them. */
export class PieceTable {
  readonly geometry: Geometry;
  readonly have: Bitfield;
  /** Wanted and not had. */
  readonly lacking: Bitfield;
  /** Wanted, not had, not partial: what can be opened. */
  readonly open: Bitfield;
  readonly priorities: Uint8Array;
  readonly rarity: RarityIndex;
  readonly lists: PartialLists = new PartialLists();
  readonly deadlines: DeadlineQueue = new DeadlineQueue();
  readonly partials: PartialPiece[] = [];
  /** Blocks of wanted pieces that are neither here nor asked for. The end game is at 0. */
  freeBlocks = 0;
  /** Moves whenever a block may have become free for somebody: what was exhausted is worth another look. */
  epoch = 0;
  /** Moves when a closed piece is listed anew, so that collected candidates may miss the best. */
  listEpoch = 0;
  /** Moves when we come to lack a piece: peers without interest are worth another look. */
  interestEpoch = 0;
  /** Pieces were false of late: who is unproven works alone, so that a false piece names its sender. */
  isGuarded = false;
  readonly #partialAt: Int32Array;
  readonly #blocks: BlockStore;
  readonly #pool: PartialPiece[] = [];
  readonly #poolMax: number;

  constructor(geometry: Geometry, have: Bitfield) {
    const { pieceCount } = geometry;
    assert(have.length === pieceCount, `picker: ${have.length} bits for ${pieceCount} pieces`);
    this.geometry = geometry;
    this.have = have.clone();
    this.lacking = new Bitfield(pieceCount);
    this.open = new Bitfield(pieceCount);
    this.priorities = new Uint8Array(pieceCount).fill(PRIORITY_NORMAL);
    this.rarity = new RarityIndex(pieceCount);
    this.#poolMax = POOL_BYTES_MAX / (PARTIAL_BYTES + PARTIAL_BYTES_PER_BLOCK * geometry.blocksPerPiece);
    this.#blocks = new BlockStore(geometry.blocksPerPiece);
    this.#partialAt = new Int32Array(pieceCount).fill(NONE);
    for (let piece = have.nextClear(0); piece >= 0; piece = have.nextClear(piece + 1)) {
      this.lacking.set(piece);
      this.open.set(piece);
      this.freeBlocks += geometry.blocksIn(piece);
      this.rarity.listLater(piece, PRIORITY_NORMAL);
    }
  }

  partialOf(piece: number): PartialPiece | undefined {
    return this.partials[this.#partialAt[piece] ?? NONE];
  }

  priorityOf(piece: number): number {
    return this.priorities[piece] ?? 0;
  }

  /** Closed -> partial, all blocks free, in no list until it is shared or reserved from. */
  openPartial(piece: number): PartialPiece {
    const partial = this.#pool.pop() ?? new PartialPiece(this.#blocks);
    partial.begin(piece, this.geometry.blocksIn(piece));
    partial.index = this.partials.length;
    this.partials.push(partial);
    this.#partialAt[piece] = partial.index;
    this.open.clear(piece);
    this.rarity.unlist(piece);
    return partial;
  }

  /** Reserves up to `count` free blocks for `id`. Gives how many. */
  // hot
  reserve(partial: PartialPiece, id: number, count: number, now: number, out: number[]): number {
    const taken = partial.reserve(id, count, now, out);
    const priority = this.priorityOf(partial.piece);
    if (priority > 0) this.freeBlocks -= taken;
    if (partial.freeCount === 0 || partial.listKey < 0) this.place(partial);
    return taken;
  }

  /** Ends one reservation. A freed block makes the piece anyone's, and an empty piece is closed. */
  release(partial: PartialPiece, block: number, peer: PickerPeer): void {
    peer.outstanding--;
    if (!partial.removeHolder(block, peer.id)) return;
    if (this.priorityOf(partial.piece) > 0) this.freeBlocks++;
    this.orphan(partial);
    if (partial.freeCount === partial.blockCount) this.close(partial);
  }

  /** A free block, or a requested one without holders left, is here. */
  receive(partial: PartialPiece, block: number, senderId: number): void {
    const freeBefore = partial.freeCount;
    partial.receive(block, senderId);
    if (this.priorityOf(partial.piece) > 0) this.freeBlocks -= freeBefore - partial.freeCount;
    if (partial.receivedCount === partial.blockCount) partial.isVerifying = true;
    if (partial.freeCount === 0) this.place(partial);
  }

  /** Received blocks become free; the piece is closed when nothing is asked for either. */
  forgetReceived(partial: PartialPiece): void {
    const freeBefore = partial.freeCount;
    partial.forgetReceived();
    if (this.priorityOf(partial.piece) > 0) this.freeBlocks += partial.freeCount - freeBefore;
    this.orphan(partial);
    if (partial.freeCount === partial.blockCount) this.close(partial);
  }

  /** These received blocks become free; whoever works on the piece goes on. It is closed when nothing of it is left. */
  forgetBlocks(partial: PartialPiece, blocks: readonly number[]): void {
    const freeBefore = partial.freeCount;
    partial.forgetBlocks(blocks);
    if (this.priorityOf(partial.piece) > 0) this.freeBlocks += partial.freeCount - freeBefore;
    this.epoch++;
    if (partial.freeCount === partial.blockCount) this.close(partial);
    else this.place(partial);
  }

  /** Partial -> closed. Its reservations must be gone. */
  close(partial: PartialPiece): void {
    const { piece } = partial;
    assert(partial.requestedCount === 0, "picker: a piece was closed with blocks asked for");
    if (this.priorityOf(piece) > 0) this.freeBlocks += partial.blockCount - partial.freeCount;
    this.#removePartial(partial);
    this.#list(piece);
  }

  /** Closed or partial (without reservations) -> have. */
  setHave(piece: number): void {
    const partial = this.partialOf(piece);
    if (this.priorityOf(piece) > 0) this.freeBlocks -= partial?.freeCount ?? this.geometry.blocksIn(piece);
    if (partial === undefined) this.rarity.unlist(piece);
    else this.#removePartial(partial);
    this.open.clear(piece);
    this.lacking.clear(piece);
    this.have.set(piece);
    this.deadlines.set(piece, undefined, false);
  }

  /** Have -> closed. */
  loseHave(piece: number): void {
    this.have.clear(piece);
    if (this.priorityOf(piece) === 0) return;
    this.#lack(piece);
    this.freeBlocks += this.geometry.blocksIn(piece);
    this.#list(piece);
  }

  setPriority(piece: number, priority: number): void {
    const before = this.priorityOf(piece);
    if (before === priority) return;
    this.priorities[piece] = priority;
    if (this.have.has(piece)) return;
    const partial = this.partialOf(piece);
    if (before === 0 || priority === 0) {
      const free = partial?.freeCount ?? this.geometry.blocksIn(piece);
      this.freeBlocks += priority === 0 ? -free : free;
      if (priority === 0) this.lacking.clear(piece);
      else this.#lack(piece);
    }
    if (partial === undefined) {
      this.rarity.unlist(piece);
      this.open.clear(piece);
      this.#list(piece);
    } else {
      this.place(partial);
      this.epoch++;
    }
  }

  /** Whether a piece is wanted and has blocks left to ask for. */
  hasFree(piece: number): boolean {
    if (!this.lacking.has(piece)) return false;
    const partial = this.partialOf(piece);
    return partial === undefined || partial.freeCount > 0;
  }

  /** Lets anyone work on a partial piece. */
  orphan(partial: PartialPiece): void {
    partial.sharing = ORPHAN;
    partial.ownerId = NONE;
    this.epoch++;
    this.place(partial);
  }

  /** Gives a partial piece its sharing; OWNED and ALONE belong to `ownerId`. */
  share(partial: PartialPiece, sharing: number, ownerId: number): void {
    partial.sharing = sharing;
    partial.ownerId = sharing === OWNED || sharing === ALONE ? ownerId : NONE;
    this.place(partial);
  }

  /** Puts a partial piece into the list and the line of deadlines where it belongs now. */
  place(partial: PartialPiece): void {
    const priority = this.priorityOf(partial.piece);
    this.lists.place(partial, priority);
    this.deadlines.place(partial.piece, priority > 0 && partial.freeCount > 0);
  }

  #lack(piece: number): void {
    this.lacking.set(piece);
    this.interestEpoch++;
  }

  #removePartial(partial: PartialPiece): void {
    const { piece, index } = partial;
    this.lists.remove(partial);
    const last = this.partials.pop();
    if (last !== undefined && last !== partial) {
      this.partials[index] = last;
      last.index = index;
      this.#partialAt[last.piece] = index;
    }
    this.#partialAt[piece] = NONE;
    partial.retire();
    if (this.#pool.length < this.#poolMax) this.#pool.push(partial);
    else this.#blocks.give(partial.base);
  }

  // A piece we lack and that is not partial becomes a candidate, if it is wanted.
  #list(piece: number): void {
    const priority = this.priorityOf(piece);
    this.deadlines.place(piece, priority > 0);
    if (priority === 0) return;
    this.open.set(piece);
    this.rarity.list(piece, priority);
    this.epoch++;
    this.listEpoch++;
  }
}
