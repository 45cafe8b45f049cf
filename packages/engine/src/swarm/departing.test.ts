import { WireWriter } from "@torrential/protocol";
import { describe, expect, it } from "vitest";
import { Outbox } from "../outbox.ts";
import type { NetworkCommand } from "../ports/network.ts";
import { Slab } from "../storage/slab.ts";
import { Departing } from "./departing.ts";
import { SendQueue } from "./send-queue.ts";

function start() {
  const slab = new Slab({ budgetBytes: 1 << 24 }, new Outbox());
  const extent = slab.allocate(16_384);
  if (extent === undefined) throw new Error("no memory");
  const queue = new SendQueue(9, new WireWriter(), 0);
  queue.pushBlock(extent.bytes, extent, slab);
  queue.flush(new Outbox<NetworkCommand>());
  slab.release(extent);
  const departing = new Departing(slab);
  departing.add(9, queue);
  return { slab, departing };
}

describe("departing connections", () => {
  it("keep the memory of what the driver still writes", () => {
    const { slab, departing } = start();
    departing.handleTransmitted(9, 16_383);
    expect(slab.usedBytes).toBe(16_384);
    departing.handleTransmitted(9, 1);
    expect(slab.usedBytes).toBe(0);
  });

  it("let go of it when the connection ends, whatever was written", () => {
    const { slab, departing } = start();
    departing.handleTransmitted(8, 16_384);
    departing.handleClosed(8);
    expect(slab.usedBytes).toBe(16_384);
    departing.handleClosed(9);
    departing.handleClosed(9);
    expect(slab.usedBytes).toBe(0);
  });
});
