import { WireWriter } from "@torrential/protocol";
import { describe, expect, it } from "vitest";
import { Outbox } from "../outbox.ts";
import type { NetworkCommand } from "../ports/network.ts";
import { type Extent, Slab } from "../storage/slab.ts";
import { drain, MIB } from "../test-support/context.ts";
import { SendQueue } from "./send-queue.ts";

describe("send queue", () => {
  it("sends control bytes and blocks in the order they were queued, in one go", () => {
    const { queue, writer, slab, block, flush } = start();
    writer.choke();
    writer.pieceHeader(1, 0, 100);
    queue.pushBlock(block.bytes.subarray(0, 100), block, slab);
    writer.unchoke();
    expect(flush()).toMatchObject([{ type: "transmit", connection: 9, byteLength: 5 + 13 + 100 + 5 }]);
    expect(queue.hasPending).toBe(false);
    expect(flush()).toEqual([]);
  });

  it("holds a block's memory until its last byte has left", () => {
    const { queue, slab, block, flush } = start();
    queue.pushBlock(block.bytes.subarray(0, 100), block, slab);
    slab.release(block);
    flush();
    queue.handleTransmitted(99, slab);
    expect(slab.usedBytes).toBe(16_384);
    queue.handleTransmitted(1, slab);
    expect(slab.usedBytes).toBe(0);
  });

  it("counts what was given to the driver before it: the handshake goes first", () => {
    const { queue, slab, block, flush } = start({ unsentBytes: 68 });
    queue.pushBlock(block.bytes.subarray(0, 50), block, slab);
    slab.release(block);
    flush();
    queue.handleTransmitted(68, slab);
    expect(slab.usedBytes).toBe(16_384);
    expect(queue.unsentBytes).toBe(50);
    queue.handleTransmitted(50, slab);
    expect([slab.usedBytes, queue.unsentBytes]).toEqual([0, 0]);
  });

  it("counts what is not yet flushed as unsent", () => {
    const { queue, writer, slab, block } = start();
    writer.interested();
    queue.pushBlock(block.bytes.subarray(0, 7), block, slab);
    writer.interested();
    expect([queue.unsentBytes, queue.hasPending]).toEqual([17, true]);
  });

  it("lets go of everything when the connection is gone", () => {
    const { queue, slab, block, flush } = start();
    queue.pushBlock(block.bytes.subarray(0, 100), block, slab);
    flush();
    queue.pushBlock(block.bytes.subarray(0, 100), block, slab);
    slab.release(block);
    queue.abandon(slab);
    expect(slab.usedBytes).toBe(0);
  });
});

interface World {
  readonly queue: SendQueue;
  readonly writer: WireWriter;
  readonly slab: Slab;
  readonly block: Extent;
  readonly flush: () => readonly NetworkCommand[];
}

function start(options: { readonly unsentBytes?: number } = {}): World {
  const slab = new Slab({ budgetBytes: MIB, segmentBytes: MIB }, new Outbox());
  const writer = new WireWriter();
  const queue = new SendQueue(9, writer, options.unsentBytes ?? 0);
  const out = new Outbox<NetworkCommand>();
  const block = slab.allocate(16_384);
  if (block === undefined) throw new Error("no room in an empty slab");
  const flush = (): readonly NetworkCommand[] => {
    queue.flush(out);
    return drain(out);
  };
  return { queue, writer, slab, block, flush };
}
