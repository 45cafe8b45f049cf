/** The pieces of one info dictionary as they come in: each written once, with its sender. */
import { concatBytes, sha1, toHex } from "@torrential/core";
import { metadataPieceCount } from "@torrential/protocol";

/** Who sent which bytes: compared with the right ones once these are known. */
export interface Testimony {
  readonly sender: number;
  readonly piece: number;
  readonly digest: string;
}

export class Assembly {
  readonly lengthBytes: number;
  readonly #pieces: (Uint8Array | undefined)[];
  readonly #senders: number[];
  #missing: number;
  #receivedBytes = 0;

  /** Memory is taken as pieces arrive, not on the word of who named the length. */
  constructor(lengthBytes: number) {
    this.lengthBytes = lengthBytes;
    const count = metadataPieceCount(lengthBytes);
    this.#pieces = Array.from({ length: count }, () => undefined);
    this.#senders = Array.from({ length: count }, () => 0);
    this.#missing = count;
  }

  get pieceCount(): number {
    return this.#pieces.length;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  get isComplete(): boolean {
    return this.#missing === 0;
  }

  has(piece: number): boolean {
    return this.#pieces[piece] !== undefined;
  }

  /** Copies `bytes`; the first to come stays. */
  put(piece: number, bytes: Uint8Array, sender: number): void {
    if (piece >= this.pieceCount || this.has(piece)) return;
    this.#pieces[piece] = bytes.slice();
    this.#senders[piece] = sender;
    this.#missing -= 1;
    this.#receivedBytes += bytes.length;
  }

  /** Everybody who sent a piece. */
  get senders(): ReadonlySet<number> {
    return new Set(this.#senders.filter((_, piece) => this.has(piece)));
  }

  join(): Uint8Array {
    return concatBytes(this.#pieces.filter((piece) => piece !== undefined));
  }

  testimonies(): readonly Testimony[] {
    return this.#pieces.flatMap((bytes, piece) =>
      bytes === undefined ? [] : [{ sender: this.#senders[piece] ?? 0, piece, digest: digestOf(bytes) }],
    );
  }
}

export function digestOf(bytes: Uint8Array): string {
  return toHex(sha1(bytes));
}
