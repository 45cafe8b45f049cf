/**
 * What is known of each block of all partial pieces, in three arrays for one torrent: with small pieces there are many
 * partial ones, and three arrays of their own for each would cost more than all else that a pick does.
 */

const NOBODY = -1;
const PIECES_AT_FIRST = 16;

/** Room for partial pieces: each has `blocksPerPiece` places from its base on. */
export class BlockStore {
  /** FREE, REQUESTED or RECEIVED (partial-piece.ts). */
  states: Uint8Array;
  /** Of a requested block its first holder, of a received one its sender; else -1. */
  holders: Int32Array;
  /** When a requested block was asked for. */
  since: Float64Array;
  readonly #blocksPerPiece: number;
  readonly #spare: number[] = [];
  #end = 0;

  constructor(blocksPerPiece: number) {
    this.#blocksPerPiece = blocksPerPiece;
    const length = PIECES_AT_FIRST * blocksPerPiece;
    this.states = new Uint8Array(length);
    this.holders = new Int32Array(length).fill(NOBODY);
    this.since = new Float64Array(length);
  }

  /** The base of places that nobody else has. */
  take(): number {
    const spare = this.#spare.pop();
    if (spare !== undefined) return spare;
    const base = this.#end;
    this.#end += this.#blocksPerPiece;
    if (this.#end > this.states.length) this.#grow();
    return base;
  }

  give(base: number): void {
    this.#spare.push(base);
  }

  #grow(): void {
    const { states, holders, since } = this;
    const length = states.length * 2;
    this.states = new Uint8Array(length);
    this.states.set(states);
    this.holders = new Int32Array(length).fill(NOBODY);
    this.holders.set(holders);
    this.since = new Float64Array(length);
    this.since.set(since);
  }
}
