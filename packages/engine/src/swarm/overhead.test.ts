import { Bitfield } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { PiecePicker } from "../picker/picker.ts";
import { makeContext } from "../test-support/context.ts";
import { makePeer } from "../test-support/peers.ts";
import { BandwidthWorld, seededRandom } from "../bandwidth/simulation.ts";
import { fixedRate } from "../bandwidth/strategies/fixed.ts";
import { chargeOverhead } from "./overhead.ts";

/** What a connection is charged for these bytes each way, of which some are payload. */
function charged(bytes: { readonly received: number; readonly payload: number }, times = 1): Record<string, number> {
  const { context } = makeContext();
  const picker = new PiecePicker({
    geometry: context.geometry,
    have: new Bitfield(context.geometry.pieceCount),
    random: context.random,
  });
  const peer = makePeer(context, picker);
  const sums: Record<string, number> = { down: 0, up: 0 };
  const bandwidth = {
    charge: (_node: unknown, direction: "down" | "up", charge: number) => {
      sums[direction] = (sums[direction] ?? 0) + charge;
    },
  };
  for (let time = 1; time <= times; time++) {
    peer.receivedBytes = (bytes.received * time) / times;
    peer.down.totalBytes = (bytes.payload * time) / times;
    chargeOverhead(peer, bandwidth, time * 1000);
  }
  return sums;
}

describe("overhead", () => {
  it("is the protocol's own bytes, a header a segment, and an acknowledgement for every second one", () => {
    // 100 segments in, 8 bytes of them protocol; 52 bytes of headers each; 50 acknowledgements out.
    expect(charged({ received: 144_800, payload: 144_792 })).toEqual({ down: 8 + 5200, up: 2600 });
  });

  it("is charged once, however often it is asked for", () => {
    expect(charged({ received: 144_800, payload: 144_792 }, 10)).toEqual(
      charged({ received: 144_800, payload: 144_792 }),
    );
  });

  it("takes from the limit what it costs", () => {
    const rate = 1e6;
    const world = new BandwidthWorld({ direction: "down", random: seededRandom(3) });
    world.service.setStrategy(world.service.root, "down", fixedRate(rate), 0);
    const peers = Array.from({ length: 5 }, () => world.addPeer(world.service.root));
    const overhead = 52 / 1448;
    let before = 0;
    for (let second = 1; second <= 30; second++) {
      world.run(second * 1000);
      const total = peers.reduce((sum, peer) => sum + peer.totalBytes, 0);
      world.service.charge(world.service.root, "down", (total - before) * overhead, world.now);
      before = total;
    }
    expect(before / ((30 * rate) / (1 + overhead))).toBeCloseTo(1, 2);
  });
});
