/**
 * One limit: tokens that flow in at a rate and may be overdrawn by one grant (bounded debt), so that a limit below one
 * block per tick still works: the block passes, and the next one waits until it is paid for.
 */
import type { Millis } from "../ports/machine.ts";
import type { HeapItem } from "./indexed-heap.ts";
import { WaitingLine } from "./line.ts";
import type { BandwidthSide } from "./node.ts";
import type { Direction } from "./strategy.ts";

const BURST_SECONDS = 0.06; // a timer this late costs no throughput (scripts/bandwidth-table.ts: 2 % over 10 s)
const EXCESS_SECONDS = 0.1; // burst and grain together: 5 % of any 2 s window
const WAKE_SECONDS = 0.004; // waiters are served in gulps of this much: at most 250 wakes a second per limit
const DEBT_SECONDS = 1; // protocol overhead is charged without asking; it may cost at most this long a silence
const UP_GRAIN_SECONDS = 0.03;
const UP_GRAIN_MIN_BYTES = 128;
const UP_GRAIN_MAX_BYTES = 17 * 1024; // a whole block with its header, in one write

/** A token bucket, ordered by when its waiters are due (`key`, while anyone is parked on it). */
export class Bucket implements HeapItem {
  key = 0;
  heapIndex = -1;
  readonly side: BandwidthSide;
  /** Subtrees that wait for this limit and for nothing else before it. */
  readonly line: WaitingLine;
  tokens = 0;
  /** Smallest grant, and the largest overdraft. */
  grainBytes = 0;
  rateBytesPerSec = 0;
  #capacity = 0;
  #filledAt: Millis;

  constructor(side: BandwidthSide, now: Millis) {
    this.side = side;
    this.line = new WaitingLine(side);
    this.#filledAt = now;
  }

  /** Tokens earned so far stay, within what the new rate may hold. */
  setRate(rateBytesPerSec: number, now: Millis, downGrainBytes: number): void {
    this.fill(now);
    this.rateBytesPerSec = rateBytesPerSec;
    this.grainBytes = grainOf(this.side.direction, rateBytesPerSec, downGrainBytes);
    const burst = Math.min(BURST_SECONDS * rateBytesPerSec, EXCESS_SECONDS * rateBytesPerSec - this.grainBytes);
    // At least one grant, or a child that waits its turn here would lose what it earns meanwhile.
    this.#capacity = rateBytesPerSec === 0 ? 0 : Math.max(burst, this.grainBytes);
    this.tokens = Math.min(this.tokens, this.#capacity);
  }

  /** Nothing may pass. A rate of 0 never has tokens to spend. */
  get isEmpty(): boolean {
    return this.tokens < 0 || this.rateBytesPerSec === 0;
  }

  /** Who comes now has to wait behind others, or for its turn. */
  get hasLine(): boolean {
    const { length, current, isMoving } = this.line;
    return length > 0 || current !== undefined || (isMoving && !this.isEmpty);
  }

  fill(now: Millis): void {
    if (now <= this.#filledAt) return;
    const earned = (this.rateBytesPerSec * (now - this.#filledAt)) / 1000;
    this.tokens = Math.min(this.#capacity, this.tokens + earned);
    this.#filledAt = now;
  }

  spend(bytes: number): void {
    this.tokens -= bytes;
  }

  /** Spends what nobody asked for; the debt stays bounded. */
  overdraw(bytes: number): void {
    const floor = -(this.grainBytes + DEBT_SECONDS * this.rateBytesPerSec);
    this.tokens = Math.max(Math.min(this.tokens, floor), this.tokens - bytes);
  }

  /** Unspent tokens come back, never above the burst: time that has passed unused cannot be used again. */
  giveBack(bytes: number): void {
    this.tokens = Math.min(this.#capacity, this.tokens + bytes);
  }

  /**
   * When waiters should be served: a gulp at a time, each to its end. While one was let go: when nothing more can be kept
   * for the others.
   */
  get dueAt(): Millis {
    if (this.rateBytesPerSec === 0) return Infinity;
    if (this.isEmpty) this.line.isMoving = false;
    if (this.line.current !== undefined) return this.#filledAt + this.#timeToEarn(this.#capacity);
    return this.#filledAt + (this.line.isMoving ? 0 : this.#timeToEarn(WAKE_SECONDS * this.rateBytesPerSec));
  }

  #timeToEarn(tokens: number): Millis {
    return Math.max(0, ((tokens - this.tokens) / this.rateBytesPerSec) * 1000);
  }
}

function grainOf(direction: Direction, rateBytesPerSec: number, downGrainBytes: number): number {
  if (direction === "down") return downGrainBytes;
  const grain = Math.ceil(UP_GRAIN_SECONDS * rateBytesPerSec);
  return Math.min(UP_GRAIN_MAX_BYTES, Math.max(UP_GRAIN_MIN_BYTES, grain));
}
