/** The messages of the peer wire protocol (BEP 3, 5, 6, 10) and what bounds them. */

/** A run of bytes in a piece, as named by request, cancel and reject. `begin` and `length` in bytes. */
export interface BlockRange {
  readonly piece: number;
  readonly begin: number;
  readonly length: number;
}

/** Every message but `piece`, whose payload never becomes an object. Numbers are unsigned 32 bit and unchecked. */
export type WireMessage =
  | { readonly type: "keep-alive" }
  | { readonly type: "choke" }
  | { readonly type: "unchoke" }
  | { readonly type: "interested" }
  | { readonly type: "not-interested" }
  | { readonly type: "have"; readonly piece: number }
  | { readonly type: "bitfield"; readonly bytes: Uint8Array }
  | ({ readonly type: "request" } & BlockRange)
  | ({ readonly type: "cancel" } & BlockRange)
  /** BEP 5: the peer's DHT port. */
  | { readonly type: "port"; readonly port: number }
  | { readonly type: "have-all" }
  | { readonly type: "have-none" }
  | { readonly type: "suggest"; readonly piece: number }
  | ({ readonly type: "reject" } & BlockRange)
  | { readonly type: "allowed-fast"; readonly piece: number }
  /** BEP 10: `id` 0 is the extension handshake, others are as we gave them out in ours. */
  | { readonly type: "extended"; readonly id: number; readonly payload: Uint8Array }
  /** An id we do not know; its payload was skipped unread. */
  | { readonly type: "unknown"; readonly id: number; readonly payloadLength: number };

/** What can be sent: everything we know. */
export type OutgoingMessage = Exclude<WireMessage, { readonly type: "unknown" }>;

/** Ids on the wire: BEP 3 (0-8), BEP 5 (9), BEP 6 (13-17), BEP 10 (20), BEP 52 (21-23). */
export const MESSAGE_ID = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  notInterested: 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  port: 9,
  suggest: 13,
  haveAll: 14,
  haveNone: 15,
  reject: 16,
  allowedFast: 17,
  extended: 20,
  hashRequest: 21,
  hashes: 22,
  hashReject: 23,
} as const;

/** Length prefix, id, piece and begin of a piece message. */
export const PIECE_HEADER_LENGTH = 13;

/** The longest block anyone may send us; BEP 3 clients close above 16 KiB, but old ones send up to 128 KiB if asked. */
export const BLOCK_LENGTH_MAX: number = 128 * 1024;

/** No message of any id is longer. libtorrent and Transmission draw the line here too. */
export const MESSAGE_LENGTH_MAX: number = 1024 * 1024;

/** The extension handshake (extended id 0), counted with its two id bytes. */
export const EXTENDED_HANDSHAKE_LENGTH_MAX: number = 64 * 1024;

/** Pieces a torrent can have: 2 Mi, libtorrent's limit, hence a bitfield of at most 256 KiB. */
export const PIECES_MAX: number = 2 * 1024 * 1024;
