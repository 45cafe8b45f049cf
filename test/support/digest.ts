/** What is on disk, as names, sizes and SHA-256, for comparing a download with its source. */
import { createHash } from "node:crypto";
import { lstatSync, readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import type { Fixture } from "./fixtures.ts";

/** One line per file below `root` (or for the file `root`), sorted: `path length sha256`. Other things say what they are. */
export function digestTree(root: string): string[] {
  return walk(root)
    .map((path) => `${relative(root, path)} ${describe(path)}`)
    .toSorted();
}

/** What a download of `fixture` into `saveDir` left there, in the form of `digestTree`. */
export function digestOf(fixture: Fixture, saveDir: string): string[] {
  return digestTree(join(saveDir, fixture.name));
}

/** Leaves out empty files: Transmission 3.00 never makes them. */
export function withoutEmptyFiles(digest: readonly string[]): string[] {
  return digest.filter((line) => !/ 0 [0-9a-f]{64}$/.test(line));
}

/** The first few lines that only one of two digests has: short enough to read in a failure. Empty: they are equal. */
export function differences(got: readonly string[], wanted: readonly string[]): string[] {
  const [gotSet, wantedSet] = [new Set(got), new Set(wanted)];
  const missing = wanted.filter((line) => !gotSet.has(line)).map((line) => `missing: ${line}`);
  const extra = got.filter((line) => !wantedSet.has(line)).map((line) => `unexpected: ${line}`);
  return [...missing.slice(0, 5), ...extra.slice(0, 5)];
}

function walk(path: string): string[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (!found.isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => walk(join(path, name)));
}

function describe(path: string): string {
  const found = lstatSync(path);
  if (!found.isFile()) return "not a regular file";
  return `${found.size} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`;
}
