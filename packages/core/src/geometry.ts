/**
 * The arithmetic of a torrent: pieces, blocks, and which bytes lie in which file.
 * Byte offsets reach 2^53-1, so they are never shifted or masked; indexes of pieces and blocks stay below 2^31.
 */
import { assert } from "./errors.ts";

/** 16 KiB: what every client requests (BEP 3), and the leaf of a v2 hash tree (BEP 52). */
export const BLOCK_LENGTH = 16_384;

/** The longest request that is answered: what libtorrent and Transmission accept. */
export const REQUEST_LENGTH_MAX = 131_072;

// `%` is exact on integers below 2^53; a rounded quotient is not.
function divideDown(value: number, divisor: number): number {
  return (value - (value % divisor)) / divisor;
}

function divideUp(value: number, divisor: number): number {
  return divideDown(value, divisor) + (value % divisor === 0 ? 0 : 1);
}

/** How one torrent's bytes are cut into pieces and blocks. Only the last piece, and the last block of a piece, is short. */
export class Geometry {
  readonly lengthBytes: number;
  readonly pieceLength: number;
  readonly pieceCount: number;
  /** Blocks in a piece of full length. */
  readonly blocksPerPiece: number;
  /** Blocks in the whole torrent; the last block of a piece may be short when pieces are not multiples of 16 KiB. */
  readonly blockCount: number;
  readonly #lastPieceLength: number;

  constructor(sizes: { readonly lengthBytes: number; readonly pieceLength: number }) {
    const { lengthBytes, pieceLength } = sizes;
    assert(Number.isSafeInteger(lengthBytes) && lengthBytes >= 0, `geometry: length ${lengthBytes} is not a size`);
    assert(Number.isSafeInteger(pieceLength) && pieceLength > 0, `geometry: piece length ${pieceLength} is not a size`);
    this.lengthBytes = lengthBytes;
    this.pieceLength = pieceLength;
    this.pieceCount = divideUp(lengthBytes, pieceLength);
    this.blocksPerPiece = divideUp(pieceLength, BLOCK_LENGTH);
    this.#lastPieceLength = this.pieceCount === 0 ? 0 : lengthBytes - (this.pieceCount - 1) * pieceLength;
    const fullPieces = Math.max(0, this.pieceCount - 1);
    this.blockCount = fullPieces * this.blocksPerPiece + divideUp(this.#lastPieceLength, BLOCK_LENGTH);
  }

  /** Offset of a piece in the torrent, bytes. */
  pieceOffset(piece: number): number {
    return piece * this.pieceLength;
  }

  /** Length of a piece in bytes; 0 for an index out of range. */
  pieceLengthOf(piece: number): number {
    if (!this.#isPiece(piece)) return 0;
    return piece === this.pieceCount - 1 ? this.#lastPieceLength : this.pieceLength;
  }

  /** Blocks in a piece; 0 for an index out of range. */
  blocksIn(piece: number): number {
    return divideUp(this.pieceLengthOf(piece), BLOCK_LENGTH);
  }

  /** Length of a block in bytes; 0 for an index out of range. */
  blockLength(piece: number, block: number): number {
    if (!Number.isInteger(block) || block < 0) return 0;
    return Math.min(BLOCK_LENGTH, Math.max(0, this.pieceLengthOf(piece) - block * BLOCK_LENGTH));
  }

  /** Whether the range is exactly one whole block. */
  isBlock(piece: number, begin: number, length: number): boolean {
    return begin % BLOCK_LENGTH === 0 && length > 0 && length === this.blockLength(piece, begin / BLOCK_LENGTH);
  }

  /** Whether the range lies in the piece and is 1 to 131,072 bytes long. */
  isRange(piece: number, begin: number, length: number): boolean {
    if (!Number.isInteger(begin) || !Number.isInteger(length)) return false;
    return begin >= 0 && length >= 1 && length <= REQUEST_LENGTH_MAX && begin + length <= this.pieceLengthOf(piece);
  }

  /** The pieces that a range of the torrent's bytes touches, `end` exclusive; empty (first = end) for no bytes. */
  piecesOf(offsetBytes: number, lengthBytes: number): { readonly first: number; readonly end: number } {
    const first = divideDown(offsetBytes, this.pieceLength);
    if (lengthBytes <= 0) return { first, end: first };
    return { first, end: divideUp(offsetBytes + lengthBytes, this.pieceLength) };
  }

  #isPiece(piece: number): boolean {
    return Number.isInteger(piece) && piece >= 0 && piece < this.pieceCount;
  }
}

/** A run of bytes in one file. */
export interface FileRun {
  readonly file: number;
  /** Offset in the file, bytes. */
  readonly offset: number;
  readonly length: number;
}

/** Where each file lies in the torrent's byte space: one after another, in order. */
export class FileMap {
  readonly lengthBytes: number;
  readonly #lengths: Float64Array;
  readonly #offsets: Float64Array;

  constructor(lengths: readonly number[]) {
    this.#lengths = Float64Array.from(lengths);
    this.#offsets = new Float64Array(lengths.length);
    let offset = 0;
    for (let file = 0; file < lengths.length; file++) {
      this.#offsets[file] = offset;
      offset += this.#lengthOf(file);
    }
    assert(Number.isSafeInteger(offset), `file map: the total ${offset} is not an exact size`);
    this.lengthBytes = offset;
  }

  get fileCount(): number {
    return this.#lengths.length;
  }

  /** Offset of a file in the torrent, bytes. */
  offsetOf(file: number): number {
    const offset = this.#offsets[file];
    assert(offset !== undefined, `file map: no file ${file} of ${this.fileCount}`);
    return offset;
  }

  /** The file that holds the byte at `offset`; -1 outside the torrent. Never a file of zero length. */
  fileAt(offset: number): number {
    if (!(offset >= 0 && offset < this.lengthBytes)) return -1;
    // The last file that starts at or before `offset`: empty files that share its start come before it.
    let low = 0;
    let high = this.fileCount - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#offsets[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The runs that make up a range of the torrent's bytes, in order; files of zero length have none. */
  runs(offset: number, length: number): FileRun[] {
    assert(
      offset >= 0 && length >= 0 && offset + length <= this.lengthBytes,
      `file map: ${length} bytes at ${offset} leave the torrent's ${this.lengthBytes}`,
    );
    const runs: FileRun[] = [];
    let at = offset;
    const end = offset + length;
    for (let file = at < end ? this.fileAt(at) : this.fileCount; at < end; file++) {
      const inFile = at - this.offsetOf(file);
      const runLength = Math.min(end - at, this.#lengthOf(file) - inFile);
      if (runLength === 0) continue;
      runs.push({ file, offset: inFile, length: runLength });
      at += runLength;
    }
    return runs;
  }

  #lengthOf(file: number): number {
    return this.#lengths[file] ?? 0;
  }
}
