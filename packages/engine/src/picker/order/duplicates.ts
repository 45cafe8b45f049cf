/**
 * Blocks asked of a second peer. In the end game (no free block left) an idle peer duplicates one block, so that the
 * slowest peer does not decide when we are done. Before that, an idle peer with nothing else to do may duplicate a
 * block of a peer ten times slower. Whoever answers first ends the other's reservation.
 */
import { BLOCK_LENGTH } from "@torrential/core";
import type { Millis } from "../../ports/machine.ts";
import { ALONE, REQUESTED, type PartialPiece } from "../partial-piece.ts";
import type { PickerPeer } from "../peer.ts";
import type { PieceTable } from "../piece-table.ts";
import type { PickRequest } from "./request.ts";

const HOLDERS_MAX = 4; // a block that four peers sit on is not helped by a fifth; bounds the waste of a large swarm
const STEAL_RATIO = 10; // DESIGN 4: "may steal a block from one ten times slower"
const STEAL_PATIENCE_MS = 1000; // a holder keeps a block at least this long, and twice the thief's time for it
const STEAL_INTERVAL_MS = 250; // between two fruitless looks of one peer
const LOOKS_MAX = 4096; // blocks examined in one look

/** Finds and reserves duplicates. */
export class Duplicates {
  readonly #table: PieceTable;
  readonly #peers: ReadonlyMap<number, PickerPeer>;
  #start = 0;
  #bestPartial: PartialPiece | undefined;
  #bestBlock = 0;
  #bestHolders = 0;
  #bestRate = 0;
  #bestSince = 0;

  constructor(table: PieceTable, peers: ReadonlyMap<number, PickerPeer>) {
    this.#table = table;
    this.#peers = peers;
  }

  /** Reserves one duplicate for an idle peer, if there is a block worth it. */
  take(request: PickRequest): boolean {
    const { peer, now, out } = request;
    if (peer.parole || peer.snubbed) return false;
    const isEndGame = this.#table.freeBlocks === 0;
    if (!isEndGame && (peer.rateBytesPerSec === 0 || now < peer.stealAfter)) return false;
    this.#search(peer, now, isEndGame);
    const partial = this.#bestPartial;
    if (partial === undefined) {
      peer.stealAfter = now + STEAL_INTERVAL_MS;
      return false;
    }
    this.#bestPartial = undefined;
    partial.addHolder(this.#bestBlock, peer.id, now);
    peer.noteReservation(partial, 1);
    out.push(partial.piece, this.#bestBlock);
    return true;
  }

  #search(peer: PickerPeer, now: Millis, isEndGame: boolean): void {
    const { partials } = this.#table;
    this.#bestPartial = undefined;
    let looks = LOOKS_MAX;
    for (let step = 0; step < partials.length && looks > 0; step++) {
      const partial = partials[(this.#start + step) % partials.length];
      if (partial === undefined || partial.requestedCount === 0 || partial.sharing === ALONE) continue;
      if (this.#table.priorityOf(partial.piece) === 0 || !peer.pieces.has(partial.piece)) continue;
      looks -= partial.blockCount;
      this.#examine(partial, peer, now, isEndGame);
    }
    // When one look cannot cover all, the next begins elsewhere.
    if (looks <= 0) this.#start = (this.#start + 1) % partials.length;
  }

  #examine(partial: PartialPiece, peer: PickerPeer, now: Millis, isEndGame: boolean): void {
    let holderId = -1;
    let rate = 0;
    for (let block = 0; block < partial.blockCount; block++) {
      if (partial.states[block] !== REQUESTED) continue;
      if (partial.holderOf(block) !== holderId) {
        holderId = partial.holderOf(block);
        rate = this.#peers.get(holderId)?.rateBytesPerSec ?? 0;
      }
      const since = partial.since[block] ?? 0;
      const holders = partial.holderCount(block);
      if (holders >= HOLDERS_MAX || partial.isHolder(block, peer.id)) continue;
      if (!isEndGame && (holders > 1 || !isWorthStealing(peer.rateBytesPerSec, rate, now - since))) continue;
      if (this.#isBetter(holders, rate, since)) this.#keep(partial, block, holders, rate, since);
    }
  }

  // Fewest holders, then the slowest, then the one that has had it longest.
  #isBetter(holders: number, rate: number, since: Millis): boolean {
    if (this.#bestPartial === undefined) return true;
    if (holders !== this.#bestHolders) return holders < this.#bestHolders;
    if (rate !== this.#bestRate) return rate < this.#bestRate;
    return since < this.#bestSince;
  }

  #keep(partial: PartialPiece, block: number, holders: number, rate: number, since: Millis): void {
    this.#bestPartial = partial;
    this.#bestBlock = block;
    this.#bestHolders = holders;
    this.#bestRate = rate;
    this.#bestSince = since;
  }
}

function isWorthStealing(thiefRate: number, holderRate: number, heldMs: Millis): boolean {
  if (holderRate * STEAL_RATIO > thiefRate) return false;
  return heldMs >= STEAL_PATIENCE_MS + (2 * BLOCK_LENGTH * 1000) / thiefRate;
}
