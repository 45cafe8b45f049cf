/** What each message may be long (PROMISES C11), checked by its id before a byte of it is kept. */
import { PeerError } from "../peer-error.ts";
import {
  BLOCK_LENGTH_MAX,
  EXTENDED_HANDSHAKE_LENGTH_MAX,
  MESSAGE_ID,
  MESSAGE_LENGTH_MAX,
  PIECES_MAX,
} from "./messages.ts";

/** C11: 16 Ki hashes of 32 bytes and their header come in under this. */
const HASHES_LENGTH_MAX = 512 * 1024;

/**
 * Throws a PeerError unless a message with this id can be `length` bytes long, id included. `pieceCount` is -1 while
 * unknown.
 */
// hot
export function checkLength(id: number, length: number, pieceCount: number): void {
  switch (id) {
    case MESSAGE_ID.piece:
      if (length < 10) throw wrongLength(id, length, "at least 10", 3);
      return checkAtMost(id, length, BLOCK_LENGTH_MAX + 9, 3);
    case MESSAGE_ID.have:
      return checkExactly(id, length, 5, 3);
    case MESSAGE_ID.request:
    case MESSAGE_ID.cancel:
      return checkExactly(id, length, 13, 3);
    case MESSAGE_ID.choke:
    case MESSAGE_ID.unchoke:
    case MESSAGE_ID.interested:
    case MESSAGE_ID.notInterested:
      return checkExactly(id, length, 1, 3);
    case MESSAGE_ID.bitfield:
      return checkBitfieldLength(length, pieceCount);
    case MESSAGE_ID.port:
      return checkExactly(id, length, 3, 5);
    case MESSAGE_ID.haveAll:
    case MESSAGE_ID.haveNone:
      return checkExactly(id, length, 1, 6);
    case MESSAGE_ID.suggest:
    case MESSAGE_ID.allowedFast:
      return checkExactly(id, length, 5, 6);
    case MESSAGE_ID.reject:
      return checkExactly(id, length, 13, 6);
    case MESSAGE_ID.extended:
      if (length < 2) throw wrongLength(id, length, "at least 2", 10);
      return checkAtMost(id, length, MESSAGE_LENGTH_MAX, 10);
    case MESSAGE_ID.hashRequest:
    case MESSAGE_ID.hashReject:
      return checkExactly(id, length, 49, 52);
    case MESSAGE_ID.hashes:
      return checkAtMost(id, length, HASHES_LENGTH_MAX, 52);
    default:
      return checkAtMost(id, length, MESSAGE_LENGTH_MAX, 3);
  }
}

/** The extension handshake has a smaller limit than other extended messages. `length` counts both id bytes. */
export function checkExtendedHandshakeLength(length: number): void {
  checkAtMost(MESSAGE_ID.extended, length, EXTENDED_HANDSHAKE_LENGTH_MAX, 10);
}

/** Whether the message is known and has nothing but fields of fixed size: with its length prefix at most 17 bytes. */
export function isShort(id: number): boolean {
  return id <= MESSAGE_ID.port || (id >= MESSAGE_ID.suggest && id <= MESSAGE_ID.allowedFast);
}

/** BEP 3: "Spare bits at the end are set to zero". The size is checked too: the count may have come after the head. */
export function checkBitfield(bytes: Uint8Array, pieceCount: number): void {
  checkBitfieldLength(bytes.length + 1, pieceCount);
  const used = pieceCount % 8;
  if (used === 0 || (bytes[bytes.length - 1]! & (0xff >> used)) === 0) return;
  throw new PeerError("bitfield-invalid", `bitfield with bits set beyond its ${pieceCount} pieces`, { bep: 3 });
}

function checkBitfieldLength(length: number, pieceCount: number): void {
  if (pieceCount < 0) return checkAtMost(MESSAGE_ID.bitfield, length, PIECES_MAX / 8 + 1, 3);
  const wanted = Math.ceil(pieceCount / 8);
  if (length - 1 === wanted) return;
  throw new PeerError("bitfield-invalid", `bitfield of ${length - 1} bytes, wanted ${wanted}`, { bep: 3 });
}

function checkExactly(id: number, length: number, wanted: number, bep: number): void {
  if (length !== wanted) throw wrongLength(id, length, `exactly ${wanted}`, bep);
}

function checkAtMost(id: number, length: number, max: number, bep: number): void {
  if (length <= max) return;
  throw new PeerError("message-too-long", `message ${id} of ${length} bytes, at most ${max} allowed`, { bep });
}

function wrongLength(id: number, length: number, wanted: string, bep: number): PeerError {
  return new PeerError("message-length", `message ${id} of ${length} bytes, wanted ${wanted}`, { bep });
}
