import { Bitfield } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { PiecePicker } from "../picker/picker.ts";
import { makeContext } from "../test-support/context.ts";
import { makePeer } from "../test-support/peers.ts";
import { balance } from "./back-pressure.ts";

describe("back-pressure", () => {
  it("stops reading from a peer that does not read, once, and goes on when it has", () => {
    const { context, take } = makeContext();
    const have = new Bitfield(context.geometry.pieceCount);
    const peer = makePeer(context, new PiecePicker({ geometry: context.geometry, have, random: context.random }));
    const asked = (): readonly string[] => take().map(({ type }) => type);
    for (let i = 0; i < 60_000; i++) peer.writer.reject(0, 0, 16_384);
    balance(peer, context.out);
    expect(asked()).toEqual([]);
    for (let i = 0; i < 60_000; i++) peer.writer.reject(0, 0, 16_384);
    peer.send.flush(context.out);
    balance(peer, context.out);
    balance(peer, context.out);
    expect(asked()).toEqual(["transmit", "pause-reading"]);
    peer.send.handleTransmitted(1_000_000, context.slab);
    balance(peer, context.out);
    expect(asked()).toEqual(["resume-reading"]);
  });
});
