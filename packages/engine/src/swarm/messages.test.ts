import { Bitfield, BLOCK_LENGTH } from "@torrential/core";
import {
  encodeExtendedHandshake,
  encodeMessage,
  type ExtendedHandshake,
  MESSAGE_ID,
  type OutgoingMessage,
} from "@torrential/protocol";
import { describe, expect, it } from "vitest";
import { PiecePicker } from "../picker/picker.ts";
import type { ConnectionId } from "../ports/network.ts";
import { makeContext } from "../test-support/context.ts";
import { makePeer, makeRevealing, type TestPeerOptions, written } from "../test-support/peers.ts";
import { Downloads } from "../torrent/downloads.ts";
import { Refusals } from "../torrent/refusals.ts";
import { Uploads } from "../torrent/uploads.ts";
import { Extensions } from "./extensions.ts";
import { PeerList } from "./peer-list.ts";
import { type MessageEffect, PeerMessages } from "./messages.ts";
import type { Peer } from "./peer.ts";

const RANGE = { piece: 0, begin: 0, length: BLOCK_LENGTH };

describe("breaches of the wire protocol", () => {
  it.each<[string, string, OutgoingMessage[]]>([
    ["a have beyond the last piece", "piece-out-of-range", [{ type: "have", piece: 4 }]],
    ["a suggestion beyond the last piece", "piece-out-of-range", [{ type: "suggest", piece: 4 }]],
    ["an allowed-fast beyond the last piece", "piece-out-of-range", [{ type: "allowed-fast", piece: 4 }]],
    ["a reject beyond the last piece", "piece-out-of-range", [{ type: "reject", ...RANGE, piece: 4 }]],
    ["a bitfield with spare bits", "bitfield-invalid", [{ type: "bitfield", bytes: Uint8Array.of(0xff) }]],
    ["a bitfield of the wrong size", "bitfield-invalid", [{ type: "bitfield", bytes: Uint8Array.of(0xf0, 0) }]],
    ["a request outside the torrent", "request-invalid", [{ type: "request", ...RANGE, piece: 4 }]],
    ["a request of no length", "request-invalid", [{ type: "request", ...RANGE, length: 0 }]],
    ["a request past the end of its piece", "request-invalid", [{ type: "request", ...RANGE, begin: 32_000 }]],
    ["have-none after an unchoke", "message-order", [{ type: "unchoke" }, { type: "have-none" }]],
    ["have-none after have-all", "message-order", [{ type: "have-all" }, { type: "have-none" }]],
  ])("%s is %s", (_, code, messages) => {
    const { peer, say } = start();
    expect(() => say(...messages)).toThrow(expect.objectContaining({ name: "PeerError", code }));
    expect(peer.isDropped).toBe(false);
  });

  it.each<OutgoingMessage>([
    { type: "have-all" },
    { type: "have-none" },
    { type: "suggest", piece: 0 },
    { type: "allowed-fast", piece: 0 },
    { type: "reject", ...RANGE },
  ])("$type without the fast extension is fast-not-agreed", (message) => {
    const { say } = start({ fast: false });
    expect(() => say(message)).toThrow(expect.objectContaining({ code: "fast-not-agreed" }));
  });

  it("a few rejects of nothing are late answers, a flood of them is a breach", () => {
    const { say } = start();
    for (let count = 0; count < 50; count++) say({ type: "reject", ...RANGE });
    expect(() => say({ type: "reject", ...RANGE })).toThrow(expect.objectContaining({ code: "reject-unrequested" }));
  });
});

describe("messages of a peer", () => {
  it("may begin with keep-alives and an extension handshake before the bitfield", () => {
    const { peer, say } = start();
    say({ type: "keep-alive" }, { type: "extended", id: 0, payload: handshake({}) }, bits(0xa0));
    expect(peer.picker.pieces.toBytes()).toEqual(Uint8Array.of(0xa0));
  });

  it("may say a bitfield again, which adds to what it has (aria2)", () => {
    const { peer, say } = start();
    say(bits(0x80), { type: "have", piece: 1 }, bits(0x20));
    expect(peer.picker.pieces.toBytes()).toEqual(Uint8Array.of(0xe0));
    say({ type: "have-all" });
    expect([peer.picker.pieces.isFull, peer.known.isSeed]).toEqual([true, true]);
  });

  it("make us interested as soon as it has what we lack", () => {
    const { peer, say } = start({ have: [0] });
    say({ type: "have", piece: 0 });
    expect([peer.amInterested, written(peer)]).toEqual([false, []]);
    say({ type: "have", piece: 1 });
    expect([peer.amInterested, written(peer)]).toEqual([true, [{ type: "interested" }]]);
  });

  it("remember a seed as one, however it became it", () => {
    for (const messages of [[{ type: "have-all" }], [bits(0xf0)], [bits(0xe0), { type: "have", piece: 3 }]] as const) {
      const { peer, say } = start();
      say(...messages);
      expect([peer.isSeed, peer.known.isSeed]).toEqual([true, true]);
    }
  });

  it("tell the swarm of interest only when it changes", () => {
    const { peer, say } = start();
    expect(say({ type: "interested" }, { type: "interested" })).toEqual(["interested"]);
    expect(peer.peerInterested).toBe(true);
    expect(say({ type: "not-interested" })).toEqual(["not-interested"]);
  });

  it("end our requests with a choke, unless the fast extension answers each of them", () => {
    for (const [fast, left] of [
      [false, 0],
      [true, 8],
    ] as const) {
      const { peer, say, downloads } = start({ fast });
      say(bits(0xf0), { type: "unchoke" });
      downloads.request(peer, 0);
      say({ type: "choke" });
      expect([peer.picker.choked, peer.picker.outstanding]).toEqual([true, left]);
    }
  });

  it("restart the wait for blocks with an unchoke that follows a choke, and with no other", () => {
    const { peer, say, at } = start();
    at(1_000);
    say({ type: "unchoke" });
    at(2_000);
    say({ type: "unchoke" });
    expect(peer.lastBlockAt).toBe(1_000);
  });

  it("take a block as the end of being snubbed", () => {
    const { peer, say, downloads, payload, messages } = start();
    say({ type: "have-all" }, { type: "unchoke" });
    downloads.request(peer, 0);
    peer.picker.snubbed = true;
    peer.window.handleSnubbed();
    const header = Uint8Array.of(0, 0, 0x40, 9, MESSAGE_ID.piece, 0, 0, 0, 0, 0, 0, 0, 0);
    messages.receive(peer, header, 5);
    messages.receive(peer, payload.subarray(0, BLOCK_LENGTH), 6);
    expect([peer.picker.snubbed, peer.lastBlockAt, peer.down.totalBytes]).toEqual([false, 6, BLOCK_LENGTH]);
  });

  it("carry what the peer says of itself in the extension handshake", () => {
    const { peer, say } = start();
    const payload = handshake({ client: "Other 1.2", requestQueue: 5, uploadOnly: true });
    expect(say({ type: "extended", id: 0, payload })).toEqual(["extended-handshake"]);
    for (let count = 0; count < 20; count++) peer.window.handleBlock();
    expect([peer.client, peer.window.blocks, peer.isSeed]).toEqual(["Other 1.2", 5, true]);
  });

  it("are ignored where they speak of extensions that were not agreed", () => {
    const { peer, say } = start({ extended: false });
    expect(say({ type: "extended", id: 0, payload: Uint8Array.of(1, 2, 3) })).toEqual([]);
    expect(say({ type: "extended", id: 9, payload: Uint8Array.of(1) }, { type: "port", port: 6_881 })).toEqual([]);
    expect(peer.lastReceivedAt).toBe(0);
  });
});

interface World {
  readonly peer: Peer;
  readonly payload: Uint8Array;
  readonly messages: PeerMessages;
  readonly downloads: Downloads;
  readonly at: (now: number) => void;
  readonly say: (...messages: readonly OutgoingMessage[]) => readonly MessageEffect[];
}

function start(options: TestPeerOptions & { readonly have?: readonly number[] } = {}): World {
  const { context, payload } = makeContext();
  const { pieceCount } = context.geometry;
  const have = new Bitfield(pieceCount);
  for (const piece of options.have ?? []) have.set(piece);
  const picker = new PiecePicker({ geometry: context.geometry, have, random: context.random });
  const peers = new Map<ConnectionId, Peer>();
  const downloads = new Downloads(context, { picker, refusals: new Refusals(), peers });
  const messages = new PeerMessages({
    picker,
    downloads,
    uploads: new Uploads(context, picker.have, makeRevealing(context)),
    revealing: makeRevealing(context),
    pieceCount,
    extensions: new Extensions([]),
    peerList: new PeerList(context.random),
    externalAddresses: context.externalAddresses,
  });
  const peer = makePeer(context, picker, options);
  peers.set(peer.connection, peer);
  let now = 0;
  const say = (...said: readonly OutgoingMessage[]): readonly MessageEffect[] =>
    said.flatMap((message) => messages.receive(peer, encodeMessage(message), now));
  return { peer, payload, messages, downloads, say, at: (time) => (now = time) };
}

function bits(byte: number): OutgoingMessage {
  return { type: "bitfield", bytes: Uint8Array.of(byte) };
}

function handshake(fields: Partial<ExtendedHandshake>): Uint8Array {
  return encodeExtendedHandshake({ extensions: new Map(), ...fields });
}
