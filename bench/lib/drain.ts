/**
 * Leechers that throw away what they get, cheaper than any client, so that a seed can be measured on a small machine.
 *
 * drain.ts ADDRESS PORT INFOHASH LENGTH PIECE_LENGTH CONNECTIONS SECONDS prints {"open":true} when every connection
 * is being served, and {"bytes":…,"seconds":…,"each":[…]} when the timed window has closed.
 */
import { type Socket, connect } from "node:net";
import { ID, encodeFrame, encodeHandshake, encodeWords } from "../../test/support/raw-wire.ts";

const BLOCK = 16_384;
/** 8 MiB on the way: less than any client's own limit on requests that wait. */
const DEPTH = 500;
const READ_BUFFER = 256 * 1024;
const WARM_UP_MS = 1500;

/** One connection: counts piece frames as they pass and keeps `DEPTH` requests on the way. Nothing is kept or checked. */
class Drain {
  bytes = 0;
  readonly #socket: Socket;
  readonly #blockCount: number;
  readonly #pieceLength: number;
  readonly #header = Buffer.alloc(5);
  #headerLength = 0;
  /** Bytes of the current frame that are still to pass. */
  #skip = 68;
  #isPiece = false;
  #isChoked = true;
  #next: number;

  constructor(options: {
    address: string;
    port: number;
    infoHash: string;
    lengthBytes: number;
    pieceLength: number;
    index: number;
  }) {
    // Whole blocks only.
    this.#blockCount = Math.floor(options.lengthBytes / BLOCK);
    this.#pieceLength = options.pieceLength;
    this.#next = Math.floor((this.#blockCount / 8) * options.index) % this.#blockCount;
    const buffer = Buffer.allocUnsafe(READ_BUFFER);
    const onread = { buffer, callback: (length: number): boolean => this.#handleData(buffer, length) };
    this.#socket = connect({
      host: options.address,
      port: options.port,
      localAddress: `198.18.2.${options.index + 1}`,
      noDelay: true,
      onread,
    });
    this.#socket.once("error", (error) => fail(error.message));
    this.#socket.write(Buffer.concat([encodeHandshake(options.infoHash, "-RD0001-"), encodeFrame(ID.interested)]));
  }

  // hot
  #handleData(buffer: Buffer, length: number): boolean {
    let at = 0;
    let finished = 0;
    while (at < length) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, length - at);
        this.#skip -= passed;
        at += passed;
        if (this.#skip === 0 && this.#isPiece) finished++;
        if (this.#skip === 0) this.#isPiece = false;
        continue;
      }
      this.#header[this.#headerLength++] = buffer[at++] ?? 0;
      if (this.#headerLength >= 4) this.#handleHeader();
    }
    if (finished > 0) {
      this.bytes += finished * BLOCK;
      if (!this.#isChoked) this.#request(finished);
    }
    return true;
  }

  #handleHeader(): void {
    const size = this.#header.readUInt32BE(0);
    if (size > 0 && this.#headerLength < 5) return;
    this.#headerLength = 0;
    if (size === 0) return;
    const id = this.#header[4];
    this.#skip = size - 1;
    this.#isPiece = id === ID.piece;
    if (id === ID.choke) this.#isChoked = true;
    if (id === ID.unchoke && this.#isChoked) {
      this.#isChoked = false;
      this.#request(DEPTH);
    }
  }

  #request(count: number): void {
    const frames: Buffer[] = [];
    for (let sent = 0; sent < count; sent++) {
      const offset = this.#next * BLOCK;
      frames.push(
        encodeFrame(ID.request, encodeWords(Math.floor(offset / this.#pieceLength), offset % this.#pieceLength, BLOCK)),
      );
      this.#next = (this.#next + 1) % this.#blockCount;
    }
    this.#socket.write(Buffer.concat(frames));
  }
}

function fail(message: string): never {
  process.stdout.write(`${JSON.stringify({ error: message })}\n`);
  process.exit(1);
}

const [address = "", port = "", infoHash = "", lengthBytes = "", pieceLength = "", connections = "", seconds = ""] =
  process.argv.slice(2);
const drains = Array.from(
  { length: Number(connections) },
  (_, index) =>
    new Drain({
      address,
      port: Number(port),
      infoHash,
      lengthBytes: Number(lengthBytes),
      pieceLength: Number(pieceLength),
      index,
    }),
);
const startedAt = performance.now();

const opening = setInterval(() => {
  if (performance.now() - startedAt > 60_000)
    fail(`${drains.filter((it) => it.bytes === 0).length} of ${connections} leechers got nothing for a minute`);
  if (performance.now() - startedAt < WARM_UP_MS || drains.some((it) => it.bytes === 0)) return;
  clearInterval(opening);
  const openedAt = performance.now();
  const before = drains.map((it) => it.bytes);
  process.stdout.write('{"open":true}\n');
  setTimeout(
    () => {
      const each = drains.map((it, index) => it.bytes - (before[index] ?? 0));
      const bytes = each.reduce((sum, it) => sum + it, 0);
      process.stdout.write(`${JSON.stringify({ bytes, seconds: (performance.now() - openedAt) / 1000, each })}\n`);
      process.exit(0);
    },
    Number(seconds) * 1000,
  );
}, 20);
