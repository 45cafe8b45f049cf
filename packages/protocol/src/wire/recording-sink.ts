/** What a decoder told its sink, kept for tests to compare. */
import type { BlockTarget, WireSink } from "./decoder.ts";
import type { WireMessage } from "./messages.ts";

export interface RecordedBlock {
  readonly type: "piece";
  readonly piece: number;
  readonly begin: number;
  readonly bytes: Uint8Array;
}

/** Copies everything it is told, since it is told in views. */
export class RecordingSink implements WireSink {
  readonly seen: (WireMessage | RecordedBlock)[] = [];
  /** Blocks are dropped while this is set. */
  dropsBlocks = false;
  #block = new Uint8Array(0);

  handleMessage(message: WireMessage): void {
    if (message.type === "bitfield") this.seen.push({ ...message, bytes: message.bytes.slice() });
    else if (message.type === "extended") this.seen.push({ ...message, payload: message.payload.slice() });
    else this.seen.push(message);
  }

  handleBlockStart(_piece: number, _begin: number, length: number): BlockTarget | undefined {
    if (this.dropsBlocks) return undefined;
    // Off by three, to see that the offset counts.
    this.#block = new Uint8Array(length + 3);
    return { bytes: this.#block, offset: 3 };
  }

  handleBlockEnd(piece: number, begin: number, length: number, landed: boolean): void {
    const bytes = landed ? this.#block.slice(3) : new Uint8Array(0);
    if (landed && bytes.length !== length) throw new Error(`block of ${bytes.length} bytes, ${length} announced`);
    this.seen.push({ type: "piece", piece, begin, bytes });
  }
}
