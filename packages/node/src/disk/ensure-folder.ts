/**
 * Folders made with their parents. Not by Node's own `recursive`: it goes round for ever where a parent is there and making
 * the child fails with ENOENT, as in /proc and on an automounter's root.
 */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { errnoOf } from "./errors.ts";

/** Makes sure that `folder` is there. Throws the system's error when it cannot be, or when it is no folder. */
export async function ensureFolder(folder: string, mode?: number): Promise<void> {
  for (const path of missingFolders(folder)) await mkdir(path, mode).catch(unlessThere);
  if (!(await stat(folder)).isDirectory()) await mkdir(folder);
}

/** `ensureFolder` for a thread that may wait. */
export function ensureFolderSync(folder: string, mode?: number): void {
  for (const path of missingFolders(folder)) {
    try {
      mkdirSync(path, mode);
    } catch (error) {
      unlessThere(error);
    }
  }
  if (!statSync(folder).isDirectory()) mkdirSync(folder);
}

/** Outermost first. */
function missingFolders(folder: string): string[] {
  const missing: string[] = [];
  let path = resolve(folder);
  while (!existsSync(path) && dirname(path) !== path) {
    missing.push(path);
    path = dirname(path);
  }
  return missing.toReversed();
}

/** Somebody else may have made it meanwhile. */
function unlessThere(error: unknown): void {
  if (errnoOf(error) !== "EEXIST") throw error;
}
