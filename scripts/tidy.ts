/**
 * House rules that no linter knows: sizes, casts, restricted calls, loose ends, machine paths, and documents that only
 * name what exists. `npm run check` runs it; `node scripts/tidy.ts` runs it alone.
 */
import { findCodeProblems } from "./lib/code-rules.ts";
import {
  isCode,
  type Problem,
  type ProjectFile,
  projectPathExists,
  readProjectFiles,
  reportProblems,
} from "./lib/files.ts";
import { type Exists, findBepProblems, findDeadPaths, findTextProblems } from "./lib/text-rules.ts";

const BEPS = "docs/beps.md";
const REQUIRED = [
  "README.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "LICENSE",
  "SECURITY.md",
  "STYLE.md",
  BEPS,
];

/** Everything untidy in `files`; `exists` answers for paths that documents name. */
export function findUntidiness(files: readonly ProjectFile[], exists: Exists): Problem[] {
  const problems: Problem[] = [];
  for (const path of REQUIRED) if (!exists(path)) problems.push({ path, line: 0, message: "is missing" });
  for (const file of files) {
    problems.push(...findTextProblems(file));
    if (isCode(file.path)) problems.push(...findCodeProblems(file));
    if (file.path.endsWith(".md")) problems.push(...findDeadPaths(file, exists));
    if (file.path === BEPS) problems.push(...findBepProblems(file, exists));
    if (file.path === "CHANGELOG.md" && !/^## (?:Unreleased|\d+\.\d+\.\d+)/m.test(file.text)) {
      problems.push({ path: file.path, line: 0, message: "has no section for a version or for what is unreleased" });
    }
  }
  return problems;
}

if (import.meta.main) {
  const files = readProjectFiles();
  reportProblems("tidy", findUntidiness(files, projectPathExists), `${files.length} files are tidy`);
}
