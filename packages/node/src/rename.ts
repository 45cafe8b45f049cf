/** What a user calls renaming, in files and safe paths. */
import { makeSafePaths, type SafePath, TorrentialError, utf8 } from "@torrential/core";
import type { FileStatus } from "@torrential/engine";

export interface RenamedFile {
  readonly file: number;
  readonly path: SafePath;
}

/**
 * The files at `from`, a file or a folder with all that is below it, with their names at `to`; both with "/" between
 * elements. Throws TorrentialError "disk-gone" when nothing is called so, "disk-refused" when nothing is left of `to`.
 */
export function planRename(files: readonly FileStatus[], from: string, to: string): readonly RenamedFile[] {
  const old = elementsOf(from);
  const wanted = elementsOf(to);
  if (wanted.length === 0) throw new TorrentialError("disk-refused", `${JSON.stringify(to)} is no name`);
  const renamed = files.flatMap(({ path, isPad }, file) =>
    isPad || !isWithin(path, old) ? [] : [{ file, path: makeSafe([...wanted, ...path.slice(old.length)]) }],
  );
  if (renamed.length === 0) throw new TorrentialError("disk-gone", `the torrent has no ${JSON.stringify(from)}`);
  return renamed;
}

function elementsOf(path: string): readonly string[] {
  return path.split("/").filter((element) => element !== "");
}

function isWithin(path: readonly string[], folder: readonly string[]): boolean {
  return folder.length > 0 && folder.every((element, depth) => path[depth] === element);
}

function makeSafe(path: readonly string[]): SafePath {
  const [safe] = makeSafePaths([path.map((element) => utf8(element))], { windows: process.platform === "win32" });
  if (safe === undefined) throw new Error("one path in, no path out");
  return safe;
}
