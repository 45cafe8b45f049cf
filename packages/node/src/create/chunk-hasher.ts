/**
 * Hashes one chunk of a torrent's data: neighbouring small pieces in one read, or one large piece in several. A chunk is
 * about a mebibyte, which stays in a core's cache between read and hash.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { createSha1, FileMap, Geometry, sha1, TorrentialError } from "@torrential/core";
import { toDiskError } from "../disk/errors.ts";
import type { HashTask, InputFile } from "./messages.ts";

const READ_BYTES = 1 << 20;
const SHA1_BYTES = 20;

/** How the pieces of a torrent are dealt out. */
export function planChunks(geometry: Geometry): { readonly piecesPerChunk: number; readonly chunkCount: number } {
  const piecesPerChunk = Math.max(1, Math.floor(READ_BYTES / geometry.pieceLength));
  return { piecesPerChunk, chunkCount: Math.ceil(geometry.pieceCount / piecesPerChunk) };
}

export class ChunkHasher {
  readonly chunkCount: number;
  readonly #files: readonly InputFile[];
  readonly #geometry: Geometry;
  readonly #map: FileMap;
  readonly #piecesPerChunk: number;
  readonly #hashes: Uint8Array;
  readonly #buffer = new Uint8Array(READ_BYTES);
  #open: { readonly file: number; readonly fd: number } | undefined;

  constructor(task: Pick<HashTask, "files" | "pieceLength" | "hashes">) {
    const lengths = task.files.map((file) => file.lengthBytes);
    this.#files = task.files;
    this.#geometry = new Geometry({
      lengthBytes: lengths.reduce((sum, length) => sum + length, 0),
      pieceLength: task.pieceLength,
    });
    this.#map = new FileMap(lengths);
    this.#hashes = new Uint8Array(task.hashes);
    const plan = planChunks(this.#geometry);
    this.#piecesPerChunk = plan.piecesPerChunk;
    this.chunkCount = plan.chunkCount;
  }

  /** Returns the number of bytes hashed. Throws a TorrentialError "disk-…" or "file-changed". */
  hash(chunk: number): number {
    const first = chunk * this.#piecesPerChunk;
    const end = Math.min(first + this.#piecesPerChunk, this.#geometry.pieceCount);
    if (end - first === 1) return this.#hashLarge(first);
    const offset = this.#geometry.pieceOffset(first);
    const length = this.#geometry.pieceOffset(end - 1) + this.#geometry.pieceLengthOf(end - 1) - offset;
    const bytes = this.#buffer.subarray(0, length);
    this.#read(offset, bytes);
    for (let piece = first; piece < end; piece++) {
      const begin = this.#geometry.pieceOffset(piece) - offset;
      this.#keep(piece, sha1(bytes.subarray(begin, begin + this.#geometry.pieceLengthOf(piece))));
    }
    return length;
  }

  close(): void {
    if (this.#open !== undefined) closeSync(this.#open.fd);
    this.#open = undefined;
  }

  #hashLarge(piece: number): number {
    const offset = this.#geometry.pieceOffset(piece);
    const length = this.#geometry.pieceLengthOf(piece);
    const state = createSha1();
    for (let at = 0; at < length; at += READ_BYTES) {
      const part = this.#buffer.subarray(0, Math.min(READ_BYTES, length - at));
      this.#read(offset + at, part);
      state.update(part);
    }
    this.#keep(piece, state.digest());
    return length;
  }

  #keep(piece: number, hash: Uint8Array): void {
    this.#hashes.set(hash, piece * SHA1_BYTES);
  }

  #read(offset: number, target: Uint8Array): void {
    let at = 0;
    for (const run of this.#map.runs(offset, target.length)) {
      this.#readFile(run.file, run.offset, target.subarray(at, at + run.length));
      at += run.length;
    }
  }

  #readFile(index: number, offset: number, target: Uint8Array): void {
    const { path } = this.#fileAt(index);
    const fd = this.#descriptorOf(index);
    for (let at = 0; at < target.length;) {
      const count = fromDisk(`read ${path}`, () => readSync(fd, target, at, target.length - at, offset + at));
      if (count === 0) throw new TorrentialError("file-changed", `${path} became shorter while it was read.`);
      at += count;
    }
  }

  #descriptorOf(index: number): number {
    if (this.#open?.file === index) return this.#open.fd;
    this.close();
    const { path } = this.#fileAt(index);
    // O_NONBLOCK: what was a file when it was listed may be a pipe by now, and would hang the thread.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    const fd = fromDisk(`open ${path}`, () => openSync(path, flags));
    this.#open = { file: index, fd };
    if (!fstatSync(fd).isFile()) throw new TorrentialError("file-changed", `${path} is no regular file any more.`);
    return fd;
  }

  #fileAt(index: number): InputFile {
    const file = this.#files[index];
    if (file === undefined) throw new RangeError(`file ${index} of ${this.#files.length}`);
    return file;
  }
}

function fromDisk<T>(action: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    const error = toDiskError(cause, action);
    throw new TorrentialError(`disk-${error.class}`, error.message, { cause });
  }
}
