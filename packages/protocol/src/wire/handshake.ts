/** The 68 bytes both ends send first (BEP 3): 19, "BitTorrent protocol", reserved bits, info-hash, peer id. */
import { PeerError } from "../peer-error.ts";

/** Length of a handshake in bytes. */
export const HANDSHAKE_LENGTH = 68;

const PROTOCOL_LENGTH = 20;
const RESERVED_OFFSET = 20;
const INFO_HASH_OFFSET = 28;
const PEER_ID_OFFSET = 48;
/** "\x13BitTorrent protocol" */
const PROTOCOL: Uint8Array = Uint8Array.from("\x13BitTorrent protocol", (character) => character.charCodeAt(0));

/** What a side says it can do, in the reserved bits. Both must say so before it is used. */
export interface HandshakeExtensions {
  /** BEP 6, reserved[7] & 0x04. */
  readonly fast: boolean;
  /** BEP 10, reserved[5] & 0x10. */
  readonly extended: boolean;
  /** BEP 5, reserved[7] & 0x01. */
  readonly dht: boolean;
  /** BEP 52, reserved[7] & 0x10: this hybrid torrent may be upgraded to v2. A hint, never state. */
  readonly v2: boolean;
}

export interface Handshake {
  /** 20 bytes; of a v2 torrent, its truncated SHA-256. */
  readonly infoHash: Uint8Array;
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  readonly extensions: HandshakeExtensions;
}

/** The 68 bytes of a handshake. `infoHash` and `peerId` are 20 bytes each. */
export function encodeHandshake(handshake: Handshake): Uint8Array {
  const { extensions } = handshake;
  const bytes = new Uint8Array(HANDSHAKE_LENGTH);
  bytes.set(PROTOCOL);
  bytes[RESERVED_OFFSET + 5] = extensions.extended ? 0x10 : 0;
  bytes[RESERVED_OFFSET + 7] = (extensions.fast ? 0x04 : 0) | (extensions.dht ? 0x01 : 0) | (extensions.v2 ? 0x10 : 0);
  bytes.set(handshake.infoHash, INFO_HASH_OFFSET);
  bytes.set(handshake.peerId, PEER_ID_OFFSET);
  return bytes;
}

/** Reads one handshake, in any split. */
export class HandshakeReader {
  readonly #bytes = new Uint8Array(HANDSHAKE_LENGTH);
  #filled = 0;

  /**
   * Takes what belongs to the handshake and returns how many bytes of `chunk` that was: the rest is for the decoder.
   * @throws {PeerError} "handshake-invalid" at the first byte that cannot be one.
   */
  receive(chunk: Uint8Array): number {
    const count = Math.min(chunk.length, HANDSHAKE_LENGTH - this.#filled);
    for (let i = 0; i < count; i++) {
      const at = this.#filled + i;
      const byte = chunk[i]!;
      if (at < PROTOCOL_LENGTH && byte !== PROTOCOL[at]) throw notAHandshake(at, byte);
      this.#bytes[at] = byte;
    }
    this.#filled += count;
    return count;
  }

  /** 20 bytes, as soon as they are there: the accepting side needs them to know which torrent it speaks for. */
  get infoHash(): Uint8Array | undefined {
    return this.#filled < PEER_ID_OFFSET ? undefined : this.#bytes.slice(INFO_HASH_OFFSET, PEER_ID_OFFSET);
  }

  /** The whole handshake once all 68 bytes are there. */
  get handshake(): Handshake | undefined {
    if (this.#filled < HANDSHAKE_LENGTH) return undefined;
    return {
      infoHash: this.#bytes.slice(INFO_HASH_OFFSET, PEER_ID_OFFSET),
      peerId: this.#bytes.slice(PEER_ID_OFFSET),
      extensions: readExtensions(this.#bytes),
    };
  }
}

function readExtensions(bytes: Uint8Array): HandshakeExtensions {
  const fifth = bytes[RESERVED_OFFSET + 5]!;
  const seventh = bytes[RESERVED_OFFSET + 7]!;
  return {
    fast: (seventh & 0x04) !== 0,
    extended: (fifth & 0x10) !== 0,
    dht: (seventh & 0x01) !== 0,
    v2: (seventh & 0x10) !== 0,
  };
}

function notAHandshake(at: number, byte: number): PeerError {
  return new PeerError("handshake-invalid", `byte ${at} of the handshake is ${byte}, wanted ${PROTOCOL[at]}`, {
    bep: 3,
  });
}
