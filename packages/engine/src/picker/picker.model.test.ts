/** Random swarms against a model that is too slow to be wrong. */
import { BLOCK_LENGTH, Geometry } from "@torrential/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsOf, seeded } from "../test-support/picker-world.ts";
import { PiecePicker, type PickerPeer } from "./picker.ts";

const PIECES = 12;
const BLOCKS = 3;
const LAST_BLOCKS = 2;
const PEER_STEPS = ["leave", "choke", "unchoke", "snub", "parole", "prove", "release", "have-all"] as const;

type Step =
  | { readonly type: "join"; readonly pieces: readonly number[]; readonly rate: number }
  | { readonly type: "pick"; readonly peer: number; readonly count: number; readonly isFull: boolean }
  | { readonly type: "arrive" | "reject" | "time-out"; readonly pair: number }
  | { readonly type: (typeof PEER_STEPS)[number]; readonly peer: number }
  | { readonly type: "have" | "dont-have" | "suggest" | "allow"; readonly peer: number; readonly piece: number }
  | { readonly type: "late"; readonly peer: number; readonly piece: number; readonly block: number }
  | { readonly type: "pass" | "fail" | "drop" | "lose" | "found"; readonly piece: number }
  | { readonly type: "retry" | "appoint"; readonly peer: number; readonly piece: number; readonly block: number }
  | { readonly type: "disbelieve"; readonly peer: number }
  | { readonly type: "restore"; readonly piece: number; readonly blocks: readonly number[] }
  | { readonly type: "priority"; readonly piece: number; readonly priority: number }
  | { readonly type: "deadline"; readonly piece: number; readonly at: number | undefined }
  | { readonly type: "guard"; readonly isOn: boolean }
  | { readonly type: "order"; readonly isSequential: boolean };

type PeerStep = Extract<Step, { peer: number }>;
type PieceStep = Exclude<Extract<Step, { piece: number } | { type: "order" | "guard" }>, PeerStep>;

const piece = fc.nat(PIECES - 1);
const peer = fc.nat(9);
const pair = fc.nat(99);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("join"),
      pieces: fc.uniqueArray(piece),
      rate: fc.constantFrom(0, 100, 2000, 1e7),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constant("pick"),
      peer,
      count: fc.integer({ min: 1, max: 9 }),
      isFull: fc.nat(9).map((n) => n === 0),
    }),
  },
  { weight: 12, arbitrary: fc.record({ type: fc.constant("arrive"), pair }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom("reject", "time-out"), pair }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom(...PEER_STEPS),
      peer,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constantFrom("have", "have", "dont-have", "suggest", "allow"), peer, piece }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("late"), peer, piece, block: fc.nat(BLOCKS - 1) }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom("pass", "pass", "fail", "drop", "lose", "found"), piece }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom("retry", "retry", "appoint"),
      peer,
      piece,
      block: fc.nat(BLOCKS - 2),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("disbelieve"), peer }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("restore"), piece, blocks: fc.uniqueArray(fc.nat(BLOCKS - 1)) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("priority"), piece, priority: fc.constantFrom(0, 1, 4, 7) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("deadline"), piece, at: fc.option(fc.nat(5000), { nil: undefined }) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("order"), isSequential: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("guard"), isOn: fc.boolean() }) },
);

interface Asked {
  readonly peer: PickerPeer;
  readonly piece: number;
  readonly block: number;
}

/** Plays steps; keeps, on its own, who was asked for what and what is here. */
class Model {
  readonly picker: PiecePicker;
  readonly peers: PickerPeer[] = [];
  asked: Asked[] = [];
  readonly received = new Set<number>();
  readonly priorities = new Uint8Array(PIECES).fill(4);
  now = 0;
  #nextId = 1;

  constructor(have: readonly number[], seed: number) {
    const lengthBytes = ((PIECES - 1) * BLOCKS + LAST_BLOCKS) * BLOCK_LENGTH;
    const geometry = new Geometry({ lengthBytes, pieceLength: BLOCKS * BLOCK_LENGTH });
    this.picker = new PiecePicker({ geometry, have: bitsOf(PIECES, have), random: seeded(seed) });
  }

  play(step: Step): void {
    this.now += 700;
    if ("pair" in step) this.#answer(step.type, step.pair);
    else if (step.type === "join") this.#join(step.pieces, step.rate);
    else if ("peer" in step) this.#playPeer(step, this.peers[step.peer % Math.max(1, this.peers.length)]);
    else this.#playPiece(step);
    this.#check();
  }

  /** Whether a free, wanted block is left that this peer could be asked for. */
  hasFreeFor(one: PickerPeer): boolean {
    for (let piece = 0; piece < PIECES; piece++) {
      if (!this.#isLacking(piece) || !one.pieces.has(piece)) continue;
      for (let block = 0; block < blocksIn(piece); block++) if (this.#isFree(piece, block)) return true;
    }
    return false;
  }

  pick(one: PickerPeer, count: number, isFull: boolean): number {
    const hadFree = this.#anyFree();
    const wasIdle = one.outstanding === 0;
    const closed = new Set<number>();
    for (let piece = 0; piece < PIECES; piece++) if (this.picker.pieceState(piece) === "open") closed.add(piece);
    const out: number[] = [];
    const stop = this.picker.pick(one, count, this.now, () => !isFull, out);
    for (let i = 0; i < out.length; i += 2) {
      const [piece = -1, block = -1] = [out[i], out[i + 1]];
      expect(one.pieces.has(piece), "the peer has it").toBe(true);
      expect(this.#isLacking(piece), "we want and lack it").toBe(true);
      expect(block, "the block exists").toBeLessThan(blocksIn(piece));
      expect(isFull && closed.has(piece), "nothing is opened when there is no room").toBe(false);
      if (!this.#isFree(piece, block)) this.#checkDuplicate(one, { piece, block, hadFree, wasIdle });
      this.asked.push({ peer: one, piece, block });
    }
    if (stop === "satisfied") expect(out.length).toBe(2 * count);
    if (stop === "no-room") expect(isFull).toBe(true);
    if (stop === "not-wanted") expect(this.picker.isInteresting(one)).toBe(false);
    if (stop === "choked") expect(one.choked).toBe(true);
    // What others have to themselves is not this one's to ask for.
    const isAlone = this.picker.isGuarded || this.peers.some((other) => other.parole || other.trials.length > 0);
    if (stop === "all-requested" && !isAlone) {
      expect(this.hasFreeFor(one), "all it has is requested").toBe(false);
    }
    return out.length / 2;
  }

  #checkDuplicate(one: PickerPeer, on: { piece: number; block: number; hadFree: boolean; wasIdle: boolean }): void {
    const holders = this.asked.filter((asked) => asked.piece === on.piece && asked.block === on.block);
    expect(this.received.has(key(on.piece, on.block)), "it is not here").toBe(false);
    expect(
      holders.some((asked) => asked.peer === one),
      "never twice of one peer",
    ).toBe(false);
    const fastest = Math.max(...holders.map((asked) => asked.peer.rateBytesPerSec));
    // Stolen of peers ten times slower; else it is the end game.
    if (one.rateBytesPerSec > 0 && fastest <= one.rateBytesPerSec / 10) return;
    expect(on.hadFree, "the end game begins when every block is requested").toBe(false);
    expect(on.wasIdle, "only an idle peer duplicates").toBe(true);
    expect(holders.length).toBeLessThan(4);
  }

  #join(pieces: readonly number[], rate: number): void {
    if (this.peers.length >= 10) return;
    const one = this.picker.addPeer(this.#nextId++);
    this.picker.handleBitfield(one, bitsOf(PIECES, pieces));
    one.choked = false;
    one.rateBytesPerSec = rate;
    this.peers.push(one);
  }

  #answer(type: "arrive" | "reject" | "time-out", pair: number): void {
    const asked = this.asked[pair % Math.max(1, this.asked.length)];
    if (asked === undefined) return;
    const { peer: one, piece, block } = asked;
    expect(this.picker.hasReserved(one, piece, block)).toBe(true);
    if (type === "arrive") {
      this.#expectAccepted(one, piece, block);
      return;
    }
    this.asked.splice(this.asked.indexOf(asked), 1);
    if (type === "reject") this.picker.handleReject(one, piece, block);
    else this.picker.releaseBlock(one, piece, block);
  }

  #expectAccepted(one: PickerPeer, piece: number, block: number): void {
    const outcome = this.picker.handleBlock(one, piece, block);
    const others = this.asked.filter((asked) => asked.piece === piece && asked.block === block && asked.peer !== one);
    expect(outcome.type).toBe("accepted");
    if (outcome.type !== "accepted") return;
    expect(new Set(outcome.cancel)).toEqual(new Set(others.map((asked) => asked.peer)));
    this.received.add(key(piece, block));
    this.#forget((asked) => asked.piece === piece && asked.block === block);
    expect(outcome.pieceComplete).toBe(this.#receivedIn(piece) === blocksIn(piece));
  }

  #playPeer(step: PeerStep, one: PickerPeer | undefined): void {
    if (one === undefined) return;
    switch (step.type) {
      case "pick":
        this.pick(one, step.count, step.isFull);
        return;
      case "leave":
        this.picker.removePeer(one);
        this.#forget((asked) => asked.peer === one);
        this.peers.splice(this.peers.indexOf(one), 1);
        return;
      case "choke":
      case "unchoke":
        one.choked = step.type === "choke";
        return;
      case "snub":
        one.snubbed = !one.snubbed;
        return;
      case "parole":
        one.parole = !one.parole;
        return;
      case "prove":
        one.isProven = !one.isProven;
        return;
      case "release":
        this.picker.releasePeer(one);
        this.#forget((asked) => asked.peer === one);
        return;
      case "have-all":
        this.picker.handleHaveAll(one);
        this.#forget((asked) => asked.peer === one);
        return;
      case "have":
        this.picker.handleHave(one, step.piece);
        return;
      case "dont-have":
        this.picker.handleDontHave(one, step.piece);
        this.#forget((asked) => asked.peer === one && asked.piece === step.piece);
        return;
      case "suggest":
        this.picker.handleSuggest(one, step.piece);
        return;
      case "allow":
        this.picker.handleAllowedFast(one, step.piece);
        return;
      case "late":
        this.#surprise(one, step.piece, step.block);
        return;
      case "retry":
        this.#retry(one, step.piece, step.block);
        return;
      case "appoint":
        if (this.picker.pieceState(step.piece) === "partial" && canJudge(one, step.piece))
          this.picker.appoint(step.piece, one);
        return;
      case "disbelieve":
        for (const { piece, blocks } of this.picker.forgetBlocksOf(one.id)) {
          for (const block of blocks) this.received.delete(key(piece, block));
        }
    }
  }

  // A block that we may or may not have asked for at some time.
  #surprise(one: PickerPeer, piece: number, block: number): void {
    if (block >= blocksIn(piece)) return;
    const mayCome = this.picker.wouldAccept(one, piece, block);
    if (mayCome) this.#expectAccepted(one, piece, block);
    else expect(this.picker.handleBlock(one, piece, block).type).not.toBe("accepted");
  }

  #playPiece(step: PieceStep): void {
    const { picker } = this;
    switch (step.type) {
      case "pass":
        if (picker.pieceState(step.piece) === "verifying") this.#verify(step.piece);
        return;
      case "found":
        this.#verify(step.piece);
        return;
      case "fail":
        if (picker.pieceState(step.piece) !== "verifying") return;
        picker.handleFailed(step.piece);
        this.#unreceive(step.piece);
        return;
      case "drop":
        picker.dropPiece(step.piece);
        this.#unreceive(step.piece);
        return;
      case "lose":
        picker.lose(step.piece);
        return;
      case "restore":
        this.#restore(step.piece, step.blocks);
        return;
      case "priority":
        picker.setPriority(step.piece, step.priority);
        this.priorities[step.piece] = step.priority;
        return;
      case "deadline":
        picker.setDeadline(step.piece, step.at === undefined ? undefined : this.now + step.at);
        return;
      case "guard":
        picker.setGuarded(step.isOn);
        return;
      case "order":
        picker.setOrder(step.isSequential ? "sequential" : "rarest-first");
    }
  }

  // A false piece of which some blocks are fetched again, by one peer.
  #retry(one: PickerPeer, piece: number, from: number): void {
    if (this.picker.pieceState(piece) !== "verifying" || !canJudge(one, piece)) return;
    const doubted = Array.from({ length: blocksIn(piece) }, (_, block) => block).slice(from + 1);
    if (doubted.length === 0) return;
    this.picker.retry(piece, doubted, one);
    for (const block of doubted) this.received.delete(key(piece, block));
    for (const other of this.peers) {
      const out: number[] = [];
      if (other === one || other.choked) continue;
      this.picker.pick(other, 1, this.now, () => false, out);
      for (let i = 0; i < out.length; i += 2) {
        expect(out[i], "a piece on trial is its judge's alone").not.toBe(piece);
        this.asked.push({ peer: other, piece: out[i] ?? 0, block: out[i + 1] ?? 0 });
      }
    }
  }

  #verify(piece: number): void {
    this.picker.handleVerified(piece);
    this.#forget((asked) => asked.piece === piece);
    this.#unreceive(piece);
  }

  #restore(piece: number, blocks: readonly number[]): void {
    const bits = bitsOf(
      blocksIn(piece),
      blocks.filter((block) => block < blocksIn(piece)),
    );
    const had = this.picker.have.has(piece);
    this.picker.restorePartial(piece, bits);
    for (const block of had ? [] : blocks) {
      if (block < blocksIn(piece) && this.#isFree(piece, block)) this.received.add(key(piece, block));
    }
  }

  #check(): void {
    this.picker.checkInvariants();
    for (const asked of this.asked) {
      expect(this.picker.hasReserved(asked.peer, asked.piece, asked.block), "still reserved").toBe(true);
    }
    for (const one of this.peers) {
      expect(one.outstanding).toBe(this.asked.filter((asked) => asked.peer === one).length);
      const pieces = Array.from({ length: PIECES }, (_, i) => i);
      expect(this.picker.isInteresting(one)).toBe(pieces.some((i) => this.#isLacking(i) && one.pieces.has(i)));
    }
    for (let i = 0; i < PIECES; i++) {
      expect(this.picker.availability(i)).toBe(this.peers.filter((one) => one.pieces.has(i)).length);
      if (!this.picker.have.has(i)) expect(this.picker.receivedBlocks(i)).toBe(this.#receivedIn(i));
    }
  }

  #isLacking(piece: number): boolean {
    return !this.picker.have.has(piece) && (this.priorities[piece] ?? 0) > 0;
  }

  #isFree(piece: number, block: number): boolean {
    if (this.received.has(key(piece, block))) return false;
    return !this.asked.some((asked) => asked.piece === piece && asked.block === block);
  }

  #anyFree(): boolean {
    for (let piece = 0; piece < PIECES; piece++) {
      if (!this.#isLacking(piece)) continue;
      for (let block = 0; block < blocksIn(piece); block++) if (this.#isFree(piece, block)) return true;
    }
    return false;
  }

  #receivedIn(piece: number): number {
    let count = 0;
    for (let block = 0; block < blocksIn(piece); block++) if (this.received.has(key(piece, block))) count++;
    return count;
  }

  #unreceive(piece: number): void {
    for (let block = 0; block < BLOCKS; block++) this.received.delete(key(piece, block));
  }

  #forget(isGone: (asked: Asked) => boolean): void {
    this.asked = this.asked.filter((asked) => !isGone(asked));
  }
}

function canJudge(one: PickerPeer, piece: number): boolean {
  return one.pieces.has(piece) && !one.choked && !one.snubbed;
}

describe("piece picker: any swarm", () => {
  it("keeps its promises whatever peers, disks and users do", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(piece),
        fc.integer(),
        fc.array(step, { minLength: 20, maxLength: 160, size: "max" }),
        (have, seed, steps) => {
          const model = new Model(have, seed);
          for (const one of steps) model.play(one);
        },
      ),
      { numRuns: 150, endOnFailure: true },
    );
  });

  it("asks for every wanted block that an unchoked peer has, in the end", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(piece),
        fc.integer(),
        fc.array(step, { maxLength: 80, size: "max" }),
        (have, seed, steps) => {
          const model = new Model(have, seed);
          for (const one of steps) model.play(one);
          settle(model);
          for (const one of model.peers) {
            if (!one.choked) expect(model.hasFreeFor(one), `peer ${one.id} has nothing left to give`).toBe(false);
          }
        },
      ),
      { numRuns: 150, endOnFailure: true },
    );
  });
});

// Everyone answers what they were asked, and is asked again, until nothing moves. Whoever is on parole gets its turns too.
function settle(model: Model): void {
  // The swarm looks after its judges once a second; here they have all left.
  for (const { piece } of [...model.picker.partialPieces()]) model.picker.appoint(piece, undefined);
  for (let round = 0; round < PIECES * BLOCKS; round++) {
    for (let i = model.asked.length; i > 0; i--) model.play({ type: "arrive", pair: 0 });
    for (let i = 0; i < PIECES; i++) model.play({ type: "pass", piece: i });
    let picked = 0;
    for (const one of model.peers) picked += model.pick(one, 99, false);
    if (picked === 0) return;
  }
}

function blocksIn(piece: number): number {
  return piece === PIECES - 1 ? LAST_BLOCKS : BLOCKS;
}

function key(piece: number, block: number): number {
  return piece * BLOCKS + block;
}
