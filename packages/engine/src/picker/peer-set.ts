/** The connected peers: what they have, and which of them have something for us. */
import type { Bitfield } from "@torrential/core";
import { assert } from "@torrential/core";
import { PickerPeer, type PeerOwner } from "./peer.ts";
import type { PieceTable } from "./piece-table.ts";

const ID_MAX = 2 ** 31 - 1;
const SHELF_MAX = 256; // beyond it a fresh sweep is cheaper than a shelf kept by hand

/** Peers by id, with availability and interest kept as they come, learn and go. */
export class PeerSet {
  readonly byId: Map<number, PickerPeer> = new Map();
  readonly #table: PieceTable;
  readonly #owner: PeerOwner;

  constructor(table: PieceTable, owner: PeerOwner) {
    this.#table = table;
    this.#owner = owner;
  }

  add(id: number): PickerPeer {
    assert(Number.isInteger(id) && id >= 0 && id <= ID_MAX, `picker: peer id ${id} is not below 2^31`);
    assert(!this.byId.has(id), `picker: peer ${id} is here already`);
    const peer = new PickerPeer(id, this.#table.geometry.pieceCount, this.#owner);
    this.byId.set(id, peer);
    return peer;
  }

  /** Its reservations must be gone. */
  remove(peer: PickerPeer): void {
    this.#countOut(peer);
    this.byId.delete(peer.id);
  }

  /** Replaces what a peer has. The caller's bits are copied. */
  replace(peer: PickerPeer, bits: Bitfield): void {
    assert(bits.length === peer.pieces.length, `picker: ${bits.length} bits for ${peer.pieces.length} pieces`);
    this.#countOut(peer);
    peer.pieces = bits.clone();
    this.#countIn(peer);
  }

  // hot
  handleHave(peer: PickerPeer, piece: number): void {
    if (!peer.pieces.set(piece)) return;
    const table = this.#table;
    table.rarity.increment(piece);
    if (!table.lacking.has(piece)) return;
    if (peer.interestEpoch === table.interestEpoch) peer.interestCount++;
    if (peer.exhaustedEpoch === table.epoch || peer.completeEpoch === table.epoch) this.#offer(peer, piece);
  }

  handleDontHave(peer: PickerPeer, piece: number): void {
    const table = this.#table;
    if (peer.countsAsSeed) {
      this.#countOut(peer);
      peer.pieces.clear(piece);
      this.#countIn(peer);
      return;
    }
    if (!peer.pieces.clear(piece)) return;
    table.rarity.decrement(piece);
    if (peer.interestEpoch === table.interestEpoch && table.lacking.has(piece)) peer.interestCount--;
  }

  /** Adds `step` to the interest of everyone who has the piece. Call it when `lacking` changed by this piece alone. */
  noteLacking(piece: number, step: 1 | -1): void {
    const { interestEpoch } = this.#table;
    for (const peer of this.byId.values()) {
      if (peer.interestEpoch === interestEpoch && peer.pieces.has(piece)) peer.interestCount += step;
    }
  }

  /** Pieces it has that we want and lack. O(1), but for one count after the wishes changed. */
  interestOf(peer: PickerPeer): number {
    const table = this.#table;
    if (peer.pieces.isFull) return table.lacking.count;
    if (peer.interestEpoch !== table.interestEpoch) {
      peer.interestEpoch = table.interestEpoch;
      peer.interestCount = countCommon(peer.pieces.bytes, table.lacking.bytes);
    }
    return peer.interestCount;
  }

  // A peer that had nothing left got something: remember just that, if it is a closed piece.
  #offer(peer: PickerPeer, piece: number): void {
    const isClosed = (this.#table.rarity.layerOf[piece] ?? 0) > 0;
    if (!isClosed || peer.shelf.length >= SHELF_MAX) {
      peer.lookAgain();
      return;
    }
    peer.shelf.push(piece);
    peer.exhaustedEpoch = -1;
  }

  #countIn(peer: PickerPeer): void {
    const { rarity } = this.#table;
    peer.countsAsSeed = peer.pieces.isFull && peer.pieces.length > 0;
    if (peer.countsAsSeed) rarity.seeds++;
    else rarity.count(peer.pieces.bytes, peer.pieces.count, "in");
    peer.interestEpoch = -1;
    peer.shelf.length = 0;
    peer.lookAgain();
  }

  #countOut(peer: PickerPeer): void {
    const { rarity } = this.#table;
    if (peer.countsAsSeed) rarity.seeds--;
    else rarity.count(peer.pieces.bytes, peer.pieces.count, "out");
    peer.countsAsSeed = false;
  }
}

const ONES = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0;
  for (let bits = byte; bits !== 0; bits &= bits - 1) count++;
  return count;
});

function countCommon(left: Uint8Array, right: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < left.length; i++) count += ONES[(left[i] ?? 0) & (right[i] ?? 0)] ?? 0;
  return count;
}
