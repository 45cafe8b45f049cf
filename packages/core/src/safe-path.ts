/**
 * Names in torrents are chosen by strangers; this is the only way from their bytes to a path that may be opened.
 *
 * Whatever comes in, what comes out has no separators, no "." or "..", no control or direction-changing characters,
 * no element above 240 bytes, and no two files of one torrent that a case-insensitive, Unicode-normalising file system
 * would take for one. Names that need no change are never changed.
 */
import { concatBytes, fromLatin1, fromUtf8, utf8 } from "./bytes.ts";
import { TorrentialError } from "./errors.ts";

declare const safePathBrand: unique symbol;

/** Path elements below a root folder, at least one. Only `makeSafePaths` makes them. */
export type SafePath = readonly string[] & { readonly [safePathBrand]: true };

/** Where the names will be used. */
export interface SafePathOptions {
  /** Also obey the rules of Windows: forbidden characters, trailing dots and spaces, device names. */
  readonly windows?: boolean;
  /** Most bytes of a whole path below its root, separators counted; 3,072 unless told. */
  readonly pathMaxBytes?: number;
}

/** What most file systems take is 255 bytes; the rest is for suffixes such as ".part". */
export const PATH_ELEMENT_MAX_BYTES = 240;

/** Most elements of a path; libtorrent: load_torrent_limits::max_directory_depth. */
export const PATH_DEPTH_MAX = 100;

// PATH_MAX is 4,096 on Linux: this leaves 1,024 for the root, which is not known here.
const PATH_MAX_BYTES = 3072;

const RAW_ELEMENT_MAX_BYTES = 4096;

// Longer "extensions" are sentences with a dot in them.
const EXTENSION_MAX_BYTES = 32;

// Room for " (1234567)", so that all names made from one stem are cut at the same place.
const SUFFIX_MAX_BYTES = 12;

/**
 * Paths for all files of one torrent, in the order given: collisions need them all at once.
 * A file whose name is taken, by a file or by a folder, gets " (1)", " (2)", … before its extension.
 * Throws "metainfo-limit" for a path that is too deep or too long.
 */
export function makeSafePaths(rawFiles: readonly (readonly Uint8Array[])[], options: SafePathOptions = {}): SafePath[] {
  const paths = rawFiles.map((raw, file) => cleanPath(raw, file, options));
  resolveCollisions(paths);
  return paths as unknown as SafePath[];
}

/** One element: as in a path, but separators become "_". For the name of a torrent. */
export function makeSafeName(raw: Uint8Array, options: SafePathOptions = {}): string {
  const joined = cleanText(raw).replaceAll(/[/\\]/g, "_");
  return cleanElement(joined, options) ?? "_";
}

function cleanPath(raw: readonly Uint8Array[], file: number, options: SafePathOptions): string[] {
  const elements: string[] = [];
  for (const bytes of raw) {
    const plain = options.windows === true ? undefined : plainElement(bytes);
    if (plain !== undefined) {
      elements.push(plain);
      continue;
    }
    for (const part of cleanText(bytes).split(/[/\\]/)) {
      const element = cleanElement(part, options);
      if (element !== undefined) elements.push(element);
    }
  }
  if (elements.length === 0) elements.push("_");
  if (elements.length > PATH_DEPTH_MAX) {
    throw new TorrentialError(
      "metainfo-limit",
      `path of file ${file}: ${elements.length} elements, at most ${PATH_DEPTH_MAX} are accepted`,
    );
  }
  const bytesMax = options.pathMaxBytes ?? PATH_MAX_BYTES;
  const length = elements.reduce((sum, element) => sum + byteLength(element) + 1, SUFFIX_MAX_BYTES);
  if (length > bytesMax) {
    throw new TorrentialError(
      "metainfo-limit",
      `path of file ${file}: ${length} bytes, at most ${bytesMax} are accepted`,
    );
  }
  return elements;
}

/**
 * Almost all elements are short printable ASCII without separators, and stay as they are: found without regexes, which
 * cost most of the time of a torrent with many files. Undefined means "look closer".
 */
function plainElement(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.length > PATH_ELEMENT_MAX_BYTES || bytes[0] === DOT) return undefined;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte < 0x20 || byte > 0x7e || byte === SLASH || byte === BACKSLASH) return undefined;
  }
  return fromLatin1(bytes);
}

const DOT = 0x2e;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;

// Undecodable bytes become U+FFFD and then "_"; C0, DEL and C1 (Cc), direction marks and overrides, and the byte order
// mark go.
function cleanText(raw: Uint8Array): string {
  // Of a monster only the ends are looked at, so that cleaning costs no more than the result is worth.
  const half = RAW_ELEMENT_MAX_BYTES / 2;
  const bytes =
    raw.length > RAW_ELEMENT_MAX_BYTES ? concatBytes([raw.subarray(0, half), raw.subarray(raw.length - half)]) : raw;
  return fromUtf8(bytes, { lossy: true })
    .replaceAll(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, "")
    .replaceAll("\ufffd", "_");
}

/** An element that may be used, or undefined when nothing is left of it. */
function cleanElement(text: string, options: SafePathOptions): string | undefined {
  let element = text;
  if (options.windows === true) element = obeyWindows(element);
  element = truncateElement(element, PATH_ELEMENT_MAX_BYTES);
  // Cutting may bare a dot or space at the end.
  if (options.windows === true) element = trimDotsAndSpaces(element);
  if (element === "" || element === ".") return text === ".." ? "_" : undefined;
  return element === ".." ? "_" : element;
}

function obeyWindows(text: string): string {
  if (text === "." || text === "..") return text;
  const element = trimDotsAndSpaces(text.replaceAll(/[<>:"|?*]/g, "_"));
  // The device is meant by any extension too, and by superscript digits. "NUL .txt" is NUL as well.
  return /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(?:\.|$)/i.test(element)
    ? `_${element}`
    : element;
}

// A loop: the regex /[. ]+$/ takes quadratic time.
function trimDotsAndSpaces(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === "." || text[end - 1] === " ")) end--;
  return text.slice(0, end);
}

/** Cuts the stem, not the extension, at a whole character. */
function truncateElement(element: string, bytesMax: number): string {
  // A UTF-16 unit is at most three bytes.
  if (element.length * 3 <= bytesMax || byteLength(element) <= bytesMax) return element;
  const { stem, extension } = splitExtension(element);
  return cutBytes(stem, bytesMax - byteLength(extension)) + extension;
}

function splitExtension(element: string): { readonly stem: string; readonly extension: string } {
  const dot = element.lastIndexOf(".");
  if (dot <= 0 || byteLength(element.slice(dot)) > EXTENSION_MAX_BYTES) return { stem: element, extension: "" };
  return { stem: element.slice(0, dot), extension: element.slice(dot) };
}

function cutBytes(text: string, bytesMax: number): string {
  const bytes = utf8(text);
  if (bytes.length <= bytesMax) return text;
  let end = bytesMax;
  // Not inside a character: 10xxxxxx continues one.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return fromUtf8(bytes.subarray(0, end));
}

/**
 * Renames files until no two of them, and no file and folder, are the same when case and composition are ignored.
 * First come the names as they are, so that only what collides is renamed.
 */
function resolveCollisions(paths: string[][]): void {
  const folders = foldedFolders(paths);
  const files = new Set<string>();
  const losers: string[][] = [];
  for (const path of paths) {
    const folded = fold(path.join("/"));
    if (folders.has(folded) || files.has(folded)) losers.push(path);
    else files.add(folded);
  }
  // One counter for each name that suffixes are added to, so that n equal names cost n steps and not n².
  const counters = new Map<string, number>();
  for (const path of losers) {
    const leaf = splitExtension(path.pop() ?? "_");
    const stem = cutBytes(leaf.stem, PATH_ELEMENT_MAX_BYTES - SUFFIX_MAX_BYTES - byteLength(leaf.extension));
    const folder = path.join("/");
    const key = fold(`${folder}/${stem}${leaf.extension}`);
    let counter = counters.get(key) ?? 0;
    let renamed: string;
    let folded: string;
    do {
      counter++;
      renamed = `${stem} (${counter})${leaf.extension}`;
      folded = fold(folder === "" ? renamed : `${folder}/${renamed}`);
    } while (folders.has(folded) || files.has(folded));
    counters.set(key, counter);
    files.add(folded);
    path.push(renamed);
  }
}

function foldedFolders(paths: readonly (readonly string[])[]): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    let folder = "";
    for (const element of path.slice(0, -1)) {
      folder = folder === "" ? element : `${folder}/${element}`;
      folders.add(folder);
    }
  }
  // Folded afterwards: files share folders, and folding costs more than finding out.
  return new Set(Array.from(folders, fold));
}

// Upper case folds more than lower case does ("ß" and "SS"); normalised again because case can decompose.
function fold(path: string): string {
  return isAscii(path) ? path.toUpperCase() : path.normalize("NFC").toUpperCase().normalize("NFC");
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function byteLength(text: string): number {
  return isAscii(text) ? text.length : utf8(text).length;
}
