import { Bitfield } from "@torrential/core";
import { encodeMessage } from "@torrential/protocol";
import { describe, expect, it } from "vitest";
import { PiecePicker } from "../picker/picker.ts";
import { KIB, makeContext } from "../test-support/context.ts";
import { makePeer, type TestPeerOptions, written } from "../test-support/peers.ts";
import { World } from "../test-support/world.ts";
import type { Peer } from "./peer.ts";
import { isCached, Suggesting } from "./suggesting.ts";

describe("suggestions of others", () => {
  it("are asked for first, and a seed hears of those that were followed, and of no other piece", () => {
    const world = new World();
    world.add();
    const seed = world.connect([{ type: "have-all" }, { type: "suggest", piece: 2 }]);
    seed.serve = (piece, begin, length) => world.truth(piece, begin, length);
    world.say(seed, encodeMessage({ type: "unchoke" }));
    world.advance(2_000);
    expect(world.state).toBe("seeding");
    expect(seed.received.find(({ type }) => type === "request")).toMatchObject({ piece: 2 });
    expect(seed.received.filter(({ type }) => type === "have")).toMatchObject([{ piece: 2 }]);
  });
});

describe("suggestions to others", () => {
  it("are pieces in the cache that the peer lacks, once each, the newest first", () => {
    const { suggesting, add, suggested } = start([0, 1, 3]);
    const peer = add();
    peer.picker.pieces.set(3);
    for (const piece of [0, 1, 2, 3]) suggesting.handleRead(piece, []);
    suggesting.handleSecond([peer]);
    expect(suggested(peer)).toEqual([1, 0]);
    suggesting.handleSecond([peer]);
    expect(suggested(peer)).toEqual([]);
  });

  it("go to nobody who may not ask, does not want to, has all, or does not know BEP 6", () => {
    const { suggesting, add, suggested } = start([0]);
    const [choked, idle, seed, old] = [add(), add(), add(), add({ fast: false })] as const;
    choked.amChoking = true;
    idle.peerInterested = false;
    seed.uploadOnly = true;
    suggesting.handleRead(0, []);
    suggesting.handleSecond([choked, idle, seed, old]);
    expect([choked, idle, seed, old].map(suggested)).toEqual([[], [], [], []]);
  });

  it("are made only while somebody waits for the disk: they cost the swarm its variety", () => {
    const { suggesting, add, suggested } = start([0]);
    const [one, other] = [add(), add()] as const;
    suggesting.handleRead(0, []);
    for (const peer of [one, other]) peer.isUploadBlocked = false;
    suggesting.handleSecond([one, other]);
    expect(suggested(one)).toEqual([]);
    other.isUploadBlocked = true;
    suggesting.handleSecond([one, other]);
    expect(suggested(one)).toEqual([0]);
  });

  it("are not for those who asked for the piece themselves", () => {
    const { suggesting, add, suggested } = start([0]);
    const [reader, other] = [add(), add()] as const;
    suggesting.handleRead(0, [reader]);
    suggesting.handleSecond([reader, other]);
    expect([suggested(reader), suggested(other)]).toEqual([[], [0]]);
  });

  it("are at most four a second, of the sixteen pieces read last", () => {
    const pieces = Array.from({ length: 40 }, (_, piece) => piece);
    const { suggesting, add, suggested } = start(pieces);
    const peer = add();
    for (const piece of pieces) suggesting.handleRead(piece, []);
    const seconds = Array.from({ length: 6 }, () => {
      suggesting.handleSecond([peer]);
      return suggested(peer);
    });
    expect(seconds.map(({ length }) => length)).toEqual([4, 4, 4, 4, 0, 0]);
    expect(seconds.flat().toSorted((a, b) => a - b)).toEqual(pieces.slice(-16));
  });

  it("count a piece as cached when all of it was read", () => {
    const { context, take } = makeContext({ files: [{ lengthBytes: 2048 * KIB }], pieceLength: 1024 * KIB });
    const { cache, store, geometry } = context;
    const get = (begin: number): void =>
      void cache.get({
        store,
        piece: 0,
        pieceLengthBytes: geometry.pieceLengthOf(0),
        fullPieceLengthBytes: geometry.pieceLength,
        begin,
      });
    get(0);
    expect(isCached(context, 0)).toBe(false);
    get(512 * KIB);
    expect(isCached(context, 0)).toBe(false);
    for (const output of take()) if (output.type === "disk") cache.handleRead(output.job.job);
    expect([isCached(context, 0), isCached(context, 1)]).toEqual([true, false]);
  });
});

function start(cached: readonly number[]) {
  const { context } = makeContext({ files: [{ lengthBytes: 40 * 16 * KIB }], pieceLength: 16 * KIB });
  const { geometry, random } = context;
  const picker = new PiecePicker({ geometry, have: new Bitfield(geometry.pieceCount), random });
  const suggesting = new Suggesting({ isCached: (piece) => cached.includes(piece) });
  let connection = 0;
  const add = (options: TestPeerOptions = {}): Peer => {
    const peer = makePeer(context, picker, { ...options, connection: ++connection });
    peer.amChoking = false;
    peer.peerInterested = true;
    peer.isUploadBlocked = true;
    return peer;
  };
  const suggested = (peer: Peer): readonly number[] =>
    written(peer).flatMap((message) => (message.type === "suggest" ? [message.piece] : []));
  return { suggesting, add, suggested };
}
