/**
 * What readers of a torrent will want next, as deadlines for the picker. Each reader has a window that doubles with every
 * piece it reads on, as a TCP connection feels its way, and begins small again with a new reader: so a seek costs little.
 * Of the window, only what is due soon gets a deadline; the rest is left to rarest-first, which is better for the swarm.
 *
 * "Soon" is the mean time that a piece with a deadline took, plus four deviations, plus a second: libtorrent's rule for
 * time-critical pieces. Several readers meet in the picker's one line of deadlines, soonest first: that shares fairly.
 */
import type { Geometry } from "@torrential/core";
import type { PiecePicker } from "../picker/picker.ts";
import type { Millis } from "../ports/machine.ts";

/** A reader stands at byte `at` of the torrent and goes on to `end` (exclusive). */
export interface ReaderPlace {
  readonly reader: number;
  readonly at: number;
  readonly end: number;
}

/** The first read is answered from the first piece; a player's look at a header needs no more. */
const WINDOW_MIN_BYTES = 512 * 1024;
/** A quarter of the memory for pieces: other peers' pieces must have room as well. */
const WINDOW_MAX_BYTES = 32 * 1024 * 1024;
/** Between neighbouring pieces while the reader's speed is unknown: only their order counts then. */
const STEP_MS = 50;
/** Before a first piece was measured. */
const MEAN_AT_FIRST_MS = 3_000;
const MARGIN_MS = 1_000;
/** A reader is timed over a few reads: one that waits for us tells nothing of how fast it would like to be. */
const RATE_AFTER_MS = 1_000;

interface Reader {
  at: number;
  end: number;
  readonly startedAt: Millis;
  readonly from: number;
  windowBytes: number;
}

export class ReadAhead {
  readonly #geometry: Geometry;
  readonly #readers = new Map<number, Reader>();
  /** Pieces that have a deadline because of us, and since when. */
  readonly #asked = new Map<number, Millis>();
  #meanMs = MEAN_AT_FIRST_MS;
  #deviationMs = 0;
  #samples = 0;

  constructor(geometry: Geometry) {
    this.#geometry = geometry;
  }

  /** How long from now a piece may be due and still get a deadline. */
  get horizonMs(): number {
    return this.#meanMs + 4 * this.#deviationMs + MARGIN_MS;
  }

  /** A reader is here: new, or gone on. */
  handleReader({ reader, at, end }: ReaderPlace, picker: PiecePicker, now: Millis): void {
    const known = this.#readers.get(reader);
    if (known === undefined) {
      this.#readers.set(reader, { at, end, from: at, startedAt: now, windowBytes: WINDOW_MIN_BYTES });
    } else {
      const pieces = Math.floor(at / this.#geometry.pieceLength) - Math.floor(known.at / this.#geometry.pieceLength);
      if (pieces > 0) known.windowBytes = Math.min(WINDOW_MAX_BYTES, known.windowBytes * 2);
      known.at = at;
      known.end = end;
    }
    this.#update(picker, now);
  }

  /** A reader is gone: what it alone wanted has time again. */
  handleEnded(reader: number, picker: PiecePicker, now: Millis): void {
    if (this.#readers.delete(reader)) this.#update(picker, now);
  }

  handleVerified(piece: number, now: Millis): void {
    const since = this.#asked.get(piece);
    if (since === undefined) return;
    this.#asked.delete(piece);
    this.#measure(now - since);
  }

  get hasReaders(): boolean {
    return this.#readers.size > 0;
  }

  clear(): void {
    this.#readers.clear();
    this.#asked.clear();
  }

  /** As RFC 6298 measures round trips. */
  #measure(ms: number): void {
    if (this.#samples === 0) {
      this.#meanMs = ms;
      this.#deviationMs = ms / 2;
    } else {
      this.#deviationMs += (Math.abs(ms - this.#meanMs) - this.#deviationMs) / 4;
      this.#meanMs += (ms - this.#meanMs) / 8;
    }
    this.#samples += 1;
  }

  #update(picker: PiecePicker, now: Millis): void {
    const due = this.#dueTimes(picker, now);
    for (const piece of this.#asked.keys()) {
      if (due.has(piece)) continue;
      this.#asked.delete(piece);
      picker.setDeadline(piece, undefined);
    }
    for (const [piece, at] of due) {
      if (!this.#asked.has(piece)) this.#asked.set(piece, now);
      picker.setDeadline(piece, at);
    }
  }

  /** The soonest time at which any reader wants each missing piece near it. */
  #dueTimes(picker: PiecePicker, now: Millis): ReadonlyMap<number, Millis> {
    const due = new Map<number, Millis>();
    const { pieceLength } = this.#geometry;
    const horizon = now + this.horizonMs;
    for (const reader of this.#readers.values()) {
      const first = Math.floor(reader.at / pieceLength);
      const last = Math.floor((Math.min(reader.end, reader.at + reader.windowBytes) - 1) / pieceLength);
      for (let piece = first; piece <= last; piece++) {
        const at = now + this.#timeUntil(reader, piece, now);
        if (at > horizon && piece > first + 1) break;
        if (picker.have.has(piece)) continue;
        due.set(piece, Math.min(at, due.get(piece) ?? Infinity));
      }
    }
    return due;
  }

  #timeUntil(reader: Reader, piece: number, now: Millis): number {
    const ahead = piece * this.#geometry.pieceLength - reader.at;
    if (ahead <= 0) return 0;
    const elapsedMs = now - reader.startedAt;
    const steps = Math.ceil(ahead / this.#geometry.pieceLength);
    if (elapsedMs < RATE_AFTER_MS || reader.at === reader.from) return steps * STEP_MS;
    return (ahead * elapsedMs) / (reader.at - reader.from);
  }
}
