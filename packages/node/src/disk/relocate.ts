/**
 * Files that change their place: by rename, all or none, or copied part by part where a rename can't get. Nothing is
 * ever overwritten, no link is followed, and a file is gone from its old place only when it is whole at the new one.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  lstatSync,
  renameSync,
  statSync,
  type Stats,
  unlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { FileCopy } from "@torrential/engine";
import { removeEmptyFolders } from "./empty-folders.ts";
import { DiskFault } from "./errors.ts";
import { assertParentInside, ensureRoot, makeParents, openForReading, openForWriting, statInside } from "./open.ts";
import { syncFolder } from "./sync.ts";
import { readFully, writeFully } from "./transfer.ts";

/** A path below a root. */
export interface Place {
  readonly root: string;
  readonly path: readonly string[];
}

export interface Renaming {
  readonly from: Place;
  readonly to: Place;
}

/** Behind the name of a copy that is not whole yet. Names in torrents end at 240 bytes, so it always fits. */
const COPY_SUFFIX = ".moving";
/** Two times of one file are the same when they differ by less: `utimes` keeps microseconds, some file systems less. */
const MTIME_TOLERANCE_MS = 2;
const COPY_BUFFER_BYTES = 1 << 20;

/** Renames what is there of them; when one fails, those before it go back. Throws what the system says. */
export function renameAll(renamings: readonly Renaming[]): void {
  const done: Renaming[] = [];
  try {
    for (const renaming of renamings) if (renameOne(renaming)) done.push(renaming);
  } catch (error) {
    for (const { from, to } of done.toReversed()) renameOne({ from: to, to: from });
    removeEmptyFolders(renamings[0]?.to.root ?? "", pathsOf(done.map(({ to }) => to)));
    throw error;
  }
  for (const folder of new Set(done.flatMap(({ from, to }) => [folderOf(from), folderOf(to)]))) syncFolder(folder);
  for (const { from } of done) removeEmptyFolders(from.root, [from.path]);
}

/** What there is of a copy. Throws "corrupt" when something else is in its place. */
export function findCopy({ from, to }: Renaming): FileCopy {
  const source = statInside(from.root, from.path);
  const target = statInside(to.root, to.path);
  if (source === undefined) return { type: target === undefined ? "absent" : "there" };
  // Of two names of one file, by a hard link or a folder that is mounted twice, none is a copy that the other could go for.
  if (target !== undefined && isSameFile(source, target))
    throw new DiskFault("corrupt", `${pathOf(to)} and ${pathOf(from)} are the same file.`);
  if (target === undefined) return { type: "partial", copiedBytes: statInside(to.root, copyOf(to))?.size ?? 0 };
  if (source.size === target.size && Math.abs(source.mtimeMs - target.mtimeMs) <= MTIME_TOLERANCE_MS)
    return { type: "there" };
  throw new DiskFault("corrupt", `${pathOf(to)} exists already and is not overwritten.`);
}

/** Copies bytes of a file to its copy beside `to`. A file that ends before is "gone". */
export function copyRange({ from, to }: Renaming, range: { readonly offset: number; readonly length: number }): void {
  ensureRoot(to.root, undefined);
  const source = openForReading(from.root, from.path);
  try {
    const target = openForWriting(to.root, copyOf(to), false);
    try {
      const buffer = new Uint8Array(Math.min(COPY_BUFFER_BYTES, range.length));
      for (let done = 0; done < range.length;) {
        const part = buffer.subarray(0, Math.min(buffer.length, range.length - done));
        const got = readFully(source, part, range.offset + done);
        if (got < part.length) throw new DiskFault("gone", `${pathOf(from)} is shorter than it was.`);
        writeFully(target, [part], range.offset + done);
        done += got;
      }
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}

/** The copy gets the file's length, mode and time, is synced, and takes its name. */
export function sealCopy({ from, to }: Renaming, isExecutable: boolean): void {
  ensureRoot(to.root, undefined);
  const source = openForReading(from.root, from.path);
  const stats = fstatSync(source);
  closeSync(source);
  const target = openForWriting(to.root, copyOf(to), isExecutable);
  try {
    ftruncateSync(target, stats.size);
    futimesSync(target, stats.atimeMs / 1000, stats.mtimeMs / 1000);
    fsyncSync(target);
  } finally {
    closeSync(target);
  }
  renameAll([{ from: { root: to.root, path: copyOf(to) }, to }]);
}

/** What there is of a copy that is not whole goes, and folders that were made for it. */
export function dropCopy({ to }: Renaming): void {
  const copy = copyOf(to);
  if (statInside(to.root, copy) === undefined) return;
  unlinkSync(join(to.root, ...copy));
  removeEmptyFolders(to.root, [copy]);
}

/** False when there is nothing to rename. */
function renameOne({ from, to }: Renaming): boolean {
  const source = statInside(from.root, from.path);
  if (source === undefined || pathOf(from) === pathOf(to)) return false;
  ensureRoot(to.root, undefined);
  makeParents(to.root, to.path);
  assertParentInside(to.root, to.path);
  // Before the look at what is there: it may be our own copy, from an earlier try.
  if (statSync(folderOf(to)).dev !== source.dev)
    throw new DiskFault("other-device", `${pathOf(to)} is on another device than ${pathOf(from)}.`);
  const target = lstatSync(pathOf(to), { throwIfNoEntry: false });
  if (target !== undefined) {
    if (!isSameFile(source, target) || !isSameEntry(from, to))
      throw new DiskFault("corrupt", `${pathOf(to)} exists already and is not overwritten.`);
    // The folder has another name too, by a link or a mount: the file is there already.
    if (from.path.at(-1) === to.path.at(-1)) return false;
  }
  renameSync(pathOf(from), pathOf(to));
  return true;
}

function isSameFile(one: Stats, other: Stats): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

/** One name in one folder; or two that differ in case, on a file system that ignores it. */
function isSameEntry(one: Place, other: Place): boolean {
  const [name, otherName] = [one, other].map(({ path }) => path.at(-1)?.normalize("NFC").toLowerCase());
  return name === otherName && isSameFile(statSync(folderOf(one)), statSync(folderOf(other)));
}

function copyOf(to: Place): readonly string[] {
  return [...to.path.slice(0, -1), `${to.path.at(-1) ?? ""}${COPY_SUFFIX}`];
}

function pathOf(place: Place): string {
  return join(place.root, ...place.path);
}

function folderOf(place: Place): string {
  return dirname(pathOf(place));
}

function pathsOf(places: readonly Place[]): readonly (readonly string[])[] {
  return places.map(({ path }) => path);
}
