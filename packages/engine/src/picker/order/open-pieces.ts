/**
 * Which closed piece a peer should open next, within one priority.
 *
 * Buckets are tried from the rarest up, from a random place in each. That finds a piece at once unless the peer lacks
 * nearly all that is rare; then, after PROBES_MAX looks, the pieces it could open are collected in one sweep over its
 * bitfield, and the best of them kept on its shelf for the next times. So a pick costs O(1) amortised for every peer.
 */
import type { Millis, Random } from "../../ports/machine.ts";
import type { Buckets } from "../buckets.ts";
import type { PickerPeer } from "../peer.ts";
import type { PieceTable } from "../piece-table.ts";

const NONE = -1;
const UNKNOWN = -2;
const PROBES_MAX = 64; // bench/picker.ts: as dear as a fiftieth of a sweep over 100,000 pieces
const SHELF_LENGTH = 128;
const SHELF_LIFE_MS = 10_000; // how stale the rarity of a shelved piece may be
const RANDOM_FIRST_PIECES = 4; // libtorrent's initial_picker_threshold: something to trade, fast
const EXPAND_BYTES = 1 << 20; // small pieces are taken in aligned runs of this: fewer, longer writes

/** Chooses closed pieces. Holds no state but scratch memory and the order. */
export class OpenPieces {
  order: "rarest-first" | "sequential" = "rarest-first";
  readonly #table: PieceTable;
  readonly #random: Random;
  readonly #found: Int32Array;

  constructor(table: PieceTable, random: Random) {
    this.#table = table;
    this.#random = random;
    this.#found = new Int32Array(table.geometry.pieceCount);
  }

  /** A closed piece of this priority that the peer has, or -1 when there is none. */
  next(peer: PickerPeer, priority: number, now: Millis): number {
    const { rarity } = this.#table;
    if (rarity.layerCounts[priority] === 0) return NONE;
    const piece = this.#choose(peer, priority, now);
    if (piece < 0 || peer.suggested.length === 0 || this.order === "sequential") return piece;
    const suggested = this.#suggested(peer, priority, rarity.availability[piece] ?? 0);
    if (suggested < 0 || suggested === piece) return piece;
    this.#putBack(peer, piece);
    return suggested;
  }

  #choose(peer: PickerPeer, priority: number, now: Millis): number {
    const { rarity } = this.#table;
    if (peer.completeEpoch === this.#table.epoch) return this.#fromCompleteShelf(peer, priority);
    if (this.order === "sequential") return this.#fromShelf(peer, priority, now);
    const layer = rarity.layer(priority);
    const piece = this.#probe(peer, layer, priority);
    return piece === UNKNOWN ? this.#fromShelf(peer, priority, now) : piece;
  }

  /** The piece after `piece`, when a peer that takes whole pieces does well to go on there; else -1. */
  expand(peer: PickerPeer, piece: number, priority: number): number {
    const { pieceLength } = this.#table.geometry;
    const next = piece + 1;
    if (pieceLength * 2 > EXPAND_BYTES || next % Math.floor(EXPAND_BYTES / pieceLength) === 0) return NONE;
    const { layerOf, availability } = this.#table.rarity;
    if (layerOf[next] !== priority || !peer.pieces.has(next)) return NONE;
    const isNoCommoner = (availability[next] ?? 0) <= (availability[piece] ?? 0) * 1.25 + 1;
    return isNoCommoner ? next : NONE;
  }

  // What was chosen, and not taken after all, is as good the next time.
  #putBack(peer: PickerPeer, piece: number): void {
    if (peer.completeEpoch !== this.#table.epoch && peer.shelfEpoch === this.#table.listEpoch) peer.shelf.push(piece);
  }

  // The peer has these in memory (BEP 6). Only among equals: if all followed a seed's cache rather than rarity, they would
  // soon have the same pieces and nothing to trade.
  #suggested(peer: PickerPeer, priority: number, availabilityMax: number): number {
    const { suggested } = peer;
    const { layerOf, availability } = this.#table.rarity;
    for (let i = suggested.length - 1; i >= 0; i--) {
      const piece = suggested[i] ?? 0;
      if (this.#table.have.has(piece)) suggested.splice(i, 1);
      else if (layerOf[piece] !== priority || !peer.pieces.has(piece)) continue;
      else if ((availability[piece] ?? 0) <= availabilityMax) return piece;
    }
    return NONE;
  }

  // hot
  #probe(peer: PickerPeer, layer: Buckets, priority: number): number {
    // What only seeds have is at level 0: nothing for others there.
    const lowest = peer.countsAsSeed ? 0 : 1;
    if (peer.snubbed) return this.#probeDown(peer, layer, lowest);
    if (this.#table.have.count < RANDOM_FIRST_PIECES) return this.#probeAnywhere(peer, layer, priority);
    let budget = PROBES_MAX;
    for (let level = layer.levelFrom(lowest); level >= 0; level = layer.levelFrom(level + 1)) {
      const piece = this.#probeLevel(peer, layer, level, budget);
      if (piece >= 0) return piece;
      budget -= layer.counts[level] ?? 0;
      if (budget <= 0) return UNKNOWN;
    }
    return NONE;
  }

  #probeDown(peer: PickerPeer, layer: Buckets, lowest: number): number {
    let budget = PROBES_MAX;
    for (let level = layer.levelDownFrom(layer.topLevel); level >= lowest; level = layer.levelDownFrom(level - 1)) {
      const piece = this.#probeLevel(peer, layer, level, budget);
      if (piece >= 0) return piece;
      budget -= layer.counts[level] ?? 0;
      if (budget <= 0) return UNKNOWN;
    }
    return NONE;
  }

  // Draws from all levels alike. A peer that has little of it goes on as if for rarity.
  #probeAnywhere(peer: PickerPeer, layer: Buckets, priority: number): number {
    const total = this.#table.rarity.layerCounts[priority] ?? 0;
    for (let tries = 0; tries < PROBES_MAX; tries++) {
      let rest = Math.floor(this.#random() * total);
      let level = layer.levelFrom(0);
      while (rest >= (layer.counts[level] ?? 0)) {
        rest -= layer.counts[level] ?? 0;
        level = layer.levelFrom(level + 1);
      }
      const piece = layer.items[level]?.[rest] ?? NONE;
      if (peer.pieces.has(piece)) return piece;
    }
    return UNKNOWN;
  }

  // hot
  #probeLevel(peer: PickerPeer, layer: Buckets, level: number, budget: number): number {
    const items = layer.items[level];
    const count = layer.counts[level] ?? 0;
    if (items === undefined || count === 0) return NONE;
    const { bytes } = peer.pieces;
    let index = Math.floor(this.#random() * count);
    for (let looks = Math.min(count, budget); looks > 0; looks--) {
      const piece = items[index] ?? 0;
      if (((bytes[piece >>> 3] ?? 0) & (0x80 >>> (piece & 7))) !== 0) return piece;
      index++;
      if (index === count) index = 0;
    }
    return NONE;
  }

  #fromShelf(peer: PickerPeer, priority: number, now: Millis): number {
    const table = this.#table;
    if (peer.shelfEpoch !== table.listEpoch || now >= peer.shelfUntil) peer.shelf.length = 0;
    for (let isFresh = false; ; isFresh = true) {
      for (let piece = peer.shelf.pop(); piece !== undefined; piece = peer.shelf.pop()) {
        if (table.rarity.layerOf[piece] === priority && peer.pieces.has(piece)) return piece;
      }
      if (isFresh) return NONE;
      this.#fillShelf(peer, priority);
      peer.shelfEpoch = table.listEpoch;
      peer.shelfUntil = now + SHELF_LIFE_MS;
    }
  }

  // All that this peer could open came by HAVE since it had nothing left: no need to look elsewhere.
  #fromCompleteShelf(peer: PickerPeer, priority: number): number {
    const { layerOf, availability } = this.#table.rarity;
    const { shelf } = peer;
    let best = NONE;
    let bestKey = Infinity;
    for (let i = shelf.length - 1; i >= 0; i--) {
      const piece = shelf[i] ?? 0;
      const layer = layerOf[piece] ?? 0;
      if (layer === 0) shelf.splice(i, 1);
      if (layer !== priority || !peer.pieces.has(piece)) continue;
      const key = this.order === "sequential" ? piece : (availability[piece] ?? 0);
      if (key < bestKey) {
        best = piece;
        bestKey = key;
      }
    }
    return best;
  }

  #fillShelf(peer: PickerPeer, priority: number): void {
    if (this.order === "sequential") {
      const count = this.#sweep(peer, priority, SHELF_LENGTH, 0);
      for (let i = count - 1; i >= 0; i--) peer.shelf.push(this.#found[i] ?? 0);
      return;
    }
    const start = Math.floor(this.#random() * peer.pieces.bytes.length);
    const count = this.#sweep(peer, priority, this.#found.length, start);
    this.#shelveRarest(peer, count);
  }

  // Collects up to `max` candidates in index order from byte `start` on, around the end.
  #sweep(peer: PickerPeer, priority: number, max: number, start: number): number {
    const { layerOf } = this.#table.rarity;
    const theirs = peer.pieces.bytes;
    const open = this.#table.open.bytes;
    let count = 0;
    for (let step = 0, i = start; step < theirs.length && count < max; step++) {
      let bits = (theirs[i] ?? 0) & (open[i] ?? 0);
      while (bits !== 0) {
        const piece = i * 8 + Math.clz32(bits) - 24;
        bits &= ~(0x80 >>> (piece & 7));
        if (layerOf[piece] === priority && count < max) this.#found[count++] = piece;
      }
      i++;
      if (i === theirs.length) i = 0;
    }
    return count;
  }

  // Keeps the rarest of the first `count` found, the rarest last, by counting them per availability.
  #shelveRarest(peer: PickerPeer, count: number): void {
    const { availability } = this.#table.rarity;
    const found = this.#found;
    let top = 0;
    for (let i = 0; i < count; i++) top = Math.max(top, availability[found[i] ?? 0] ?? 0);
    const ends = new Int32Array(top + 2);
    for (let i = 0; i < count; i++) {
      const level = (availability[found[i] ?? 0] ?? 0) + 1;
      ends[level] = (ends[level] ?? 0) + 1;
    }
    for (let level = 1; level < ends.length; level++) ends[level] = (ends[level] ?? 0) + (ends[level - 1] ?? 0);
    const length = Math.min(count, SHELF_LENGTH);
    const { shelf } = peer;
    for (let i = 0; i < length; i++) shelf.push(0);
    for (let i = 0; i < count; i++) {
      const piece = found[i] ?? 0;
      const level = availability[piece] ?? 0;
      const rank = ends[level] ?? 0;
      ends[level] = rank + 1;
      if (rank < length) shelf[length - 1 - rank] = piece;
    }
  }
}
