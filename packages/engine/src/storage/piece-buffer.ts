/** A piece in memory while its blocks arrive: the extents it fills and which of them are complete. */
import { BLOCK_LENGTH } from "@torrential/core";
import type { ExtentRef } from "../ports/disk.ts";
import { EXTENT_LENGTH_MAX_BYTES, type Extent, type Slab } from "./slab.ts";

export class PieceBuffer {
  readonly piece: number;
  readonly lengthBytes: number;
  readonly #extents: readonly Extent[];
  /** Blocks still missing in each extent. */
  readonly #missing: Uint16Array;
  /** Leading extents that are complete: what may be hashed ahead. */
  #filledExtents = 0;
  /** Leading extents that were given to the disk to hash. */
  hashedExtents = 0;

  private constructor(piece: number, lengthBytes: number, extents: readonly Extent[]) {
    this.piece = piece;
    this.lengthBytes = lengthBytes;
    this.#extents = extents;
    this.#missing = Uint16Array.from(extents, (extent) => Math.ceil(extent.ref.length / BLOCK_LENGTH));
  }

  /** Takes memory for a piece of `lengthBytes`, all of it or none: undefined when the slab's budget is used up. */
  static allocate(slab: Slab, piece: number, lengthBytes: number): PieceBuffer | undefined {
    if (!slab.hasRoom(lengthBytes)) return undefined;
    const extents: Extent[] = [];
    for (let at = 0; at < lengthBytes; at += EXTENT_LENGTH_MAX_BYTES) {
      const extent = slab.allocate(Math.min(EXTENT_LENGTH_MAX_BYTES, lengthBytes - at));
      if (extent === undefined) {
        for (const taken of extents) slab.release(taken);
        return undefined;
      }
      extents.push(extent);
    }
    return new PieceBuffer(piece, lengthBytes, extents);
  }

  get extentRefs(): readonly ExtentRef[] {
    return this.#extents.map((extent) => extent.ref);
  }

  get filledExtents(): number {
    return this.#filledExtents;
  }

  /** The extent in which `begin` lies, and where. A block never crosses extents: both are powers of two. */
  at(begin: number): { readonly bytes: Uint8Array; readonly offset: number } {
    const index = Math.floor(begin / EXTENT_LENGTH_MAX_BYTES);
    const extent = this.#extents[index];
    if (extent === undefined) throw new RangeError(`piece ${this.piece} has no byte ${begin}`);
    return { bytes: extent.bytes, offset: begin - index * EXTENT_LENGTH_MAX_BYTES };
  }

  /** Remembers that the block at `begin` is here for good. */
  fill(begin: number): void {
    const index = Math.floor(begin / EXTENT_LENGTH_MAX_BYTES);
    this.#missing[index] = (this.#missing[index] ?? 1) - 1;
    while (this.#missing[this.#filledExtents] === 0) this.#filledExtents += 1;
  }

  /** Copies a block that is here out of the slab. */
  copyBlock(begin: number, lengthBytes: number): Uint8Array {
    const { bytes, offset } = this.at(begin);
    return bytes.slice(offset, offset + lengthBytes);
  }

  release(slab: Slab): void {
    for (const extent of this.#extents) slab.release(extent);
  }
}
