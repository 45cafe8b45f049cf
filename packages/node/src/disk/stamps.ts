/**
 * When each file of a store was last changed by us, known to all threads: a file whose time is another was changed by
 * somebody else, and what it holds now is nobody's word (PROMISES F06).
 */
import { fstatSync } from "node:fs";

/** Threads inside a write, and writes so far. While either moves, a time that differs may be one of ours. */
const WRITERS = 0;
const GENERATION = 1;
const COUNTERS_BYTES = 8;

export class FileStamps {
  readonly #counters: Int32Array;
  /** Milliseconds by file; 0 while unknown. */
  readonly #times: Float64Array;

  /** `shared` comes from `allocate`. */
  constructor(shared: SharedArrayBuffer) {
    this.#counters = new Int32Array(shared, 0, 2);
    this.#times = new Float64Array(shared, COUNTERS_BYTES);
  }

  static allocate(fileCount: number): SharedArrayBuffer {
    return new SharedArrayBuffer(COUNTERS_BYTES + 8 * fileCount);
  }

  /** The file was seen like this before anything of it was believed. */
  remember(file: number, mtimeMs: number): void {
    this.#times[file] = mtimeMs;
  }

  /** Runs a write of ours to the open file. */
  write(file: number, fd: number, action: () => void): void {
    Atomics.add(this.#counters, WRITERS, 1);
    try {
      action();
      this.#times[file] = fstatSync(fd).mtimeMs;
    } finally {
      Atomics.add(this.#counters, GENERATION, 1);
      Atomics.sub(this.#counters, WRITERS, 1);
    }
  }

  /** Whether the open file looks as we left it; true while that can't be told. */
  isUnchanged(file: number, fd: number): boolean {
    const generation = Atomics.load(this.#counters, GENERATION);
    const { mtimeMs } = fstatSync(fd);
    if (this.#times[file] === 0) this.#times[file] = mtimeMs;
    if (this.#times[file] === mtimeMs) return true;
    return Atomics.load(this.#counters, WRITERS) > 0 || Atomics.load(this.#counters, GENERATION) !== generation;
  }
}
