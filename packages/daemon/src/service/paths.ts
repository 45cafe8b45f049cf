/** Where torrents may lie: under configured folders, whatever links and dots a path goes through (PROMISES C4). */
import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { Settings } from "../config/definitions.ts";
import { ServiceError } from "./errors.ts";

/** Where torrents go that name no folder. */
export function downloadFolder(settings: Settings): string {
  const folder = settings["downloads.folder"];
  return folder === "" ? join(homedir(), "downloads") : resolve(folder);
}

/** Every folder under which torrents may lie. */
export function allowedRoots(settings: Settings): readonly string[] {
  const incomplete = settings["downloads.incomplete_folder"];
  const roots = [downloadFolder(settings), ...settings["downloads.roots"].map((root) => resolve(root))];
  return [...new Set(incomplete === "" ? roots : [...roots, resolve(incomplete)])];
}

/** The path, tidied. Throws "path-refused". */
export function checkFolder(path: string, settings: Settings): string {
  if (!isAbsolute(path) || path.includes("\0")) {
    throw new ServiceError("path-refused", `The folder ${JSON.stringify(path)} is not an absolute path`);
  }
  const tidy = resolve(path);
  const real = realPath(tidy);
  const isInside = allowedRoots(settings).some((root) => isWithin(tidy, root) && isWithin(real, realPath(root)));
  if (isInside) return tidy;
  throw new ServiceError(
    "path-refused",
    `The folder ${tidy} is not under a folder that torrents may lie in (downloads.roots)`,
  );
}

/** `path` is `root` or below it. */
export function isWithin(path: string, root: string): boolean {
  const rest = relative(root, path);
  return rest === "" || (!rest.startsWith("..") && !isAbsolute(rest));
}

/** With links followed as far as the path exists. */
export function realPath(path: string): string {
  let known = path;
  while (!existsSync(known) && dirname(known) !== known) known = dirname(known);
  return join(realpathSync(known), relative(known, path));
}
