import { Bitfield } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { PiecePicker } from "../picker/picker.ts";
import type { ConnectionId } from "../ports/network.ts";
import { makeContext } from "../test-support/context.ts";
import { makeSeed } from "../test-support/peers.ts";
import { Downloads } from "../torrent/downloads.ts";
import { Refusals } from "../torrent/refusals.ts";
import type { BlockSenders, Sender } from "../verify/verifier.ts";
import type { Peer } from "./peer.ts";
import { Trials } from "./trials.ts";

const KIB = 1024;
const BLOCKS = 4;

describe("trial of a false piece", () => {
  it("lets a peer that had no part in it bring the blocks of half of its senders again, and of nobody else", () => {
    const world = start();
    const [a, b, judge] = [world.seed(), world.seed(), world.seed()];
    expect(world.fail(0, [a, a, b, b], 0)).toBe(true);
    expect(world.asked(0, judge)).toEqual([0, 1]);
    expect(world.asked(0, b)).toEqual([]);
  });

  it("ends with a piece that is all the judge's", () => {
    const world = start();
    const [a, b, judge] = [world.seed(), world.seed(), world.seed()];
    world.fail(0, [a, a, b, b], 0);
    world.asked(0, judge);
    world.complete(0, judge);
    expect(world.trials.handleFailed(0, sentBy([judge, judge, b, b]), 10)).toBe(true);
    expect(world.asked(0, judge)).toEqual([2, 3]);
  });

  it("doubts the most suspicious first", () => {
    const world = start();
    const [a, b, c, d, judge] = [world.seed(), world.seed(), world.seed(), world.seed(), world.seed()];
    world.fail(0, [a, b, a, b], 0);
    world.trials.end(0);
    world.fail(1, [c, d, b, b], 0);
    expect(world.asked(1, judge)).toEqual([2, 3]);
  });

  it("is given up where nobody can judge", () => {
    const world = start();
    const [a, b] = [world.seed(), world.seed()];
    for (const peer of [a, b]) peer.picker.choked = true;
    expect(world.fail(0, [a, a, b, b], 0)).toBe(false);
    expect(world.trials.has(0)).toBe(false);
  });

  it("is held while another piece of the same senders is tried, for 15 s at most", () => {
    const world = start();
    const [a, b] = [world.seed(), world.seed(), world.seed()];
    world.fail(0, [a, a, b, b], 0);
    for (const peer of world.peers.values()) peer.picker.outstanding = 1;
    world.fail(1, [a, b, a, b], 0);
    const isBegun = (): boolean => world.picker.pieceState(1) === "partial";
    world.trials.goOn(14_999);
    expect(isBegun()).toBe(false);
    world.trials.goOn(15_000);
    expect(isBegun()).toBe(true);
  });

  it("goes to another judge when its own brings nothing for 5 s", () => {
    const world = start();
    const [a, b, first, second] = [world.seed(), world.seed(), world.seed(), world.seed()];
    first.picker.rateBytesPerSec = 2_000;
    world.fail(0, [a, a, b, b], 0);
    expect(world.asked(0, first)).toEqual([0, 1]);
    first.waitingSince = 0;
    world.trials.handleSecond(4_999);
    expect(world.asked(0, second)).toEqual([]);
    world.trials.handleSecond(5_000);
    expect(world.asked(0, second)).toEqual([0, 1]);
  });

  it("is judged by who is proven, suspected or not", () => {
    const world = start();
    const [a, proven] = [world.seed(), world.seed(), world.seed()];
    proven.picker.isProven = true;
    world.fail(0, [a, a, proven, proven], 0);
    expect(world.asked(0, proven)).toEqual([0, 1]);
  });

  it("is left to the proven when pieces of three groups failed that have nobody in common", () => {
    const world = start();
    const [a, b, judge] = [world.seed(), world.seed(), world.seed()];
    const [c, d, second] = [world.seed(), world.seed(), world.seed()];
    const [e, f] = [world.seed(), world.seed()];
    expect(world.fail(0, [a, a, b, b], 0)).toBe(true);
    expect(world.asked(0, judge)).not.toEqual([]);
    expect(world.fail(1, [c, c, d, d], 0)).toBe(true);
    expect(world.asked(1, second)).not.toEqual([]);
    expect(world.fail(2, [e, e, f, f], 0)).toBe(false);
    f.picker.isProven = true;
    expect(world.fail(3, [a, b, a, b], 0)).toBe(true);
    expect(world.asked(3, f)).not.toEqual([]);
  });

  it("is never judged by who was convicted, whose other unfinished blocks are fetched again", () => {
    const world = start();
    const [liar, b, judge] = [world.seed(), world.seed(), world.seed()];
    world.take(1, liar, 2);
    world.trials.convict(senderOf(liar));
    expect(world.asked(1, b).slice(0, 2)).toEqual([0, 1]);
    liar.picker.rateBytesPerSec = 1e9;
    world.fail(0, [b, b, b, liar], 0);
    expect(world.asked(0, liar)).toEqual([]);
    expect(world.asked(0, judge)).toEqual([3]);
  });

  it("leads to parole for all proven that are suspected when a judge lies, and not for who was cleared", () => {
    const world = start();
    const [a, b, judge] = [world.seed(), world.seed(), world.seed()];
    for (const peer of [a, b, judge]) peer.picker.isProven = true;
    world.fail(0, [a, a, b, b], 0);
    world.trials.clear([senderOf(b)]);
    world.trials.putSuspectsOnParole();
    expect([a, b, judge].map((peer) => peer.picker.parole)).toEqual([true, false, false]);
  });
});

interface World {
  readonly trials: Trials;
  readonly picker: PiecePicker;
  readonly peers: ReadonlyMap<ConnectionId, Peer>;
  /** A peer that has everything and delivers. */
  readonly seed: () => Peer;
  /** `count` blocks of the piece arrive from the peer. */
  readonly take: (piece: number, peer: Peer, count: number) => void;
  /** The blocks that the peer was asked for arrive. */
  readonly complete: (piece: number, peer: Peer) => void;
  /** The piece arrives from these peers, block by block, and is false. */
  readonly fail: (piece: number, senders: readonly Peer[], now: number) => boolean;
  /** Blocks of the piece that the peer is asked for now. */
  readonly asked: (piece: number, peer: Peer) => readonly number[];
}

function start(): World {
  const { context } = makeContext({ pieceLength: BLOCKS * 16 * KIB, files: [{ lengthBytes: 256 * KIB }] });
  const { geometry } = context;
  const picker = new PiecePicker({ geometry, have: new Bitfield(geometry.pieceCount), random: context.random });
  const peers = new Map<ConnectionId, Peer>();
  const downloads = new Downloads(context, { picker, refusals: new Refusals(), peers });
  const trials = new Trials({ picker, downloads, peers });
  const asked = (piece: number, peer: Peer, count = BLOCKS): readonly number[] => {
    const out: number[] = [];
    picker.pick(peer.picker, count, 0, (each) => each === piece, out);
    return out.flatMap((block, index) => (index % 2 === 1 && out[index - 1] === piece ? [block] : []));
  };
  const take = (piece: number, peer: Peer, count: number): void => {
    picker.setDeadline(piece, 0);
    for (const block of asked(piece, peer, count)) picker.handleBlock(peer.picker, piece, block);
  };
  return {
    trials,
    picker,
    peers,
    asked,
    take,
    seed: () => {
      const peer = makeSeed(context, picker, { connection: peers.size + 1 });
      peer.picker.rateBytesPerSec = 1_000;
      peers.set(peer.connection, peer);
      return peer;
    },
    complete: (piece, peer) => {
      for (let block = 0; block < BLOCKS; block++)
        if (picker.hasReserved(peer.picker, piece, block)) picker.handleBlock(peer.picker, piece, block);
    },
    fail: (piece, senders, now) => {
      for (const sender of senders) take(piece, sender, 1);
      return trials.handleFailed(piece, sentBy(senders), now);
    },
  };
}

function senderOf({ connection, known }: Peer): Sender {
  return { id: connection, known };
}

function sentBy(peers: readonly Peer[]): BlockSenders {
  return peers.map(senderOf);
}
