/**
 * The files of a removed torrent, by their names alone: to the trash folder beside them, back from there, or deleted there.
 * No link is followed, and what came to lie in a file's place meanwhile is never overwritten (PROMISES C5).
 */
import { lstat, realpath, rename, rmdir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { partPath } from "@torrential/core";
import { ensureFolder, toDiskError } from "@torrential/node";
import type { TorrentRecord } from "../state/records.ts";
import { parseStoredMetainfo } from "../state/stored-metainfo.ts";
import { ServiceError } from "./errors.ts";
import { fileNames } from "./file-names.ts";
import { isWithin } from "./paths.ts";

const TRASH_FOLDER = ".torrential-trash";

export interface RemovedTorrent {
  readonly record: Pick<TorrentRecord, "infoHash" | "currentFolder" | "layout" | "renames">;
  /** Undefined while only its info-hash was known: it had no files. */
  readonly torrent: Uint8Array | undefined;
}

type Path = readonly string[];

/** What an earlier removal of the same torrent left there is replaced: it can't be brought back any more. */
export async function moveToTrash(removed: RemovedTorrent): Promise<void> {
  const { currentFolder } = removed.record;
  await moveFiles(currentFolder, trashOf(removed), await filesIn(currentFolder, removed));
  await removeEmpty(currentFolder, removed);
}

/** Throws "conflict" when a file is in the way, and then none is moved; "path-refused" when the disk refuses. */
export async function restoreFromTrash(removed: RemovedTorrent): Promise<void> {
  const { currentFolder } = removed.record;
  const trash = trashOf(removed);
  const paths = await filesIn(trash, removed);
  for (const path of paths) {
    const target = join(currentFolder, ...path);
    if ((await lstat(target).catch(() => undefined)) !== undefined)
      throw new ServiceError("conflict", `${target} exists already and is not overwritten`);
  }
  try {
    await moveFiles(trash, currentFolder, paths);
  } catch (cause) {
    if (cause instanceof ServiceError) throw cause;
    const { message } = toDiskError(cause, `move files back to ${currentFolder}`);
    throw new ServiceError("path-refused", message, { cause });
  }
  await removeEmpty(trash, removed);
  await removeTrashFolders(trash);
}

export async function deleteTrash(removed: RemovedTorrent): Promise<void> {
  const trash = trashOf(removed);
  for (const path of await filesIn(trash, removed)) await unlink(join(trash, ...path)).catch(() => undefined);
  await removeEmpty(trash, removed);
  await removeTrashFolders(trash);
}

function trashOf({ record }: RemovedTorrent): string {
  return join(record.currentFolder, TRASH_FOLDER, record.infoHash);
}

async function moveFiles(from: string, to: string, paths: readonly Path[]): Promise<void> {
  for (const path of paths) {
    const folder = dirname(join(to, ...path));
    await ensureFolder(folder);
    if (!(await isInside(to, folder)))
      throw new ServiceError("conflict", `${folder} leads out of ${to} through a link, which is not followed`);
    await rename(join(from, ...path), join(to, ...path));
  }
}

/** The regular files that are there, none of them behind a link. */
async function filesIn(root: string, removed: RemovedTorrent): Promise<readonly Path[]> {
  const found: Path[] = [];
  for (const path of listPaths(removed)) {
    const stats = await lstat(join(root, ...path)).catch(() => undefined);
    if (stats?.isFile() === true && (await isInside(root, dirname(join(root, ...path))))) found.push(path);
  }
  return found;
}

/** Folders of the torrent that hold nothing any more, the deepest first; `rmdir` refuses the others. */
async function removeEmpty(root: string, removed: RemovedTorrent): Promise<void> {
  const folders = new Set<string>();
  for (const path of listPaths(removed))
    for (let depth = 1; depth < path.length; depth++) folders.add(join(root, ...path.slice(0, depth)));
  for (const folder of [...folders].toSorted((a, b) => b.length - a.length))
    if (await isInside(root, dirname(folder))) await rmdir(folder).catch(() => undefined);
}

async function removeTrashFolders(trash: string): Promise<void> {
  await rmdir(trash).catch(() => undefined);
  await rmdir(dirname(trash)).catch(() => undefined);
}

/** With all links resolved; false for what is not there. */
async function isInside(root: string, folder: string): Promise<boolean> {
  try {
    return isWithin(await realpath(folder), await realpath(root));
  } catch {
    return false;
  }
}

/** As they are named now, and where the shares of unwanted ones lie. */
function listPaths({ torrent, record }: RemovedTorrent): readonly Path[] {
  if (torrent === undefined) return [];
  const metainfo = parseStoredMetainfo(torrent);
  const names = fileNames(metainfo, record);
  const real = names.flatMap((path, file) => (metainfo.files[file]?.isPad === false ? [{ path, file }] : []));
  return real.flatMap(({ path, file }) => [path, partPath(record.infoHash, file)]);
}
