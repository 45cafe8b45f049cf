/** SHA-1 of pieces that arrive in parts, and keyed digests of blocks that tell who sent what. */
import { BLOCK_LENGTH, copyBytes, createSha1, toHex, type IncrementalHash } from "@torrential/core";

/**
 * SHA-1 waits for memory byte by byte, a copy does not: what another core has just written is hashed in half the time
 * when it is first copied, so much at once, to where this core has it at hand. 16 KiB to 256 KiB do equally well.
 */
const STAGE_BYTES = 64 * 1024;

interface Ahead {
  readonly state: IncrementalHash;
  readonly extents: number;
}

/** What was hashed of pieces ahead of their commit. */
export class PieceHasher {
  readonly #ahead = new Map<string, Ahead>();
  readonly #stage = new Uint8Array(STAGE_BYTES);

  /** Pieces with a kept state. */
  get size(): number {
    return this.#ahead.size;
  }

  /** Hashes the next extents of the piece and keeps the state. */
  feed(store: number, piece: number, extents: readonly Uint8Array[]): void {
    const key = `${store}/${piece}`;
    const kept = this.#ahead.get(key);
    const state = kept?.state ?? createSha1();
    for (const extent of extents) this.#update(state, extent);
    this.#ahead.set(key, { state, extents: (kept?.extents ?? 0) + extents.length });
  }

  drop(store: number, piece: number): void {
    this.#ahead.delete(`${store}/${piece}`);
  }

  dropStore(store: number): void {
    for (const key of this.#ahead.keys()) if (key.startsWith(`${store}/`)) this.#ahead.delete(key);
  }

  /**
   * SHA-1 of the whole piece; forgets the kept state. `hashedExtents` leading extents are taken as fed already, unless
   * that is not what was kept: then all of them are hashed.
   */
  // hot
  finish(store: number, piece: number, extents: readonly Uint8Array[], hashedExtents: number): Uint8Array {
    const kept = this.#ahead.size > 0 ? this.#ahead.get(`${store}/${piece}`) : undefined;
    if (kept !== undefined) this.drop(store, piece);
    const isWarm = kept !== undefined && kept.extents === hashedExtents;
    const state = isWarm ? kept.state : createSha1();
    for (let index = isWarm ? hashedExtents : 0; index < extents.length; index++) {
      const extent = extents[index];
      if (extent !== undefined) this.#update(state, extent);
    }
    return state.digest();
  }

  // hot
  #update(state: IncrementalHash, extent: Uint8Array): void {
    for (let offset = 0; offset < extent.length; offset += STAGE_BYTES) {
      const end = Math.min(offset + STAGE_BYTES, extent.length);
      copyBytes(this.#stage, 0, extent, offset, end);
      state.update(this.#stage.subarray(0, end - offset));
    }
  }
}

/**
 * A 64-bit digest (16 hex digits) of each 16 KiB block of the bytes in `buffers`. The key is secret, so that nobody can
 * send two blocks with one digest; only digests made with one key compare.
 */
export function digestBlocks(key: Uint8Array, buffers: readonly Uint8Array[]): string[] {
  const digests: string[] = [];
  let state = createKeyed(key);
  let room = BLOCK_LENGTH;
  for (const buffer of buffers) {
    for (let offset = 0; offset < buffer.length;) {
      const count = Math.min(room, buffer.length - offset);
      state.update(buffer.subarray(offset, offset + count));
      offset += count;
      room -= count;
      if (room > 0) continue;
      digests.push(toHex(state.digest()).slice(0, 16));
      state = createKeyed(key);
      room = BLOCK_LENGTH;
    }
  }
  if (room < BLOCK_LENGTH) digests.push(toHex(state.digest()).slice(0, 16));
  return digests;
}

function createKeyed(key: Uint8Array): IncrementalHash {
  const state = createSha1();
  state.update(key);
  return state;
}
