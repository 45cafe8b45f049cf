import { Bitfield, BLOCK_LENGTH } from "@torrential/core";
import type { BlockRange } from "@torrential/protocol";
import { describe, expect, it } from "vitest";
import { fixedRate } from "../bandwidth/strategies/fixed.ts";
import { PiecePicker } from "../picker/picker.ts";
import type { DiskJob } from "../ports/disk.ts";
import { CACHE_UNIT_BYTES } from "../storage/read-cache.ts";
import type { Peer } from "../swarm/peer.ts";
import { KIB, makeContext, type TestContext, type TestContextOptions } from "../test-support/context.ts";
import {
  makePeer,
  makeRevealing,
  type SentBlock,
  type TestPeerOptions,
  WireReader,
  written,
} from "../test-support/peers.ts";
import type { Proof } from "./proofs.ts";
import { Uploads } from "./uploads.ts";

const RANGE: BlockRange = { piece: 0, begin: 0, length: BLOCK_LENGTH };

describe("uploads", () => {
  it("read the unit, then send exactly the bytes that were asked for", () => {
    const world = start();
    world.uploads.handleRequest(world.peer, { piece: 1, begin: 100, length: 500 }, 0);
    expect(world.sent()).toEqual([]);
    world.finishReads();
    const from = 32 * KIB + 100;
    const bytes = world.payload.slice(from, from + 500);
    expect(world.sent()).toEqual([{ type: "piece", piece: 1, begin: 100, bytes }]);
    expect([world.peer.up.totalBytes, world.peer.uploadedSinceUnchoke]).toEqual([500, 500]);
  });

  it("send a request that spans two units as one block", () => {
    const world = start({ pieceLength: 512 * KIB });
    const range = { piece: 0, begin: 250 * KIB, length: 12 * KIB };
    world.uploads.handleRequest(world.peer, range, 0);
    world.finishReads();
    world.finishReads();
    const [block] = world.sent();
    expect(block?.bytes).toEqual(world.payload.slice(250 * KIB, 262 * KIB));
  });

  it("reject a choked peer's request, without the fast extension in silence", () => {
    for (const fast of [true, false]) {
      const world = start({ fast, isChoked: true });
      world.uploads.handleRequest(world.peer, RANGE, 0);
      expect(written(world.peer)).toEqual(fast ? [{ type: "reject", ...RANGE }] : []);
      expect(world.peer.requests).toEqual([]);
    }
  });

  it("serve allowed-fast pieces to a choked peer", () => {
    const world = start({ isChoked: true });
    world.peer.allowedFast = new Set([0]);
    world.uploads.handleRequest(world.peer, RANGE, 0);
    world.uploads.handleRequest(world.peer, { ...RANGE, piece: 1 }, 0);
    expect(written(world.peer)).toEqual([{ type: "reject", ...RANGE, piece: 1 }]);
    world.finishReads();
    expect(world.sent()).toMatchObject([{ piece: 0 }]);
  });

  it("never send a piece that is not verified", () => {
    const world = start({ have: [1] });
    world.uploads.handleRequest(world.peer, RANGE, 0);
    expect(written(world.peer)).toEqual([{ type: "reject", ...RANGE }]);
    expect(world.takeJobs()).toEqual([]);
  });

  it("hold a piece back until it is proven", () => {
    let isProven = false;
    const world = start({ proof: { mayLeave: () => isProven } });
    world.uploads.handleRequest(world.peer, RANGE, 0);
    world.finishReads();
    expect([world.sent(), world.peer.requests.length]).toEqual([[], 1]);
    isProven = true;
    world.uploads.pump(world.peer, 0);
    world.finishReads();
    expect(world.sent()).toMatchObject([{ piece: 0 }]);
  });

  it.each([
    { piece: 4, begin: 0, length: 1 },
    { piece: 3, begin: 20_000, length: 1 },
    { piece: 0, begin: 0, length: 131_073 },
    { piece: 0, begin: 0, length: 0 },
  ])("break with a peer that asks for $piece:$begin+$length", (range) => {
    const world = start();
    const breach = expect.objectContaining({ code: "request-invalid" });
    expect(() => world.uploads.handleRequest(world.peer, range, 0)).toThrow(breach);
  });

  it("break with a peer that queues more than two thousand requests", () => {
    const world = start();
    for (let count = 0; count < 2_000; count++) world.uploads.handleRequest(world.peer, RANGE, 0);
    const breach = expect.objectContaining({ code: "flood" });
    expect(() => world.uploads.handleRequest(world.peer, RANGE, 0)).toThrow(breach);
  });

  it("break with a peer that makes us reject without end and reads none of it", () => {
    const world = start({ isChoked: true });
    const flood = (): void => {
      for (let count = 0; count < 200_000; count++) world.uploads.handleRequest(world.peer, RANGE, 0);
    };
    expect(flood).toThrow(expect.objectContaining({ code: "flood" }));
    expect(world.peer.send.unsentBytes).toBeLessThan(3 * 1024 * KIB);
  });

  it("end a cancelled request with a reject, and an unknown one with nothing", () => {
    const world = start();
    world.uploads.handleRequest(world.peer, RANGE, 0);
    world.uploads.handleCancel(world.peer, RANGE);
    world.uploads.handleCancel(world.peer, RANGE);
    expect(written(world.peer)).toEqual([{ type: "reject", ...RANGE }]);
    world.finishReads();
    expect(world.sent()).toEqual([]);
  });

  it("end all requests with a choke, save those for allowed-fast pieces", () => {
    const world = start();
    world.peer.allowedFast = new Set([1]);
    const fast = { ...RANGE, piece: 1 };
    world.uploads.handleRequest(world.peer, RANGE, 0);
    world.uploads.handleRequest(world.peer, fast, 0);
    world.uploads.handleChoked(world.peer);
    expect(written(world.peer)).toEqual([{ type: "reject", ...RANGE }]);
    expect(world.peer.requests).toEqual([fast]);
  });

  it("queue no more than the socket can take, and go on as it empties", () => {
    const world = start({ pieceLength: 512 * KIB });
    for (let block = 0; block < 32; block++)
      world.uploads.handleRequest(world.peer, { ...RANGE, begin: block * BLOCK_LENGTH }, 0);
    world.finishReads();
    world.finishReads();
    expect(world.sent()).toHaveLength(8);
    world.uploads.pump(world.peer, 60_000);
    expect(world.sent()).toHaveLength(0);
    world.peer.send.handleTransmitted(2 * (BLOCK_LENGTH + 13), world.context.slab);
    world.uploads.pump(world.peer, 60_000);
    expect(world.sent()).toHaveLength(2);
  });

  it.each([
    { rate: "slow", bytesBefore: 0, units: [0] },
    { rate: "fast", bytesBefore: 64 * 1024 * KIB, units: [0, 1, 2, 3] },
  ])("read ahead as far as a $rate peer soon comes, every unit on the way", ({ bytesBefore, units }) => {
    const world = start({ pieceLength: 4_096 * KIB, files: [{ lengthBytes: 4_096 * KIB }] });
    world.peer.up.add(bytesBefore, 0);
    for (let block = 0; block < 256; block++)
      world.peer.requests.push({ piece: 0, begin: block * BLOCK_LENGTH, length: BLOCK_LENGTH });
    world.uploads.pump(world.peer, 0);
    const begins = world.takeJobs().flatMap((job) => (job.type === "read" ? [job.begin] : []));
    expect(begins).toEqual(units.map((unit) => unit * CACHE_UNIT_BYTES));
  });

  it("wait for a ticket, and keep what was granted of one", () => {
    const world = start();
    world.context.bandwidth.setStrategy(world.peer.node, "up", fixedRate(0), 0);
    world.uploads.handleRequest(world.peer, RANGE, 0);
    world.finishReads();
    expect([world.sent(), world.peer.isUploadBlocked]).toEqual([[], true]);
    world.peer.uploadCredit = BLOCK_LENGTH + 5;
    world.uploads.pump(world.peer, 0);
    expect([world.sent().length, world.peer.uploadCredit, world.peer.isUploadBlocked]).toEqual([1, 5, false]);
  });

  it("send nothing to a peer that is gone", () => {
    const world = start();
    world.uploads.handleRequest(world.peer, RANGE, 0);
    world.peer.isDropped = true;
    world.finishReads();
    expect(world.sent()).toEqual([]);
  });
});

interface World extends TestContext {
  readonly peer: Peer;
  readonly uploads: Uploads;
  /** Answers all reads with the torrent's bytes. */
  readonly finishReads: () => void;
  /** Blocks sent since the last call. */
  readonly sent: () => readonly SentBlock[];
}

interface Options extends TestContextOptions, TestPeerOptions {
  readonly isChoked?: boolean;
  readonly have?: readonly number[];
  readonly proof?: Proof;
}

function start(options: Options = {}): World {
  const test = makeContext(options);
  const { context, payload, take } = test;
  const have = new Bitfield(context.geometry.pieceCount);
  for (let piece = 0; piece < have.length; piece++)
    if (options.have === undefined || options.have.includes(piece)) have.set(piece);
  const picker = new PiecePicker({ geometry: context.geometry, have, random: context.random });
  const uploads = new Uploads(context, picker.have, makeRevealing(context), options.proof);
  const peer = makePeer(context, picker, options);
  peer.amChoking = options.isChoked ?? false;
  const reader = new WireReader();
  const segments: SharedArrayBuffer[] = [];
  const reads: Extract<DiskJob, { type: "read" }>[] = [];
  const chunks: Uint8Array[] = [];
  const collect = (): void => {
    for (const output of take()) {
      if (output.type === "slab") segments.push(output.buffer);
      if (output.type === "disk" && output.job.type === "read") reads.push(output.job);
      if (output.type === "transmit") chunks.push(...output.chunks);
    }
  };
  const finishRead = (job: Extract<DiskJob, { type: "read" }>): void => {
    const { segment, offset, length } = job.extent;
    const at = context.geometry.pieceOffset(job.piece) + job.begin;
    new Uint8Array(segments[segment]!, offset, length).set(payload.subarray(at, at + length));
    for (const waiter of context.cache.handleRead(job.job) ?? []) if (waiter === peer.connection) uploads.pump(peer, 0);
  };
  return {
    ...test,
    peer,
    uploads,
    finishReads: () => {
      collect();
      for (const job of reads.splice(0)) finishRead(job);
    },
    sent: () => {
      peer.send.flush(context.out);
      collect();
      const messages = chunks.splice(0).flatMap((chunk) => reader.read(chunk));
      return messages.flatMap((each) => (each.type === "piece" ? [each] : []));
    },
  };
}
