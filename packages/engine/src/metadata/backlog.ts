/**
 * What a peer said before we know how many pieces there are: kept raw, in at most 256 KiB (PROMISES C11), and said again
 * when the torrent can listen.
 */
import { checkBitfield, PeerError, PIECES_MAX, type WireMessage } from "@torrential/protocol";

/** Suggestions and allowed-fast pieces worth keeping, each. */
const HINTS_MAX = 100;

export class Backlog {
  #claim: "have-all" | "have-none" | undefined;
  /** Length of the bitfield as it came; undefined when none did. */
  #bitfieldLength: number | undefined;
  #bits = new Uint8Array(0);
  #isChoking = true;
  #isInterested = false;
  readonly #allowedFast = new Set<number>();
  readonly #suggested = new Set<number>();

  /** Byte fields are copied. */
  handleMessage(message: WireMessage): void {
    switch (message.type) {
      case "choke":
      case "unchoke":
        this.#isChoking = message.type === "choke";
        return;
      case "interested":
      case "not-interested":
        this.#isInterested = message.type === "interested";
        return;
      case "have-all":
      case "have-none":
        this.#claim = message.type;
        return;
      case "have":
        return this.#addPiece(message.piece);
      case "bitfield":
        return this.#addBitfield(message.bytes);
      case "allowed-fast":
        return keep(this.#allowedFast, message.piece);
      case "suggest":
        return keep(this.#suggested, message.piece);
      default:
        return;
    }
  }

  /**
   * The messages that say the same to a torrent of so many pieces, in an order that any peer could have sent them in.
   * Throws PeerError when they do not fit it.
   */
  messages(pieceCount: number): readonly WireMessage[] {
    const messages: WireMessage[] = [];
    if (this.#claim !== undefined) messages.push({ type: this.#claim });
    const bytes = this.#fitBits(pieceCount);
    if (bytes !== undefined) messages.push({ type: "bitfield", bytes });
    for (const piece of this.#allowedFast) messages.push({ type: "allowed-fast", piece });
    if (!this.#isChoking) messages.push({ type: "unchoke" });
    if (this.#isInterested) messages.push({ type: "interested" });
    for (const piece of this.#suggested) messages.push({ type: "suggest", piece });
    return messages;
  }

  #addPiece(piece: number): void {
    this.#grow((piece >>> 3) + 1);
    const at = piece >>> 3;
    this.#bits[at] = (this.#bits[at] ?? 0) | (0x80 >>> (piece & 7));
  }

  #addBitfield(bytes: Uint8Array): void {
    this.#bitfieldLength ??= bytes.length;
    if (bytes.length !== this.#bitfieldLength) {
      const got = `a bitfield of ${bytes.length} bytes after one of ${this.#bitfieldLength}`;
      throw new PeerError("bitfield-invalid", got, { bep: 3 });
    }
    this.#grow(bytes.length);
    bytes.forEach((byte, at) => (this.#bits[at] = (this.#bits[at] ?? 0) | byte));
  }

  /** At least `lengthBytes` long, and never longer than any torrent needs. */
  #grow(lengthBytes: number): void {
    if (lengthBytes <= this.#bits.length) return;
    const grown = new Uint8Array(Math.min(PIECES_MAX / 8, Math.max(lengthBytes, 2 * this.#bits.length)));
    grown.set(this.#bits);
    this.#bits = grown;
  }

  #fitBits(pieceCount: number): Uint8Array | undefined {
    if (this.#bits.length === 0) return undefined;
    const lengthBytes = Math.ceil(pieceCount / 8);
    if (this.#bitfieldLength !== undefined && this.#bitfieldLength !== lengthBytes) {
      const got = `bitfield of ${this.#bitfieldLength} bytes, wanted ${lengthBytes}`;
      throw new PeerError("bitfield-invalid", got, { bep: 3 });
    }
    if (this.#bits.subarray(lengthBytes).some((byte) => byte !== 0)) {
      throw new PeerError("piece-out-of-range", `have of a piece beyond the last of ${pieceCount}`, { bep: 3 });
    }
    const bytes = new Uint8Array(lengthBytes);
    bytes.set(this.#bits.subarray(0, lengthBytes));
    checkBitfield(bytes, pieceCount);
    return bytes;
  }
}

function keep(set: Set<number>, piece: number): void {
  if (set.size < HINTS_MAX) set.add(piece);
}
