import { Bitfield } from "@torrential/core";
import { PeerError } from "@torrential/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PiecePicker } from "../picker/picker.ts";
import { makeContext } from "../test-support/context.ts";
import { makeSeed, written } from "../test-support/peers.ts";
import { Downloads } from "../torrent/downloads.ts";
import { Refusals } from "../torrent/refusals.ts";
import { dontHaveExtension } from "./dont-have.ts";
import type { Peer } from "./peer.ts";
import { PartialSeeding, uploadOnlyExtension } from "./upload-only.ts";

describe("partial seeds (BEP 21)", () => {
  it("are believed when they say so, and when they take it back", () => {
    const { peer } = start();
    peer.picker.pieces.clear(0);
    const extension = uploadOnlyExtension();
    extension.handleMessage(peer, Uint8Array.of(1), 0);
    expect([peer.uploadOnly, peer.isSeed, peer.known.isSeed]).toEqual([true, true, true]);
    extension.handleMessage(peer, Uint8Array.of(0), 0);
    expect([peer.uploadOnly, peer.isSeed]).toEqual([false, false]);
  });

  it("are told when we become one or stop being one, and at no other time", () => {
    const { peer } = start();
    peer.extensionIds.set("upload_only", 3);
    const seeding = new PartialSeeding(false);
    const introduced: Peer[] = [];
    for (const isUploadOnly of [false, true, true, false])
      seeding.tell([peer], isUploadOnly, (one) => introduced.push(one));
    const messages = written(peer).map((message) =>
      message.type === "extended" ? [message.id, ...message.payload] : [],
    );
    expect(messages).toEqual([
      [3, 1],
      [3, 0],
    ]);
    expect(introduced).toEqual([]);
  });

  it("are told in another handshake where the peer knows no such message", () => {
    const { peer } = start();
    const introduced: Peer[] = [];
    new PartialSeeding(false).tell([peer], true, (one) => introduced.push(one));
    expect(introduced).toEqual([peer]);
  });
});

describe("lt_donthave (BEP 54)", () => {
  it("ends what was asked for of that piece, and the interest when it was the last", () => {
    const { peer, picker, downloads, extension } = start({ pieces: [2] });
    downloads.request(peer, 0);
    expect(peer.picker.outstanding).toBeGreaterThan(0);
    extension.handleMessage(peer, Uint8Array.of(0, 0, 0, 2), 0);
    expect([peer.picker.outstanding, peer.picker.pieces.has(2), peer.waitingSince]).toEqual([0, false, undefined]);
    expect(picker.availability(2)).toBe(0);
    expect(written(peer).at(-1)).toEqual({ type: "not-interested" });
    picker.checkInvariants();
  });

  it("is a breach when it names no piece of the torrent", () => {
    const { peer, extension } = start();
    const one = fc.uint8Array({ maxLength: 8 });
    fc.assert(
      fc.property(one, (payload) => {
        const isPiece = payload.length === 4 && payload[0] === 0 && payload[1] === 0 && payload[2] === 0;
        fc.pre(!isPiece || (payload[3] ?? 0) >= 4);
        expect(() => extension.handleMessage(peer, payload, 0)).toThrow(PeerError);
      }),
    );
  });
});

describe("messages of extensions of any bytes", () => {
  it("are taken in or a breach, whatever they are", () => {
    const { peer, picker, extension } = start();
    const extensions = [uploadOnlyExtension(), extension];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), fc.nat(1), (payload, which) => {
        try {
          extensions[which]?.handleMessage(peer, payload, 0);
        } catch (error) {
          expect(error).toBeInstanceOf(PeerError);
        }
        picker.checkInvariants();
      }),
    );
  });
});

function start(options: { readonly pieces?: readonly number[] } = {}) {
  const { context } = makeContext();
  const { geometry, random } = context;
  const { pieceCount } = geometry;
  const picker = new PiecePicker({ geometry, have: new Bitfield(pieceCount), random });
  const peers = new Map<number, Peer>();
  const downloads = new Downloads(context, { picker, refusals: new Refusals(), peers });
  const peer = makeSeed(context, picker);
  peers.set(peer.connection, peer);
  if (options.pieces !== undefined) {
    const bits = new Bitfield(pieceCount);
    for (const piece of options.pieces) bits.set(piece);
    picker.handleBitfield(peer.picker, bits);
  }
  return { peer, picker, downloads, extension: dontHaveExtension({ picker, downloads, pieceCount }) };
}
