/**
 * Blocks in: asks peers for what the picker chooses, gives payload its place in the slab, and hands complete pieces
 * to the disk, which hashes and only then writes them.
 *
 * Invariant: a byte of a piece in the slab is written by one peer at a time; whoever comes second for the same block
 * writes beside it and is copied in if it wins. So no block that was accepted can change any more.
 */
import { BLOCK_LENGTH, concatBytes, copyBytes } from "@torrential/core";
import { type BlockRange, type BlockTarget, PeerError } from "@torrential/protocol";
import type { PiecePicker } from "../picker/picker.ts";
import type { Millis } from "../ports/machine.ts";
import type { ConnectionId } from "../ports/network.ts";
import { forEachBlock, type PartialPiece } from "../resume/partial.ts";
import { PieceBuffer } from "../storage/piece-buffer.ts";
import type { Peer, Receiving } from "../swarm/peer.ts";
import type { TorrentContext } from "./context.ts";
import type { Refusals } from "./refusals.ts";

/**
 * Requests go out when this part of the window is free: a quarter of a window a packet. On loopback, where sending costs
 * as much as receiving, a packet of 125 requests instead of 32 saves 0.2 CPU s/GiB.
 */
const REFILL_SHARE = 0.25;
/** Blocks nobody asked for that one peer may send: answers to requests we gave up are still on the way. */
const UNREQUESTED_MAX = 200;

/** A piece is all here; `contributors` are connection ids by block, -1 for blocks of an earlier run. */
export interface CompletePiece {
  readonly piece: number;
  readonly buffer: PieceBuffer;
  readonly contributors: readonly number[];
}

export interface DownloadDeps {
  readonly picker: PiecePicker;
  readonly refusals: Refusals;
  /** The connected peers, by connection: who else was asked for a block hears that it came. */
  readonly peers: ReadonlyMap<ConnectionId, Peer>;
}

export class Downloads {
  readonly #context: TorrentContext;
  readonly #picker: PiecePicker;
  readonly #refusals: Refusals;
  readonly #peers: ReadonlyMap<ConnectionId, Peer>;
  readonly #buffers = new Map<number, PieceBuffer>();
  readonly #complete: CompletePiece[] = [];
  readonly #picked: number[] = [];
  readonly #unrequested = new WeakMap<Peer, number>();
  readonly #canOpen = (piece: number): boolean => this.#open(piece) !== undefined;
  wastedBytes = 0;

  constructor(context: TorrentContext, deps: DownloadDeps) {
    this.#context = context;
    this.#picker = deps.picker;
    this.#refusals = deps.refusals;
    this.#peers = deps.peers;
  }

  /** Pieces that became complete since the last call, for the verifier. */
  takeComplete(): readonly CompletePiece[] {
    return this.#complete.length === 0 ? [] : this.#complete.splice(0);
  }

  /** Asks `peer` for as many blocks as its window, the tickets and the memory allow. */
  // hot
  request(peer: Peer, now: Millis): void {
    if (!peer.amInterested || peer.isDropped) return;
    const { blocks } = peer.window;
    const free = blocks - peer.picker.outstanding;
    if (free <= 0 || (free < blocks * REFILL_SHARE && peer.picker.outstanding > 0)) return;
    const granted = this.#tickets(peer, free, now);
    if (granted > 0) this.#ask(peer, granted, now);
    peer.why.judgeDown(peer, this.#picker.wantedRemaining === 0, now);
  }

  // hot
  #ask(peer: Peer, granted: number, now: Millis): void {
    const picked = this.#picked;
    picked.length = 0;
    const stop = this.#picker.pick(peer.picker, granted, now, this.#canOpen, picked);
    peer.why.stop = stop;
    if (stop !== "satisfied") this.#refusals.count(stop);
    const { geometry } = this.#context;
    for (let i = 0; i < picked.length; i += 2) {
      const piece = picked[i] as number;
      const block = picked[i + 1] as number;
      peer.writer.request(piece, block * BLOCK_LENGTH, geometry.blockLength(piece, block));
    }
    const asked = picked.length / 2;
    peer.requestCount += asked;
    if (asked > 0 && peer.waitingSince === undefined) peer.waitingSince = now;
    if (asked > 0 && asked === peer.picker.outstanding) peer.askedIdleAt = now;
    if (asked < granted) this.#refund(peer, granted - asked, now);
  }

  /** Where an arriving block goes; undefined drops it. Throws PeerError for what no honest peer sends. */
  // hot
  handleBlockStart(peer: Peer, piece: number, begin: number, length: number, now: Millis): BlockTarget | undefined {
    const { geometry } = this.#context;
    if (!geometry.isBlock(piece, begin, length)) {
      throw new PeerError("piece-unrequested", `block ${piece}:${begin}+${length} is not one that is ever requested`, {
        bep: 3,
      });
    }
    const block = begin / BLOCK_LENGTH;
    const buffer = this.#picker.wouldAccept(peer.picker, piece, block) ? this.#open(piece) : undefined;
    if (buffer === undefined) return undefined;
    const isScratch = buffer.writers[block] !== 0;
    const target = isScratch ? { bytes: new Uint8Array(length), offset: 0 } : buffer.at(begin);
    if (!isScratch) buffer.writers[block] = peer.connection;
    peer.receiving = { piece, block, target, isScratch };
    peer.lastReceivedAt = now;
    return target;
  }

  /** A block's payload is complete, in its place or dropped. */
  // hot
  handleBlockEnd(peer: Peer, piece: number, begin: number, length: number, landed: boolean, now: Millis): void {
    const block = begin / BLOCK_LENGTH;
    const receiving = peer.receiving;
    this.#stopReceiving(peer);
    peer.down.add(length, now);
    const buffer = landed && receiving !== undefined ? this.#buffers.get(piece) : undefined;
    if (buffer === undefined && this.#picker.wouldAccept(peer.picker, piece, block)) {
      this.#handleHomeless(peer, piece, block, length, now);
      return;
    }
    const outcome = this.#picker.handleBlock(peer.picker, piece, block);
    if (outcome.type !== "accepted") {
      this.#handleUseless(peer, length, outcome.type);
      return;
    }
    if (receiving === undefined || buffer === undefined) {
      throw new Error(`block ${piece}:${block} was accepted but has no place`);
    }
    if (receiving.isScratch) this.#copyIn(buffer, receiving);
    peer.lastBlockAt = now;
    if (peer.askedIdleAt !== undefined) noteRoundTrip(peer, now);
    peer.waitingSince = peer.picker.outstanding > 0 ? now : undefined;
    peer.window.handleBlock();
    for (const other of outcome.cancel) this.#peers.get(other.id)?.writer.cancel(piece, begin, length);
    buffer.fill(begin);
    if (outcome.pieceComplete) this.#finish(piece, buffer);
    else this.#hashAhead(buffer);
  }

  /** The peer rejected a request (BEP 6); it may have been given up since. */
  handleReject(peer: Peer, range: BlockRange, now: Millis): void {
    const block = range.begin / BLOCK_LENGTH;
    if (!this.#picker.hasReserved(peer.picker, range.piece, block)) return;
    this.#picker.handleReject(peer.picker, range.piece, block);
    this.#refund(peer, 1, now);
    if (peer.picker.outstanding === 0) peer.waitingSince = undefined;
  }

  /** The peer has a piece no more (BEP 54). */
  handleDontHave(peer: Peer, piece: number, now: Millis): void {
    const { outstanding } = peer.picker;
    this.#picker.handleDontHave(peer.picker, piece);
    const released = outstanding - peer.picker.outstanding;
    if (released > 0) this.#refund(peer, released, now);
    if (peer.picker.outstanding === 0) peer.waitingSince = undefined;
  }

  /** All that was asked of the peer is asked of others: it choked us, fell silent, or is gone. */
  release(peer: Peer, now: Millis): void {
    const { outstanding } = peer.picker;
    if (outstanding > 0) this.#refund(peer, outstanding, now);
    this.#picker.releasePeer(peer.picker);
    peer.waitingSince = undefined;
  }

  /** The peer is gone, maybe in the middle of a block. */
  abandon(peer: Peer): void {
    this.#stopReceiving(peer);
  }

  /** Frees a piece's memory: it was written, failed, or is given up. */
  close(piece: number): void {
    const buffer = this.#buffers.get(piece);
    if (buffer === undefined) return;
    buffer.writers.forEach((_, block) => this.#redirect(buffer, block));
    this.#buffers.delete(piece);
    buffer.release();
  }

  /** Blocks of a piece in memory are not believed any more: others will be written in their place. */
  doubt(piece: number, blocks: readonly number[], options: { readonly hasFailed: boolean }): void {
    const { geometry } = this.#context;
    for (const block of blocks) this.wastedBytes += geometry.blockLength(piece, block);
    const buffer = this.#buffers.get(piece);
    if (buffer === undefined) return;
    // A commit that failed took with it what was hashed ahead.
    if (!options.hasFailed && buffer.hashedExtents > 0) this.#dropHash(piece);
    buffer.hashedExtents = 0;
    for (const block of blocks) buffer.unfill(block * BLOCK_LENGTH);
  }

  /** Takes back the blocks of an earlier run. */
  restore(partial: PartialPiece): void {
    const buffer = this.#open(partial.piece);
    if (buffer === undefined) return;
    forEachBlock(partial, (block, payload) => {
      const { bytes, offset } = buffer.at(block * BLOCK_LENGTH);
      copyBytes(bytes, offset, payload, 0, payload.length);
      buffer.fill(block * BLOCK_LENGTH);
    });
    this.#picker.restorePartial(partial.piece, partial.blocks);
    if (this.#picker.pieceState(partial.piece) === "verifying") this.#finish(partial.piece, buffer);
  }

  /** Copies out what is here of unfinished pieces, for a clean stop. */
  savePartials(): readonly PartialPiece[] {
    const { geometry } = this.#context;
    const saved: PartialPiece[] = [];
    for (const { piece, received } of this.#picker.partialPieces()) {
      const buffer = this.#buffers.get(piece);
      if (buffer === undefined || received.isEmpty || this.#picker.pieceState(piece) !== "partial") continue;
      const blocks: Uint8Array[] = [];
      for (let block = received.nextSet(0); block >= 0; block = received.nextSet(block + 1)) {
        blocks.push(buffer.copyBlock(block * BLOCK_LENGTH, geometry.blockLength(piece, block)));
      }
      saved.push({ piece, blocks: received, payload: concatBytes(blocks) });
    }
    return saved;
  }

  /**
   * Memory is short and nothing moves: forgets pieces of which nothing is here or asked for, else the piece that has
   * waited longest, so that another can be opened. Pieces with blocks arriving keep their place.
   */
  giveUpStalest(now: Millis, stalledMs: number): boolean {
    if (this.#giveUpEmpty()) return true;
    let stalest: { readonly piece: number; readonly lastActivity: Millis } | undefined;
    for (const partial of this.#picker.partialPieces()) {
      if (!this.#buffers.has(partial.piece) || this.#picker.pieceState(partial.piece) !== "partial") continue;
      if (stalest === undefined || partial.lastActivity < stalest.lastActivity) stalest = partial;
    }
    if (stalest === undefined || now - stalest.lastActivity < stalledMs) return false;
    this.wastedBytes += this.#picker.receivedBlocks(stalest.piece) * BLOCK_LENGTH;
    this.#picker.dropPiece(stalest.piece);
    this.takeBack(stalest.piece, now);
    this.#giveUp(stalest.piece);
    return true;
  }

  /** Everything in memory goes; returns nothing to the picker. For the end of a run, when no commit is under way. */
  closeAll(): void {
    for (const piece of [...this.#buffers.keys()]) this.#giveUp(piece);
  }

  /** What was asked for was given up again before anything came: the memory stayed with the piece. */
  #giveUpEmpty(): boolean {
    let isAny = false;
    for (const [piece, { writers }] of [...this.#buffers]) {
      const state = this.#picker.pieceState(piece);
      if ((state !== "open" && state !== "unwanted") || writers.some((connection) => connection !== 0)) continue;
      this.#giveUp(piece);
      isAny = true;
    }
    return isAny;
  }

  /** Takes back all requests in a piece: it has no memory any more, or others are to bring it. */
  takeBack(piece: number, now: Millis): void {
    const { geometry } = this.#context;
    for (const peer of this.#peers.values()) {
      for (let block = 0; block < geometry.blocksIn(piece); block++) {
        if (!this.#picker.hasReserved(peer.picker, piece, block)) continue;
        this.#picker.releaseBlock(peer.picker, piece, block);
        peer.writer.cancel(piece, block * BLOCK_LENGTH, geometry.blockLength(piece, block));
        this.#refund(peer, 1, now);
      }
      if (peer.picker.outstanding === 0) peer.waitingSince = undefined;
    }
  }

  #giveUp(piece: number): void {
    if ((this.#buffers.get(piece)?.hashedExtents ?? 0) > 0) this.#dropHash(piece);
    this.close(piece);
  }

  #dropHash(piece: number): void {
    const { out, nextId, store } = this.#context;
    out.push({ type: "disk", job: { type: "hash-drop", job: nextId(), store, piece } });
  }

  // hot
  #tickets(peer: Peer, blocks: number, now: Millis): number {
    const { bandwidth } = this.#context;
    if (bandwidth.isUnlimited(peer.node, "down")) return blocks;
    const reservation = bandwidth.reserve(peer.node, "down", blocks * BLOCK_LENGTH, now);
    if (reservation.type === "granted") return Math.floor(reservation.bytes / BLOCK_LENGTH);
    peer.why.stop = "no-ticket";
    peer.why.downBlockedBy = reservation.blockedBy;
    this.#refusals.count("no-ticket");
    return 0;
  }

  #refund(peer: Peer, blocks: number, now: Millis): void {
    const { bandwidth } = this.#context;
    if (!bandwidth.isUnlimited(peer.node, "down")) bandwidth.refund(peer.node, "down", blocks * BLOCK_LENGTH, now);
  }

  #open(piece: number): PieceBuffer | undefined {
    const known = this.#buffers.get(piece);
    if (known !== undefined) return known;
    const { slab, cache, geometry } = this.#context;
    const length = geometry.pieceLengthOf(piece);
    if (!slab.hasRoom(length)) cache.makeRoom(length);
    const buffer = PieceBuffer.allocate(slab, piece, length);
    if (buffer !== undefined) this.#buffers.set(piece, buffer);
    return buffer;
  }

  /** A block that we want and have no memory for, or whose memory went while it came: as if it had been rejected. */
  #handleHomeless(peer: Peer, piece: number, block: number, length: number, now: Millis): void {
    this.wastedBytes += length;
    this.#picker.handleReject(peer.picker, piece, block);
    peer.lastBlockAt = now;
    peer.waitingSince = peer.picker.outstanding > 0 ? now : undefined;
  }

  #handleUseless(peer: Peer, length: number, type: "duplicate" | "unrequested"): void {
    this.wastedBytes += length;
    if (type === "duplicate") return;
    const count = (this.#unrequested.get(peer) ?? 0) + 1;
    this.#unrequested.set(peer, count);
    if (count > UNREQUESTED_MAX) {
      throw new PeerError("piece-unrequested", `${count} blocks that were never asked for`, { bep: 3 });
    }
  }

  #finish(piece: number, buffer: PieceBuffer): void {
    this.#complete.push({ piece, buffer, contributors: this.#picker.contributors(piece) });
  }

  /** Large pieces are hashed while they arrive, an extent at a time, so that the last block isn't followed by a pause. */
  #hashAhead(buffer: PieceBuffer): void {
    if (buffer.filledExtents === buffer.hashedExtents) return;
    const { store, out, nextId } = this.#context;
    const extents = buffer.extentRefs(buffer.hashedExtents, buffer.filledExtents);
    buffer.hashedExtents = buffer.filledExtents;
    out.push({ type: "disk", job: { type: "hash-ahead", job: nextId(), store, piece: buffer.piece, extents } });
  }

  #copyIn(buffer: PieceBuffer, receiving: Receiving): void {
    const begin = receiving.block * BLOCK_LENGTH;
    this.#redirect(buffer, receiving.block);
    const { bytes, offset } = buffer.at(begin);
    copyBytes(bytes, offset, receiving.target.bytes, 0, receiving.target.bytes.length);
  }

  /** The peer's current block, if any, is written by it no longer. */
  #stopReceiving(peer: Peer): void {
    const receiving = peer.receiving;
    if (receiving === undefined) return;
    peer.receiving = undefined;
    if (receiving.isScratch) return;
    const buffer = this.#buffers.get(receiving.piece);
    if (buffer !== undefined) buffer.writers[receiving.block] = 0;
  }

  /** The rest of a block that somebody is sending goes nowhere. */
  #redirect(buffer: PieceBuffer, block: number): void {
    const peer = this.#peers.get(buffer.writers[block] ?? 0);
    buffer.writers[block] = 0;
    if (peer === undefined) return;
    peer.decoder.dropBlock();
    peer.receiving = undefined;
  }
}

/** Nothing was under way before it was asked: the time to its block is that of the path. */
function noteRoundTrip(peer: Peer, now: Millis): void {
  peer.roundTripMs = Math.min(peer.roundTripMs ?? Infinity, now - (peer.askedIdleAt ?? now));
  peer.askedIdleAt = undefined;
}
