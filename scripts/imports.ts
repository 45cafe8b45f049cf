/**
 * Keeps imports going one way: core <- protocol <- engine <- node <- daemon <- torrential, api <- daemon,
 * torrential and web, and sim on core, protocol and engine.
 * Nobody reaches behind another package's index.ts, and the pure packages import nothing but each other.
 */
import { posix } from "node:path";
import {
  isCode,
  isTest,
  lineAt,
  type Problem,
  type ProjectFile,
  readProjectFiles,
  reportProblems,
} from "./lib/files.ts";
import { findImports, parseSource } from "./lib/syntax.ts";

/** Which packages of ours a package may import. */
const MAY_IMPORT: ReadonlyMap<string, readonly string[]> = new Map([
  ["core", []],
  ["protocol", ["core"]],
  ["engine", ["core", "protocol"]],
  ["node", ["core", "protocol", "engine"]],
  ["sim", ["core", "protocol", "engine"]],
  ["api", []],
  ["daemon", ["core", "protocol", "engine", "node", "api"]],
  ["web", ["api"]],
  ["torrential", ["core", "protocol", "engine", "node", "api", "daemon"]],
]);

/** Packages that see no platform and no third-party code. */
const PURE: ReadonlySet<string> = new Set(["core", "protocol", "engine", "sim"]);

/** Files in pure packages that are the door to the platform, each with its reason. */
const DOORS: ReadonlyMap<string, string> = new Map([
  ["packages/core/src/crypto.ts", "hashes come from OpenSSL"],
  ["packages/sim/src/main.ts", "a command: arguments and exit code"],
]);

/** Every import in `files` that goes the wrong way. */
export function findImportProblems(files: readonly ProjectFile[]): Problem[] {
  const problems: Problem[] = [];
  for (const { path, text } of files) {
    if (!/\.tsx?$/.test(path)) continue;
    for (const { specifier, offset } of findImports(parseSource(path, text))) {
      const message = judgeImport(path, specifier);
      if (message !== undefined) problems.push({ path, line: lineAt(text, offset), message });
    }
  }
  return problems;
}

/** What is wrong with `specifier` in the file at `path`; undefined when nothing is. */
export function judgeImport(path: string, specifier: string): string | undefined {
  const home = packageOf(path);
  if (specifier.startsWith(".")) return judgeRelative(path, home, specifier);
  const ours = packageName(specifier);
  if (ours !== undefined) return judgePackage(path, home, specifier, ours);
  if (home === undefined || !PURE.has(home) || isTest(path) || DOORS.has(path)) return undefined;
  return `${home} is pure and imports "${specifier}"`;
}

function judgeRelative(path: string, home: string | undefined, specifier: string): string | undefined {
  if (!/\.(?:tsx?|json|css)$/.test(specifier)) return `"${specifier}" needs its extension, such as .ts`;
  const target = packageOf(posix.normalize(posix.join(posix.dirname(path), specifier)));
  if (target === home || isWorkshop(path)) return undefined;
  if (target === undefined) return `"${specifier}" leaves the package ${home}`;
  return `"${specifier}" reaches behind the index.ts of ${target}`;
}

/** Benches and scripts measure and draw what no user of a package sees. */
function isWorkshop(path: string): boolean {
  return path.startsWith("bench/") || path.startsWith("scripts/");
}

function judgePackage(path: string, home: string | undefined, specifier: string, ours: string): string | undefined {
  if (specifier.split("/").length > (ours === "torrential" ? 1 : 2))
    return `"${specifier}" reaches behind the index.ts of ${ours}`;
  if (home === undefined) return undefined;
  if (home === ours) return isTest(path) ? undefined : `${home} imports itself by name`;
  const allowed = MAY_IMPORT.get(home) ?? [];
  return allowed.includes(ours)
    ? undefined
    : `${home} may not import ${ours}; it may import ${allowed.join(", ") || "none of ours"}`;
}

/** Our package that `path` belongs to; undefined outside packages/. */
function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

/** Our package that a specifier names; undefined for everyone else's. */
function packageName(specifier: string): string | undefined {
  if (specifier === "torrential" || specifier.startsWith("torrential/")) return "torrential";
  return /^@torrential\/([^/]+)/.exec(specifier)?.[1];
}

if (import.meta.main) {
  const files = readProjectFiles().filter(({ path }) => isCode(path));
  reportProblems("imports", findImportProblems(files), `${files.length} files import the right way`);
}
