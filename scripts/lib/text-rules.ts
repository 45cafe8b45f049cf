/** What tidy demands of every text: no loose ends, no paths of somebody's machine, and documents that name what exists. */
import { posix } from "node:path";
import { isTest, lineAt, type Problem, type ProjectFile } from "./files.ts";

/** Folders of the root that a path in a document may start with. */
const TOP_FOLDERS = /^(?:packages|docs|scripts|test|bench|fuzz|examples|\.ci)\//;
const MACHINE_PATH = /(?<![\w.~)}$/-])\/(?:work|tmp|home|root|Users)\/[\w.]/g;
/** Built from halves, so that this file passes its own rule. */
const LOOSE_END = new RegExp(`\\b(?:${["TO", "DO"].join("")}|${["FIX", "ME"].join("")})\\b(?!\\([a-z-]+\\): \\S)`, "g");
const INLINE_CODE = /`([^`\n]+)`/g;
const LINK = /\]\(([^)\s]+)\)/g;
const FENCE = /^```[\s\S]*?^```/gm;

/** Tells whether a path relative to the root exists. */
export type Exists = (path: string) => boolean;

/** Loose ends and machine paths in any file. */
export function findTextProblems({ path, text }: ProjectFile): Problem[] {
  const problems: Problem[] = [];
  for (const found of text.matchAll(LOOSE_END)) {
    problems.push({
      path,
      line: lineAt(text, found.index),
      message: `${found[0]} without "(name): condition under which it goes away"`,
    });
  }
  if (isTest(path) || path === "package-lock.json") return problems;
  for (const found of text.matchAll(MACHINE_PATH)) {
    problems.push({ path, line: lineAt(text, found.index), message: `names a place on one machine: ${found[0]}` });
  }
  return problems;
}

/** Paths that a document names, in backticks or links, and that are not there. */
export function findDeadPaths({ path, text }: ProjectFile, exists: Exists): Problem[] {
  const problems: Problem[] = [];
  // Fenced blocks keep their length: they are examples, but lines must still count.
  const prose = text.replaceAll(FENCE, (block) => block.replaceAll(/[^\n]/g, " "));
  const check = (target: string, offset: number): void => {
    for (const one of expandBraces(target)) {
      if (!one.includes("*") && !exists(one)) {
        problems.push({ path, line: lineAt(text, offset), message: `names ${one}, which does not exist` });
      }
    }
  };
  for (const { 1: code = "", index } of prose.matchAll(INLINE_CODE)) {
    if (TOP_FOLDERS.test(code) && !/[\s<>…]/.test(code)) check(code, index);
  }
  for (const { 1: link = "", index } of prose.matchAll(LINK)) {
    const target = link.split("#")[0] ?? "";
    if (target !== "" && !/^[a-z]+:/.test(target))
      check(posix.normalize(posix.join(posix.dirname(path), target)), index);
  }
  return problems;
}

/** `a/{b,c}/d` as `a/b/d` and `a/c/d`. */
export function expandBraces(pattern: string): string[] {
  const group = /\{([^{}]*)\}/.exec(pattern);
  if (group === null) return [pattern];
  const [whole, choices = ""] = group;
  return choices.split(",").flatMap((choice) => expandBraces(pattern.replace(whole, choice)));
}

/** One row of docs/beps.md. */
export interface BepRow {
  readonly bep: number;
  readonly line: number;
  readonly status: string;
  readonly files: readonly string[];
  readonly tests: readonly string[];
}

/** Rows of the table `| BEP | What | Status | Files | Tests |`. */
export function parseBepRows(text: string): BepRow[] {
  const rows: BepRow[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const cells = line.split("|").map((cell) => cell.trim());
    const bep = /^\[?(\d+)\]?/.exec(cells[1] ?? "")?.[1];
    if (bep === undefined || cells.length !== 7) continue;
    const [files = "", tests = ""] = cells.slice(4);
    rows.push({
      bep: Number(bep),
      line: index + 1,
      status: cells[3] ?? "",
      files: pathsIn(files),
      tests: pathsIn(tests),
    });
  }
  return rows;
}

/** Rows that claim more than is there. `planned` claims nothing; everything else names files and tests that exist. */
export function findBepProblems({ path, text }: ProjectFile, exists: Exists): Problem[] {
  const rows = parseBepRows(text);
  if (rows.length === 0) return [{ path, line: 0, message: "has no row `| BEP | What | Status | Files | Tests |`" }];
  const problems: Problem[] = [];
  for (const { bep, line, status, files, tests } of rows) {
    const report = (message: string): void => {
      problems.push({ path, line, message: `BEP ${bep} ${message}` });
    };
    if (!["done", "part", "planned"].includes(status)) report(`is "${status}", not done, part or planned`);
    if (status === "planned") continue;
    if (files.length === 0) report("names no file");
    if (tests.length === 0) report("names no test");
    for (const file of files) if (!exists(file)) report(`names ${file}, which does not exist`);
    for (const test of tests)
      if (!exists(test) || !test.endsWith(".test.ts")) report(`names ${test}, which is no test`);
  }
  return problems;
}

function pathsIn(cell: string): string[] {
  return [...cell.matchAll(INLINE_CODE)].flatMap(({ 1: code = "" }) => expandBraces(code));
}
