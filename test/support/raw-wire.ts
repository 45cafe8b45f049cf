/** The frames of BEP 3, read and written plainly. */
import { randomBytes } from "node:crypto";

export type WireFrame =
  | { readonly type: "handshake"; readonly infoHash: string; readonly peerId: Buffer }
  | { readonly type: "keep-alive" }
  | { readonly type: "message"; readonly id: number; readonly payload: Buffer };

const PROTOCOL = Buffer.from("\x13BitTorrent protocol", "latin1");
const HANDSHAKE_LENGTH = 68;

/** Offers no extension but, when told to, the fast one (BEP 6). `peerIdPrefix` is padded with randomness. */
export function encodeHandshake(
  infoHash: string,
  peerIdPrefix: string,
  options: { readonly fast?: boolean } = {},
): Buffer {
  const peerId = Buffer.concat([Buffer.from(peerIdPrefix), randomBytes(20 - peerIdPrefix.length)]);
  const reserved = Buffer.alloc(8);
  if (options.fast === true) reserved[7] = 0x04;
  return Buffer.concat([PROTOCOL, reserved, Buffer.from(infoHash, "hex"), peerId]);
}

export function encodeFrame(id: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const frame = Buffer.alloc(5 + payload.length);
  frame.writeUInt32BE(1 + payload.length, 0);
  frame[4] = id;
  frame.set(payload, 5);
  return frame;
}

/** Cuts a stream, in any pieces, into frames: the handshake first. */
export class WireReader {
  #rest = Buffer.alloc(0);
  #isGreeted = false;

  /** The frames that `chunk` completes. */
  read(chunk: Buffer): WireFrame[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: WireFrame[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): WireFrame | undefined {
    if (!this.#isGreeted) {
      const bytes = this.#take(HANDSHAKE_LENGTH);
      if (bytes === undefined) return undefined;
      this.#isGreeted = true;
      return { type: "handshake", infoHash: bytes.toString("hex", 28, 48), peerId: bytes.subarray(48) };
    }
    if (this.#rest.length < 4) return undefined;
    const bytes = this.#take(4 + this.#rest.readUInt32BE(0));
    if (bytes === undefined) return undefined;
    return bytes.length === 4
      ? { type: "keep-alive" }
      : { type: "message", id: bytes[4] ?? 0, payload: bytes.subarray(5) };
  }

  #take(length: number): Buffer | undefined {
    if (this.#rest.length < length) return undefined;
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }
}

/** Big-endian 32-bit words. */
export function encodeWords(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

/** Message ids of BEP 3. */
export const ID = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  reject: 16,
} as const;
