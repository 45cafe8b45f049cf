/** Finds what goes into a torrent: regular files only, in the order of their paths' bytes. */
import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { compareBytes, fromUtf8, latin1, TorrentialError, utf8 } from "@torrential/core";
import { toDiskError } from "../disk/errors.ts";

export interface ListedFile {
  /** Below the torrent's folder; a single file has none. */
  readonly path: readonly string[];
  /** Absolute, links resolved. */
  readonly realPath: string;
  readonly lengthBytes: number;
  readonly mtimeMs: number;
  readonly isExecutable: boolean;
}

export interface FileList {
  /** The last element of the path. */
  readonly name: string;
  readonly isSingleFile: boolean;
  readonly files: readonly ListedFile[];
  /** What was left out, and why, as a sentence each. */
  readonly leftOut: readonly string[];
}

/**
 * Lists a file, or a folder with all below it. Links and special files are left out: whoever seeds this folder later
 * opens neither. Throws a TorrentialError "disk-…", "create-name" or "create-empty".
 */
export async function listFiles(path: string): Promise<FileList> {
  const root = await fromDisk(`read ${path}`, () => realpath(path));
  const stats = await fromDisk(`read ${path}`, () => stat(root));
  // The name as it was typed: a link names what it leads to.
  const name = basename(resolve(path));
  if (stats.isFile()) return { name, isSingleFile: true, files: [toListed([], root, stats)], leftOut: [] };
  if (!stats.isDirectory()) {
    throw new TorrentialError("disk-corrupt", `${path} is neither a file nor a folder: wanted one of them.`);
  }
  const walk = new Walk(root);
  await walk.enter([]);
  if (walk.files.length === 0) {
    throw new TorrentialError("create-empty", `${path} has no files in it: wanted at least one.`);
  }
  const files = walk.files.toSorted((a, b) => compareBytes(utf8(a.path.join("/")), utf8(b.path.join("/"))));
  return { name, isSingleFile: false, files, leftOut: walk.leftOut };
}

class Walk {
  readonly files: ListedFile[] = [];
  readonly leftOut: string[] = [];
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Folders are few beside files: one after the other, without recursion that a deep tree could exhaust. */
  async enter(top: readonly string[]): Promise<void> {
    const folders: (readonly string[])[] = [top];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      const place = join(this.#root, ...folder);
      const entries = await fromDisk(`read ${place}`, () =>
        readdir(place, { encoding: "latin1", withFileTypes: true }),
      );
      for (const entry of entries) {
        const path = [...folder, decodeName(entry.name, place)];
        if (entry.isDirectory()) folders.push(path);
        else if (entry.isFile()) await this.#addFile(path, join(this.#root, ...path));
        else if (entry.isSymbolicLink()) this.#leaveOut(path, "it is a link");
        else this.#leaveOut(path, "it is neither a file nor a folder");
      }
    }
  }

  async #addFile(path: readonly string[], realPath: string): Promise<void> {
    const stats = await fromDisk(`read ${realPath}`, () => lstat(realPath));
    this.files.push(toListed(path, realPath, stats));
  }

  #leaveOut(path: readonly string[], why: string): void {
    this.leftOut.push(`${join(this.#root, ...path)} was left out: ${why}.`);
  }
}

function toListed(
  path: readonly string[],
  realPath: string,
  stats: { readonly size: number; readonly mtimeMs: number; readonly mode: number },
): ListedFile {
  const isExecutable = process.platform !== "win32" && (stats.mode & 0o100) !== 0;
  return { path, realPath, lengthBytes: stats.size, mtimeMs: stats.mtimeMs, isExecutable };
}

/** Torrents hold UTF-8 (BEP 3); a name that is none could not be found again under what it would become. */
function decodeName(name: string, folder: string): string {
  try {
    return fromUtf8(latin1(name));
  } catch (cause) {
    throw new TorrentialError("create-name", `${JSON.stringify(name)} in ${folder} is not UTF-8: rename it first.`, {
      cause,
    });
  }
}

async function fromDisk<T>(action: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    const error = toDiskError(cause, action);
    throw new TorrentialError(`disk-${error.class}`, error.message, { cause });
  }
}
