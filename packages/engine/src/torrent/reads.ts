/** Reads for streams: bytes of a piece, as soon as it is verified; until then it is asked for with a deadline. */
import { copyBytes } from "@torrential/core";
import type { Command } from "../session/commands.ts";
import type { SessionOutput } from "../session/outputs.ts";
import type { Outlet } from "../outbox.ts";
import type { PiecePicker } from "../picker/picker.ts";
import type { Millis } from "../ports/machine.ts";
import { CACHE_UNIT_BYTES } from "../storage/read-cache.ts";
import type { TorrentContext } from "./context.ts";
import { PROVEN, type Proof } from "./proofs.ts";
import { ReadAhead } from "./read-ahead.ts";

export interface ReadRequest {
  readonly request: number;
  readonly piece: number;
  /** Offset in the piece; the range lies in the piece. */
  readonly begin: number;
  readonly length: number;
  /** Wanted within so many milliseconds. */
  readonly deadlineMs: number;
}

/** What readers say. */
export type ReadCommand = Extract<Command, { readonly type: "read" | "read-ahead" | "end-reader" | "cancel-read" }>;

export class Reads {
  readonly #context: TorrentContext;
  readonly #out: Outlet<SessionOutput>;
  readonly #waiting = new Map<number, ReadRequest>();
  readonly #ahead: ReadAhead;
  readonly #proof: Proof;

  constructor(context: TorrentContext, proof: Proof = PROVEN) {
    this.#context = context;
    this.#proof = proof;
    this.#out = context.out;
    this.#ahead = new ReadAhead(context.geometry);
  }

  get isIdle(): boolean {
    return this.#waiting.size === 0 && !this.#ahead.hasReaders;
  }

  /** `picker`: of the running swarm, if there is one. */
  handleCommand(command: ReadCommand, picker: PiecePicker | undefined, now: Millis): void {
    if (picker === undefined) {
      if (command.type !== "read") return;
      const result = { ok: false, message: "the torrent is not running" } as const;
      this.#out.push({ type: "read-done", request: command.request, result });
    } else if (command.type === "read") this.add(command, picker, now);
    else if (command.type === "read-ahead") this.#ahead.handleReader(command, picker, now);
    else if (command.type === "end-reader") this.#ahead.handleEnded(command.reader, picker, now);
    else this.cancel(command.request, picker);
  }

  /** Takes a request in. Its answer is a `read-done` output; at once for bytes that are here, or that nobody wants. */
  add(read: ReadRequest, picker: PiecePicker, now: Millis): void {
    this.#waiting.set(read.request, read);
    if (picker.have.has(read.piece)) this.#serve(read);
    else if (picker.pieceState(read.piece) === "unwanted") {
      this.#finish(read, { ok: false, message: "the file is not wanted, and is not here" });
    } else picker.setDeadline(read.piece, now + read.deadlineMs);
  }

  cancel(request: number, picker: PiecePicker): void {
    const read = this.#waiting.get(request);
    if (read === undefined) return;
    this.#waiting.delete(request);
    const isWanted = [...this.#waiting.values()].some(({ piece }) => piece === read.piece);
    if (!isWanted && !picker.have.has(read.piece)) picker.setDeadline(read.piece, undefined);
  }

  handleVerified(piece: number, now: Millis): void {
    this.#ahead.handleVerified(piece, now);
    for (const read of this.#waiting.values()) if (read.piece === piece) this.#serve(read);
  }

  /** These waited for a read that ended: negative numbers in the cache's lists are ours. Returns the others. */
  handleReadFor(waiters: readonly number[] = []): readonly number[] {
    for (const waiter of waiters) {
      const read = waiter < 0 ? this.#waiting.get(-waiter) : undefined;
      if (read !== undefined) this.#serve(read);
    }
    return waiters.filter((waiter) => waiter >= 0);
  }

  /** The torrent stops, or its disk failed. */
  failAll(message: string): void {
    for (const { request } of this.#waiting.values()) {
      this.#out.push({ type: "read-done", request, result: { ok: false, message } });
    }
    this.#waiting.clear();
    this.#ahead.clear();
  }

  #serve(read: ReadRequest): void {
    if (!this.#proof.mayLeave(read.piece, -read.request)) return;
    const { cache, store, geometry } = this.#context;
    const bytes = new Uint8Array(read.length);
    const end = read.begin + read.length;
    let at = read.begin;
    while (at < end) {
      const unit = cache.get({
        store,
        piece: read.piece,
        pieceLengthBytes: geometry.pieceLengthOf(read.piece),
        fullPieceLengthBytes: geometry.pieceLength,
        begin: at,
      });
      if (unit === undefined) return this.#finish(read, { ok: false, message: "no memory to read into" });
      if (!unit.isReady) return cache.await(unit, -read.request);
      const inUnit = at % CACHE_UNIT_BYTES;
      const length = Math.min(end - at, CACHE_UNIT_BYTES - inUnit);
      copyBytes(bytes, at - read.begin, unit.extent.bytes, inUnit, inUnit + length);
      at += length;
    }
    this.#finish(read, { ok: true, bytes });
  }

  #finish(read: ReadRequest, result: Extract<SessionOutput, { type: "read-done" }>["result"]): void {
    this.#waiting.delete(read.request);
    this.#out.push({ type: "read-done", request: read.request, result });
  }
}
