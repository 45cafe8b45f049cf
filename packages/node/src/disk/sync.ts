/** fdatasync of the files behind committed pieces, by a thread that does nothing else, so that hashing never waits for it. */
import { closeSync, constants, fdatasyncSync, fsyncSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { DiskFault, classifyDiskError, errnoOf, toDiskError } from "./errors.ts";
import { openForReading, openForWriting } from "./open.ts";
import type { Store } from "./store.ts";

export class StoreSyncer {
  /** Files whose names are known to be on disk, by store. */
  readonly #named = new Map<number, Set<number>>();

  /** Makes the bytes of these pieces durable, and the names of their files. Throws a `DiskFault`. */
  sync(store: Store, pieces: Iterable<number>): void {
    const named = this.#named.get(store.id) ?? new Set<number>();
    this.#named.set(store.id, named);
    const folders = new Set<string>();
    const files = store.filesOfPieces(pieces);
    for (const file of files) {
      const path = store.relativePath(file);
      syncFile(store.root, path);
      if (named.has(file)) continue;
      for (let depth = 0; depth < path.length; depth++) folders.add(join(store.root, ...path.slice(0, depth)));
    }
    if (folders.size === 0) return;
    if (named.size === 0) folders.add(dirname(store.root));
    for (const folder of folders) syncFolder(folder);
    for (const file of files) named.add(file);
  }

  forget(store: number): void {
    this.#named.delete(store);
  }
}

function syncFile(root: string, path: readonly string[]): void {
  try {
    // Linux and macOS sync through a descriptor that may only read, which works for files that lost their write permission.
    const fd = process.platform === "win32" ? openForWriting(root, path, false) : openForReading(root, path);
    try {
      fdatasyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw new DiskFault(classifyDiskError(error), toDiskError(error, `sync ${join(root, ...path)}`).message);
  }
}

/** Makes the names in a folder durable, where the system knows of such a thing. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  try {
    const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    // A folder that we may not read (the root's parent, often) or a file system without folder sync: its files are synced.
    if (!["EACCES", "EPERM", "EINVAL", "ENOTSUP"].includes(errnoOf(error) ?? "")) throw error;
  }
}
