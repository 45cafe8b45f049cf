/**
 * The only place that opens a torrent's files (PROMISES C5): no link is followed out of the root, nothing but a regular
 * file is opened, and no folder is made where the root used to be.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  statSync,
  type Stats,
} from "node:fs";
import { join, sep } from "node:path";
import { DiskFault, errnoOf } from "./errors.ts";
import { ensureFolderSync } from "./ensure-folder.ts";

// O_NONBLOCK: opening a FIFO without a writer would hang the thread for ever. It changes nothing for regular files.
const SAFE_FLAGS = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** What `open` saw of a root; undefined when there was no such folder yet. */
export interface RootIdentity {
  readonly device: number;
  readonly inode: number;
}

/** The folder's device and inode, or undefined when it does not exist. Throws when it is no folder. */
export function identifyRoot(root: string): RootIdentity | undefined {
  let stats: Stats;
  try {
    stats = statSync(root);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
  if (!stats.isDirectory()) throw new DiskFault("corrupt", `The folder ${root} is not a folder.`);
  return { device: stats.dev, inode: stats.ino };
}

/**
 * Makes sure that the root is there and is the one seen before, and returns its identity. A root that was never there
 * is made with its parents; one that went away is "gone", and nothing is made under the empty mount point.
 */
export function ensureRoot(root: string, known: RootIdentity | undefined): RootIdentity {
  const found = identifyRoot(root);
  if (known === undefined) {
    if (found !== undefined) return found;
    ensureFolderSync(root);
    const made = identifyRoot(root);
    if (made === undefined) throw new DiskFault("gone", `The folder ${root} vanished as soon as it was made.`);
    return made;
  }
  if (found === undefined) throw new DiskFault("gone", `The folder ${root} is no longer there.`);
  if (found.device !== known.device)
    throw new DiskFault("gone", `The folder ${root} is on another device than before: is the drive mounted?`);
  return found;
}

/** Throws unless every component can be nothing but a name inside its folder. SafePath grants it; this is the second lock. */
export function assertPlainPath(path: readonly string[]): void {
  const isPlain = (part: string): boolean =>
    part !== "" && part !== "." && part !== ".." && !/[/\0]/.test(part) && (sep === "/" || !part.includes(sep));
  if (path.length === 0 || !path.every(isPlain))
    throw new DiskFault("corrupt", `The file name ${JSON.stringify(path)} is not a plain path.`);
}

/** Opens an existing regular file for reading, links not followed. The caller closes the descriptor. */
export function openForReading(root: string, path: readonly string[]): number {
  assertParentInside(root, path);
  return assertRegular(openSync(join(root, ...path), constants.O_RDONLY | SAFE_FLAGS), join(root, ...path));
}

/** Opens a regular file for reading and writing; makes it and its folders when they are absent. The root must exist. */
export function openForWriting(root: string, path: readonly string[], isExecutable: boolean): number {
  makeParents(root, path);
  assertParentInside(root, path);
  const name = join(root, ...path);
  const flags = constants.O_RDWR | constants.O_CREAT | SAFE_FLAGS;
  return assertRegular(openSync(name, flags, isExecutable ? 0o777 : 0o666), name);
}

/** Throws "corrupt" when the parent of `path`, with all links resolved, is not under the root; ENOENT when it is absent. */
export function assertParentInside(root: string, path: readonly string[]): void {
  if (path.length === 1) return;
  const realRoot = realpathSync.native(root);
  const parent = join(root, ...path.slice(0, -1));
  if (isUnder(realRoot, realpathSync.native(parent))) return;
  throw new DiskFault("corrupt", `The folder ${parent} leads out of ${root} through a link, which is not followed.`);
}

function isUnder(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** Makes the missing folders one by one, so that a link on the way is seen before anything is made behind it. */
export function makeParents(root: string, path: readonly string[]): void {
  const parent = join(root, ...path.slice(0, -1));
  if (isDirectory(parent)) return;
  for (let depth = 1; depth < path.length; depth++) {
    const folder = join(root, ...path.slice(0, depth));
    if (isDirectory(folder)) {
      assertParentInside(root, path.slice(0, depth + 1));
      continue;
    }
    try {
      mkdirSync(folder);
    } catch (error) {
      // Another worker may have made it since; a file or a dangling link in its place stays an error.
      if (errnoOf(error) !== "EEXIST") throw error;
      if (!isDirectory(folder)) throw new DiskFault("corrupt", `A file is where the folder ${folder} should be.`);
    }
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function assertRegular(fd: number, name: string): number {
  let isRegular = false;
  try {
    isRegular = fstatSync(fd).isFile();
  } finally {
    if (!isRegular) closeSync(fd);
  }
  if (!isRegular) throw new DiskFault("corrupt", `${name} is not a regular file.`);
  return fd;
}

/** The stats of a regular file inside the root, or undefined when it, or a folder on the way to it, is absent. */
export function statInside(root: string, path: readonly string[]): Stats | undefined {
  const stats = lstatSync(join(root, ...path), { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  assertParentInside(root, path);
  if (!stats.isFile()) throw new DiskFault("corrupt", `${join(root, ...path)} is not a regular file.`);
  return stats;
}
