/**
 * One piece of which some blocks are here or asked for. Each block is free, requested or received, and remembers who
 * it was asked of or came from. A requested block has one holder, or more when an idle peer duplicates it.
 * Objects are pooled: `piece` is -1 while one lies in the pool.
 */
import { Bitfield } from "@torrential/core";
import type { Millis } from "../ports/machine.ts";
import type { BlockStore } from "./block-store.ts";

export const FREE = 0;
export const REQUESTED = 1;
export const RECEIVED = 2;

/** Who may take blocks of a partial piece. The order is that of `PartialLists`; ALONE is in no list. */
export const SHARED = 0; // slow peers, together
export const ORPHAN = 1; // anyone: whoever worked on it gave a block back, or left
export const OWNED = 2; // a fast peer takes the whole of it; others only when nothing else is left
export const ALONE = 3; // a peer on parole, and nobody else

const NOBODY = -1;

/** The blocks of one partial piece. Counts are exact after each method. */
export class PartialPiece {
  piece = -1;
  blockCount = 0;
  freeCount = 0;
  receivedCount = 0;
  sharing: number = SHARED;
  /** The peer of an OWNED or ALONE piece, else -1. */
  ownerId: number = NOBODY;
  isVerifying = false;
  lastActivity: Millis = 0;
  /** Position among all partial pieces, and in the list named by `listKey` (-1: in none). */
  index = -1;
  listKey = -1;
  listIndex = -1;

  /** Its first place in the store. */
  readonly base: number;
  readonly #store: BlockStore;
  // Further holders, flat: block, id, since. Nearly always empty.
  readonly #extras: number[] = [];
  #firstFree = 0;

  constructor(store: BlockStore) {
    this.#store = store;
    this.base = store.take();
  }

  /** Pool -> in use, all blocks free. */
  begin(piece: number, blockCount: number): void {
    this.piece = piece;
    this.blockCount = blockCount;
    this.sharing = ORPHAN;
    this.ownerId = NOBODY;
    this.#clear();
  }

  /** In use -> pool. Peers may remember it: it has no blocks any more. */
  retire(): void {
    this.piece = -1;
    this.index = -1;
    this.ownerId = NOBODY;
    this.blockCount = 0;
    this.freeCount = 0;
    this.receivedCount = 0;
    this.isVerifying = false;
    this.#extras.length = 0;
  }

  /** All blocks free. */
  #clear(): void {
    const { base, blockCount } = this;
    const { states, holders } = this.#store;
    for (let place = base; place < base + blockCount; place++) {
      states[place] = FREE;
      holders[place] = NOBODY;
    }
    this.freeCount = this.blockCount;
    this.receivedCount = 0;
    this.isVerifying = false;
    this.#extras.length = 0;
    this.#firstFree = 0;
  }

  get requestedCount(): number {
    return this.blockCount - this.freeCount - this.receivedCount;
  }

  // hot
  stateOf(block: number): number {
    return this.#store.states[this.base + block] ?? FREE;
  }

  holderOf(block: number): number {
    return this.#store.holders[this.base + block] ?? NOBODY;
  }

  /** Reserves up to `count` free blocks, lowest first, and appends (piece, block) pairs to `out`. Gives how many. */
  // hot
  reserve(id: number, count: number, now: Millis, out: number[]): number {
    const wanted = Math.min(count, this.freeCount);
    const { piece, blockCount, base } = this;
    const { states, holders, since } = this.#store;
    let taken = 0;
    let block = this.#firstFree;
    for (; taken < wanted && block < blockCount; block++) {
      if (states[base + block] !== FREE) continue;
      states[base + block] = REQUESTED;
      holders[base + block] = id;
      since[base + block] = now;
      out.push(piece, block);
      taken++;
    }
    this.#firstFree = block;
    this.freeCount -= taken;
    this.lastActivity = now;
    return taken;
  }

  /** A second holder for a requested block. */
  addHolder(block: number, id: number, now: Millis): void {
    this.#extras.push(block, id, now);
    this.lastActivity = now;
  }

  isHolder(block: number, id: number): boolean {
    if (this.stateOf(block) !== REQUESTED) return false;
    return this.holderOf(block) === id || this.#extraIndex(block, id) >= 0;
  }

  /** Ids of the peers that a block is asked of. */
  holdersOf(block: number): readonly number[] {
    if (this.stateOf(block) !== REQUESTED) return [];
    const ids = [this.holderOf(block)];
    for (let i = 0; i < this.#extras.length; i += 3) {
      if (this.#extras[i] === block) ids.push(this.#extras[i + 1] ?? NOBODY);
    }
    return ids;
  }

  /** When a requested block was asked for. */
  sinceOf(block: number): Millis {
    return this.#store.since[this.base + block] ?? 0;
  }

  /** How many peers a block is asked of. */
  holderCount(block: number): number {
    if (this.stateOf(block) !== REQUESTED) return 0;
    let count = 1;
    for (let i = 0; i < this.#extras.length; i += 3) if (this.#extras[i] === block) count++;
    return count;
  }

  /** Ends one reservation; true when that made the block free. */
  removeHolder(block: number, id: number): boolean {
    const extra = this.#extraIndex(block, this.holderOf(block) === id ? NOBODY : id);
    if (extra < 0) {
      this.#free(block);
      return true;
    }
    if (this.holderOf(block) === id) {
      this.#store.holders[this.base + block] = this.#extras[extra + 1] ?? NOBODY;
      this.#store.since[this.base + block] = this.#extras[extra + 2] ?? 0;
    }
    this.#extras.splice(extra, 3);
    return false;
  }

  /** Appends to `ids` everyone a block is asked of but `exceptId`, and forgets them. */
  takeHolders(block: number, exceptId: number, ids: number[]): void {
    if (this.stateOf(block) !== REQUESTED) return;
    const first = this.holderOf(block);
    if (first !== exceptId) ids.push(first);
    for (let i = this.#extras.length - 3; i >= 0; i -= 3) {
      if (this.#extras[i] !== block) continue;
      const id = this.#extras[i + 1] ?? NOBODY;
      if (id !== exceptId) ids.push(id);
      this.#extras.splice(i, 3);
    }
  }

  /** Free or requested (its holders taken) -> received. `id` is the sender, -1 when unknown. */
  receive(block: number, id: number): void {
    if (this.stateOf(block) === FREE) this.freeCount--;
    this.#store.states[this.base + block] = RECEIVED;
    this.#store.holders[this.base + block] = id;
    this.receivedCount++;
  }

  /** Received -> free, for every block; reservations stay. */
  forgetReceived(): void {
    this.isVerifying = false;
    for (let block = 0; block < this.blockCount; block++) {
      if (this.stateOf(block) !== RECEIVED) continue;
      this.receivedCount--;
      this.#free(block);
    }
  }

  /** Received -> free, for these blocks. */
  forgetBlocks(blocks: readonly number[]): void {
    for (const block of blocks) {
      if (this.stateOf(block) !== RECEIVED) continue;
      this.isVerifying = false;
      this.receivedCount--;
      this.#free(block);
    }
  }

  /** Blocks that came from this peer. */
  blocksFrom(id: number): number[] {
    const blocks: number[] = [];
    for (let block = 0; block < this.blockCount; block++) {
      if (this.stateOf(block) === RECEIVED && this.holderOf(block) === id) blocks.push(block);
    }
    return blocks;
  }

  /** A copy of what arrived. */
  received(): Bitfield {
    const bits = new Bitfield(this.blockCount);
    for (let block = 0; block < this.blockCount; block++) if (this.stateOf(block) === RECEIVED) bits.set(block);
    return bits;
  }

  #free(block: number): void {
    this.#store.states[this.base + block] = FREE;
    this.#store.holders[this.base + block] = NOBODY;
    this.freeCount++;
    if (block < this.#firstFree) this.#firstFree = block;
  }

  // With `id` -1: any further holder of the block.
  #extraIndex(block: number, id: number): number {
    for (let i = 0; i < this.#extras.length; i += 3) {
      if (this.#extras[i] === block && (id === NOBODY || this.#extras[i + 1] === id)) return i;
    }
    return -1;
  }
}
