/**
 * Payload memory: shared segments cut into power-of-two extents by a buddy allocator, reference-counted, under one
 * budget. Engine, sockets and disk threads see the same bytes; only numbers cross between them.
 *
 * Segments are made on demand and a new one only when no older has a hole, so a slow download touches little memory.
 */
import { BLOCK_LENGTH } from "@torrential/core";
import type { Outlet } from "../outbox.ts";
import type { ExtentRef } from "../ports/disk.ts";

/** Large enough that a gigabyte a second needs few of them, small enough that an idle client holds little. */
export const SEGMENT_LENGTH_BYTES: number = 16 * 1024 * 1024;

/** The longest contiguous run; longer pieces take several extents, so that a big piece needs no big hole. */
export const EXTENT_LENGTH_MAX_BYTES: number = 1024 * 1024;

/** A run of slab memory with holders. Made by `Slab.allocate` with one holder. */
export interface Extent {
  readonly ref: ExtentRef;
  /** A view of the whole run. */
  readonly bytes: Uint8Array;
}

interface HeldExtent extends Extent {
  holders: number;
  readonly order: number;
}

/** A segment was made: the disk threads must know it before the next job. Indexes count up from 0. */
export interface NewSegment {
  readonly type: "slab";
  readonly segment: number;
  readonly buffer: SharedArrayBuffer;
}

export interface SlabOptions {
  readonly budgetBytes: number;
  readonly segmentBytes?: number;
}

export class Slab {
  readonly #out: Outlet<NewSegment>;
  readonly #segmentBytes: number;
  #budgetBytes: number;
  readonly #segments: Segment[] = [];
  #usedBytes = 0;

  constructor(options: SlabOptions, out: Outlet<NewSegment>) {
    this.#out = out;
    this.#segmentBytes = options.segmentBytes ?? SEGMENT_LENGTH_BYTES;
    this.#budgetBytes = Math.max(this.#segmentBytes, options.budgetBytes);
  }

  get budgetBytes(): number {
    return this.#budgetBytes;
  }

  /** Raises the budget: a torrent whose pieces are larger than usual needs room for a few of them. */
  ensureBudget(bytes: number): void {
    this.#budgetBytes = Math.max(this.#budgetBytes, bytes);
  }

  /** Bytes in extents that somebody holds or has reserved, rounded up to what the allocator gives. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Whether `lengthBytes` more would stay within the budget. */
  hasRoom(lengthBytes: number): boolean {
    return this.#usedBytes + roundUp(lengthBytes) <= this.#budgetBytes;
  }

  /** An extent of exactly `lengthBytes` (1 to 1 MiB) usable bytes, or undefined when the budget is used up. */
  allocate(lengthBytes: number): Extent | undefined {
    return this.reserve(lengthBytes) ? this.place(lengthBytes) : undefined;
  }

  /** Sets `lengthBytes` (1 to 1 MiB) of the budget aside for a `place` to come; false when it is used up. */
  reserve(lengthBytes: number): boolean {
    if (!this.hasRoom(lengthBytes)) return false;
    this.#usedBytes += roundUp(lengthBytes);
    return true;
  }

  /** Gives back a reservation that was not placed. */
  unreserve(lengthBytes: number): void {
    this.#usedBytes -= roundUp(lengthBytes);
  }

  /** The extent for which `lengthBytes` were reserved. */
  place(lengthBytes: number): Extent {
    const order = orderOf(lengthBytes);
    for (const segment of this.#segments) {
      const offset = segment.take(order);
      if (offset !== undefined) return hold(segment, offset, lengthBytes, order);
    }
    const segment = new Segment(this.#segments.length, this.#segmentBytes);
    this.#segments.push(segment);
    this.#out.push({ type: "slab", segment: segment.index, buffer: segment.buffer });
    const offset = segment.take(order);
    if (offset === undefined) throw new RangeError(`no segment of ${this.#segmentBytes} bytes holds ${lengthBytes}`);
    return hold(segment, offset, lengthBytes, order);
  }

  /** Adds a holder. */
  retain(extent: Extent): void {
    (extent as HeldExtent).holders += 1;
  }

  /** Takes a holder away; the last one frees the run. */
  release(extent: Extent): void {
    const held = extent as HeldExtent;
    if (held.holders <= 0) throw new Error(`extent at ${held.ref.segment}:${held.ref.offset} was released twice`);
    held.holders -= 1;
    if (held.holders > 0) return;
    this.#usedBytes -= BLOCK_LENGTH << held.order;
    this.#segments[held.ref.segment]?.give(held.ref.offset, held.order);
  }
}

/**
 * One shared buffer under a buddy allocator: order 0 is a block of 16 KiB, each order twice the one below.
 * What was freed last is given out first, since its bytes are likely still in a cache.
 */
class Segment {
  readonly index: number;
  readonly buffer: SharedArrayBuffer;
  readonly #levels: FreeList[] = [];

  constructor(index: number, lengthBytes: number) {
    this.index = index;
    this.buffer = new SharedArrayBuffer(lengthBytes);
    const top = orderOf(lengthBytes);
    for (let order = 0; order <= top; order++) this.#levels.push(new FreeList((lengthBytes >>> 14) >>> order));
    this.#levels[top]?.add(0);
  }

  take(order: number): number | undefined {
    let from = order;
    while (from < this.#levels.length && this.#levels[from]?.size === 0) from += 1;
    let slot = this.#levels[from]?.take();
    if (slot === undefined) return undefined;
    for (let level = from - 1; level >= order; level--) {
      slot *= 2;
      this.#levels[level]?.add(slot + 1);
    }
    return slot * (BLOCK_LENGTH << order);
  }

  give(offset: number, order: number): void {
    let slot = offset / (BLOCK_LENGTH << order);
    let level = order;
    while (level + 1 < this.#levels.length && this.#levels[level]?.remove(slot ^ 1) === true) {
      slot >>>= 1;
      level += 1;
    }
    this.#levels[level]?.add(slot);
  }
}

/** The free slots of one order: a stack with a membership mark, so that a buddy leaves it in O(1). */
class FreeList {
  size = 0;
  readonly #isFree: Uint8Array;
  #stack: number[] = [];

  constructor(slots: number) {
    this.#isFree = new Uint8Array(Math.max(1, slots));
  }

  add(slot: number): void {
    // Removed slots leave stale entries behind; forget them before they pile up.
    if (this.#stack.length > 4 * this.#isFree.length)
      this.#stack = this.#stack.filter((each) => this.#isFree[each] === 1);
    this.#isFree[slot] = 1;
    this.#stack.push(slot);
    this.size += 1;
  }

  remove(slot: number): boolean {
    if (this.#isFree[slot] !== 1) return false;
    this.#isFree[slot] = 0;
    this.size -= 1;
    return true;
  }

  take(): number | undefined {
    for (;;) {
      const slot = this.#stack.pop();
      if (slot === undefined || this.remove(slot)) return slot;
    }
  }
}

function hold(segment: Segment, offset: number, length: number, order: number): HeldExtent {
  return {
    ref: { segment: segment.index, offset, length },
    bytes: new Uint8Array(segment.buffer, offset, length),
    holders: 1,
    order,
  };
}

function roundUp(lengthBytes: number): number {
  return BLOCK_LENGTH << orderOf(lengthBytes);
}

function orderOf(lengthBytes: number): number {
  return lengthBytes <= BLOCK_LENGTH ? 0 : 32 - Math.clz32(Math.ceil(lengthBytes / BLOCK_LENGTH) - 1);
}
