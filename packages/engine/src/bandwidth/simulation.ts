/**
 * A world for the bandwidth service: greedy peers, a clock that jumps to the next deadline (arriving a little late, as
 * timers do), and a record of every grant. Used by the tests and by scripts/bandwidth-table.ts; not part of the engine.
 */
import { BLOCK_LENGTH } from "@torrential/core";
import type { Millis, Random } from "../ports/machine.ts";
import type { BandwidthNode } from "./node.ts";
import { BandwidthService } from "./service.ts";
import type { Direction } from "./strategy.ts";

const UPLOAD_ASK_BYTES = 13 + BLOCK_LENGTH; // a piece message
const ASK_BLOCKS = 8;

export interface SimulatedPeer {
  readonly node: BandwidthNode;
  totalBytes: number;
  lastGrantAt: Millis;
  longestWaitMs: number;
  /** Asks no more, until `wake`. */
  idle: boolean;
}

export class BandwidthWorld {
  readonly service: BandwidthService = new BandwidthService();
  readonly direction: Direction;
  readonly peers: Map<BandwidthNode, SimulatedPeer> = new Map();
  readonly grants: GrantLog = new GrantLog();
  /** Grants below single nodes: torrents or peers. */
  readonly watched: Map<BandwidthNode, GrantLog> = new Map();
  /** Calls of handleTimeout: what a driver would have woken up for. */
  wakeCount = 0;
  now: Millis = 0;
  readonly #random: Random;
  readonly #latenessMs: number;

  constructor(options: { readonly direction: Direction; readonly random: Random; readonly latenessMs?: number }) {
    this.direction = options.direction;
    this.#random = options.random;
    this.#latenessMs = options.latenessMs ?? 5;
  }

  addPeer(parent: BandwidthNode, options: { readonly weight?: number } = {}): SimulatedPeer {
    const node = this.service.createNode(parent, `peer ${this.peers.size}`, options);
    const peer = { node, totalBytes: 0, lastGrantAt: this.now, longestWaitMs: 0, idle: false };
    this.peers.set(node, peer);
    return peer;
  }

  /** Runs until the clock stands at `until`. */
  run(until: Millis): void {
    for (const peer of this.peers.values()) this.pump(peer);
    this.#drain();
    for (;;) {
      const next = this.service.nextTimeout();
      if (next === undefined || next > until) break;
      this.now = Math.max(this.now, next + this.#random() * this.#latenessMs);
      this.wakeCount += 1;
      this.service.handleTimeout(this.now);
      this.#drain();
    }
    this.now = Math.max(this.now, until);
  }

  /** Asks until told to wait. */
  pump(peer: SimulatedPeer): void {
    const ask = this.direction === "up" ? UPLOAD_ASK_BYTES : ASK_BLOCKS * BLOCK_LENGTH;
    while (!peer.idle) {
      const answer = this.service.reserve(peer.node, this.direction, ask, this.now);
      if (answer.type === "waiting") return;
      this.#record(peer, answer.bytes);
    }
  }

  #record(peer: SimulatedPeer, bytes: number): void {
    peer.totalBytes += bytes;
    peer.longestWaitMs = Math.max(peer.longestWaitMs, this.now - peer.lastGrantAt);
    peer.lastGrantAt = this.now;
    this.grants.add(this.now, bytes);
    if (this.watched.size === 0) return;
    for (let node: BandwidthNode | undefined = peer.node; node !== undefined; node = node.parent) {
      this.watched.get(node)?.add(this.now, bytes);
    }
  }

  #drain(): void {
    for (let ready = this.service.takeReady(); ready.length > 0; ready = this.service.takeReady()) {
      for (const node of ready) {
        const peer = this.peers.get(node);
        if (peer !== undefined) this.pump(peer);
      }
    }
  }
}

/** Bytes by time, and what any window of it held. */
export class GrantLog {
  readonly #times: Millis[] = [];
  /** Bytes up to and with the instant of the same index. */
  readonly #sums: number[] = [];

  add(now: Millis, bytes: number): void {
    const last = this.#times.length - 1;
    const sum = (this.#sums[last] ?? 0) + bytes;
    if (this.#times[last] === now) {
      this.#sums[last] = sum;
    } else {
      this.#times.push(now);
      this.#sums.push(sum);
    }
  }

  /** Least and most bytes in any window of this length within [from, to]. */
  windows(options: { readonly lengthMs: number; readonly from: Millis; readonly to: Millis }): {
    readonly least: number;
    readonly most: number;
  } {
    const { lengthMs, from, to } = options;
    let least = this.#sumThrough(from + lengthMs) - this.#sumThrough(from);
    let most = least;
    let end = 0;
    for (let start = 0; start < this.#times.length; start += 1) {
      const startsAt = this.#times[start] ?? 0;
      if (startsAt < from) continue;
      if (startsAt + lengthMs > to) break;
      while (end < this.#times.length && (this.#times[end] ?? 0) < startsAt + lengthMs) end += 1;
      const before = this.#sums[end - 1] ?? 0;
      most = Math.max(most, before - (this.#sums[start - 1] ?? 0)); // the grant that opens it counts
      const closing = this.#times[end] === startsAt + lengthMs ? (this.#sums[end] ?? 0) : before;
      least = Math.min(least, closing - (this.#sums[start] ?? 0)); // it opens just after the grant
    }
    return { least, most };
  }

  #sumThrough(time: Millis): number {
    const end = this.#times.findIndex((other) => other > time);
    return this.#sums[end < 0 ? this.#sums.length - 1 : end - 1] ?? 0;
  }
}

/** Jain's fairness index: 1 when all are equal, 1/n when one has all. */
export function jainIndex(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return squares === 0 ? 1 : (sum * sum) / (shares.length * squares);
}

/** A small seeded generator (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
