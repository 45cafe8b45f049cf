/**
 * A swarm around one slow seed, in turns of one piece from each. For tests and for the figures in
 * docs/internals/choker.md; not part of the engine.
 */
import { Bitfield } from "@torrential/core";
import { seededRandom } from "../bandwidth/simulation.ts";
import type { Random } from "../ports/machine.ts";
import { SuperSeeder } from "./super-seeding.ts";

const TURN_MS = 1000;
const SEED_SLOTS = 4; // the seed sends one piece a turn: each slot needs this many turns for one
const SLOT_TURNS = 30; // of a plain seed's peers
const NEIGHBOURS = 10; // whom a leecher knows and sends to; as fast as the seed
const TURN_LIMIT = 100_000;

export interface SeedingResult {
  /** What the seed had sent, in copies of the torrent, when the leechers together had every piece. */
  readonly copiesAtFullCopy: number;
  /** ... when the first leecher was complete. */
  readonly copiesAtFirstComplete: number;
  /** How long that took. */
  readonly turns: number;
}

export interface SeedingOptions {
  readonly pieceCount: number;
  readonly leecherCount: number;
  readonly superSeeding: boolean;
  readonly seed: number;
}

interface Leecher {
  readonly id: number;
  readonly has: Bitfield;
  readonly neighbours: readonly number[];
}

/** Plays until one leecher is complete. */
export function simulateSeeding(options: SeedingOptions): SeedingResult {
  const { pieceCount } = options;
  const random = seededRandom(options.seed);
  const swarm = new Swarm(pieceCount, options.leecherCount, random);
  const seeder = new SuperSeeder({ pieceCount, random });
  for (const leecher of swarm.leechers) seeder.addPeer(leecher.id);
  const slots: (Transfer | undefined)[] = Array.from({ length: SEED_SLOTS });
  let sent = 0;
  let sentAtFullCopy: number | undefined;
  let turns = 0;
  for (let turn = 0; turn < TURN_LIMIT; turn += 1) {
    turns = turn + 1;
    const landed = swarm.exchange();
    seeder.takeReveals(turn * TURN_MS);
    const slot = turn % SEED_SLOTS; // one slot finishes its piece in each turn, and takes on the next
    const done = slots[slot];
    if (done !== undefined) {
      sent += 1;
      landed.push(done);
    }
    slots[slot] = options.superSeeding
      ? swarm.pickRevealed({ seeder, busy: slots, after: done?.leecher.id ?? -1 })
      : swarm.pickRarest(Math.floor(turn / SLOT_TURNS) * SEED_SLOTS + slot, done);
    for (const { leecher, piece } of landed) {
      if (swarm.land(leecher, piece)) seeder.handleHave(leecher.id, piece);
    }
    if (swarm.isFullCopy) sentAtFullCopy ??= sent;
    if (swarm.leechers.some((leecher) => leecher.has.isFull)) break;
  }
  return {
    copiesAtFullCopy: (sentAtFullCopy ?? Infinity) / pieceCount,
    copiesAtFirstComplete: sent / pieceCount,
    turns,
  };
}

interface Transfer {
  readonly leecher: Leecher;
  readonly piece: number;
}

class Swarm {
  readonly leechers: readonly Leecher[];
  readonly #random: Random;
  readonly #copies: Uint16Array;
  readonly #pieceCount: number;

  constructor(pieceCount: number, leecherCount: number, random: Random) {
    this.#pieceCount = pieceCount;
    this.#random = random;
    this.#copies = new Uint16Array(pieceCount);
    this.leechers = Array.from({ length: leecherCount }, (_, id) => ({
      id,
      has: new Bitfield(pieceCount),
      neighbours: Array.from(
        { length: NEIGHBOURS },
        () => (id + 1 + Math.floor(random() * (leecherCount - 1))) % leecherCount,
      ),
    }));
  }

  get isFullCopy(): boolean {
    return this.#copies.every((count) => count > 0);
  }

  /** Each leecher sends the rarest piece it can to a random neighbour; nobody is sent the same piece twice at once. */
  exchange(): Transfer[] {
    const transfers: Transfer[] = [];
    const promised = new Set<number>();
    for (const from of this.leechers) {
      const transfer = this.#offer(from, promised);
      if (transfer === undefined) continue;
      promised.add(transfer.leecher.id * this.#pieceCount + transfer.piece);
      transfers.push(transfer);
    }
    return transfers;
  }

  /** The next leecher in line that was told of a piece it lacks and is not being sent one. */
  pickRevealed(options: {
    readonly seeder: SuperSeeder;
    readonly busy: readonly (Transfer | undefined)[];
    readonly after: number;
  }): Transfer | undefined {
    for (let step = 1; step <= this.leechers.length; step += 1) {
      const leecher = this.leechers[(options.after + step) % this.leechers.length];
      if (leecher === undefined || options.busy.some((other) => other?.leecher === leecher)) continue;
      const { has, id } = leecher;
      for (let piece = has.nextClear(0); piece >= 0; piece = has.nextClear(piece + 1)) {
        if (options.seeder.isRevealed(id, piece)) return { leecher, piece };
      }
    }
    return undefined;
  }

  /** As a plain seed serves: the leecher of the slot asks for what is rarest among its neighbours. */
  pickRarest(place: number, done: Transfer | undefined): Transfer | undefined {
    const leecher = this.leechers[place % this.leechers.length];
    if (leecher === undefined) return undefined;
    const justLanded = done?.leecher === leecher ? done.piece : -1;
    const piece = this.#rarest(
      (p) => !leecher.has.has(p) && p !== justLanded,
      (p) => this.#copiesAround(leecher, p),
    );
    return piece === undefined ? undefined : { leecher, piece };
  }

  /** False when it had the piece. */
  land(leecher: Leecher, piece: number): boolean {
    if (!leecher.has.set(piece)) return false;
    this.#copies[piece] = (this.#copies[piece] ?? 0) + 1;
    return true;
  }

  #offer(from: Leecher, promised: ReadonlySet<number>): Transfer | undefined {
    const start = Math.floor(this.#random() * NEIGHBOURS);
    for (let step = 0; step < NEIGHBOURS; step += 1) {
      const to = this.leechers[from.neighbours[(start + step) % NEIGHBOURS] ?? -1];
      if (to === undefined || to === from) continue;
      const piece = this.#rarest(
        (p) => from.has.has(p) && !to.has.has(p) && !promised.has(to.id * this.#pieceCount + p),
        (p) => this.#copies[p] ?? 0,
      );
      if (piece !== undefined) return { leecher: to, piece };
    }
    return undefined;
  }

  #copiesAround(leecher: Leecher, piece: number): number {
    let copies = 0;
    for (const id of leecher.neighbours) if (this.leechers[id]?.has.has(piece) === true) copies += 1;
    return copies;
  }

  #rarest(isWanted: (piece: number) => boolean, copiesOf: (piece: number) => number): number | undefined {
    const start = Math.floor(this.#random() * this.#pieceCount);
    let best: number | undefined;
    let bestCopies = Infinity;
    for (let step = 0; step < this.#pieceCount && bestCopies > 0; step += 1) {
      const piece = (start + step) % this.#pieceCount;
      if (!isWanted(piece)) continue;
      const copies = copiesOf(piece);
      if (copies >= bestCopies) continue;
      best = piece;
      bestCopies = copies;
    }
    return best;
  }
}
