/** The page, read into memory before the server starts: no request reaches the file system (PROMISES C4). */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { PageFile, PageFiles } from "./plain-routes.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};
/** Names in it hold a hash of what is in the file. */
const HASHED_FOLDER = "/assets/";

/** By path; "/" is its `index.html`. Empty when there is no such folder. Files of other types are left out. */
export function readPage(folder: string): PageFiles {
  const files = new Map<string, PageFile>();
  if (!existsSync(folder)) return files;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const name = join(entry.parentPath, entry.name);
    const path = name.slice(folder.length).replaceAll("\\", "/").replace(/^\/*/, "/");
    const file = { type, body: readFileSync(name), isImmutable: path.startsWith(HASHED_FOLDER) };
    files.set(path === "/index.html" ? "/" : path, file);
  }
  return files;
}
