/**
 * The peer wire alone: how fast a connection's bytes become messages and requests become bytes.
 *
 *   node --conditions=torrential-source bench/wire.ts
 *
 * The goal is over 1 GB/s of 16 KiB blocks on one core, the copy into the slab included: beside hashing (about 1.5 GB/s)
 * and the kernel the decoder must not be seen. MB below are 10^6 bytes.
 */
import { WireDecoder, WireWriter, writePieceHeader } from "@torrential/protocol";
import type { BlockTarget, WireMessage, WireSink } from "@torrential/protocol";
import { bench, do_not_optimize, run, summary } from "mitata";
import { reportRate } from "./lib/rate.ts";

const BLOCK_LENGTH = 16 * 1024;
const CHUNK_LENGTH = 256 * 1024; // The shared read buffer.
const SLAB_LENGTH = 64 * 1024 * 1024;

/** Puts blocks into the slab one after the other, as a piece's extents do. */
class SlabSink implements WireSink {
  readonly #target: { bytes: Uint8Array; offset: number };
  blocks = 0;
  numbers = 0;

  constructor(slab: Uint8Array) {
    this.#target = { bytes: slab, offset: 0 };
  }

  handleMessage(message: WireMessage): void {
    if (message.type === "have") this.numbers += message.piece;
    else if (message.type === "request") this.numbers += message.begin;
  }

  handleBlockStart(_piece: number, _begin: number, length: number): BlockTarget {
    const offset = this.#target.offset + length;
    this.#target.offset = offset + length > this.#target.bytes.length ? 0 : offset;
    return this.#target;
  }

  handleBlockEnd(): void {
    this.blocks++;
  }
}

/** A stream of `count` piece messages cut into chunks: headers fall anywhere, as they do behind a socket. */
function pieceChunks(count: number): Uint8Array[] {
  const stream = new Uint8Array(count * (13 + BLOCK_LENGTH));
  for (let i = 0; i < count; i++) {
    const at = i * (13 + BLOCK_LENGTH);
    writePieceHeader(stream, at, i >>> 6, (i & 63) * BLOCK_LENGTH, BLOCK_LENGTH);
    stream.fill(i, at + 13, at + 13 + BLOCK_LENGTH);
  }
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < stream.length; at += CHUNK_LENGTH) chunks.push(stream.subarray(at, at + CHUNK_LENGTH));
  return chunks;
}

function smallMessages(write: (writer: WireWriter, i: number) => void): Uint8Array {
  const writer = new WireWriter();
  for (let i = 0; i < 10_000; i++) write(writer, i);
  return writer.take();
}

/** One connection's worth of chunks. */
function decodeAll(chunks: readonly Uint8Array[], sink: WireSink): void {
  const decoder = new WireDecoder({ pieceCount: 100_000 });
  for (const chunk of chunks) decoder.receive(chunk, sink);
}

const blocks = 1024;
const pieces = pieceChunks(blocks);
const oneBuffer = pieceChunks(16);
const haves = smallMessages((writer, i) => writer.have(i));
const requests = smallMessages((writer, i) => writer.request(i >>> 6, (i & 63) * BLOCK_LENGTH, BLOCK_LENGTH));
const sharedSink = new SlabSink(new Uint8Array(new SharedArrayBuffer(SLAB_LENGTH)));
const hotSink = new SlabSink(new Uint8Array(new SharedArrayBuffer(1024 * 1024)));
const dropSink: WireSink = {
  handleMessage: () => undefined,
  handleBlockStart: () => undefined,
  handleBlockEnd: () => undefined,
};

const encodeRequests = (): void => {
  const writer = new WireWriter();
  for (let i = 0; i < 10_000; i++) {
    writer.request(i >>> 6, (i & 63) * BLOCK_LENGTH, BLOCK_LENGTH);
    if (i % 50 === 49) do_not_optimize(writer.take());
  }
};

const payload = blocks * BLOCK_LENGTH;
reportRate("blocks, from memory into a slab of 64 MiB", payload / 1e6, "MB/s", () => decodeAll(pieces, sharedSink));
reportRate("blocks, from cache into a piece of 1 MiB", (64 * 16 * BLOCK_LENGTH) / 1e6, "MB/s", () => {
  for (let i = 0; i < 64; i++) decodeAll(oneBuffer, hotSink);
});
reportRate("blocks, dropped", payload / 1e6, "MB/s", () => decodeAll(pieces, dropSink));
reportRate("haves read", 10, "thousand/s", () => decodeAll([haves], sharedSink));
reportRate("requests read", 10, "thousand/s", () => decodeAll([requests], sharedSink));
reportRate("requests written", 10, "thousand/s", encodeRequests);

summary(() => {
  bench("decode 1024 blocks into shared memory", () => decodeAll(pieces, sharedSink));
  bench("decode 10,000 haves", () => decodeAll([haves], sharedSink));
  bench("decode 10,000 requests", () => decodeAll([requests], sharedSink));
  bench("encode 10,000 requests", encodeRequests);
});
await run();
