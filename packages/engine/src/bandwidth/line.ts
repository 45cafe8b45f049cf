/**
 * Who waits for one limit, and whose turn it is. At the limit of a node of the tree nobody stands but the node itself. At a
 * group's limit many do, from anywhere in the tree, and take turns by bytes served over weight: torrents first, then the
 * peers of one torrent. They are let go one at a time, so that none takes what others are owed.
 */
import type { BandwidthSide } from "./node.ts";

/** Deficit round robin with the deficit kept as virtual time, as in the tree's queues, for what passes this limit. */
interface Turn {
  /** Bytes over weight. */
  served: number;
  /** Of those below it: no grant that was made began later. */
  clock: number;
}

export class WaitingLine {
  readonly #owner: BandwidthSide;
  #waiting: BandwidthSide[] = [];
  readonly #top: Turn = { served: 0, clock: 0 };
  /** Of members of the group, and of the torrents of peers that are. */
  readonly #turns = new WeakMap<BandwidthSide, Turn>();
  /** Who was let go and has not been served since. */
  current: BandwidthSide | undefined = undefined;
  /** One after the other goes, until the limit is used up. */
  isMoving = false;

  constructor(owner: BandwidthSide) {
    this.#owner = owner;
  }

  get length(): number {
    return this.#waiting.length;
  }

  add(side: BandwidthSide): void {
    this.#waiting.push(side);
  }

  remove(side: BandwidthSide): void {
    this.#waiting.splice(this.#waiting.indexOf(side), 1);
  }

  takeAll(): readonly BandwidthSide[] {
    const all = this.#waiting;
    this.#waiting = [];
    return all;
  }

  /** Whose turn it is, from now on. */
  takeNext(): BandwidthSide | undefined {
    const [first, ...others] = this.#waiting;
    if (first === undefined) return undefined;
    let next = first;
    for (const side of others) if (this.#compare(side, next) < 0) next = side;
    this.remove(next);
    this.current = next;
    this.isMoving = true;
    return next;
  }

  /** It waits from now on and did not before: what it left unused meanwhile is not kept for it. */
  arrive(side: BandwidthSide): void {
    let above = this.#top;
    for (const level of this.#levelsOf(side)) {
      const turn = this.#turnOf(level, above);
      turn.served = Math.max(turn.served, above.clock);
      above = turn;
    }
  }

  /** Bytes passed, or came back (negative). */
  account(side: BandwidthSide, bytes: number): void {
    let above = this.#top;
    for (const level of this.#levelsOf(side)) {
      const turn = this.#turnOf(level, above);
      if (bytes > 0) above.clock = Math.max(above.clock, turn.served);
      turn.served += bytes / level.weight;
      above = turn;
    }
  }

  #compare(one: BandwidthSide, other: BandwidthSide): number {
    const [a, b] = [this.#topOf(one), this.#topOf(other)];
    const difference = a === b ? 0 : this.#servedOf(a) - this.#servedOf(b);
    return difference === 0 ? this.#servedOf(one) - this.#servedOf(other) : difference;
  }

  #servedOf(side: BandwidthSide): number {
    return this.#turns.get(side)?.served ?? this.#top.clock;
  }

  #turnOf(side: BandwidthSide, above: Turn): Turn {
    let turn = this.#turns.get(side);
    if (turn === undefined) {
      turn = { served: above.clock, clock: 0 };
      this.#turns.set(side, turn);
    }
    return turn;
  }

  /** Its torrent first, when it is a peer. */
  #levelsOf(side: BandwidthSide): readonly BandwidthSide[] {
    const top = this.#topOf(side);
    return top === side ? [side] : [top, side];
  }

  /** Itself or above it: what stands right below whatever the group stands below. */
  #topOf(side: BandwidthSide): BandwidthSide {
    const root = this.#owner.parent;
    for (let level: BandwidthSide | undefined = side; level !== undefined; level = level.parent)
      if (level.parent === root) return level;
    return side;
  }
}
