/** The page, read into memory before the server starts: no request reaches the file system (PROMISES C4). */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, posix } from "node:path";
import { TorrentialError } from "@torrential/core";
import { OTHER_PAGE_POLICY } from "../door/headers.ts";
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
/** What pages of others are made of besides. */
const OTHER_TYPES: Readonly<Record<string, string>> = {
  ...TYPES,
  ".gif": "image/gif",
  ".jpg": "image/jpeg",
  ".mjs": "text/javascript; charset=utf-8",
  ".ttf": "font/ttf",
  ".txt": "text/plain; charset=utf-8",
  ".webp": "image/webp",
  ".woff": "font/woff",
};
/** Names in it hold a hash of what is in the file. */
const HASHED_FOLDER = "/assets/";

/** By path; "/" is its `index.html`. Empty when there is no such folder. Files of other types are left out. */
export function readPage(folder: string): PageFiles {
  return existsSync(folder) ? readFiles(folder, TYPES) : new Map();
}

/** Of somebody else's page. Links in it are not followed. */
function readFiles(folder: string, types: Readonly<Record<string, string>>): Map<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = types[extname(entry.name).toLowerCase()];
    if (!entry.isFile() || type === undefined) continue;
    const name = join(entry.parentPath, entry.name);
    const path = name.slice(folder.length).replaceAll("\\", "/").replace(/^\/*/, "/");
    const file = { type, body: readFileSync(name), isImmutable: path.startsWith(HASHED_FOLDER) };
    files.set(path === "/index.html" ? "/" : path, file);
  }
  return files;
}

export interface OtherPages {
  /** Folder of a page that stands in place of ours: VueTorrent's `public` folder, or the one that it is in; "" for none. */
  readonly qbittorrent: string;
  /** Folder of a page beside Transmission's RPC; "" for none. */
  readonly transmission: string;
  /** "/transmission/rpc": the page is at "/transmission/web/". */
  readonly transmissionPath: string;
}

/** Ours, or the one in its place, and those beside. Throws "config-invalid" for a folder without an `index.html`. */
export function addOtherPages(ours: PageFiles, pages: OtherPages): PageFiles {
  const { qbittorrent, transmission, transmissionPath } = pages;
  const files = new Map(qbittorrent === "" ? ours : readOtherPage("api.qbittorrent_page", qbittorrent, ""));
  if (transmission === "") return files;
  const base = posix.join(posix.dirname(transmissionPath), "web");
  for (const [path, file] of readOtherPage("api.transmission_page", transmission, base)) files.set(path, file);
  return files;
}

function readOtherPage(key: string, folder: string, base: string): PageFiles {
  const inside = [join(folder, "public"), join(folder, "public_html"), folder].find((each) =>
    existsSync(join(each, "index.html")),
  );
  if (inside === undefined) throw new TorrentialError("config-invalid", `${key}: ${folder} holds no index.html`);
  const files = [...readFiles(inside, OTHER_TYPES)];
  return new Map(
    files.map(([path, file]) => [base + path, { ...file, isImmutable: false, policy: OTHER_PAGE_POLICY }]),
  );
}
