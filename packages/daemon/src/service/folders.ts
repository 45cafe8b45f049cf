/** What the machine's folders hold, under configured roots only. */
import { readdir, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Settings } from "../config/definitions.ts";
import { ServiceError } from "./errors.ts";
import { allowedRoots, checkFolder } from "./paths.ts";
import type { FoldersService } from "./service.ts";

const ENTRIES_MAX = 10_000;

export class Folders implements FoldersService {
  readonly #settings: () => Settings;

  constructor(settings: () => Settings) {
    this.#settings = settings;
  }

  async space(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number } | undefined> {
    let folder = checkFolder(path, this.#settings());
    for (;;) {
      try {
        const { bavail, blocks, bsize } = await statfs(folder);
        return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
      } catch {
        // Not made yet: it will lie where its parent lies.
        if (dirname(folder) === folder) return undefined;
        folder = dirname(folder);
      }
    }
  }

  async list(path: string, kind: "all" | "folders" | "files"): Promise<readonly string[]> {
    const folder = checkFolder(path, this.#settings());
    let entries;
    try {
      entries = await readdir(folder, { withFileTypes: true });
    } catch (cause) {
      throw new ServiceError("not-found", `The folder ${folder} cannot be read`, { cause });
    }
    return entries
      .filter((entry) => (kind === "folders" ? entry.isDirectory() : kind === "files" ? entry.isFile() : true))
      .map(({ name }) => join(folder, name))
      .toSorted()
      .slice(0, ENTRIES_MAX);
  }

  roots(): readonly string[] {
    return allowedRoots(this.#settings());
  }
}
