/**
 * The piece picker alone, in a swarm of 100,000 pieces and 500 peers.
 *
 *   node --conditions=torrential-source bench/picker.ts [--only TEXT]
 *
 * Goals on one core: 2 million picks/s (a pick is one block) and 5 million HAVEs/s. Each figure is the best of a few runs
 * from a swarm made anew, because what is measured uses the swarm up; that is also why this is not a mitata bench. Time is
 * the thread's own, so that a busy machine disturbs only by its caches.
 */
import { parseArgs } from "node:util";
import { Bitfield, BLOCK_LENGTH, Geometry } from "@torrential/core";
import { PiecePicker, type PickerPeer } from "../packages/engine/src/picker/picker.ts"; // Behind the engine, which does not export it.
import { seeded } from "../packages/engine/src/test-support/picker-world.ts";

const PIECES = 100_000;
const PEERS = 500;
const FAST = 50_000_000;
const RANDOM_FIRST = 4; // Past the first pieces, which are random.

interface Swarm {
  readonly picker: PiecePicker;
  readonly peers: readonly PickerPeer[];
}

interface SwarmOptions {
  readonly blocks: number;
  /** Share of the pieces that each peer has. */
  readonly share: number;
  readonly rateBytesPerSec?: number;
}

interface Measured {
  readonly ms: number;
  readonly count: number;
}

function randomBits(random: () => number, share: number): Bitfield {
  const bits = new Bitfield(PIECES);
  for (let piece = 0; piece < PIECES; piece++) if (random() < share) bits.set(piece);
  return bits;
}

function makeSwarm(options: SwarmOptions): Swarm {
  const { blocks, share, rateBytesPerSec = FAST } = options;
  const random = seeded(42);
  const geometry = new Geometry({ lengthBytes: PIECES * blocks * BLOCK_LENGTH, pieceLength: blocks * BLOCK_LENGTH });
  const have = new Bitfield(PIECES);
  for (let piece = 0; piece < RANDOM_FIRST; piece++) have.set(piece);
  const picker = new PiecePicker({ geometry, have, random });
  const peers = Array.from({ length: PEERS }, (_, id) => {
    const peer = picker.addPeer(id);
    picker.handleBitfield(peer, randomBits(random, share));
    peer.choked = false;
    peer.rateBytesPerSec = rateBytesPerSec;
    return peer;
  });
  // Sorts the buckets and counts interest, as a running download would have.
  for (const peer of peers) picker.isInteresting(peer);
  const [first] = peers;
  if (first !== undefined) picker.pick(first, 1, 0, always, []);
  return { picker, peers };
}

function always(): boolean {
  return true;
}

function peerAt(swarm: Swarm, turn: number): PickerPeer {
  const peer = swarm.peers[turn % PEERS];
  if (peer === undefined) throw new Error("no peers");
  return peer;
}

/** Random pieces of random peers. */
function haves(swarm: Swarm): number {
  const count = 3_000_000;
  for (let i = 0; i < count; i++) {
    swarm.picker.handleHave(peerAt(swarm, Math.imul(i, 0x9e3779b1) >>> 8), (Math.imul(i, 0x85ebca6b) >>> 4) % PIECES);
  }
  return count;
}

/** Peer after peer is given `window` blocks, until all are asked for. */
function picks(swarm: Swarm, window: number): number {
  const max = 2_000_000;
  const out: number[] = [];
  let total = 0;
  let idle = 0;
  for (let turn = 0; total < max && idle < PEERS; turn++) {
    out.length = 0;
    swarm.picker.pick(peerAt(swarm, turn), window, turn * 0.01, always, out);
    idle = out.length === 0 ? idle + 1 : 0;
    total += out.length / 2;
  }
  return total;
}

/** Picked, arrived, verified: what a download does. */
function cycle(swarm: Swarm, window: number): number {
  const max = 1_000_000;
  const { picker } = swarm;
  const out: number[] = [];
  let total = 0;
  for (let turn = 0; total < max && picker.wantedRemaining > 0; turn++) {
    const peer = peerAt(swarm, turn);
    out.length = 0;
    picker.pick(peer, window, turn * 0.01, always, out);
    for (let i = 0; i < out.length; i += 2) {
      const piece = out[i] ?? 0;
      const outcome = picker.handleBlock(peer, piece, out[i + 1] ?? 0);
      if (outcome.type === "accepted" && outcome.pieceComplete) picker.handleVerified(piece);
    }
    total += out.length / 2;
  }
  return total;
}

/** HAVEs between picks: a peer that had nothing left for us gets one piece and is asked for it. */
function trickle(swarm: Swarm): number {
  const rounds = 200_000;
  const random = seeded(7);
  const out: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const peer = peerAt(swarm, i);
    swarm.picker.handleHave(peer, Math.floor(random() * PIECES));
    out.length = 0;
    swarm.picker.pick(peer, 16, i * 0.01, always, out);
  }
  return rounds;
}

/** A peer comes with half of the pieces, is picked from once, and leaves. */
function churn(swarm: Swarm): number {
  const rounds = 200;
  const bits = randomBits(seeded(3), 0.5);
  for (let i = 0; i < rounds; i++) {
    const peer = swarm.picker.addPeer(PEERS + i);
    swarm.picker.handleBitfield(peer, bits);
    peer.choked = false;
    swarm.picker.pick(peer, 1, 0, always, []);
    swarm.picker.removePeer(peer);
  }
  return rounds;
}

const MIB_1 = 64;
const KIB_256 = 16;
const KIB_16 = 1;

const CASES: readonly {
  readonly name: string;
  readonly options: SwarmOptions;
  readonly work: (swarm: Swarm) => number;
}[] = [
  { name: "HAVE, peers from 10 % up", options: { blocks: KIB_256, share: 0.1 }, work: haves },
  { name: "HAVE, peers from 50 % up", options: { blocks: KIB_256, share: 0.5 }, work: haves },
  { name: "pick 1 at a time, 1 MiB pieces", options: { blocks: MIB_1, share: 0.5 }, work: (swarm) => picks(swarm, 1) },
  {
    name: "pick 16 at a time, 1 MiB pieces",
    options: { blocks: MIB_1, share: 0.5 },
    work: (swarm) => picks(swarm, 16),
  },
  {
    name: "pick 2000 at a time, 1 MiB pieces",
    options: { blocks: MIB_1, share: 0.5 },
    work: (swarm) => picks(swarm, 2000),
  },
  {
    name: "pick 16 at a time, 256 KiB pieces",
    options: { blocks: KIB_256, share: 0.5 },
    work: (swarm) => picks(swarm, 16),
  },
  {
    name: "... slow peers, which share",
    options: { blocks: KIB_256, share: 0.5, rateBytesPerSec: 1000 },
    work: (swarm) => picks(swarm, 16),
  },
  { name: "... peers with 1 % each", options: { blocks: KIB_256, share: 0.01 }, work: (swarm) => picks(swarm, 16) },
  {
    name: "pick 16 at a time, 16 KiB pieces, to the last",
    options: { blocks: KIB_16, share: 0.5 },
    work: (swarm) => picks(swarm, 16),
  },
  {
    name: "pick 2000 at a time, 16 KiB pieces, peers with 1 %",
    options: { blocks: KIB_16, share: 0.01 },
    work: (swarm) => picks(swarm, 2000),
  },
  {
    name: "pick 16, arrive, verify, 1 MiB pieces",
    options: { blocks: MIB_1, share: 0.5 },
    work: (swarm) => cycle(swarm, 16),
  },
  {
    name: "pick 16, arrive, verify, 16 KiB pieces",
    options: { blocks: KIB_16, share: 0.5 },
    work: (swarm) => cycle(swarm, 16),
  },
  {
    name: "pick 1, arrive, verify, 1 MiB pieces",
    options: { blocks: MIB_1, share: 0.5 },
    work: (swarm) => cycle(swarm, 1),
  },
  { name: "HAVE and pick of poor peers, 256 KiB pieces", options: { blocks: KIB_256, share: 0.001 }, work: trickle },
  { name: "peer joins, is picked from, leaves", options: { blocks: KIB_256, share: 0.5 }, work: churn },
];

function best(make: () => Swarm, work: (swarm: Swarm) => number): Measured {
  let measured: Measured = { ms: Infinity, count: 0 };
  for (let run = 0; run < 3; run++) {
    const swarm = make();
    const start = process.threadCpuUsage();
    const count = work(swarm);
    const spent = process.threadCpuUsage(start);
    const ms = (spent.user + spent.system) / 1000;
    if (ms < measured.ms) measured = { ms, count };
  }
  return measured;
}

const { values } = parseArgs({ options: { only: { type: "string", default: "" } } });
console.log(`${PIECES} pieces, ${PEERS} peers with half of them unless said otherwise, Node ${process.version}`);
for (const { name, options, work } of CASES) {
  if (!name.includes(values.only)) continue;
  const { ms, count } = best(() => makeSwarm(options), work);
  const perSec = (count / ms) * 1000;
  console.log(
    `${name.padEnd(52)} ${(perSec / 1e6).toFixed(3).padStart(8)} M/s ${((ms * 1e6) / count).toFixed(0).padStart(8)} ns`,
  );
}
