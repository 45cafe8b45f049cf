/** The one error a peer can cause. It ends that peer's connection; the swarm goes on. */
import { TorrentialError } from "@torrential/core";

export type PeerErrorCode =
  // Thrown by this package.
  /** The first bytes are not a BitTorrent handshake. */
  | "handshake-invalid"
  /** A message is longer than any message with its id may be. */
  | "message-too-long"
  /** A message's length is impossible for its id. */
  | "message-length"
  /** A piece index beyond the torrent's last piece. */
  | "piece-out-of-range"
  /** A bitfield of the wrong size or with spare bits set. */
  | "bitfield-invalid"
  /** A payload of the extension protocol that does not parse. */
  | "extended-invalid"
  // For the layers above, which know what was asked and agreed.
  /** The handshake names a torrent we do not have, or another than the one we dialled for. */
  | "info-hash-unknown"
  /** We reached ourselves. */
  | "self-connection"
  /** A second connection to a peer we already talk to. */
  | "duplicate-peer"
  /** A message that only belongs right after the handshake came later, or twice. */
  | "message-order"
  /** A BEP 6 message although the fast extension was not agreed. */
  | "fast-not-agreed"
  /** A request outside the torrent, or of a length we do not serve. */
  | "request-invalid"
  /** More requests, or more messages of one kind, than anyone needs. */
  | "flood"
  /** A block that was never asked for. */
  | "piece-unrequested"
  /** A reject of a request that was never sent. */
  | "reject-unrequested"
  /** A block that made its piece fail the hash check. */
  | "piece-corrupt"
  /** A source or destination of PEX, metadata or hashes broke the rules of its BEP. */
  | "extension-breach";

export interface PeerErrorOptions {
  /** The BEP whose rule was broken. */
  readonly bep: number;
  /** Whether the address is to be kept out, not just this connection closed. Lying about sizes is no proof of malice. */
  readonly ban?: boolean;
  readonly cause?: unknown;
}

/** What a peer did wrong, by rule. */
export class PeerError extends TorrentialError<PeerErrorCode> {
  readonly bep: number;
  readonly ban: boolean;

  constructor(code: PeerErrorCode, message: string, options: PeerErrorOptions) {
    super(code, message, { cause: options.cause });
    this.name = "PeerError";
    this.bep = options.bep;
    this.ban = options.ban ?? false;
  }
}
