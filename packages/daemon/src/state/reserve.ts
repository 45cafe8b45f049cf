/**
 * A file that only takes room (PROMISES F03): when the disk is full it is given up, so that what was accepted can still be
 * written, and comes back when there is room again.
 */
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

const RESERVE_NAME = "reserve";
/** PROMISES F03. */
const RESERVE_BYTES = 16 * 1024 * 1024;
/** It is taken again only when the disk has so much more than it takes. */
const ROOM_FACTOR = 4;
const CHUNK_BYTES = 1024 * 1024;

export class Reserve {
  readonly #path: string;
  readonly #folder: string;
  readonly #sizeBytes: number;

  constructor(folder: string, sizeBytes: number = RESERVE_BYTES) {
    this.#folder = folder;
    this.#path = join(folder, RESERVE_NAME);
    this.#sizeBytes = sizeBytes;
  }

  /** Makes it when there is room; says nothing when there is none. */
  take(): void {
    try {
      if (this.#isWhole()) return;
      const { bavail, bsize } = statfsSync(this.#folder);
      if (bavail * bsize < this.#sizeBytes * ROOM_FACTOR) return;
      this.#write();
    } catch {
      // A disk without room or permission: the writes that matter will say so.
      this.release();
    }
  }

  /** Whether there was one to give up. */
  release(): boolean {
    try {
      statSync(this.#path);
      rmSync(this.#path);
      return true;
    } catch {
      return false;
    }
  }

  #isWhole(): boolean {
    return statSync(this.#path, { throwIfNoEntry: false })?.size === this.#sizeBytes;
  }

  #write(): void {
    const fd = openSync(this.#path, "w", 0o600);
    try {
      // Random enough: a file system that compresses would give nothing for zeros.
      const chunk = new Uint8Array(CHUNK_BYTES).map((_, index) => (index * 2_654_435_761) >>> 16);
      for (let written = 0; written < this.#sizeBytes; written += CHUNK_BYTES)
        writeSync(fd, chunk, 0, Math.min(CHUNK_BYTES, this.#sizeBytes - written));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
}
