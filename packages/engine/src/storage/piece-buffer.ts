/**
 * A piece in memory while its blocks arrive: the extents it fills, who writes into them, and which are complete.
 *
 * The budget is charged for the whole piece before anything of it is requested, but an extent gets its place only with
 * its first byte: pieces that are merely asked for keep none, so that the few that arrive share memory that is warm.
 */
import { BLOCK_LENGTH } from "@torrential/core";
import type { ExtentRef } from "../ports/disk.ts";
import { EXTENT_LENGTH_MAX_BYTES, type Extent, type Slab } from "./slab.ts";

export class PieceBuffer {
  readonly piece: number;
  readonly lengthBytes: number;
  /** By block: the connection that writes it now; 0 for none. */
  readonly writers: Float64Array;
  readonly #slab: Slab;
  readonly #extents: (Extent | undefined)[];
  /** Blocks still missing in each extent. */
  readonly #missing: Uint16Array;
  /** Leading extents that are complete: what may be hashed ahead. */
  #filledExtents = 0;
  /** Leading extents that were given to the disk to hash. */
  hashedExtents = 0;

  private constructor(slab: Slab, piece: number, lengthBytes: number) {
    this.#slab = slab;
    this.piece = piece;
    this.lengthBytes = lengthBytes;
    this.writers = new Float64Array(Math.ceil(lengthBytes / BLOCK_LENGTH));
    const lengths = lengthsOf(lengthBytes);
    this.#extents = lengths.map(() => undefined);
    this.#missing = Uint16Array.from(lengths, (length) => Math.ceil(length / BLOCK_LENGTH));
  }

  /** Takes memory for a piece of `lengthBytes`, all of it or none: undefined when the slab's budget is used up. */
  static allocate(slab: Slab, piece: number, lengthBytes: number): PieceBuffer | undefined {
    if (!slab.hasRoom(lengthBytes)) return undefined;
    const lengths = lengthsOf(lengthBytes);
    const refused = lengths.findIndex((length) => !slab.reserve(length));
    if (refused < 0) return new PieceBuffer(slab, piece, lengthBytes);
    for (const length of lengths.slice(0, refused)) slab.unreserve(length);
    return undefined;
  }

  get filledExtents(): number {
    return this.#filledExtents;
  }

  /** The extents from one index to before another. */
  extentRefs(from = 0, to: number = this.#extents.length): readonly ExtentRef[] {
    const refs: ExtentRef[] = [];
    for (let index = from; index < to; index++) refs.push((this.#extents[index] ?? this.#place(index)).ref);
    return refs;
  }

  /** The extent in which `begin` lies, and where. A block never crosses extents: both are powers of two. */
  // hot
  at(begin: number): { readonly bytes: Uint8Array; readonly offset: number } {
    const index = Math.floor(begin / EXTENT_LENGTH_MAX_BYTES);
    const extent = this.#extents[index] ?? this.#place(index);
    return { bytes: extent.bytes, offset: begin - index * EXTENT_LENGTH_MAX_BYTES };
  }

  /** Remembers that the block at `begin` is here for good. */
  fill(begin: number): void {
    const index = Math.floor(begin / EXTENT_LENGTH_MAX_BYTES);
    this.#missing[index] = (this.#missing[index] ?? 1) - 1;
    while (this.#missing[this.#filledExtents] === 0) this.#filledExtents += 1;
  }

  /** The block at `begin` is not here after all. What was hashed ahead of it is to be dropped. */
  unfill(begin: number): void {
    const index = Math.floor(begin / EXTENT_LENGTH_MAX_BYTES);
    this.#missing[index] = (this.#missing[index] ?? 0) + 1;
    this.#filledExtents = Math.min(this.#filledExtents, index);
  }

  /** Copies a block that is here out of the slab. */
  copyBlock(begin: number, lengthBytes: number): Uint8Array {
    const { bytes, offset } = this.at(begin);
    return bytes.slice(offset, offset + lengthBytes);
  }

  release(): void {
    this.#extents.forEach((extent, index) => {
      if (extent === undefined) this.#slab.unreserve(this.#lengthOf(index));
      else this.#slab.release(extent);
    });
  }

  #place(index: number): Extent {
    if (index >= this.#extents.length)
      throw new RangeError(`piece ${this.piece} has no byte ${index * EXTENT_LENGTH_MAX_BYTES}`);
    const extent = this.#slab.place(this.#lengthOf(index));
    this.#extents[index] = extent;
    return extent;
  }

  #lengthOf(index: number): number {
    return Math.min(EXTENT_LENGTH_MAX_BYTES, this.lengthBytes - index * EXTENT_LENGTH_MAX_BYTES);
  }
}

function lengthsOf(lengthBytes: number): number[] {
  const lengths: number[] = [];
  for (let at = 0; at < lengthBytes; at += EXTENT_LENGTH_MAX_BYTES)
    lengths.push(Math.min(EXTENT_LENGTH_MAX_BYTES, lengthBytes - at));
  return lengths;
}
