import { Bitfield } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { PiecePicker } from "../picker/picker.ts";
import type { SessionOutput } from "../session/outputs.ts";
import { KIB, makeContext, type TestContextOptions } from "../test-support/context.ts";
import { type ReadRequest, Reads } from "./reads.ts";

describe("reads for streams", () => {
  it("answer with the bytes of a piece that is here", () => {
    const { reads, picker, payload, finishReads } = start({ have: [1] });
    reads.add(read({ piece: 1, begin: 10, length: 100 }), picker, 0);
    const bytes = payload.slice(32 * KIB + 10, 32 * KIB + 110);
    expect(finishReads()).toEqual([{ type: "read-done", request: 7, result: { ok: true, bytes } }]);
  });

  it("put together what lies in several units", () => {
    const { reads, picker, payload, finishReads } = start({ pieceLength: 512 * KIB, have: [0] });
    reads.add(read({ piece: 0, begin: 200 * KIB, length: 300 * KIB }), picker, 0);
    const [done] = finishReads();
    const bytes = payload.slice(200 * KIB, 500 * KIB);
    expect(done).toEqual({ type: "read-done", request: 7, result: { ok: true, bytes } });
  });

  it("wait for a piece that is not verified, which is then asked for first", () => {
    const { reads, picker, finishReads } = start({});
    reads.add(read({ piece: 2, begin: 0, length: 10 }), picker, 0);
    expect(finishReads()).toEqual([]);
    expect(firstPicked(picker)).toBe(2);
    picker.handleVerified(2);
    reads.handleVerified(2, 0);
    expect(finishReads()).toMatchObject([{ request: 7, result: { ok: true } }]);
  });

  it("give the deadline back when the last reader of a piece is gone", () => {
    const { reads, picker, finishReads } = start({});
    reads.add(read({ piece: 3 }), picker, 0);
    reads.add(read({ piece: 3, request: 8 }), picker, 0);
    reads.cancel(7, picker);
    expect(firstPicked(picker)).toBe(3);
    reads.cancel(8, picker);
    reads.cancel(9, picker);
    reads.handleVerified(3, 0);
    expect(finishReads()).toEqual([]);
  });

  it("say so when there is no memory to read into", () => {
    const { reads, picker, finishReads } = start({ have: [0], cacheBytes: 0 });
    reads.add(read({ piece: 0 }), picker, 0);
    expect(finishReads()).toMatchObject([{ request: 7, result: { ok: false } }]);
  });

  it("all end when the torrent does, once", () => {
    const { reads, picker, finishReads } = start({});
    reads.add(read({ piece: 0 }), picker, 0);
    reads.failAll("the torrent was stopped");
    reads.failAll("the torrent was stopped");
    const result = { ok: false, message: "the torrent was stopped" };
    expect(finishReads()).toEqual([{ type: "read-done", request: 7, result }]);
  });
});

function start(options: TestContextOptions & { readonly have?: readonly number[] }) {
  const { context, payload, take } = makeContext(options);
  const { geometry, random } = context;
  const have = new Bitfield(geometry.pieceCount);
  for (const piece of options.have ?? []) have.set(piece);
  const picker = new PiecePicker({ geometry, have, random });
  const reads = new Reads(context);
  const segments: SharedArrayBuffer[] = [];
  const answer = (output: SessionOutput): void => {
    if (output.type === "slab") segments.push(output.buffer);
    if (output.type !== "disk" || output.job.type !== "read") return;
    const { job, extent, piece, begin } = output.job;
    const at = geometry.pieceOffset(piece) + begin;
    new Uint8Array(segments[extent.segment]!, extent.offset, extent.length).set(
      payload.subarray(at, at + extent.length),
    );
    reads.handleReadFor(context.cache.handleRead(job));
  };
  const finishReads = (): readonly SessionOutput[] => {
    const done: SessionOutput[] = [];
    for (let outputs = take(); outputs.length > 0; outputs = take()) {
      for (const output of outputs) answer(output);
      done.push(...outputs.filter(({ type }) => type === "read-done"));
    }
    return done;
  };
  return { reads, picker, payload, finishReads };
}

function read(options: Partial<ReadRequest>): ReadRequest {
  return { request: 7, piece: 0, begin: 0, length: 10, deadlineMs: 1_000, ...options };
}

function firstPicked(picker: PiecePicker): number | undefined {
  const peer = picker.addPeer(1);
  picker.handleHaveAll(peer);
  peer.choked = false;
  const picked: number[] = [];
  picker.pick(peer, 1, 0, () => true, picked);
  picker.removePeer(peer);
  return picked[0];
}
