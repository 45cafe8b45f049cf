import { BLOCK_LENGTH } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { always, bitsOf, FAST, makePickerWorld, seeded, SLOW } from "../test-support/picker-world.ts";

const never = (): boolean => false;

describe("piece picker: order", () => {
  it("prefers the rarest piece among equals", () => {
    const { peer, pick } = makePickerWorld();
    peer([4, 5, 6, 8, 9]);
    peer([4, 5, 6, 7, 8]);
    const all = peer([4, 5, 6, 7, 8, 9]);
    expect(pick(all, 8).pieces.toSorted()).toEqual([7, 9]);
  });

  it("takes a piece only seeds have before a piece that others have too", () => {
    const { peer, pick } = makePickerWorld({ pieces: 6 });
    peer([4]);
    expect(pick(peer(), 4).pieces).toEqual([5]);
  });

  it("draws at random among equally rare pieces", () => {
    const first = new Set<number>();
    for (let seed = 1; seed <= 60; seed++) {
      const { peer, pick } = makePickerWorld({ seed: seed * 7919 });
      for (const piece of pick(peer([4, 5, 6, 7, 8, 9]), 1).pieces) first.add(piece);
    }
    expect(first.size).toBe(6);
  });

  it("draws the first four pieces at random, however common", () => {
    const first = new Set<number>();
    for (let seed = 1; seed <= 60; seed++) {
      const { peer, pick } = makePickerWorld({ seed: seed * 7919, have: [0, 1, 2], pieces: 6 });
      peer([4, 5]);
      for (const piece of pick(peer([3, 4, 5]), 1).pieces) first.add(piece);
    }
    expect([...first].toSorted()).toEqual([3, 4, 5]);
  });

  it("follows HAVEs as they change rarity", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 6 });
    const all = peer([4, 5]);
    const other = peer([4]);
    picker.handleHave(other, 5);
    picker.handleDontHave(other, 4);
    expect(pick(all, 1).pieces).toEqual([4]);
  });

  it("puts priority before rarity and before partial pieces", () => {
    const { picker, peer, pick } = makePickerWorld();
    const one = peer([4, 5, 6]);
    peer([6]);
    pick(one, 1);
    picker.setPriority(6, 7);
    expect(pick(one, 4).pieces).toEqual([6]);
  });

  it("finishes partial pieces before it opens new ones", () => {
    const { peer, pick } = makePickerWorld();
    const one = peer();
    const [piece] = pick(one, 1).pieces;
    expect(pick(one, 3).pieces).toEqual([piece]);
  });

  it("never picks an unwanted piece, and reopens it when it is wanted again", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 6 });
    const one = peer();
    picker.setPriority(4, 0);
    picker.setPriority(5, 0);
    expect(picker.isInteresting(one)).toBe(false);
    expect(pick(one, 1).stop).toBe("not-wanted");
    picker.setPriority(5, 1);
    expect(pick(one, 99)).toMatchObject({ stop: "all-requested", pieces: [5] });
  });

  it("picks in order when sequential", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 300, blocks: 1 });
    picker.setOrder("sequential");
    const pieces = pick(peer(), 290).pieces;
    expect(pieces).toEqual(Array.from({ length: 290 }, (_, i) => i + 4));
  });

  it("forgets a piece it meant to open when the peer loses it", () => {
    const { picker, peer, pick } = makePickerWorld();
    picker.setOrder("sequential");
    const one = peer();
    pick(one, 4);
    picker.handleDontHave(one, 5);
    expect(pick(one, 4).pieces).toEqual([6]);
  });

  it("picks what is due soonest before anything else", () => {
    const { picker, peer, pick } = makePickerWorld();
    const one = peer();
    pick(one, 1);
    picker.setPriority(6, 7);
    picker.setDeadline(12, 900);
    picker.setDeadline(9, 500);
    picker.setDeadline(15, 700);
    expect(pick(one, 12).pieces).toEqual([9, 15, 12]);
    picker.setDeadline(10, 100);
    picker.setDeadline(10, undefined);
    expect(pick(one, 4).pieces).toEqual([6]);
  });

  it("leaves a deadline that a slow peer cannot meet to a faster one", () => {
    const { picker, peer, pick } = makePickerWorld();
    const slow = peer(undefined, { rateBytesPerSec: SLOW });
    const fast = peer(undefined, { rateBytesPerSec: FAST });
    picker.setDeadline(9, 500);
    picker.setPriority(9, 1);
    expect(pick(slow, 4).pieces).not.toContain(9);
    expect(pick(fast, 4).pieces).toEqual([9]);
  });

  it("prefers suggested pieces among equals, the newest first, and none before rarer ones", () => {
    const { picker, peer, pick } = makePickerWorld();
    peer([11]);
    const one = peer();
    for (const piece of [13, 12, 11]) picker.handleSuggest(one, piece);
    expect(pick(one, 8).pieces).toEqual([12, 13]);
    expect(pick(one, 4).pieces).not.toContain(11);
  });

  it("loses nothing of what a suggestion came before", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 3000, blocks: 1 });
    for (let count = 0; count < 3; count++) peer([10, 20, 30, 40]);
    const one = peer([10, 20, 30, 40]);
    for (const piece of [40, 30]) picker.handleSuggest(one, piece);
    expect(pick(one, 2).pieces).toEqual([30, 40]);
    expect(pick(one, 4).pieces.toSorted((a, b) => a - b)).toEqual([10, 20]);
  });

  it("follows no suggestion in sequential order", () => {
    const { picker, peer, pick } = makePickerWorld();
    const one = peer();
    picker.setOrder("sequential");
    picker.handleSuggest(one, 15);
    expect(pick(one, 4).pieces).toEqual([4]);
  });

  it("gives a snubbed peer the most common piece", () => {
    const { peer, pick } = makePickerWorld();
    peer([4, 7]);
    peer([4]);
    const one = peer([4, 5, 6, 7]);
    one.snubbed = true;
    expect(pick(one, 4).pieces).toEqual([4]);
  });

  it("finds the one piece of a peer that lacks all that is rare", () => {
    const { peer, pick } = makePickerWorld({ pieces: 3000, blocks: 1 });
    peer([2999]);
    peer([2999]);
    peer(Array.from({ length: 2990 }, (_, i) => i));
    expect(pick(peer([2998, 2999]), 5)).toMatchObject({ stop: "all-requested", pieces: [2998, 2999] });
  });
});

describe("piece picker: large swarms", () => {
  it("keeps its books while peers come, learn and go", () => {
    const pieces = 700;
    const { picker, peer, pick } = makePickerWorld({ pieces, blocks: 2 });
    const random = seeded(11);
    const draw = (below: number): number => Math.floor(random() * below);
    const peers = Array.from({ length: 30 }, () => peer(Array.from({ length: 20 }, () => draw(pieces))));
    for (let round = 0; round < 40; round++) {
      for (const one of peers) for (let i = 0; i < 25; i++) picker.handleHave(one, draw(pieces));
      const out: number[] = [];
      for (const one of peers) picker.pick(one, 3, round, always, out);
      picker.checkInvariants();
      picker.removePeer(peers.splice(draw(peers.length), 1)[0] ?? peer([]));
      peers.push(peer(draw(2) === 0 ? [draw(pieces)] : Array.from({ length: 300 }, () => draw(pieces))));
      const one = peers[0] ?? peer();
      if (pick(one, 1).stop === "satisfied") continue;
      for (let piece = 0; piece < pieces; piece++) {
        if (one.pieces.has(piece)) expect(picker.pieceState(piece), `round ${round}`).not.toBe("open");
      }
    }
  });

  it("gives a peer that lacks all that is rare the rarest of what it has", () => {
    const pieces = 4000;
    const { peer, pick } = makePickerWorld({ pieces, blocks: 1 });
    const upTo = (end: number): number[] => Array.from({ length: end }, (_, i) => i);
    peer(upTo(3990)); // What is rare to all is of no use to the poor peer.
    const late = upTo(pieces).slice(3900);
    peer(late);
    peer(late);
    peer(late.filter((piece) => piece !== 3995));
    const poor = peer(late.slice(90));
    expect(pick(poor, 1).pieces).toEqual([3995]);
    expect(pick(poor, 99).pieces).toHaveLength(9);
  });
});

describe("piece picker: who shares a piece", () => {
  it("lets a fast peer have a whole piece for itself", () => {
    const { peer, pick } = makePickerWorld();
    const [one, two] = [peer(undefined, { rateBytesPerSec: FAST }), peer(undefined, { rateBytesPerSec: FAST })];
    const [first] = pick(one, 1).pieces;
    expect(pick(two, 4).pieces).not.toContain(first);
    expect(pick(one, 3).pieces).toEqual([first]);
  });

  it("lets slow peers work on one piece together", () => {
    const { peer, pick } = makePickerWorld();
    const [one, two] = [peer(undefined, { rateBytesPerSec: SLOW }), peer(undefined, { rateBytesPerSec: SLOW })];
    const [first] = pick(one, 1).pieces;
    expect(pick(two, 3).pieces).toEqual([first]);
  });

  it("joins a fast peer's piece when nothing else is left", () => {
    const { peer, pick } = makePickerWorld({ pieces: 5 });
    pick(peer(undefined, { rateBytesPerSec: FAST }), 1);
    expect(pick(peer(undefined, { rateBytesPerSec: FAST }), 9)).toMatchObject({
      stop: "all-requested",
      pairs: ["4:1", "4:2", "4:3"],
    });
  });

  it("gives a piece to anyone once a block of it was given back", () => {
    const { picker, peer, pick } = makePickerWorld();
    const [one, two] = [peer(undefined, { rateBytesPerSec: FAST }), peer(undefined, { rateBytesPerSec: FAST })];
    const [first = -1] = pick(one, 2).pieces;
    picker.releaseBlock(one, first, 0);
    expect(pick(two, 1).pairs).toEqual([`${first}:0`]);
  });

  it("gives a fast peer's piece to anyone when it chokes us", () => {
    const { peer, pick } = makePickerWorld();
    const [one, two] = [peer(undefined, { rateBytesPerSec: FAST }), peer(undefined, { rateBytesPerSec: FAST })];
    const { pieces } = pick(one, 2);
    one.choked = true;
    expect(pick(two, 2).pieces).toEqual(pieces);
  });

  it("opens whole pieces alone for a peer on parole, and lets nobody join", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 6 });
    const [suspect, other] = [peer(), peer()];
    const [shared = -1] = pick(other, 1).pieces;
    suspect.parole = true;
    const [alone = -1] = pick(suspect, 1).pieces;
    expect(alone).not.toBe(shared);
    expect(pick(other, 99).pieces).toEqual([shared]);
    expect(pick(suspect, 99).pieces).toEqual([alone]);
    expect(picker.pieceState(alone)).toBe("partial");
  });

  it("lets nobody join a piece held alone, however urgent", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 5 });
    const [suspect, other] = [peer(), peer()];
    suspect.parole = true;
    pick(suspect, 1);
    picker.setDeadline(4, 500);
    expect(pick(other, 1).pairs).toEqual([]);
    expect(pick(suspect, 1).pairs).toEqual(["4:1"]);
  });

  it("frees a piece held alone when the peer on parole leaves it", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 5 });
    const [suspect, other] = [peer(), peer()];
    suspect.parole = true;
    pick(suspect, 2);
    picker.releasePeer(suspect);
    expect(pick(other, 4).pairs).toHaveLength(4);
  });

  it("lets a peer on parole adopt a piece that nobody works on when there is no other", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 5 });
    const suspect = peer();
    suspect.parole = true;
    picker.restorePartial(4, bitsOf(4, [1]));
    expect(pick(suspect, 9).pairs).toEqual(["4:0", "4:2", "4:3"]);
  });

  it("expands to adjacent small pieces for a fast peer", () => {
    const { peer, pick } = makePickerWorld({ pieces: 640, blocks: 1 });
    const { pieces } = pick(peer(undefined, { rateBytesPerSec: FAST }), 3);
    const [first = -1] = pieces;
    // Aligned runs of 64 pieces of 16 KiB: unless the draw was the last of one, the next follows.
    if (first % 64 < 62) expect(pieces).toEqual([first, first + 1, first + 2]);
  });
});

describe("piece picker: why it stops", () => {
  it("says no-room when no piece may be opened, and still joins what is open", () => {
    const { picker, peer, pick } = makePickerWorld();
    const one = peer();
    const [piece] = pick(one, 1).pieces;
    const out: number[] = [];
    expect(picker.pick(one, 9, 0, never, out)).toBe("no-room");
    expect(out).toEqual([piece, 1, piece, 2, piece, 3]);
    expect(pick(one, 9).stop).toBe("satisfied");
  });

  it("picks only allowed-fast pieces of a peer that chokes us", () => {
    const { picker, peer, pick } = makePickerWorld();
    const one = peer();
    one.choked = true;
    expect(pick(one, 1)).toMatchObject({ stop: "choked", pairs: [] });
    picker.handleAllowedFast(one, 8);
    expect(pick(one, 9)).toMatchObject({ stop: "choked", pieces: [8] });
  });

  it("says all-requested in no time until something is free again", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 5 });
    const [one, two] = [peer(), peer([4])];
    pick(one, 4);
    pick(two, 1);
    expect(pick(two, 1).stop).toBe("all-requested");
    picker.handleReject(one, 4, 2);
    expect(pick(two, 1).pairs).toEqual(["4:2"]);
  });
});

describe("piece picker: duplicates", () => {
  it("duplicates one block per idle peer in the end game, of the slowest holder", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 6 });
    const [slow, fast, idle] = [peer([4], { rateBytesPerSec: SLOW }), peer([5], { rateBytesPerSec: FAST }), peer()];
    pick(slow, 4);
    pick(fast, 4);
    const { pairs } = pick(idle, 5, 10);
    expect(pairs).toHaveLength(1);
    expect(pairs[0]).toMatch(/^4:/);
    expect(pick(idle, 5, 20)).toMatchObject({ stop: "all-requested", pairs: [] });
    const block = Number(pairs[0]?.slice(2));
    const outcome = picker.handleBlock(idle, 4, block);
    expect(outcome).toEqual({ type: "accepted", pieceComplete: false, cancel: [slow] });
    expect(picker.handleBlock(slow, 4, block)).toEqual({ type: "duplicate" });
    expect(slow.outstanding).toBe(3);
  });

  it("keeps the end game off while a block is unrequested", () => {
    const { peer, pick } = makePickerWorld({ pieces: 6 });
    pick(peer([4]), 4);
    expect(pick(peer([4]), 4)).toMatchObject({ stop: "all-requested", pairs: [] });
  });

  it("lets an idle peer steal from one ten times slower, but not at once", () => {
    const { peer, pick } = makePickerWorld({ pieces: 6 });
    pick(peer([4], { rateBytesPerSec: 10_000 }), 4, 0);
    const thief = peer([4], { rateBytesPerSec: 100_000 });
    expect(pick(thief, 4, 10).pairs).toEqual([]);
    expect(pick(thief, 4, 5000).pairs).toHaveLength(4);
  });

  it("steals no more than the thief brings in a second, also from more than four", () => {
    const { peer, pick } = makePickerWorld({ pieces: 6, blocks: 16 });
    const slow = Array.from({ length: 5 }, () => peer([4], { rateBytesPerSec: 1_000 }));
    for (const one of slow) pick(one, 16, 0);
    const thief = peer([4], { rateBytesPerSec: 5 * BLOCK_LENGTH });
    expect(pick(thief, 16, 5000).pairs).toHaveLength(5);
    expect(pick(thief, 16, 5001).pairs).toEqual([]);
  });

  it("does not steal from a peer nearly as fast", () => {
    const { peer, pick } = makePickerWorld({ pieces: 6 });
    pick(peer([4], { rateBytesPerSec: 10_001 }), 4, 0);
    expect(pick(peer([4], { rateBytesPerSec: 100_000 }), 4, 5000).pairs).toEqual([]);
  });

  it("asks no more than four peers for one block", () => {
    const { peer, pick } = makePickerWorld({ pieces: 5, blocks: 1 });
    const asked = Array.from({ length: 6 }, () => pick(peer(), 1).pairs.length);
    expect(asked).toEqual([1, 1, 1, 1, 0, 0]);
  });
});

describe("piece picker: arrivals", () => {
  it("completes a piece, remembers who sent it, and has it when verified", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 5, blocks: 2 });
    const [one, two] = [peer(), peer()];
    pick(one, 1);
    pick(two, 1);
    expect(picker.handleBlock(one, 4, 0)).toMatchObject({ type: "accepted", pieceComplete: false });
    picker.removePeer(one);
    expect(picker.handleBlock(two, 4, 1)).toMatchObject({ type: "accepted", pieceComplete: true });
    expect(picker.pieceState(4)).toBe("verifying");
    expect(picker.contributors(4)).toEqual([1, 2]);
    picker.handleVerified(4);
    picker.checkInvariants();
    expect(picker.pieceState(4)).toBe("have");
    expect(picker.wantedRemaining).toBe(0);
    expect(picker.isInteresting(two)).toBe(false);
  });

  it("asks for all of a failed piece again", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 5 });
    const one = peer();
    pick(one, 4);
    for (let block = 0; block < 4; block++) picker.handleBlock(one, 4, block);
    picker.handleFailed(4);
    expect(picker.pieceState(4)).toBe("open");
    expect(pick(one, 9).pairs).toHaveLength(4);
  });

  it("accepts a late block that is still missing, and cancels whoever has it now", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 5 });
    const [one, two] = [peer(), peer()];
    pick(one, 1);
    picker.releaseBlock(one, 4, 0);
    expect(picker.pieceState(4)).toBe("open");
    pick(two, 1);
    expect(picker.wouldAccept(one, 4, 0)).toBe(true);
    expect(picker.handleBlock(one, 4, 0)).toEqual({ type: "accepted", pieceComplete: false, cancel: [two] });
    picker.checkInvariants();
  });

  it("refuses a block never asked for, asked of another, or rejected by the sender", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 5 });
    const [one, two] = [peer(), peer()];
    pick(one, 2);
    expect(picker.handleBlock(two, 4, 0)).toEqual({ type: "unrequested" });
    picker.handleReject(one, 4, 1);
    expect(picker.wouldAccept(one, 4, 1)).toBe(false);
    expect(picker.handleBlock(one, 4, 1)).toEqual({ type: "unrequested" });
    picker.handleBlock(one, 4, 0);
    expect(picker.handleBlock(one, 4, 0)).toEqual({ type: "unrequested" });
  });

  it("refuses a late block of a piece that is no longer wanted", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 5 });
    const one = peer();
    pick(one, 1);
    picker.releasePeer(one);
    picker.setPriority(4, 0);
    expect(picker.handleBlock(one, 4, 0)).toEqual({ type: "unrequested" });
  });

  it("forgets received blocks under memory pressure, and keeps what is asked for", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 5 });
    const one = peer();
    pick(one, 2);
    picker.handleBlock(one, 4, 0);
    picker.dropPiece(4);
    expect(picker.receivedBlocks(4)).toBe(0);
    expect(picker.hasReserved(one, 4, 1)).toBe(true);
    expect(pick(one, 9).pairs).toEqual(["4:0", "4:2", "4:3"]);
  });

  it("asks only for what a resumed piece lacks", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 5 });
    picker.restorePartial(4, bitsOf(4, [0, 2]));
    expect([...picker.partialPieces()].map((view) => view.received.count)).toEqual([2]);
    expect(pick(peer(), 9).pairs).toEqual(["4:1", "4:3"]);
    expect(picker.contributors(4)).toEqual([-1, -1, -1, -1]);
  });

  it("wants a piece again that the disk lost", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 5, have: [0, 1, 2, 3, 4] });
    const one = peer([2]);
    expect(picker.isInteresting(one)).toBe(false);
    picker.lose(2);
    expect(picker.isInteresting(one)).toBe(true);
    expect(pick(one, 1).pieces).toEqual([2]);
  });
});

describe("piece picker: peers", () => {
  it("frees what was asked of a peer that leaves, and takes back its availability", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 5 });
    const one = peer([4]);
    pick(one, 4);
    expect(picker.availability(4)).toBe(1);
    picker.removePeer(one);
    expect(picker.availability(4)).toBe(0);
    expect(picker.pieceState(4)).toBe("open");
    picker.checkInvariants();
  });

  it("counts a seed once until it loses a piece", () => {
    const { picker, peer } = makePickerWorld({ pieces: 5 });
    const seed = peer();
    expect(seed.isSeed).toBe(true);
    picker.handleDontHave(seed, 4);
    picker.checkInvariants();
    expect([picker.availability(3), picker.availability(4)]).toEqual([1, 0]);
    expect(picker.isInteresting(seed)).toBe(false);
  });

  it("takes back what was asked of a peer that says it lost the piece", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 5 });
    const one = peer();
    pick(one, 3);
    picker.handleDontHave(one, 4);
    expect(one.outstanding).toBe(0);
    expect(pick(peer([4]), 9).pairs).toHaveLength(4);
  });

  it("remembers a block asked for long ago among many that came", () => {
    const { picker, peer, pick } = makePickerWorld({ pieces: 200, blocks: 1 });
    const one = peer();
    const [waiting = -1] = pick(one, 1).pieces;
    for (let i = 0; i < 150; i++) for (const piece of pick(one, 1).pieces) picker.handleBlock(one, piece, 0);
    picker.removePeer(one);
    expect(picker.pieceState(waiting)).toBe("open");
    picker.checkInvariants();
  });

  it("knows how many copies the swarm holds", () => {
    const { picker, peer } = makePickerWorld({ pieces: 4, have: [] });
    peer();
    peer([0, 1, 2]);
    peer([3]);
    peer([1]);
    expect(picker.distributedCopies()).toBe(2.25);
  });

  it("fetches everything from a swarm in which each has a part", () => {
    const { picker, peer, pick, fetch } = makePickerWorld({ have: [] });
    const swarm = [peer([0, 1, 2, 3, 4, 5, 6]), peer([7, 8, 9, 10, 11, 12]), peer([13, 14, 15, 16, 17, 18, 19])];
    for (let round = 0; round < 20 && picker.wantedRemaining > 0; round++) {
      for (const one of swarm) for (const piece of pick(one, 4, round).pieces) fetch(one, piece);
    }
    expect(picker.have.isFull).toBe(true);
  });
});
