/**
 * Blocks asked of a second peer. In the end game (no free block left) an idle peer duplicates one block, so that the
 * slowest peer does not decide when we are done. At any time a peer with nothing else to do may steal blocks of peers ten
 * times slower, as many as it brings in a second. Whoever answers first ends the others' reservations.
 */
import { BLOCK_LENGTH } from "@torrential/core";
import type { Millis } from "../../ports/machine.ts";
import { ALONE, REQUESTED, type PartialPiece } from "../partial-piece.ts";
import type { PickerPeer } from "../peer.ts";
import type { PieceTable } from "../piece-table.ts";
import type { PickRequest } from "./request.ts";

const HOLDERS_MAX = 4; // a block that four peers sit on is not helped by a fifth like them; bounds the waste of a large swarm
const STEAL_RATIO = 10; // DESIGN 4: "may steal a block from one ten times slower"
const STEAL_PATIENCE_MS = 1000; // a holder keeps a block at least this long, and twice the thief's time for it
const STEAL_INTERVAL_MS = 250; // between two fruitless looks of one peer
const ALONE_PATIENCE_MS = 5000; // who works alone and brings nothing for so long is helped
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

  /** Reserves duplicates for a peer that has nothing else to do: what is worth stealing, or else one in the end game. */
  take(request: PickRequest): void {
    const { peer, now } = request;
    if (peer.parole || peer.snubbed) return;
    if (peer.rateBytesPerSec > 0 && now >= peer.stealAfter) {
      const before = request.left;
      this.#steal(request);
      if (request.left < before) return;
      peer.stealAfter = now + STEAL_INTERVAL_MS;
    }
    if (this.#table.freeBlocks > 0 || peer.outstanding > 0) return;
    this.#search(peer, now);
    const partial = this.#bestPartial;
    if (partial === undefined) return;
    this.#bestPartial = undefined;
    this.#reserve(request, partial, this.#bestBlock);
  }

  #steal(request: PickRequest): void {
    const { peer, now } = request;
    let rest = Math.max(1, Math.floor(peer.rateBytesPerSec / BLOCK_LENGTH)) - peer.outstanding;
    let looks = LOOKS_MAX;
    for (const slow of this.#peers.values()) {
      if (slow.outstanding === 0 || slow.rateBytesPerSec * STEAL_RATIO > peer.rateBytesPerSec) continue;
      for (const partial of slow.reservedIn) {
        if (rest <= 0 || request.left === 0 || looks <= 0) return;
        if (partial.requestedCount === 0 || !this.#mayHelp(peer, partial, now)) continue;
        looks -= partial.blockCount;
        rest -= this.#stealIn(partial, slow.id, rest, request);
      }
    }
  }

  /** Takes up to `max` blocks of one piece that `slowId` was asked for. Gives how many. */
  #stealIn(partial: PartialPiece, slowId: number, max: number, request: PickRequest): number {
    const { peer, now } = request;
    let taken = 0;
    for (let block = 0; block < partial.blockCount && taken < max && request.left > 0; block++) {
      if (!partial.isHolder(block, slowId) || partial.isHolder(block, peer.id)) continue;
      const heldMs = now - partial.sinceOf(block);
      if (!isWorthStealing(peer.rateBytesPerSec, this.#fastestHolder(partial, block), heldMs)) continue;
      this.#reserve(request, partial, block);
      taken += 1;
    }
    return taken;
  }

  #mayHelp(peer: PickerPeer, partial: PartialPiece, now: Millis): boolean {
    const isClosed = partial.sharing === ALONE || (this.#table.isGuarded && !peer.isProven);
    if (isClosed && now - partial.lastActivity < ALONE_PATIENCE_MS) return false;
    return this.#table.priorityOf(partial.piece) > 0 && peer.pieces.has(partial.piece);
  }

  #fastestHolder(partial: PartialPiece, block: number): number {
    let fastest = 0;
    for (const id of partial.holdersOf(block)) fastest = Math.max(fastest, this.#peers.get(id)?.rateBytesPerSec ?? 0);
    return fastest;
  }

  #reserve(request: PickRequest, partial: PartialPiece, block: number): void {
    partial.addHolder(block, request.peer.id, request.now);
    request.peer.noteReservation(partial, 1);
    request.out.push(partial.piece, block);
    request.left -= 1;
  }

  /** Pieces in which something is asked of others that this peer has, as many as one look may cost. */
  *#worthALook(peer: PickerPeer, now: Millis): Generator<PartialPiece> {
    const { partials } = this.#table;
    let looks = LOOKS_MAX;
    for (let step = 0; step < partials.length && looks > 0; step++) {
      const partial = partials[(this.#start + step) % partials.length];
      if (partial === undefined || partial.requestedCount === 0) continue;
      if (!this.#mayHelp(peer, partial, now)) continue;
      looks -= partial.blockCount;
      yield partial;
    }
    // When one look cannot cover all, the next begins elsewhere.
    if (looks <= 0) this.#start = (this.#start + 1) % partials.length;
  }

  #search(peer: PickerPeer, now: Millis): void {
    this.#bestPartial = undefined;
    for (const partial of this.#worthALook(peer, now)) this.#examine(partial, peer);
  }

  #examine(partial: PartialPiece, peer: PickerPeer): void {
    let holderId = -1;
    let rate = 0;
    for (let block = 0; block < partial.blockCount; block++) {
      if (partial.stateOf(block) !== REQUESTED) continue;
      if (partial.holderOf(block) !== holderId) {
        holderId = partial.holderOf(block);
        rate = this.#peers.get(holderId)?.rateBytesPerSec ?? 0;
      }
      const since = partial.sinceOf(block);
      const holders = partial.holderCount(block);
      if (holders >= HOLDERS_MAX || partial.isHolder(block, peer.id)) continue;
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
