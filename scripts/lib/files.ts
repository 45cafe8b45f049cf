/** The project's own files, as the scripts see them: paths relative to the root, with forward slashes. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of the repository. */
export const ROOT: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** One text file of ours. `path` is relative to the root. */
export interface ProjectFile {
  readonly path: string;
  readonly text: string;
}

/** Something wrong at a place. `line` counts from 1; 0 means the whole file. */
export interface Problem {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(["node_modules", ".git", "dist", "coverage", ".cache"]);
const TEXT = /\.(?:tsx?|mts|cts|cjs|mjs|js|json|md)$|^\.ci\/[^/]+$/;

/** Every text file of the project, sorted by path. */
export function readProjectFiles(root: string = ROOT): ProjectFile[] {
  const found: ProjectFile[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) visit(path);
      if (entry.isFile() && TEXT.test(path)) found.push({ path, text: readFileSync(join(root, path), "utf8") });
    }
  };
  visit("");
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** True when `path` (relative to the root) is there. */
export function projectPathExists(path: string): boolean {
  return existsSync(join(ROOT, path));
}

/** TypeScript sources and the launcher: what the code rules apply to. */
export function isCode(path: string): boolean {
  return /\.(?:tsx?|mts|cts|cjs|mjs|js)$/.test(path);
}

/** Tests, and what only tests use. */
export function isTest(path: string): boolean {
  return path.endsWith(".test.ts") || path.startsWith("test/");
}

/** Line of an offset in `text`, counted from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

/** Prints problems as `path:line message` and ends the process: 1 when there are any, else one closing line and 0. */
export function reportProblems(script: string, problems: readonly Problem[], closing: string): never {
  for (const { path, line, message } of problems) console.error(`${path}${line === 0 ? "" : `:${line}`} ${message}`);
  console.log(problems.length === 0 ? `${script}: ${closing}` : `${script}: ${problems.length} problems`);
  process.exit(problems.length === 0 ? 0 : 1);
}
