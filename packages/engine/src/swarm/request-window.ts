/**
 * How many blocks to keep requested of one peer. Starts like TCP: one more for each block that arrives, until the
 * rate stops growing; then follows rate × 3 s, so that it covers any delay up to that without guessing the delay.
 * Beyond a few hundred blocks it grows only as far as the measured delay asks for it.
 */
import { BLOCK_LENGTH } from "@torrential/core";

const WINDOW_MIN = 2;
/** Blocks asked for before anything is known of the peer. */
export const WINDOW_START = 16;
/** DESIGN 4: "rate × 3 s"; libtorrent's request_queue_time. */
const QUEUE_TIME_S = 3;
/**
 * Enough for 8 MB under way. Long queues cost the peer: libtorrent closes the gap behind each answered request, so that
 * a seed of it spends 2.5 CPU s/GiB on a queue of 2,000 and 2.0 on one of 600 or fewer.
 */
const WINDOW_MODEST = 512;
/** Twice what is under way, for delays that are longer than the shortest one seen. */
const DELAYS = 2;
/** Ours; a gigabyte a second at 30 ms is 1,900 blocks. */
const WINDOW_MAX = 2_048;
/** What a peer that names no `reqq` accepts at least: every client of today takes 250 to 2,000. */
export const REQUEST_QUEUE_DEFAULT = 500;
/** Slow start ends when a second's rate is not this much above the one before. */
const GROWTH = 1.1;

export class RequestWindow {
  #blocks = WINDOW_START;
  #limit = REQUEST_QUEUE_DEFAULT;
  /** At most `#limit`. */
  #ceiling = REQUEST_QUEUE_DEFAULT;
  #isSlowStart = true;
  #lastRate = 0;

  get blocks(): number {
    return this.#blocks;
  }

  /** It has not found out yet how much the peer gives. */
  get isGrowing(): boolean {
    return this.#isSlowStart;
  }

  /** More may not be asked for at once, whatever the rate. */
  get isAtLimit(): boolean {
    return this.#blocks >= this.#limit;
  }

  /** `reqq` of BEP 10: how many requests the peer queues. */
  setPeerLimit(reqq: number): void {
    this.#limit = Math.max(WINDOW_MIN, Math.min(WINDOW_MAX, reqq));
    this.#ceiling = Math.min(WINDOW_MODEST, this.#limit);
    this.#blocks = Math.min(this.#blocks, this.#ceiling);
  }

  // hot
  handleBlock(): void {
    if (this.#isSlowStart && this.#blocks < this.#ceiling) this.#blocks += 1;
  }

  /** Once a second, with the peer's payload rate in bytes per second and its shortest time to answer, if known. */
  handleSecond(rateBytesPerSec: number, roundTripMs = 0): void {
    if (rateBytesPerSec === 0) return;
    const underWay = Math.ceil((rateBytesPerSec * roundTripMs) / 1_000 / BLOCK_LENGTH);
    this.#ceiling = Math.min(this.#limit, Math.max(WINDOW_MODEST, DELAYS * underWay));
    if (this.#isSlowStart && rateBytesPerSec < this.#lastRate * GROWTH) this.#isSlowStart = false;
    this.#lastRate = rateBytesPerSec;
    if (this.#isSlowStart) return;
    const wanted = Math.ceil((rateBytesPerSec * QUEUE_TIME_S) / BLOCK_LENGTH);
    this.#blocks = Math.max(WINDOW_MIN, Math.min(this.#ceiling, wanted));
  }

  /** A peer that sends nothing is asked for one block at a time until it sends again. */
  handleSnubbed(): void {
    this.#blocks = 1;
    this.#isSlowStart = false;
    this.#lastRate = 0;
  }

  handleUnsnubbed(): void {
    this.#blocks = Math.max(this.#blocks, WINDOW_MIN);
    this.#isSlowStart = true;
  }
}
