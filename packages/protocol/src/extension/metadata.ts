/** Metadata exchange (BEP 9), `ut_metadata`: the info dictionary in pieces of 16 KiB, over the extension protocol. */
import { BDict, concatBytes, decodeBencodePrefix, encodeBencode, INFO_MAX_BYTES } from "@torrential/core";
import { intField } from "../fields.ts";
import { PeerError } from "../peer-error.ts";

/** The name under which both sides agree on it (BEP 10). */
export const METADATA_EXTENSION = "ut_metadata";

/** BEP 9: "The metadata is handled in blocks of 16KiB". Only the last one may be shorter. */
export const METADATA_PIECE_LENGTH: number = 16 * 1024;

export type MetadataMessage =
  | { readonly type: "request"; readonly piece: number }
  /** `totalBytes` is the size of the whole; `bytes` a view of the payload. */
  | { readonly type: "data"; readonly piece: number; readonly totalBytes: number; readonly bytes: Uint8Array }
  | { readonly type: "reject"; readonly piece: number };

/** PROMISES, limits: a message of at most 17 KiB: a piece and its head. */
const MESSAGE_LENGTH_MAX = 17 * 1024;
/** The head has three integers; what later extensions may add is allowed for. */
const TOKENS_MAX = 100;
const DEPTH_MAX = 10;
const PIECES_MAX = Math.ceil(INFO_MAX_BYTES / METADATA_PIECE_LENGTH);
const TYPES = { request: 0, data: 1, reject: 2 } as const;

/** How many pieces metadata of so many bytes has. */
export function metadataPieceCount(lengthBytes: number): number {
  return Math.ceil(lengthBytes / METADATA_PIECE_LENGTH);
}

/** Bytes of one piece of metadata of `lengthBytes`. */
export function metadataPieceLength(lengthBytes: number, piece: number): number {
  return Math.min(METADATA_PIECE_LENGTH, lengthBytes - piece * METADATA_PIECE_LENGTH);
}

/** The payload of one extended message. */
export function encodeMetadataMessage(message: MetadataMessage): Uint8Array {
  const { type, piece } = message;
  if (type !== "data") return encodeBencode({ msg_type: TYPES[type], piece });
  const head = encodeBencode({ msg_type: TYPES.data, piece, total_size: message.totalBytes });
  return concatBytes([head, message.bytes]);
}

/**
 * Reads the payload of one extended message. Undefined for a type that is not known, which BEP 9 wants ignored.
 * @throws {PeerError} "extended-invalid" when it is none, names a piece beyond 30 MiB, or is longer than a piece.
 */
export function decodeMetadataMessage(payload: Uint8Array): MetadataMessage | undefined {
  if (payload.length > MESSAGE_LENGTH_MAX) throw invalid(`${payload.length} bytes, at most ${MESSAGE_LENGTH_MAX}`);
  const { dict, end } = readHead(payload);
  const type = intField(dict, "msg_type", 0, Number.MAX_SAFE_INTEGER);
  const piece = intField(dict, "piece", 0, PIECES_MAX - 1);
  if (type === undefined) throw invalid("it has no msg_type");
  if (type > TYPES.reject) return undefined;
  if (piece === undefined) throw invalid(`it names no piece from 0 to ${PIECES_MAX - 1}`);
  if (type === TYPES.request) return { type: "request", piece };
  if (type === TYPES.reject) return { type: "reject", piece };
  const totalBytes = intField(dict, "total_size", 1, INFO_MAX_BYTES);
  if (totalBytes === undefined) throw invalid(`data without a total_size from 1 to ${INFO_MAX_BYTES}`);
  return { type: "data", piece, totalBytes, bytes: payload.subarray(end) };
}

function readHead(payload: Uint8Array): { readonly dict: BDict; readonly end: number } {
  try {
    const options = { lenient: true, maxDepth: DEPTH_MAX, maxTokens: TOKENS_MAX };
    const { value, end } = decodeBencodePrefix(payload, options);
    if (value instanceof BDict) return { dict: value, end };
  } catch (cause) {
    throw invalid("it is not bencoded", cause);
  }
  throw invalid("it is no dictionary");
}

function invalid(problem: string, cause?: unknown): PeerError {
  return new PeerError("extended-invalid", `metadata message: ${problem}`, { bep: 9, cause });
}
