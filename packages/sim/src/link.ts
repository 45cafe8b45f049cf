/** Access links of hosts: a serialised up link shared by turns among the flows, and a serialised down link. */
import type { Clock } from "./clock.ts";

export interface LinkOptions {
  /** Bytes per second; Infinity for no limit. */
  readonly upBytesPerSec: number;
  readonly downBytesPerSec: number;
  /** One way, from the host to the core of the network; a path costs both hosts' latencies. */
  readonly latencyMs: number;
  /** Share of segments that are lost. TCP sends them again, so a loss is a delay of everything behind it. */
  readonly loss: number;
}

export const DEFAULT_LINK: LinkOptions = {
  upBytesPerSec: 10_000_000,
  downBytesPerSec: 10_000_000,
  latencyMs: 10,
  loss: 0,
};

/** What waits for its turn on an up link. */
export interface UplinkSource {
  /** Bytes it could send now, at most `max`; 0 takes it off the ring until it asks again. */
  sendable(max: number): number;
  /** Its `length` bytes have just left. */
  handleSent(length: number): void;
}

/** Largest turn on an up link. Small, so that a request isn't stuck behind other flows' blocks; larger costs fewer events. */
const TURN_BYTES = 16_384;

/** Flows take turns of up to 16 KiB, as TCP flows that share a bottleneck do in the long run. */
export class Uplink {
  readonly #clock: Clock;
  readonly #ring: UplinkSource[] = [];
  readonly #queued = new Set<UplinkSource>();
  #isBusy = false;
  bytesPerSec: number;
  sentBytes = 0;

  constructor(clock: Clock, bytesPerSec: number) {
    this.#clock = clock;
    this.bytesPerSec = bytesPerSec;
  }

  /** Puts a source into the ring. Asking twice is harmless. */
  enqueue(source: UplinkSource): void {
    if (this.#queued.has(source)) return;
    this.#queued.add(source);
    this.#ring.push(source);
    if (!this.#isBusy) this.#startTurn();
  }

  #startTurn(): void {
    for (;;) {
      const source = this.#ring.shift();
      if (source === undefined) return;
      this.#queued.delete(source);
      const length = source.sendable(TURN_BYTES);
      if (length === 0) continue;
      this.#isBusy = true;
      this.#clock.after((length * 1000) / this.bytesPerSec, () => this.#endTurn(source, length));
      return;
    }
  }

  #endTurn(source: UplinkSource, length: number): void {
    this.#isBusy = false;
    this.sentBytes += length;
    source.handleSent(length);
    if (source.sendable(1) > 0) this.enqueue(source);
    if (!this.#isBusy) this.#startTurn();
  }
}

/** First come, first served. */
export class Downlink {
  readonly #clock: Clock;
  #freeAt = 0;
  bytesPerSec: number;
  receivedBytes = 0;

  constructor(clock: Clock, bytesPerSec: number) {
    this.#clock = clock;
    this.bytesPerSec = bytesPerSec;
  }

  /** Calls `deliver` when `length` bytes that have arrived now are through. */
  pass(length: number, deliver: () => void): void {
    this.#freeAt = Math.max(this.#freeAt, this.#clock.now) + (length * 1000) / this.bytesPerSec;
    this.receivedBytes += length;
    this.#clock.schedule(this.#freeAt, deliver);
  }
}
