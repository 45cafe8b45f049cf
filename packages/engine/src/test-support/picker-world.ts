/** For tests: a picker, peers that do not choke us, and what was picked of them in a form that is easy to read. */
import { Bitfield, BLOCK_LENGTH, Geometry } from "@torrential/core";
import { PiecePicker, type PickerPeer, type PickStop } from "../picker/picker.ts";

export const always = (): boolean => true;

// xorshift32: small, seeded, good enough to draw pieces.
export function seeded(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

export function bitsOf(length: number, pieces: readonly number[]): Bitfield {
  const bits = new Bitfield(length);
  for (const piece of pieces) bits.set(piece);
  return bits;
}

export interface PickerWorld {
  readonly picker: PiecePicker;
  /** A peer that has these pieces (all when left out) and does not choke us. */
  peer(pieces?: readonly number[], options?: { rateBytesPerSec?: number }): PickerPeer;
  pick(peer: PickerPeer, count: number, now?: number): { stop: PickStop; pieces: number[]; pairs: string[] };
  /** Has `peer` fetch the whole piece; the picker verifies it. */
  fetch(peer: PickerPeer, piece: number): void;
}

// Past the random first pieces unless `have` says otherwise: pieces 0 to 3 are there.
export function makePickerWorld(
  options: { pieces?: number; blocks?: number; have?: readonly number[]; seed?: number } = {},
): PickerWorld {
  const { pieces = 20, blocks = 4, have = [0, 1, 2, 3], seed = 7 } = options;
  const pieceLength = blocks * BLOCK_LENGTH;
  const geometry = new Geometry({ lengthBytes: pieces * pieceLength, pieceLength });
  const picker = new PiecePicker({ geometry, have: bitsOf(pieces, have), random: seeded(seed) });
  let nextId = 1;
  const pick: PickerWorld["pick"] = (peer, count, now = 0) => {
    const out: number[] = [];
    const stop = picker.pick(peer, count, now, always, out);
    picker.checkInvariants();
    const pairs = Array.from({ length: out.length / 2 }, (_, i) => `${out[2 * i]}:${out[2 * i + 1]}`);
    return { stop, pieces: [...new Set(out.filter((_, i) => i % 2 === 0))], pairs };
  };
  return {
    picker,
    pick,
    peer(has, { rateBytesPerSec = 0 } = {}) {
      const peer = picker.addPeer(nextId++);
      if (has === undefined) picker.handleHaveAll(peer);
      else picker.handleBitfield(peer, bitsOf(pieces, has));
      peer.choked = false;
      peer.rateBytesPerSec = rateBytesPerSec;
      return peer;
    },
    fetch(peer, piece) {
      for (let block = 0; block < blocks; block++) picker.handleBlock(peer, piece, block);
      picker.handleVerified(piece);
    },
  };
}

export const FAST = 10_000_000;
export const SLOW = 100;
