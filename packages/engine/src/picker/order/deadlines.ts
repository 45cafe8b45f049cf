/** Pieces that are due at a time (streams), soonest first. Only those with blocks left to ask for are in line. */
import type { Millis } from "../../ports/machine.ts";

/** Insertion and removal are binary searches; a stream has tens of deadlines, not thousands. */
export class DeadlineQueue {
  readonly #dueAt = new Map<number, Millis>();
  readonly #line: number[] = [];

  /** Pieces with free blocks, soonest first. */
  get line(): readonly number[] {
    return this.#line;
  }

  dueAt(piece: number): Millis | undefined {
    return this.#dueAt.get(piece);
  }

  /** `hasFree`: whether the piece is wanted and has blocks left to ask for. */
  set(piece: number, at: Millis | undefined, hasFree: boolean): void {
    this.place(piece, false);
    if (at === undefined) this.#dueAt.delete(piece);
    else this.#dueAt.set(piece, at);
    this.place(piece, hasFree);
  }

  /** Puts a piece in line or takes it out; nothing happens to a piece without a deadline. */
  place(piece: number, hasFree: boolean): void {
    if (this.#dueAt.size === 0) return;
    const at = this.#dueAt.get(piece);
    if (at === undefined) return;
    const index = this.#indexOf(piece, at);
    const isInLine = this.#line[index] === piece;
    if (hasFree && !isInLine) this.#line.splice(index, 0, piece);
    if (!hasFree && isInLine) this.#line.splice(index, 1);
  }

  #indexOf(piece: number, at: Millis): number {
    let low = 0;
    let high = this.#line.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#line[middle] ?? 0;
      const otherAt = this.#dueAt.get(other) ?? 0;
      if (otherAt < at || (otherAt === at && other < piece)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
