/**
 * A folder of journals and small files, with synchronous calls: what the state thread does (PROMISES, faults 2). A name
 * is either the whole old content or the whole new one; an append is there once it was answered, or not at all.
 */
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../disk/errors.ts";
import { ensureFolderSync } from "../disk/ensure-folder.ts";
import { writeFully, fileCalls, type FileCalls } from "../disk/transfer.ts";

const JOURNAL_SUFFIX = ".resume";
const TEMPORARY_PREFIX = ".tmp-";
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

export class StateFolder {
  readonly #folder: string;
  readonly #calls: FileCalls;

  /** Makes the folder (0700) and removes temporary files that a crash left. */
  constructor(folder: string, calls: FileCalls = fileCalls) {
    this.#folder = folder;
    this.#calls = calls;
    ensureFolderSync(folder, FOLDER_MODE);
    for (const name of readdirSync(folder))
      if (name.startsWith(TEMPORARY_PREFIX)) rmSync(join(folder, name), { force: true });
  }

  /** Appends and syncs. After an error the file is as long as before. */
  append(key: string, bytes: Uint8Array): void {
    const fd = openSync(
      this.#path(key + JOURNAL_SUFFIX),
      constants.O_WRONLY | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0),
      FILE_MODE,
    );
    try {
      const { size } = fstatSync(fd);
      try {
        writeFully(fd, [bytes], size, this.#calls);
        fdatasyncSync(fd);
      } catch (error) {
        ftruncateSync(fd, size);
        throw error;
      }
      if (size === 0) this.#syncFolder();
    } finally {
      closeSync(fd);
    }
  }

  replace(key: string, bytes: Uint8Array): void {
    this.write(key + JOURNAL_SUFFIX, bytes);
  }

  remove(key: string): void {
    this.delete(key + JOURNAL_SUFFIX);
  }

  /** Undefined when there is none, or none that can be read: it must not keep its torrent from starting. */
  readJournal(key: string): Uint8Array | undefined {
    try {
      return this.read(key + JOURNAL_SUFFIX);
    } catch {
      // What it said is found out again from the files.
      return undefined;
    }
  }

  /** Atomic: temporary file, fsync, rename, fsync of the folder. */
  write(name: string, bytes: Uint8Array): void {
    const path = this.#path(name);
    const temporary = join(this.#folder, TEMPORARY_PREFIX + name);
    try {
      const fd = openSync(temporary, "w", FILE_MODE);
      try {
        if (bytes.length > 0) writeFully(fd, [bytes], 0, this.#calls);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    this.#syncFolder();
  }

  /** Undefined when there is no such file. */
  read(name: string): Uint8Array | undefined {
    try {
      return new Uint8Array(readFileSync(this.#path(name)));
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  /** The names of all files that are no journals, sorted. */
  list(): string[] {
    return readdirSync(this.#folder)
      .filter((name) => !name.endsWith(JOURNAL_SUFFIX) && !name.startsWith("."))
      .toSorted();
  }

  delete(name: string): void {
    rmSync(this.#path(name), { force: true });
    this.#syncFolder();
  }

  #path(name: string): string {
    if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/.test(name))
      throw new Error(
        `state file name ${JSON.stringify(name)} has other characters than letters, digits, "-", "_" and "."`,
      );
    return join(this.#folder, name);
  }

  #syncFolder(): void {
    if (process.platform === "win32") return;
    const fd = openSync(this.#folder, constants.O_RDONLY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
}
