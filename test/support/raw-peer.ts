/**
 * A peer that speaks the wire protocol of BEP 3 by hand and can be told to misbehave. It shares nothing with the code
 * under test, and remembers what it was asked for and told.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { type Server, type Socket, createServer } from "node:net";
import { join } from "node:path";
import type { Fixture } from "./fixtures.ts";
import { ID, type WireFrame, WireReader, encodeFrame, encodeHandshake, encodeWords } from "./raw-wire.ts";

/** How a seed answers a request. */
export type Behaviour =
  | { readonly type: "good" }
  /** Right lengths, wrong bytes; only in these pieces when given. */
  | { readonly type: "garbage"; readonly pieces?: readonly number[] }
  /** One bit of each fourth block is wrong. */
  | { readonly type: "flipped-bit" }
  /** The first block of each piece is right, the others are garbage. */
  | { readonly type: "garbage-after-first" }
  /** Answers, and sends the torrent's first block too, which nobody asked for. */
  | { readonly type: "surplus" }
  /** Says that it has everything, and rejects each request (BEP 6). */
  | { readonly type: "liar" }
  /** Says HAVE for every piece again and again, and has nothing. */
  | { readonly type: "have-spam" }
  /** Chokes after each second block, and unchokes a moment later. */
  | { readonly type: "choke-flapping" }
  /** Unchokes and never sends a block. */
  | { readonly type: "mute" }
  /** Hangs up instead of answering, after this many blocks. */
  | { readonly type: "disconnect"; readonly afterBlocks: number }
  /** Answers with another block than the one that was asked for. */
  | { readonly type: "wrong-offset" }
  /** A frame that claims four gigabytes. */
  | { readonly type: "huge-frame" }
  /** A bitfield with spare bits set. */
  | { readonly type: "bad-bitfield" }
  /** A handshake for another torrent. */
  | { readonly type: "wrong-info-hash" }
  /** Accepts and says nothing at all. */
  | { readonly type: "silent" };

export interface RequestSeen {
  readonly piece: number;
  readonly begin: number;
  readonly length: number;
  readonly connection: number;
  readonly atMs: number;
}

export interface HaveSeen {
  readonly piece: number;
  readonly connection: number;
  readonly atMs: number;
}

/** A seed of one torrent's data. */
export class RawSeed implements AsyncDisposable {
  readonly requests: RequestSeen[] = [];
  readonly haves: HaveSeen[] = [];
  /** Payload bytes handed over. */
  uploaded = 0;
  /** How many connections were taken, and how many of them are open. */
  accepted = 0;
  open = 0;
  behaviour: Behaviour;
  /** Bytes per second; undefined is unlimited. */
  rateBytesPerSec: number | undefined;
  readonly #fixture: Fixture;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #endpoint = { address: "", port: 0 };
  #nextSendMs = 0;

  private constructor(fixture: Fixture, behaviour: Behaviour) {
    this.#fixture = fixture;
    this.behaviour = behaviour;
    this.#server = createServer((socket) => this.#handleSocket(socket));
  }

  static async start(
    fixture: Fixture,
    options: { behaviour?: Behaviour; address?: string; rateBytesPerSec?: number } = {},
  ): Promise<RawSeed> {
    const seed = new RawSeed(fixture, options.behaviour ?? { type: "good" });
    seed.rateBytesPerSec = options.rateBytesPerSec;
    const address = options.address ?? "127.0.0.1";
    await new Promise<void>((resolve, reject) => {
      seed.#server.once("error", reject);
      seed.#server.listen({ host: address, port: 0 }, resolve);
    });
    const bound = seed.#server.address();
    if (bound === null || typeof bound === "string") throw new Error("The seed has no port");
    seed.#endpoint = { address, port: bound.port };
    return seed;
  }

  get endpoint(): { address: string; port: number } {
    return this.#endpoint;
  }

  /** As `--peer` wants it. */
  get hostPort(): string {
    return `${this.#endpoint.address}:${this.#endpoint.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #handleSocket(socket: Socket): void {
    const connection = ++this.accepted;
    this.open++;
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.once("close", () => {
      this.open--;
      this.#sockets.delete(socket);
    });
    if (this.behaviour.type === "silent") return;
    const reader = new WireReader();
    let isGreeted = false;
    let served = 0;
    socket.on("data", (chunk: Buffer) => {
      for (const frame of reader.read(chunk)) {
        if (!isGreeted) this.#greet(socket);
        isGreeted = true;
        if (frame.type === "message" && frame.id === ID.request) this.#answer(socket, connection, frame, served++);
        else this.#handleFrame(socket, connection, frame);
      }
    });
  }

  #greet(socket: Socket): void {
    const isWrong = this.behaviour.type === "wrong-info-hash";
    const infoHash = isWrong ? "ff".repeat(20) : this.#fixture.infoHash;
    const { type } = this.behaviour;
    socket.write(encodeHandshake(infoHash, "-RW0001-", { fast: type === "liar" }));
    if (type === "have-spam") this.#spam(socket);
    else socket.write(encodeFrame(ID.bitfield, this.#bitfield()));
  }

  /** As fast as the other side reads. */
  #spam(socket: Socket): void {
    const pieceCount = this.#fixture.pieceHashes.length / 20;
    const haves = Array.from({ length: pieceCount }, (_, piece) => encodeFrame(ID.have, encodeWords(piece)));
    const say = (): void => {
      if (!socket.destroyed) socket.write(Buffer.concat(haves), () => setTimeout(say, 10));
    };
    say();
  }

  #handleFrame(socket: Socket, connection: number, frame: WireFrame): void {
    if (frame.type !== "message") return;
    if (frame.id === ID.interested)
      socket.write(this.behaviour.type === "huge-frame" ? Buffer.from("ffffffff07", "hex") : encodeFrame(ID.unchoke));
    if (frame.id === ID.have)
      this.haves.push({ piece: frame.payload.readUInt32BE(0), connection, atMs: performance.now() });
  }

  #answer(socket: Socket, connection: number, frame: Extract<WireFrame, { type: "message" }>, served: number): void {
    const [piece, begin, length] = [0, 4, 8].map((at) => frame.payload.readUInt32BE(at));
    if (piece === undefined || begin === undefined || length === undefined) return;
    this.requests.push({ piece, begin, length, connection, atMs: performance.now() });
    const mood = this.behaviour;
    if (mood.type === "mute" || mood.type === "have-spam") return;
    if (mood.type === "liar") {
      socket.write(encodeFrame(ID.reject, encodeWords(piece, begin, length)));
      return;
    }
    if (mood.type === "disconnect" && served >= mood.afterBlocks) {
      socket.destroy();
      return;
    }
    const block = readBlock(this.#fixture, piece, begin, length);
    if (mood.type === "garbage" && (mood.pieces?.includes(piece) ?? true)) block.fill(0x5a);
    if (mood.type === "garbage-after-first" && begin > 0) block.fill(0x5a);
    if (mood.type === "flipped-bit" && (begin / length) % 4 === 3) block[length >> 1]! ^= 0x10;
    if (mood.type === "surplus") this.#send(socket, encodeBlock(0, 0, readBlock(this.#fixture, 0, 0, length)), length);
    if (mood.type === "choke-flapping" && served % 2 === 1) this.#flap(socket);
    this.#send(socket, encodeBlock(piece, mood.type === "wrong-offset" ? begin ^ 0x4000 : begin, block), length);
  }

  #flap(socket: Socket): void {
    socket.write(encodeFrame(ID.choke));
    setTimeout(() => {
      if (!socket.destroyed) socket.write(encodeFrame(ID.unchoke));
    }, 50);
  }

  /** Paced by one clock for all connections, like one slow uplink. */
  #send(socket: Socket, bytes: Buffer, length: number): void {
    const deliver = (): void => {
      if (socket.destroyed) return;
      this.uploaded += length;
      socket.write(bytes);
    };
    if (this.rateBytesPerSec === undefined) {
      deliver();
      return;
    }
    const now = performance.now();
    this.#nextSendMs = Math.max(this.#nextSendMs, now) + (length / this.rateBytesPerSec) * 1000;
    setTimeout(deliver, this.#nextSendMs - now);
  }

  #bitfield(): Buffer {
    const pieceCount = this.#fixture.pieceHashes.length / 20;
    const bytes = Buffer.alloc(Math.ceil(pieceCount / 8), 0xff);
    const spare = (8 - (pieceCount % 8)) % 8;
    const last = bytes.length - 1;
    if (this.behaviour.type !== "bad-bitfield") bytes[last] = (0xff << spare) & 0xff;
    else if (spare === 0) return Buffer.concat([bytes, Buffer.of(0x80)]);
    return bytes;
  }
}

function encodeBlock(piece: number, begin: number, block: Buffer): Buffer {
  return encodeFrame(ID.piece, Buffer.concat([encodeWords(piece, begin), block]));
}

/** Bytes of the torrent, from the files of its source. */
function readBlock(fixture: Fixture, piece: number, begin: number, length: number): Buffer {
  const block = Buffer.alloc(length);
  const from = piece * fixture.pieceLength + begin;
  let fileStart = 0;
  for (const file of fixture.files) {
    const start = Math.max(from, fileStart);
    const end = Math.min(from + length, fileStart + file.lengthBytes);
    if (start < end)
      readInto(
        join(fixture.dataDir, fixture.name, ...file.path),
        block.subarray(start - from, end - from),
        start - fileStart,
      );
    fileStart += file.lengthBytes;
  }
  return block;
}

function readInto(path: string, target: Buffer, position: number): void {
  const descriptor = openSync(path, "r");
  readSync(descriptor, target, 0, target.length, position);
  closeSync(descriptor);
}
