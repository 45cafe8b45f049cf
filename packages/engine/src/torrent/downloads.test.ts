import { Bitfield, BLOCK_LENGTH, concatBytes, equalBytes } from "@torrential/core";
import { PIECE_HEADER_LENGTH, writePieceHeader } from "@torrential/protocol";
import { describe, expect, it } from "vitest";
import { fixedRate } from "../bandwidth/strategies/fixed.ts";
import { PiecePicker } from "../picker/picker.ts";
import type { ExtentRef } from "../ports/disk.ts";
import type { ConnectionId } from "../ports/network.ts";
import type { Peer } from "../swarm/peer.ts";
import { KIB, makeContext, MIB, type TestContext, type TestContextOptions } from "../test-support/context.ts";
import { makeSeed, type TestPeerOptions, written } from "../test-support/peers.ts";
import { Downloads } from "./downloads.ts";
import { Refusals } from "./refusals.ts";

describe("downloads", () => {
  it("asks for whole blocks, the short last one too, and begins to wait", () => {
    const world = start();
    const peer = world.seed();
    world.downloads.request(peer, 5);
    const lengths = requestsOf(peer).map(({ piece, begin, length }) => [piece * 2 + begin / BLOCK_LENGTH, length]);
    expect(lengths.toSorted((a, b) => a[0]! - b[0]!)).toEqual([
      ...Array.from({ length: 7 }, (_, block) => [block, BLOCK_LENGTH]),
      [7, 20_000 - BLOCK_LENGTH],
    ]);
    expect(peer.waitingSince).toBe(5);
  });

  it("asks nothing of a peer that has nothing for us, or is gone", () => {
    const world = start();
    const peer = world.seed();
    peer.amInterested = false;
    world.downloads.request(peer, 0);
    peer.amInterested = true;
    peer.isDropped = true;
    world.downloads.request(peer, 0);
    expect(requestsOf(peer)).toEqual([]);
  });

  it("hands a piece over when its last block is here, with who sent what", () => {
    const world = start();
    const [first, second] = [world.seed(), world.seed()];
    first.picker.choked = true;
    world.downloads.request(second, 0);
    world.sendBlock(second, 0, 1);
    expect(world.downloads.takeComplete()).toEqual([]);
    world.sendBlock(second, 0, 0);
    const [complete] = world.downloads.takeComplete();
    expect(complete).toMatchObject({ piece: 0, contributors: [second.connection, second.connection] });
    expect(equalBytes(world.bytesOf(complete?.buffer.extentRefs() ?? []), world.payload.subarray(0, 32 * KIB))).toBe(
      true,
    );
    expect(world.downloads.takeComplete()).toEqual([]);
  });

  it("throws out a peer whose block is none that is ever requested", () => {
    const world = start();
    const peer = world.seed();
    const code = { code: "piece-unrequested" };
    expect(() => world.downloads.handleBlockStart(peer, 0, 1, BLOCK_LENGTH, 0)).toThrow(expect.objectContaining(code));
    expect(() => world.downloads.handleBlockStart(peer, 0, 0, 100, 0)).toThrow(expect.objectContaining(code));
    expect(() => world.downloads.handleBlockStart(peer, 9, 0, BLOCK_LENGTH, 0)).toThrow(expect.objectContaining(code));
  });

  it("drops unrequested blocks, and the peer after two hundred of them", () => {
    const world = start();
    const peer = world.seed();
    for (let count = 0; count < 200; count++) world.sendBlock(peer, 0, 0);
    expect(world.downloads.wastedBytes).toBe(200 * BLOCK_LENGTH);
    expect(world.downloads.takeComplete()).toEqual([]);
    expect(() => world.sendBlock(peer, 0, 0)).toThrow(expect.objectContaining({ code: "piece-unrequested" }));
  });

  it("frees memory and requests when a piece is closed", () => {
    const world = start();
    const peer = world.seed();
    world.downloads.request(peer, 0);
    expect(world.context.slab.usedBytes).toBeGreaterThan(0);
    world.downloads.release(peer, 1);
    world.downloads.closeAll();
    expect([world.context.slab.usedBytes, peer.picker.outstanding, peer.waitingSince]).toEqual([0, 0, undefined]);
  });

  it("ends one request with each reject, and ignores rejects of what was not asked", () => {
    const world = start();
    const peer = world.seed();
    world.downloads.request(peer, 0);
    const before = peer.picker.outstanding;
    const range = { piece: 0, begin: 0, length: BLOCK_LENGTH };
    world.downloads.handleReject(peer, range, 1);
    world.downloads.handleReject(peer, range, 1);
    world.downloads.handleReject(peer, { ...range, begin: 7 }, 1);
    expect(peer.picker.outstanding).toBe(before - 1);
  });

  it("asks only for what it has tickets for, and says why no more", () => {
    const world = start();
    const peer = world.seed();
    world.context.bandwidth.setStrategy(peer.node, "down", fixedRate(0), 0);
    world.downloads.request(peer, 0);
    expect(requestsOf(peer)).toEqual([]);
    expect(world.refusals.counts()).toEqual({ "no-ticket": 1 });
  });
});

describe("two peers with one block", () => {
  it("cancels the request of the slower one", () => {
    const { world, fast, slow } = duel();
    world.sendBlock(fast, 0, 0);
    expect(written(slow)).toContainEqual({ type: "cancel", piece: 0, begin: 0, length: BLOCK_LENGTH });
  });

  it("counts the second copy as waste, not as a breach", () => {
    const { world, fast, slow } = duel();
    world.sendBlock(fast, 0, 0);
    for (let count = 0; count < 3; count++) world.sendBlock(slow, 0, 0);
    expect(world.downloads.wastedBytes).toBe(3 * BLOCK_LENGTH);
  });

  it("keeps what was accepted: the slower writer cannot change it any more", () => {
    const { world, fast, slow } = duel();
    const poison = blockMessage(0, 0, new Uint8Array(BLOCK_LENGTH).fill(0xee));
    world.feed(slow, poison.subarray(0, 9_000));
    world.sendBlock(fast, 0, 0);
    world.feed(slow, poison.subarray(9_000));
    expectTruth(world, fast);
  });

  it("lets the first writer win when it finishes first, whatever the second has sent", () => {
    const { world, fast, slow } = duel();
    const good = blockMessage(0, 0, world.payload.subarray(0, BLOCK_LENGTH));
    world.feed(fast, good.subarray(0, 100));
    world.feed(slow, blockMessage(0, 0, new Uint8Array(BLOCK_LENGTH).fill(0xee)).subarray(0, 16_000));
    world.feed(fast, good.subarray(100));
    expectTruth(world, fast);
  });

  it("goes on when the one that was writing leaves in the middle", () => {
    const { world, fast, slow } = duel();
    world.feed(slow, blockMessage(0, 0, new Uint8Array(BLOCK_LENGTH).fill(0xee)).subarray(0, 9_000));
    world.leave(slow);
    world.sendBlock(fast, 0, 0);
    expectTruth(world, fast);
  });

  it("has no place for the second copy when the piece failed and was closed meanwhile", () => {
    const { world, fast, slow } = duel();
    const good = blockMessage(0, 0, world.payload.subarray(0, BLOCK_LENGTH));
    world.feed(fast, good.subarray(0, 100));
    world.feed(slow, good.subarray(0, 200));
    world.feed(fast, good.subarray(100));
    expectTruth(world, fast);
    world.downloads.close(0);
    world.picker.handleFailed(0);
    world.feed(slow, good.subarray(200));
    world.picker.checkInvariants();
    expect(world.picker.receivedBlocks(0)).toBe(0);
  });
});

describe("downloads of large pieces", () => {
  it("leave a piece whose first block comes last to the hash at the end", () => {
    const world = start({ pieceLength: 4 * MIB, files: [{ lengthBytes: 4 * MIB }], slabBytes: 8 * MIB });
    const peer = world.seed();
    peer.window.setPeerLimit(2_048);
    for (let block = 0; block < 300; block++) peer.window.handleBlock();
    world.downloads.request(peer, 0);
    for (let block = 255; block >= 1; block--) world.sendBlock(peer, 0, block);
    expect(world.hashedAhead()).toEqual([]);
    world.sendBlock(peer, 0, 0);
    const [complete] = world.downloads.takeComplete();
    // The last block completes the piece, which goes to the disk as a whole.
    expect(complete?.buffer.hashedExtents).toBe(0);
  });

  it("hash ahead while they arrive in order", () => {
    const world = start({ pieceLength: 2 * MIB, files: [{ lengthBytes: 2 * MIB }], slabBytes: 4 * MIB });
    const peer = world.seed();
    for (let block = 0; block < 200; block++) peer.window.handleBlock();
    world.downloads.request(peer, 0);
    for (let block = 0; block < 127; block++) world.sendBlock(peer, 0, block);
    expect(world.hashedAhead()).toEqual([{ segment: 0, offset: 0, length: MIB }]);
  });

  it("tell the disk to forget what was hashed ahead of a piece that is given up", () => {
    const world = start({ pieceLength: 2 * MIB, files: [{ lengthBytes: 2 * MIB }], slabBytes: 4 * MIB });
    const peer = world.seed();
    for (let block = 0; block < 200; block++) peer.window.handleBlock();
    world.downloads.request(peer, 0);
    for (let block = 0; block < 64; block++) world.sendBlock(peer, 0, block);
    world.takeJobs();
    expect(world.downloads.giveUpStalest(40_000, 30_000)).toBe(true);
    expect(world.takeJobs()).toMatchObject([{ type: "hash-drop", piece: 0 }]);
    expect(world.context.slab.usedBytes).toBe(0);
  });
});

describe("downloads without memory", () => {
  const small: TestContextOptions = {
    pieceLength: 512 * KIB,
    files: [{ lengthBytes: 4 * 512 * KIB }],
    slabBytes: MIB,
    segmentBytes: MIB,
  };

  it("open no piece for which there is no room, and count it", () => {
    const world = start(small);
    const peer = world.seed();
    for (let block = 0; block < 100; block++) peer.window.handleBlock();
    world.downloads.request(peer, 0);
    expect(new Set(requestsOf(peer).map(({ piece }) => piece)).size).toBe(2);
    expect(world.refusals.counts()).toEqual({ "no-room": 1 });
    expect(world.refusals.takeStalled()).toBe(true);
    expect(world.refusals.takeStalled()).toBe(false);
  });

  it("give up the piece that waited longest, and no piece that moves", () => {
    const world = start(small);
    const peer = world.seed();
    world.downloads.request(peer, 0);
    const piece = requestsOf(peer)[0]?.piece ?? 0;
    world.sendBlock(peer, piece, 0);
    expect(world.downloads.giveUpStalest(29_999, 30_000)).toBe(false);
    expect(world.downloads.giveUpStalest(30_000, 30_000)).toBe(true);
    expect(world.picker.receivedBlocks(piece)).toBe(0);
    expect(world.downloads.wastedBytes).toBe(BLOCK_LENGTH);
  });

  it("take back what was asked for in a piece that is given up", () => {
    const world = start(small);
    const peer = world.seed();
    world.downloads.request(peer, 0);
    const asked = requestsOf(peer);
    world.downloads.giveUpStalest(30_000, 30_000);
    expect(written(peer)).toEqual(asked.map((request) => ({ ...request, type: "cancel" })));
    expect([peer.picker.outstanding, peer.waitingSince]).toEqual([0, undefined]);
    expect(world.picker.pieceState(asked[0]?.piece ?? 0)).toBe("open");
  });

  it("give up memory of pieces in which nothing is here or asked for any more", () => {
    const world = start(small);
    const peer = world.seed();
    for (let block = 0; block < 100; block++) peer.window.handleBlock();
    world.downloads.request(peer, 0);
    world.downloads.release(peer, 1);
    expect(world.context.slab.usedBytes).toBe(MIB);
    expect(world.downloads.giveUpStalest(2, 30_000)).toBe(true);
    expect(world.context.slab.usedBytes).toBe(0);
  });

  it("take a late block that has no place as if it had not come", () => {
    const world = start(small);
    const peer = world.seed();
    world.downloads.request(peer, 0);
    const { piece, begin } = requestsOf(peer)[0] ?? { piece: 0, begin: 0 };
    world.downloads.release(peer, 1);
    world.downloads.closeAll();
    const hog = world.context.slab.allocate(MIB);
    expect(hog).toBeDefined();
    world.sendBlock(peer, piece, begin / BLOCK_LENGTH);
    world.picker.checkInvariants();
    expect(world.picker.receivedBlocks(piece)).toBe(0);
    expect(world.downloads.wastedBytes).toBe(BLOCK_LENGTH);
  });

  it("ask again for a block that had no place when it came", () => {
    const world = start(small);
    const peer = world.seed();
    world.downloads.request(peer, 0);
    const { piece, begin } = requestsOf(peer)[0] ?? { piece: 0, begin: 0 };
    const outstanding = peer.picker.outstanding;
    world.downloads.closeAll();
    world.context.slab.allocate(MIB);
    world.sendBlock(peer, piece, begin / BLOCK_LENGTH);
    expect(peer.picker.outstanding).toBe(outstanding - 1);
    expect(world.picker.hasReserved(peer.picker, piece, begin / BLOCK_LENGTH)).toBe(false);
  });
});

describe("blocks kept over a stop", () => {
  it("come back in their places and blame nobody", () => {
    const before = start();
    const peer = before.seed();
    before.downloads.request(peer, 0);
    before.sendBlock(peer, 1, 1);
    const saved = before.downloads.savePartials();
    expect(saved.map(({ piece, payload }) => [piece, payload.length])).toEqual([[1, BLOCK_LENGTH]]);

    const after = start();
    for (const partial of saved) after.downloads.restore(partial);
    const other = after.seed();
    after.downloads.request(other, 0);
    expect(requestsOf(other)).not.toContainEqual(expect.objectContaining({ piece: 1, begin: BLOCK_LENGTH }));
    after.sendBlock(other, 1, 0);
    const [complete] = after.downloads.takeComplete();
    expect(complete).toMatchObject({ piece: 1, contributors: [other.connection, -1] });
    const wanted = after.payload.subarray(32 * KIB, 64 * KIB);
    expect(after.bytesOf(complete?.buffer.extentRefs() ?? [])).toEqual(wanted);
  });

  it("complete a piece when all of them are there", () => {
    const world = start();
    const blocks = new Bitfield(2);
    blocks.setAll();
    world.downloads.restore({ piece: 2, blocks, payload: world.payload.slice(64 * KIB, 96 * KIB) });
    expect(world.downloads.takeComplete()).toMatchObject([{ piece: 2, contributors: [-1, -1] }]);
  });

  it("are none of a piece that is at the disk", () => {
    const world = start();
    const peer = world.seed();
    world.downloads.request(peer, 0);
    world.sendBlock(peer, 0, 0);
    world.sendBlock(peer, 0, 1);
    expect(world.downloads.savePartials()).toEqual([]);
  });
});

interface World extends TestContext {
  readonly picker: PiecePicker;
  readonly refusals: Refusals;
  readonly downloads: Downloads;
  readonly seed: (options?: TestPeerOptions) => Peer;
  readonly feed: (peer: Peer, bytes: Uint8Array) => void;
  readonly sendBlock: (peer: Peer, piece: number, block: number) => void;
  readonly leave: (peer: Peer) => void;
  readonly bytesOf: (extents: readonly ExtentRef[]) => Uint8Array;
  readonly hashedAhead: () => readonly ExtentRef[];
}

function start(options: TestContextOptions = {}): World {
  const test = makeContext(options);
  const { context, payload, take, takeJobs } = test;
  const { geometry } = context;
  const picker = new PiecePicker({ geometry, have: new Bitfield(geometry.pieceCount), random: context.random });
  const refusals = new Refusals();
  const peers = new Map<ConnectionId, Peer>();
  const downloads = new Downloads(context, { picker, refusals, peers });
  const segments: SharedArrayBuffer[] = [];
  const feed = (peer: Peer, bytes: Uint8Array): void =>
    peer.decoder.receive(bytes, {
      handleMessage: () => {},
      handleBlockStart: (piece, begin, length) => downloads.handleBlockStart(peer, piece, begin, length, 0),
      handleBlockEnd: (piece, begin, length, landed) => downloads.handleBlockEnd(peer, piece, begin, length, landed, 0),
    });
  return {
    ...test,
    picker,
    refusals,
    downloads,
    feed,
    seed: (peerOptions = {}) => {
      const peer = makeSeed(context, picker, { connection: peers.size + 1, ...peerOptions });
      peers.set(peer.connection, peer);
      return peer;
    },
    sendBlock: (peer, piece, block) => {
      const at = geometry.pieceOffset(piece) + block * BLOCK_LENGTH;
      const bytes = payload.subarray(at, at + geometry.blockLength(piece, block));
      feed(peer, blockMessage(piece, block * BLOCK_LENGTH, bytes));
    },
    leave: (peer) => {
      downloads.release(peer, 0);
      downloads.abandon(peer);
      picker.removePeer(peer.picker);
      peers.delete(peer.connection);
    },
    bytesOf: (extents) => {
      for (const output of take()) if (output.type === "slab") segments.push(output.buffer);
      return concatBytes(extents.map((ref) => new Uint8Array(segments[ref.segment]!, ref.offset, ref.length).slice()));
    },
    hashedAhead: () => takeJobs().flatMap((job) => (job.type === "hash-ahead" ? job.extents : [])),
  };
}

/** Everything is asked of `slow`; `fast`, with nothing left to do, was asked for the first block as well. */
function duel(): { readonly world: World; readonly fast: Peer; readonly slow: Peer } {
  const world = start({ files: [{ lengthBytes: 32 * KIB }] });
  const [slow, fast] = [world.seed(), world.seed()];
  world.downloads.request(slow, 0);
  world.downloads.request(fast, 1);
  world.downloads.request(fast, 2);
  written(slow);
  return { world, fast, slow };
}

/** `fast` sends the second block, and the piece is as it should be. */
function expectTruth(world: World, fast: Peer): void {
  world.downloads.request(fast, 3);
  world.sendBlock(fast, 0, 1);
  const [complete] = world.downloads.takeComplete();
  expect(equalBytes(world.bytesOf(complete?.buffer.extentRefs() ?? []), world.payload.subarray(0, 32 * KIB))).toBe(
    true,
  );
}

function requestsOf(peer: Peer): readonly { piece: number; begin: number; length: number }[] {
  return written(peer).flatMap((message) => (message.type === "request" ? [message] : []));
}

function blockMessage(piece: number, begin: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(PIECE_HEADER_LENGTH + payload.length);
  writePieceHeader(bytes, 0, piece, begin, payload.length);
  bytes.set(payload, PIECE_HEADER_LENGTH);
  return bytes;
}
