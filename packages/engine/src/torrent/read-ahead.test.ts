import { Bitfield, Geometry } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { PiecePicker } from "../picker/picker.ts";
import { seededRandom } from "../test-support/context.ts";
import { ReadAhead } from "./read-ahead.ts";

const KIB = 1024;
const PIECE = 256 * KIB;
const END = 400 * PIECE;

function start() {
  const geometry = new Geometry({ lengthBytes: END, pieceLength: PIECE });
  const picker = new PiecePicker({ geometry, have: new Bitfield(400), random: seededRandom(1) });
  const peer = picker.addPeer(1);
  picker.handleHaveAll(peer);
  peer.choked = false;
  const ahead = new ReadAhead(geometry);
  /** The pieces that are asked for before all others, in order. */
  const order = (count: number, now: number): number[] => {
    const out: number[] = [];
    picker.pick(peer, count * 16, now, () => true, out);
    const pieces = [...new Set(out.filter((_, index) => index % 2 === 0))];
    picker.releasePeer(peer);
    return pieces;
  };
  return { picker, ahead, order };
}

describe("read-ahead", () => {
  it("begins small and doubles with every piece that is read on", () => {
    const { picker, ahead, order } = start();
    ahead.handleReader({ reader: 1, at: 0, end: END }, picker, 0);
    expect(order(2, 0)).toEqual([0, 1]);
    for (let piece = 1; piece <= 4; piece++) ahead.handleReader({ reader: 1, at: piece * PIECE, end: END }, picker, 0);
    expect(order(12, 0)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  });

  it("begins anew after a seek, and gives up what the reader before it wanted", () => {
    const { picker, ahead, order } = start();
    for (let piece = 0; piece <= 4; piece++) ahead.handleReader({ reader: 1, at: piece * PIECE, end: END }, picker, 0);
    ahead.handleEnded(1, picker, 0);
    ahead.handleReader({ reader: 2, at: 300 * PIECE, end: END }, picker, 0);
    expect(order(2, 0)).toEqual([300, 301]);
  });

  it("serves several readers in turn, soonest first", () => {
    const { picker, ahead, order } = start();
    ahead.handleReader({ reader: 1, at: 0, end: END }, picker, 0);
    ahead.handleReader({ reader: 2, at: 200 * PIECE, end: END }, picker, 0);
    expect(order(4, 0)).toEqual([0, 200, 1, 201]);
  });

  it("puts off what a slow reader will not need for long", () => {
    const { picker, ahead, order } = start();
    // A piece a second.
    for (let piece = 0; piece <= 20; piece++) {
      const now = piece * 1000;
      ahead.handleReader({ reader: 1, at: piece * PIECE, end: END }, picker, now);
      picker.handleVerified(piece);
      ahead.handleVerified(piece, now + 100);
    }
    ahead.handleReader({ reader: 1, at: 21 * PIECE, end: END }, picker, 21_000);
    const soon = Math.floor(ahead.horizonMs / 1000);
    // Much less than its window, which is 128 pieces by now.
    expect(soon).toBeLessThan(64);
    expect(order(soon, 21_000)).toEqual(Array.from({ length: soon }, (_, index) => 21 + index));
  });
});
