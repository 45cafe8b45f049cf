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
    if (peer.witness < 0) peer.witness = piece;
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
    if (peer.witness === piece) this.#findWitness(peer);
  }

  /**
   * Whether it has a piece that we want and lack. O(1) amortised: one such piece is remembered, and the next one looked for
   * only when we no longer lack it.
   */
  // hot
  isInteresting(peer: PickerPeer): boolean {
    const { lacking, interestEpoch } = this.#table;
    if (peer.witness >= 0 && lacking.has(peer.witness)) return true;
    if (peer.pieces.isFull) return lacking.count > 0;
    if (peer.witness < 0 && peer.interestEpoch === interestEpoch) return false;
    this.#findWitness(peer);
    return peer.witness >= 0;
  }

  // From where the last one was: what lies before it was mostly looked at already.
  #findWitness(peer: PickerPeer): void {
    const { lacking, interestEpoch } = this.#table;
    const theirs = peer.pieces.bytes;
    const ours = lacking.bytes;
    let index = Math.max(0, peer.witness) >>> 3;
    peer.witness = -1;
    peer.interestEpoch = interestEpoch;
    for (let step = 0; step < theirs.length; step++) {
      const common = (theirs[index] ?? 0) & (ours[index] ?? 0);
      if (common !== 0) {
        peer.witness = index * 8 + Math.clz32(common) - 24;
        return;
      }
      index++;
      if (index === theirs.length) index = 0;
    }
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
    peer.witness = -1;
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
