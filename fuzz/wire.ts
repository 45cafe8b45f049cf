/** A stream decodes alike however it is cut, or is refused alike. */
import { TorrentialError } from "@torrential/core";
import {
  encodeMessage,
  type OutgoingMessage,
  WireDecoder,
  type WireMessage,
  type WireSink,
} from "@torrential/protocol";

const PIECE_COUNT = 40;

const messages: readonly OutgoingMessage[] = [
  { type: "bitfield", bytes: new Uint8Array(5) },
  { type: "unchoke" },
  { type: "have", piece: 3 },
  { type: "request", piece: 1, begin: 0, length: 16_384 },
  { type: "extended", id: 0, payload: new Uint8Array(9) },
  { type: "keep-alive" },
];

export const seeds: readonly Uint8Array[] = [Buffer.concat(messages.map((message) => encodeMessage(message)))];

/** Writes down what it is told, in words. */
class Notes implements WireSink {
  readonly lines: string[] = [];
  readonly #bytes = new Uint8Array(1 << 18);

  handleMessage(message: WireMessage): void {
    this.lines.push(
      JSON.stringify(message, (_key, value: unknown) => (value instanceof Uint8Array ? [...value].join() : value)),
    );
  }

  handleBlockStart(piece: number, begin: number, length: number): { bytes: Uint8Array; offset: number } | undefined {
    this.lines.push(`start ${piece} ${begin} ${length}`);
    return { bytes: this.#bytes, offset: 0 };
  }

  handleBlockEnd(piece: number, begin: number, length: number, landed: boolean): void {
    this.lines.push(`end ${piece} ${begin} ${landed} ${this.#bytes.subarray(0, length).join()}`);
  }
}

function decode(chunks: readonly Uint8Array[]): string {
  const notes = new Notes();
  const decoder = new WireDecoder({ pieceCount: PIECE_COUNT });
  try {
    for (const chunk of chunks) decoder.receive(chunk.slice(), notes);
  } catch (error) {
    if (!(error instanceof TorrentialError)) throw error;
    notes.lines.push(error.code);
  }
  return notes.lines.join("\n");
}

export function fuzz(input: Uint8Array): void {
  const whole = decode([input]);
  const half = input.length >> 1;
  if (decode([input.subarray(0, half), input.subarray(half)]) !== whole)
    throw new Error("decodes differently in halves");
  const bytes = Array.from(input, (_, index) => input.subarray(index, index + 1));
  if (decode(bytes) !== whole) throw new Error("decodes differently byte by byte");
}
