/** Messages to bytes. What is small is written into one growing buffer; payload is left to travel as views of its own. */
import { MESSAGE_ID, PIECE_HEADER_LENGTH } from "./messages.ts";
import type { OutgoingMessage } from "./messages.ts";

/** Room taken at once: a burst of 60 requests, and small enough to have one for each of thousands of peers. */
const BUFFER_LENGTH = 1024;
const NO_BYTES = new Uint8Array(0);

/** Writes the 13 bytes before a block of `length` bytes to `bytes[offset, offset + 13)`. */
// hot
export function writePieceHeader(
  bytes: Uint8Array,
  offset: number,
  piece: number,
  begin: number,
  length: number,
): void {
  writeU32(bytes, offset, length + 9);
  bytes[offset + 4] = MESSAGE_ID.piece;
  writeU32(bytes, offset + 5, piece);
  writeU32(bytes, offset + 9, begin);
}

/** One message in a buffer of its own. */
export function encodeMessage(message: OutgoingMessage): Uint8Array {
  const writer = new WireWriter();
  writer.message(message);
  return writer.take();
}

/** Collects outgoing messages between two flushes. */
export class WireWriter {
  #bytes: Uint8Array = NO_BYTES;
  /** What lies before was taken, and belongs to others. */
  #start = 0;
  #end = 0;

  /** Bytes written since the last `take()`. */
  get byteLength(): number {
    return this.#end - this.#start;
  }

  /** The bytes written since the last call. They are the caller's: never touched again from here. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(this.#start, this.#end);
    this.#start = this.#end;
    return taken;
  }

  keepAlive(): void {
    const at = this.#reserve(4);
    writeU32(this.#bytes, at, 0);
  }

  choke(): void {
    this.#empty(MESSAGE_ID.choke);
  }

  unchoke(): void {
    this.#empty(MESSAGE_ID.unchoke);
  }

  interested(): void {
    this.#empty(MESSAGE_ID.interested);
  }

  notInterested(): void {
    this.#empty(MESSAGE_ID.notInterested);
  }

  have(piece: number): void {
    this.#number(MESSAGE_ID.have, piece);
  }

  /** Copies `bytes`. */
  bitfield(bytes: Uint8Array): void {
    const at = this.#reserve(5 + bytes.length);
    writeHead(this.#bytes, at, 1 + bytes.length, MESSAGE_ID.bitfield);
    this.#bytes.set(bytes, at + 5);
  }

  request(piece: number, begin: number, length: number): void {
    this.#range(MESSAGE_ID.request, piece, begin, length);
  }

  cancel(piece: number, begin: number, length: number): void {
    this.#range(MESSAGE_ID.cancel, piece, begin, length);
  }

  /** The head of a piece message; the block itself must follow as the very next bytes on the connection. */
  pieceHeader(piece: number, begin: number, length: number): void {
    const at = this.#reserve(PIECE_HEADER_LENGTH);
    writePieceHeader(this.#bytes, at, piece, begin, length);
  }

  /** BEP 5. */
  port(port: number): void {
    const at = this.#reserve(7);
    writeHead(this.#bytes, at, 3, MESSAGE_ID.port);
    this.#bytes[at + 5] = port >>> 8;
    this.#bytes[at + 6] = port;
  }

  /** BEP 6, as are the next four. */
  haveAll(): void {
    this.#empty(MESSAGE_ID.haveAll);
  }

  haveNone(): void {
    this.#empty(MESSAGE_ID.haveNone);
  }

  suggest(piece: number): void {
    this.#number(MESSAGE_ID.suggest, piece);
  }

  reject(piece: number, begin: number, length: number): void {
    this.#range(MESSAGE_ID.reject, piece, begin, length);
  }

  allowedFast(piece: number): void {
    this.#number(MESSAGE_ID.allowedFast, piece);
  }

  /** BEP 10: `id` is the one the peer gave out, 0 for the extension handshake. Copies `payload`. */
  extended(id: number, payload: Uint8Array): void {
    const at = this.#reserve(6 + payload.length);
    writeHead(this.#bytes, at, 2 + payload.length, MESSAGE_ID.extended);
    this.#bytes[at + 5] = id;
    this.#bytes.set(payload, at + 6);
  }

  /** Any message, for callers that are not in a hurry. */
  message(message: OutgoingMessage): void {
    switch (message.type) {
      case "keep-alive":
        return this.keepAlive();
      case "choke":
        return this.choke();
      case "unchoke":
        return this.unchoke();
      case "interested":
        return this.interested();
      case "not-interested":
        return this.notInterested();
      case "have":
        return this.have(message.piece);
      case "bitfield":
        return this.bitfield(message.bytes);
      case "request":
        return this.request(message.piece, message.begin, message.length);
      case "cancel":
        return this.cancel(message.piece, message.begin, message.length);
      case "port":
        return this.port(message.port);
      case "have-all":
        return this.haveAll();
      case "have-none":
        return this.haveNone();
      case "suggest":
        return this.suggest(message.piece);
      case "reject":
        return this.reject(message.piece, message.begin, message.length);
      case "allowed-fast":
        return this.allowedFast(message.piece);
      case "extended":
        return this.extended(message.id, message.payload);
      default:
        return message satisfies never;
    }
  }

  #empty(id: number): void {
    const at = this.#reserve(5);
    writeHead(this.#bytes, at, 1, id);
  }

  #number(id: number, value: number): void {
    const at = this.#reserve(9);
    writeHead(this.#bytes, at, 5, id);
    writeU32(this.#bytes, at + 5, value);
  }

  // hot
  #range(id: number, piece: number, begin: number, length: number): void {
    const at = this.#reserve(17);
    const bytes = this.#bytes;
    writeHead(bytes, at, 13, id);
    writeU32(bytes, at + 5, piece);
    writeU32(bytes, at + 9, begin);
    writeU32(bytes, at + 13, length);
  }

  /** Counts `count` more bytes as written and returns where they go, in `#bytes` as it is after the call. */
  #reserve(count: number): number {
    const at = this.#end;
    if (at + count <= this.#bytes.length) {
      this.#end = at + count;
      return at;
    }
    const pending = at - this.#start;
    const grown = new Uint8Array(Math.max(BUFFER_LENGTH, 2 * pending, pending + count));
    grown.set(this.#bytes.subarray(this.#start, at));
    this.#bytes = grown;
    this.#start = 0;
    this.#end = pending + count;
    return pending;
  }
}

function writeHead(bytes: Uint8Array, at: number, length: number, id: number): void {
  writeU32(bytes, at, length);
  bytes[at + 4] = id;
}

// hot
function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
