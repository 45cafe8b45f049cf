/**
 * Bytes of a peer to messages, in any split.
 *
 * A message that lies whole in the chunk is read in place. Of one that does not, only the head (17 bytes at most) and
 * the payloads of bitfield and extended are kept; the payload of a piece goes from the chunk straight to where the sink
 * wants it, and unknown messages are counted off unread. Every length is checked against its id before a byte is kept.
 */
import { copyBytes } from "@torrential/core";
import { PeerError } from "../peer-error.ts";
import { checkBitfield, checkExtendedHandshakeLength, checkLength, isShort } from "./lengths.ts";
import { MESSAGE_ID, PIECES_MAX, PIECE_HEADER_LENGTH } from "./messages.ts";
import type { WireMessage } from "./messages.ts";

/** Where a block's payload goes: it fills `bytes` from `offset` on. */
export interface BlockTarget {
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/** Takes what the decoder reads. Any method may throw a PeerError to end the connection. */
export interface WireSink {
  /** Everything but piece payloads. Byte fields are views valid only during the call. */
  handleMessage(message: WireMessage): void;
  /**
   * Header of a piece message; `length` is 1..131072, `piece` and `begin` are unchecked. Returns where the payload goes,
   * or undefined to drop it. The returned object is read at once and may be reused by the sink.
   */
  handleBlockStart(piece: number, begin: number, length: number): BlockTarget | undefined;
  /** All of its payload has landed, or was dropped (`landed` false). */
  handleBlockEnd(piece: number, begin: number, length: number, landed: boolean): void;
}

const KEEP_ALIVE: WireMessage = { type: "keep-alive" };
const CHOKE: WireMessage = { type: "choke" };
const UNCHOKE: WireMessage = { type: "unchoke" };
const INTERESTED: WireMessage = { type: "interested" };
const NOT_INTERESTED: WireMessage = { type: "not-interested" };
const HAVE_ALL: WireMessage = { type: "have-all" };
const HAVE_NONE: WireMessage = { type: "have-none" };
const NO_BYTES = new Uint8Array(0);

/** The longest head that has to be seen in one: request, cancel and reject, with their length prefix. */
const HEAD_LENGTH_MAX = 17;
/** A body buffer starts at most this large and doubles as bytes arrive: a peer pays for our memory with its own bytes. */
const BODY_START_LENGTH = 16 * 1024;

const READ_HEAD = 0;
const READ_BLOCK = 1;
const READ_BODY = 2;
const SKIP = 3;

/** Reads one connection's messages after the handshake. Not to be used again once `receive` has thrown. */
export class WireDecoder {
  #state = READ_HEAD;
  /** Bytes of the current payload (block, body or skipped) still to come. */
  #missing = 0;

  readonly #head = new Uint8Array(HEAD_LENGTH_MAX);
  #headFilled = 0;

  #piece = 0;
  #begin = 0;
  #length = 0;
  #target: Uint8Array | undefined = undefined;
  #targetOffset = 0;

  #body: Uint8Array = NO_BYTES;
  #bodyFilled = 0;
  #bodyId = 0;
  #bodyExtendedId = 0;

  /** -1 while the torrent's size is unknown (magnet links). */
  #pieceCount: number;
  #receivedBytes = 0;
  #payloadBytes = 0;

  constructor(options: { readonly pieceCount?: number } = {}) {
    this.#pieceCount = options.pieceCount ?? -1;
  }

  /** From now on `have` and `bitfield` must fit a torrent of `count` pieces. What came before is the caller's to check. */
  setPieceCount(count: number): void {
    this.#pieceCount = count;
  }

  /** Bytes of blocks so far, dropped ones included. */
  get payloadBytes(): number {
    return this.#payloadBytes;
  }

  /** All other bytes so far. */
  get protocolBytes(): number {
    return this.#receivedBytes - this.#payloadBytes;
  }

  /**
   * Reads `chunk`, which may be overwritten as soon as this returns. Not to be called from within `sink`.
   * @throws {PeerError} on a breach of the protocol, and whatever the sink throws.
   */
  // hot
  receive(chunk: Uint8Array, sink: WireSink): void {
    const end = chunk.length;
    let at = 0;
    this.#receivedBytes += end;
    while (at < end) {
      switch (this.#state) {
        case READ_HEAD:
          at = this.#headFilled === 0 ? this.#readHeadInPlace(chunk, at, sink) : this.#readHeadSplit(chunk, at, sink);
          break;
        case READ_BLOCK:
          at = this.#readBlock(chunk, at, sink);
          break;
        case READ_BODY:
          at = this.#readBody(chunk, at, sink);
          break;
        default: {
          const skipped = Math.min(this.#missing, end - at);
          this.#missing -= skipped;
          at += skipped;
          if (this.#missing === 0) this.#state = READ_HEAD;
        }
      }
    }
  }

  /** The rest of the block that is arriving, if any, goes nowhere: its place now belongs to another. */
  dropBlock(): void {
    this.#target = undefined;
  }

  #readHeadInPlace(chunk: Uint8Array, at: number, sink: WireSink): number {
    const next = this.#readHead(chunk, at, chunk.length, sink);
    if (next !== at) return next;
    for (let i = at; i < chunk.length; i++) this.#head[this.#headFilled++] = chunk[i]!;
    return chunk.length;
  }

  /** Goes on with a head whose first bytes came in an earlier chunk: 17 bytes always suffice to read on. */
  #readHeadSplit(chunk: Uint8Array, at: number, sink: WireSink): number {
    const kept = this.#headFilled;
    let filled = kept;
    for (let i = at; i < chunk.length && filled < HEAD_LENGTH_MAX; i++) this.#head[filled++] = chunk[i]!;
    this.#headFilled = 0;
    const used = this.#readHead(this.#head, 0, filled, sink);
    if (used !== 0) return at + used - kept;
    this.#headFilled = filled;
    return chunk.length;
  }

  /**
   * Reads one message, or the head of one with a payload to come, from `bytes[at, end)`. Returns where it ended, or `at`
   * when more bytes are needed: never when 17 are there.
   */
  // hot
  #readHead(bytes: Uint8Array, at: number, end: number, sink: WireSink): number {
    const have = end - at;
    if (have < 4) return at;
    const length = readU32(bytes, at);
    if (length === 0) {
      sink.handleMessage(KEEP_ALIVE);
      return at + 4;
    }
    if (have < 5) return at;
    const id = bytes[at + 4]!;
    checkLength(id, length, this.#pieceCount);
    const after = at + 4 + length;
    switch (id) {
      case MESSAGE_ID.piece:
        if (have < PIECE_HEADER_LENGTH) return at;
        this.#startBlock(readU32(bytes, at + 5), readU32(bytes, at + 9), length - 9, sink);
        return at + PIECE_HEADER_LENGTH;
      case MESSAGE_ID.bitfield:
        if (after > end) return this.#startBody(id, 0, length - 1, at + 5);
        this.#endBody(id, 0, bytes.subarray(at + 5, after), sink);
        return after;
      case MESSAGE_ID.extended: {
        if (have < 6) return at;
        const extendedId = bytes[at + 5]!;
        if (extendedId === 0) checkExtendedHandshakeLength(length);
        if (after > end) return this.#startBody(id, extendedId, length - 2, at + 6);
        this.#endBody(id, extendedId, bytes.subarray(at + 6, after), sink);
        return after;
      }
      default:
        if (!isShort(id)) {
          this.#startSkip(id, length - 1, sink);
          return at + 5;
        }
        if (after > end) return at;
        this.#readShort(id, bytes, at + 5, sink);
        return after;
    }
  }

  /** A message without payload, whole in `bytes`, its fields from `at` on. */
  // hot
  #readShort(id: number, bytes: Uint8Array, at: number, sink: WireSink): void {
    switch (id) {
      case MESSAGE_ID.have: {
        const piece = readU32(bytes, at);
        const count = this.#pieceCount < 0 ? PIECES_MAX : this.#pieceCount;
        if (piece >= count) throw pieceOutOfRange(piece, count);
        return sink.handleMessage({ type: "have", piece });
      }
      case MESSAGE_ID.request:
        return sink.handleMessage(readRange("request", bytes, at));
      case MESSAGE_ID.cancel:
        return sink.handleMessage(readRange("cancel", bytes, at));
      case MESSAGE_ID.reject:
        return sink.handleMessage(readRange("reject", bytes, at));
      case MESSAGE_ID.choke:
        return sink.handleMessage(CHOKE);
      case MESSAGE_ID.unchoke:
        return sink.handleMessage(UNCHOKE);
      case MESSAGE_ID.interested:
        return sink.handleMessage(INTERESTED);
      case MESSAGE_ID.notInterested:
        return sink.handleMessage(NOT_INTERESTED);
      case MESSAGE_ID.haveAll:
        return sink.handleMessage(HAVE_ALL);
      case MESSAGE_ID.haveNone:
        return sink.handleMessage(HAVE_NONE);
      case MESSAGE_ID.suggest:
        return sink.handleMessage({ type: "suggest", piece: readU32(bytes, at) });
      case MESSAGE_ID.allowedFast:
        return sink.handleMessage({ type: "allowed-fast", piece: readU32(bytes, at) });
      default:
        return sink.handleMessage({ type: "port", port: bytes[at]! * 256 + bytes[at + 1]! });
    }
  }

  #startBlock(piece: number, begin: number, length: number, sink: WireSink): void {
    this.#piece = piece;
    this.#begin = begin;
    this.#length = length;
    this.#missing = length;
    this.#state = READ_BLOCK;
    const target = sink.handleBlockStart(piece, begin, length);
    if (target === undefined) {
      this.#target = undefined;
      return;
    }
    this.#target = target.bytes;
    this.#targetOffset = target.offset;
  }

  // hot
  #readBlock(chunk: Uint8Array, at: number, sink: WireSink): number {
    const available = chunk.length - at;
    const count = this.#missing < available ? this.#missing : available;
    const target = this.#target;
    if (target !== undefined) {
      copyBytes(target, this.#targetOffset, chunk, at, at + count);
      this.#targetOffset += count;
    }
    this.#payloadBytes += count;
    this.#missing -= count;
    if (this.#missing === 0) {
      this.#state = READ_HEAD;
      this.#target = undefined;
      sink.handleBlockEnd(this.#piece, this.#begin, this.#length, target !== undefined);
    }
    return at + count;
  }

  /** Announces a message nobody reads and counts its payload off. */
  #startSkip(id: number, payloadLength: number, sink: WireSink): void {
    this.#missing = payloadLength;
    this.#state = payloadLength === 0 ? READ_HEAD : SKIP;
    sink.handleMessage({ type: "unknown", id, payloadLength });
  }

  /** Prepares to keep a payload that goes on beyond this chunk. Returns `next`. */
  #startBody(id: number, extendedId: number, length: number, next: number): number {
    this.#bodyId = id;
    this.#bodyExtendedId = extendedId;
    this.#missing = length;
    this.#bodyFilled = 0;
    this.#body = new Uint8Array(Math.min(length, BODY_START_LENGTH));
    this.#state = READ_BODY;
    return next;
  }

  #readBody(chunk: Uint8Array, at: number, sink: WireSink): number {
    const count = Math.min(this.#missing, chunk.length - at);
    const filled = this.#bodyFilled + count;
    if (filled > this.#body.length) {
      const grown = new Uint8Array(Math.min(Math.max(filled, this.#body.length * 2), this.#bodyFilled + this.#missing));
      grown.set(this.#body.subarray(0, this.#bodyFilled));
      this.#body = grown;
    }
    this.#body.set(chunk.subarray(at, at + count), this.#bodyFilled);
    this.#bodyFilled = filled;
    this.#missing -= count;
    if (this.#missing === 0) {
      const body = this.#body;
      this.#body = NO_BYTES;
      this.#state = READ_HEAD;
      this.#endBody(this.#bodyId, this.#bodyExtendedId, body, sink);
    }
    return at + count;
  }

  #endBody(id: number, extendedId: number, payload: Uint8Array, sink: WireSink): void {
    if (id === MESSAGE_ID.extended) {
      sink.handleMessage({ type: "extended", id: extendedId, payload });
      return;
    }
    if (this.#pieceCount >= 0) checkBitfield(payload, this.#pieceCount);
    sink.handleMessage({ type: "bitfield", bytes: payload });
  }
}

// hot
function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function readRange(type: "request" | "cancel" | "reject", bytes: Uint8Array, at: number): WireMessage {
  return { type, piece: readU32(bytes, at), begin: readU32(bytes, at + 4), length: readU32(bytes, at + 8) };
}

function pieceOutOfRange(piece: number, count: number): PeerError {
  return new PeerError("piece-out-of-range", `have of piece ${piece}, the torrent has ${count}`, { bep: 3 });
}
