/**
 * The files of one store, as one worker sees them: pieces to runs of files, in place and sparse, every file and folder
 * made by the first write that needs it. Nothing here hashes.
 */
import { unlinkSync } from "node:fs";
import { join } from "node:path";
import { FileMap, type FileRun } from "@torrential/core";
import type { FilePlace, FoundFile, StoreFile, StoreId } from "@torrential/engine";
import { removeEmptyFolders } from "./empty-folders.ts";
import { DiskFault, classifyDiskError, toDiskError } from "./errors.ts";
import type { HandleCache } from "./handles.ts";
import {
  assertPlainPath,
  ensureRoot,
  identifyRoot,
  openForReading,
  openForWriting,
  statInside,
  type RootIdentity,
} from "./open.ts";
import { type Place, renameAll } from "./relocate.ts";
import { FileStamps } from "./stamps.ts";
import { BufferCursor, fileCalls, readFully, writeFully, type FileCalls } from "./transfer.ts";

export interface StoreLayout {
  readonly store: StoreId;
  readonly root: string;
  readonly files: readonly StoreFile[];
  readonly pieceLength: number;
  /** 20 bytes a piece. */
  readonly pieceHashes: Uint8Array;
  /** From `FileStamps.allocate`, the same for every thread; without it each has its own. */
  readonly stamps?: SharedArrayBuffer;
}

export class Store {
  readonly id: StoreId;
  readonly pieceCount: number;
  readonly pieceLength: number;
  readonly #files: StoreFile[];
  readonly #pieceHashes: Uint8Array;
  readonly #map: FileMap;
  readonly #lengthBytes: number;
  readonly #stamps: FileStamps;
  readonly #handles: HandleCache;
  readonly #calls: FileCalls;
  #root: string;
  #rootIdentity: RootIdentity | undefined;

  /** Looks at the root, and throws a `DiskFault` when it is no folder or a path is not plain. Makes nothing. */
  constructor(layout: StoreLayout, handles: HandleCache, calls: FileCalls = fileCalls) {
    this.id = layout.store;
    this.#root = layout.root;
    this.pieceLength = layout.pieceLength;
    this.#files = [...layout.files];
    this.#pieceHashes = layout.pieceHashes;
    this.#map = new FileMap(layout.files.map((file) => file.lengthBytes));
    this.#lengthBytes = layout.files.reduce((sum, file) => sum + file.lengthBytes, 0);
    this.pieceCount = Math.ceil(this.#lengthBytes / layout.pieceLength);
    this.#stamps = new FileStamps(layout.stamps ?? FileStamps.allocate(layout.files.length));
    this.#handles = handles;
    this.#calls = calls;
    for (const file of layout.files)
      if (!file.isPad) for (const path of [file.path, ...(file.alternatives ?? [])]) assertPlainPath(path);
    this.#rootIdentity = identifyRoot(this.root);
  }

  get root(): string {
    return this.#root;
  }

  get files(): readonly StoreFile[] {
    return this.#files;
  }

  /** Where a file is. Throws for one that is not in the list. */
  placeOf(file: number): Place {
    const { path } = this.#fileAt(file);
    return { root: this.#root, path };
  }

  pieceLengthOf(piece: number): number {
    return Math.min(this.pieceLength, this.#lengthBytes - piece * this.pieceLength);
  }

  /** The 20 bytes expected of a piece. */
  pieceHash(piece: number): Uint8Array {
    return this.#pieceHashes.subarray(piece * 20, piece * 20 + 20);
  }

  /** What is on disk of each file. Pad files count as there. */
  inspect(): FoundFile[] {
    return this.#files.map((file, index) => {
      if (file.isPad) return { lengthBytes: file.lengthBytes, mtimeMs: 0 };
      const found = this.#find(file);
      this.#stamps.remember(index, found.mtimeMs);
      return found;
    });
  }

  /** Renames files and takes over the new layout: all of it, or none. */
  relayout(root: string, places: readonly FilePlace[]): void {
    for (const { path } of places) assertPlainPath(path);
    this.#rootIdentity = undefined;
    renameAll(
      places.map(({ file, from, path }) => ({
        from: { root: this.#root, path: from ?? this.#fileAt(file).path },
        to: { root, path },
      })),
    );
    this.#root = root;
    this.#rootIdentity = identifyRoot(root);
    for (const { file, path } of places) this.#files[file] = { ...this.#fileAt(file), path };
  }

  /** Makes the zero-length ones among `files` (indexes) and their folders. */
  makeEmpty(files: readonly number[]): void {
    for (const index of files) {
      const file = this.#files[index];
      if (file === undefined || file.isPad || file.lengthBytes > 0) continue;
      this.#attempt("make", file, () => this.#handle(index, file, true));
    }
  }

  /** Writes a whole piece. `buffers` hold exactly its bytes, pad files' zeros included. */
  // hot
  writePiece(piece: number, buffers: readonly Uint8Array[]): void {
    const runs = this.#map.runs(piece * this.pieceLength, this.pieceLengthOf(piece));
    const cursor = new BufferCursor(buffers);
    for (const run of runs) {
      const file = this.#fileOf(run);
      const taken = runs.length === 1 ? buffers : cursor.take(run.length);
      if (file.isPad) continue;
      this.#attempt("write to", file, () => {
        const fd = this.#handle(run.file, file, true);
        this.#stamps.write(run.file, fd, () => writeFully(fd, taken, run.offset, this.#calls));
      });
    }
  }

  /** Fills `target` from `begin` of the piece on. A missing or short file is "gone", one that others changed "corrupt". */
  // hot
  readRange(piece: number, begin: number, target: Uint8Array): void {
    const offset = piece * this.pieceLength + begin;
    const filled = this.#readRuns(offset, target, (file, got, run) => {
      throw new DiskFault(
        "gone",
        `${this.#pathOf(file)} is shorter than it was: got ${got} of ${run.length} bytes at ${run.offset}.`,
      );
    });
    if (filled !== target.length)
      throw new DiskFault("io", `Read ${filled} of ${target.length} bytes at ${offset} of ${this.root}.`);
    // After the read: what changes later does not matter to what was read.
    this.#assertUnchanged(piece);
  }

  /** Reads from `offset` of the store on until the first byte that is not on disk; returns the bytes read. */
  readAvailable(offset: number, target: Uint8Array): number {
    return this.#readRuns(offset, target, () => {});
  }

  /** The indexes of the files that hold bytes of these pieces, pad files left out. */
  filesOfPieces(pieces: Iterable<number>): Set<number> {
    const files = new Set<number>();
    for (const piece of pieces) {
      for (const run of this.#map.runs(piece * this.pieceLength, this.pieceLengthOf(piece))) {
        if (!this.#fileOf(run).isPad) files.add(run.file);
      }
    }
    return files;
  }

  /** The path of a file below the root. */
  relativePath(file: number): readonly string[] {
    return this.#files[file]?.path ?? [];
  }

  /** Removes the files that the store lists and then the folders left empty; never the root, never through a link. */
  deleteFiles(): void {
    this.#deleteAt((file) => [file.path, ...(file.alternatives ?? [])]);
  }

  /** Removes what lies at alternative places, likewise. */
  deleteAlternatives(): void {
    this.#deleteAt((file) => file.alternatives ?? []);
  }

  #deleteAt(pathsOf: (file: StoreFile) => readonly (readonly string[])[]): void {
    const deleted: (readonly string[])[] = [];
    for (const file of this.#files) {
      if (file.isPad) continue;
      for (const path of pathsOf(file)) {
        deleted.push(path);
        this.#attempt("delete", file, () => this.#deleteFile(path));
      }
    }
    removeEmptyFolders(this.root, deleted);
  }

  #deleteFile(path: readonly string[]): void {
    // lstat first: a link in a file's place was not made by us and stays.
    if (statInside(this.root, path) !== undefined) unlinkSync(join(this.root, ...path));
  }

  /** At its path, or at the first of its alternatives where something is. */
  #find(file: StoreFile): FoundFile {
    const stats = statInside(this.root, file.path);
    if (stats !== undefined) return { lengthBytes: stats.size, mtimeMs: stats.mtimeMs };
    for (const [alternative, path] of (file.alternatives ?? []).entries()) {
      const other = statInside(this.root, path);
      if (other !== undefined) return { lengthBytes: other.size, mtimeMs: other.mtimeMs, alternative };
    }
    return { lengthBytes: -1, mtimeMs: 0 };
  }

  #readRuns(
    offset: number,
    target: Uint8Array,
    handleShort: (file: StoreFile, got: number, run: FileRun) => void,
  ): number {
    let filled = 0;
    for (const run of this.#map.runs(offset, target.length)) {
      const file = this.#fileOf(run);
      const part = filled === 0 && run.length === target.length ? target : target.subarray(filled, filled + run.length);
      const got = file.isPad
        ? part.fill(0).length
        : this.#attempt("read from", file, () => this.#readRun(run, file, part));
      filled += got;
      if (got === run.length) continue;
      handleShort(file, got, run);
      break;
    }
    return filled;
  }

  /** PROMISES F06: what was verified is served only while nobody but us has written to it. */
  #assertUnchanged(piece: number): void {
    for (const index of this.filesOfPieces([piece])) {
      const file = this.#files[index];
      if (file === undefined) continue;
      const fd = this.#attempt("read from", file, () => this.#handle(index, file, false));
      if (this.#stamps.isUnchanged(index, fd)) continue;
      throw new DiskFault("corrupt", `${this.#pathOf(file)} was changed by somebody else: it has to be checked again.`);
    }
  }

  #readRun(run: FileRun, file: StoreFile, part: Uint8Array): number {
    return readFully(this.#handle(run.file, file, false), part, run.offset, this.#calls);
  }

  #handle(index: number, file: StoreFile, isWritable: boolean): number {
    return this.#handles.get(this.id, index, isWritable, () => {
      if (!isWritable) return openForReading(this.root, file.path);
      this.#rootIdentity = ensureRoot(this.root, this.#rootIdentity);
      return openForWriting(this.root, file.path, file.isExecutable);
    });
  }

  #attempt<Result>(verb: string, file: StoreFile, action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      throw new DiskFault(classifyDiskError(error), toDiskError(error, `${verb} ${this.#pathOf(file)}`).message);
    }
  }

  #fileOf(run: FileRun): StoreFile {
    return this.#fileAt(run.file);
  }

  #fileAt(index: number): StoreFile {
    const file = this.#files[index];
    if (file === undefined)
      throw new DiskFault("io", `File ${index} of ${this.root} is not in its list of ${this.#files.length}.`);
    return file;
  }

  #pathOf(file: StoreFile): string {
    return join(this.root, ...file.path);
  }
}
