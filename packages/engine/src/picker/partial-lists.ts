/** Partial pieces that still have free blocks, by priority and by who may join: what a pick looks through first. */
import { ALONE, type PartialPiece } from "./partial-piece.ts";

const LISTS_PER_PRIORITY = ALONE; // SHARED, ORPHAN, OWNED
const PRIORITIES = 8;

/** Unordered lists with O(1) insertion, removal and move. Fully requested pieces are in none. */
export class PartialLists {
  readonly #lists: PartialPiece[][] = Array.from({ length: PRIORITIES * LISTS_PER_PRIORITY }, () => []);
  readonly #counts = new Int32Array(PRIORITIES);
  #count = 0;

  /** How many pieces are listed. */
  get count(): number {
    return this.#count;
  }

  /** How many are listed under one priority. */
  countAt(priority: number): number {
    return this.#counts[priority] ?? 0;
  }

  at(priority: number, sharing: number): readonly PartialPiece[] {
    return this.#lists[priority * LISTS_PER_PRIORITY + sharing] ?? [];
  }

  /** Puts a piece where it belongs now. Priority 0, no free block or ALONE: nowhere. */
  place(partial: PartialPiece, priority: number): void {
    const isListed = partial.freeCount > 0 && priority > 0 && partial.sharing !== ALONE;
    const key = isListed ? priority * LISTS_PER_PRIORITY + partial.sharing : -1;
    if (key === partial.listKey) return;
    this.remove(partial);
    const list = this.#lists[key];
    if (list === undefined) return;
    partial.listKey = key;
    partial.listIndex = list.length;
    list.push(partial);
    this.#add(key, 1);
  }

  remove(partial: PartialPiece): void {
    const list = this.#lists[partial.listKey];
    if (list === undefined) return;
    const last = list.pop();
    if (last !== undefined && last !== partial) {
      list[partial.listIndex] = last;
      last.listIndex = partial.listIndex;
    }
    this.#add(partial.listKey, -1);
    partial.listKey = -1;
    partial.listIndex = -1;
  }

  #add(key: number, step: number): void {
    const priority = Math.floor(key / LISTS_PER_PRIORITY);
    this.#counts[priority] = this.countAt(priority) + step;
    this.#count += step;
  }
}
