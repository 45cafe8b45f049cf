/**
 * Several transfers may run at once, beside a daemon too, and a state folder belongs to one process (PROMISES F14): each
 * takes one that is free.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type InfoHash, TorrentialError } from "@torrential/core";

const AT_ONCE_MAX = 64;

/** Folders for the state, best first: where an earlier run of the same torrents left some, then in order. */
export function transferStateDirs(stateDir: string, infoHashes: readonly InfoHash[]): readonly string[] {
  const folders = Array.from({ length: AT_ONCE_MAX }, (_, index) => join(stateDir, "transfers", String(index + 1)));
  const isKnown = (folder: string): boolean =>
    infoHashes.some((infoHash) => existsSync(join(folder, `${infoHash}.resume`)));
  const known = folders.filter((folder) => isKnown(folder));
  return [...new Set([...known, ...folders])];
}

/** What `open` makes of the first folder that no other process uses. Rejects as `open` does for the last. */
export async function openFirstFree<T>(folders: readonly string[], open: (folder: string) => Promise<T>): Promise<T> {
  for (const folder of folders.slice(0, -1)) {
    try {
      return await open(folder);
    } catch (error) {
      if (!(error instanceof TorrentialError) || error.code !== "state-locked") throw error;
    }
  }
  return await open(folders.at(-1) ?? "");
}
