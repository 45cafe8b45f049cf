/** Folders that a torrent's files leave behind: removed when they are empty, deepest first, never the root. */
import { rmdirSync } from "node:fs";
import { join } from "node:path";
import { DiskFault, errnoOf } from "./errors.ts";
import { assertParentInside } from "./open.ts";

/** Removes the folders between `root` and these files, as far as they are empty and no link leads to them. */
export function removeEmptyFolders(root: string, files: Iterable<readonly string[]>): void {
  const folders = new Set<string>();
  for (const path of files)
    for (let depth = 1; depth < path.length; depth++) folders.add(path.slice(0, depth).join("/"));
  const deepestFirst = [...folders].map((folder) => folder.split("/")).toSorted((a, b) => b.length - a.length);
  for (const folder of deepestFirst) removeIfEmpty(root, folder);
}

function removeIfEmpty(root: string, folder: readonly string[]): void {
  try {
    assertParentInside(root, folder);
    rmdirSync(join(root, ...folder));
  } catch (error) {
    // Not empty, not there, a link: all of them are no business of ours. Anything else is worth a word.
    if (error instanceof DiskFault || ["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? ""))
      return;
    throw error;
  }
}
