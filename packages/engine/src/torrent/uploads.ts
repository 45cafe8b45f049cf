/** Blocks out: what peers asked of us, read ahead from disk, metered, and queued no further than the socket can take. */
import { type BlockRange, PeerError } from "@torrential/protocol";
import { type Bitfield, BLOCK_LENGTH } from "@torrential/core";
import type { Millis } from "../ports/machine.ts";
import { CACHE_UNIT_BYTES, type CacheUnit, type ReadRange } from "../storage/read-cache.ts";
import type { Peer } from "../swarm/peer.ts";
import type { Revealing } from "../swarm/revealing.ts";
import type { TorrentContext } from "./context.ts";
import { PROVEN, type Proof } from "./proofs.ts";

/** PROMISES, limits: "queues: in requests 2,000, then drop"; what we announce as `reqq` is lower. */
const REQUESTS_MAX = 2_000;
export const REQUESTS_ANNOUNCED: number = 500;
/** C11: per-peer send queue at most 1 MiB. */
const SEND_QUEUE_MAX_BYTES = 1024 * 1024;
/** Below it a slow peer still has half a second of data under way. */
const SEND_QUEUE_MIN_BYTES = 128 * 1024;
const SEND_QUEUE_S = 0.5;
/**
 * How much further to read than what is sent now, in send queues: of the longest one 2 MiB. With one leecher 1.5 MiB gave
 * 2,180 MB/s, 2 and 2.5 2,250, 3 2,200; with eight 1 MiB gave 2,210, 1.5 and 2 2,420 and 2,350, 3 2,270.
 */
const READ_AHEAD_QUEUES = 2;
/** Every so many requests one is looked at: a unit holds 32 of them, when they come in order. */
const READ_AHEAD_STEP = 16;

/** Answers nobody reads: twice what a peer may have under way in blocks. */
const UNREAD_MAX_BYTES = 2 * SEND_QUEUE_MAX_BYTES;

export class Uploads {
  readonly #context: TorrentContext;
  readonly #have: Bitfield;
  readonly #revealing: Pick<Revealing, "isRevealed">;
  readonly #proof: Proof;

  /** `revealing`: while super-seeding, only pieces that a peer was told of are served. */
  constructor(
    context: TorrentContext,
    have: Bitfield,
    revealing: Pick<Revealing, "isRevealed">,
    proof: Proof = PROVEN,
  ) {
    this.#context = context;
    this.#have = have;
    this.#revealing = revealing;
    this.#proof = proof;
  }

  /** Takes a request in, or rejects it (BEP 6). Throws PeerError for one outside the torrent, or a flood. */
  handleRequest(peer: Peer, range: BlockRange, now: Millis): void {
    const { geometry } = this.#context;
    if (!geometry.isRange(range.piece, range.begin, range.length)) {
      throw new PeerError(
        "request-invalid",
        `request ${range.piece}:${range.begin}+${range.length} is outside the torrent`,
        { bep: 3 },
      );
    }
    const isTold = this.#revealing.isRevealed(peer, range.piece);
    const mayHave = isTold && (!peer.amChoking || peer.allowedFast.has(range.piece));
    if (!mayHave || !this.#have.has(range.piece)) {
      if (peer.fast) reject(peer, range);
      return;
    }
    if (peer.requests.length >= REQUESTS_MAX) {
      throw new PeerError("flood", `${peer.requests.length} requests in the queue, at most ${REQUESTS_MAX} allowed`, {
        bep: 3,
      });
    }
    peer.requests.push({ piece: range.piece, begin: range.begin, length: range.length });
    if (peer.requests.length === 1) this.pump(peer, now);
  }

  /** BEP 3 and 6: a cancelled request ends without a block, of a fast peer with a reject. */
  handleCancel(peer: Peer, range: BlockRange): void {
    const at = peer.requests.findIndex(
      (each) => each.piece === range.piece && each.begin === range.begin && each.length === range.length,
    );
    if (at < 0) return;
    peer.requests.splice(at, 1);
    if (peer.fast) reject(peer, range);
  }

  /** We choke the peer: its requests end, save those for allowed-fast pieces (BEP 6). */
  handleChoked(peer: Peer): void {
    const kept: BlockRange[] = [];
    for (const request of peer.requests) {
      if (peer.fast && peer.allowedFast.has(request.piece)) kept.push(request);
      else if (peer.fast) peer.writer.reject(request.piece, request.begin, request.length);
    }
    peer.requests = kept;
    this.#context.bandwidth.cancel(peer.node, "up");
  }

  /** Sends as much as the socket, the limits and the memory take now. */
  // hot
  pump(peer: Peer, now: Millis): void {
    if (peer.isDropped) return;
    const roomBytes = Math.max(
      SEND_QUEUE_MIN_BYTES,
      Math.min(SEND_QUEUE_MAX_BYTES, peer.up.shortRate(now) * SEND_QUEUE_S),
    );
    peer.isUploadBlocked = false;
    let sent = 0;
    while (sent < peer.requests.length && peer.send.unsentBytes < roomBytes) {
      const request = peer.requests[sent] as BlockRange;
      const units = this.#units(peer, request);
      peer.why.upBlockedBy = undefined;
      if (units === undefined || !this.#mayUpload(peer, request.length, now)) {
        peer.isUploadBlocked = true;
        break;
      }
      this.#send(peer, request, units, now);
      sent += 1;
    }
    if (sent > 0) peer.requests.splice(0, sent);
    peer.why.judgeUp(peer, now);
    this.#readAhead(peer, READ_AHEAD_QUEUES * roomBytes);
  }

  /** The units that hold the request, if all are in memory. Otherwise the peer is told when they are. */
  #units(peer: Peer, request: BlockRange): readonly CacheUnit[] | undefined {
    if (!this.#proof.mayLeave(request.piece, peer.connection)) return undefined;
    const units: CacheUnit[] = [];
    const end = request.begin + request.length;
    for (let at = request.begin - (request.begin % CACHE_UNIT_BYTES); at < end; at += CACHE_UNIT_BYTES) {
      const unit = this.#context.cache.get(this.#unitAt(request.piece, at));
      if (unit === undefined) return undefined;
      if (!unit.isReady) {
        this.#context.cache.await(unit, peer.connection);
        return undefined;
      }
      units.push(unit);
    }
    return units;
  }

  #unitAt(piece: number, begin: number): ReadRange {
    const { store, geometry } = this.#context;
    return {
      store,
      piece,
      pieceLengthBytes: geometry.pieceLengthOf(piece),
      fullPieceLengthBytes: geometry.pieceLength,
      begin,
    };
  }

  // hot
  #send(peer: Peer, request: BlockRange, units: readonly CacheUnit[], now: Millis): void {
    peer.writer.pieceHeader(request.piece, request.begin, request.length);
    let at = request.begin;
    const end = request.begin + request.length;
    for (const { extent } of units) {
      const inUnit = at % CACHE_UNIT_BYTES;
      const length = Math.min(end - at, CACHE_UNIT_BYTES - inUnit);
      peer.send.pushBlock(extent.bytes.subarray(inUnit, inUnit + length), extent, this.#context.slab);
      at += length;
    }
    peer.up.add(request.length, now);
    peer.uploadedSinceUnchoke += request.length;
  }

  /** Tickets may come in parts smaller than a long request: they add up. */
  #mayUpload(peer: Peer, bytes: number, now: Millis): boolean {
    const { bandwidth } = this.#context;
    if (bandwidth.isUnlimited(peer.node, "up")) return true;
    while (peer.uploadCredit < bytes) {
      const reservation = bandwidth.reserve(peer.node, "up", bytes - peer.uploadCredit, now);
      if (reservation.type === "waiting") {
        peer.why.upBlockedBy = reservation.blockedBy;
        return false;
      }
      peer.uploadCredit += reservation.bytes;
    }
    peer.uploadCredit -= bytes;
    return true;
  }

  /** Starts the reads of requests further back in the queue, nearest first. */
  #readAhead(peer: Peer, bytes: number): void {
    const end = Math.min(bytes / BLOCK_LENGTH, peer.requests.length);
    for (let index = READ_AHEAD_STEP - 1; index < end; index += READ_AHEAD_STEP) {
      const request = peer.requests[index] as BlockRange;
      if (!this.#context.cache.readAhead(this.#unitAt(request.piece, request.begin))) return;
    }
  }
}

/** Throws PeerError when the peer makes us answer and never reads. */
function reject(peer: Peer, range: BlockRange): void {
  if (peer.send.unsentBytes > UNREAD_MAX_BYTES) {
    throw new PeerError("flood", `${peer.send.unsentBytes} bytes of answers that it does not read`, { bep: 6 });
  }
  peer.writer.reject(range.piece, range.begin, range.length);
}
