/** A leecher by hand: takes all that one peer has and hashes each piece. */
import { createHash } from "node:crypto";
import { type Socket, connect } from "node:net";
import type { Fixture } from "./fixtures.ts";
import { ID, type WireFrame, WireReader, encodeFrame, encodeHandshake, encodeWords } from "./raw-wire.ts";

/** What a leecher of ours got from one peer. */
export interface LeechResult {
  readonly passedPieces: number;
  readonly failedPieces: number;
  readonly bytes: number;
  readonly seconds: number;
}

/**
 * Downloads every piece that one peer has, one after another, and hashes each. Ends when it has all, when the peer
 * leaves, or when nothing has come for `patienceMs`; or, rudely, after `leaveAfterBytes` with requests still open.
 */
export async function leech(
  fixture: Fixture,
  endpoint: { address: string; port: number; localAddress?: string },
  options: { patienceMs?: number; leaveAfterBytes?: number } = {},
): Promise<LeechResult> {
  const startedAt = performance.now();
  const { address, port, localAddress } = endpoint;
  const socket = connect({ host: address, port, ...(localAddress === undefined ? {} : { localAddress }) });
  socket.setTimeout(options.patienceMs ?? 30_000, () => socket.destroy());
  const leecher = new Leecher(fixture, socket, options.leaveAfterBytes ?? Number.POSITIVE_INFINITY);
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("close", () => resolve());
  });
  return { ...leecher.counts, seconds: (performance.now() - startedAt) / 1000 };
}

const BLOCK = 16_384;

class Leecher {
  readonly counts = { passedPieces: 0, failedPieces: 0, bytes: 0 };
  readonly #fixture: Fixture;
  readonly #socket: Socket;
  readonly #reader = new WireReader();
  #piece = -1;
  #blocks: Buffer[] = [];
  #missingBytes = 0;

  readonly #leaveAfterBytes: number;

  constructor(fixture: Fixture, socket: Socket, leaveAfterBytes: number) {
    this.#leaveAfterBytes = leaveAfterBytes;
    this.#fixture = fixture;
    this.#socket = socket;
    socket.once("connect", () =>
      socket.write(Buffer.concat([encodeHandshake(fixture.infoHash, "-RL0001-"), encodeFrame(ID.interested)])),
    );
    socket.on("data", (chunk: Buffer) => {
      for (const frame of this.#reader.read(chunk)) this.#handleFrame(frame);
    });
  }

  #handleFrame(frame: WireFrame): void {
    if (frame.type !== "message") return;
    if (frame.id === ID.unchoke && this.#piece < 0) this.#requestNext();
    if (frame.id === ID.piece) this.#handleBlock(frame.payload.readUInt32BE(4), frame.payload.subarray(8));
  }

  #requestNext(): void {
    this.#piece++;
    const { pieceLength, lengthBytes } = this.#fixture;
    const pieceBytes = Math.min(pieceLength, lengthBytes - this.#piece * pieceLength);
    if (pieceBytes <= 0) {
      this.#socket.end();
      return;
    }
    this.#missingBytes = pieceBytes;
    this.#blocks = [];
    for (let begin = 0; begin < pieceBytes; begin += BLOCK) {
      this.#socket.write(encodeFrame(ID.request, encodeWords(this.#piece, begin, Math.min(BLOCK, pieceBytes - begin))));
    }
  }

  #handleBlock(begin: number, block: Buffer): void {
    this.#blocks[begin / BLOCK] = Buffer.from(block);
    this.counts.bytes += block.length;
    this.#missingBytes -= block.length;
    if (this.counts.bytes >= this.#leaveAfterBytes) this.#socket.destroy();
    if (this.#missingBytes > 0) return;
    const wanted = this.#fixture.pieceHashes.subarray(20 * this.#piece, 20 * this.#piece + 20);
    const isGood = createHash("sha1").update(Buffer.concat(this.#blocks)).digest().equals(wanted);
    if (isGood) this.counts.passedPieces++;
    else this.counts.failedPieces++;
    this.#requestNext();
  }
}
