import { describe, expect, it } from "vitest";
import { findCodeProblems } from "./lib/code-rules.ts";
import { expandBraces, findBepProblems, findDeadPaths, findTextProblems, parseBepRows } from "./lib/text-rules.ts";
import { findUntidiness } from "./tidy.ts";

const PATH = "packages/node/src/a.ts";
const LOOSE = ["TO", "DO"].join("");
const HOME = ["/ho", "me/someone/x"].join("");

function codeMessages(text: string, path = PATH): string[] {
  return findCodeProblems({ path, text }).map(({ line, message }) => `${line} ${message}`);
}

describe("tidy code rules", () => {
  it("stops a file at 600 lines, but not a test", () => {
    const text = "let a = 1;\n".repeat(601);
    expect(codeMessages(text)).toEqual(["0 has 601 lines; stop at 600"]);
    expect(codeMessages(text, "packages/node/src/a.test.ts")).toEqual([]);
    expect(codeMessages("let a = 1;\n".repeat(600))).toEqual([]);
  });

  it("stops a function at 70 lines", () => {
    const ofLines = (lines: number): string => `\nexport function f(): void {\n${"g();\n".repeat(lines - 2)}}\n`;
    expect(codeMessages(ofLines(71))).toEqual(["2 a function of 71 lines; stop at 70"]);
    expect(codeMessages(ofLines(70))).toEqual([]);
  });

  it.each([
    ["x as any;", "`as any` switches the types off"],
    ["x as unknown as string;", "`as unknown as` switches the types off"],
    ["Math.random();", "calls Math.random: randomness is handed in, seeded"],
    ["process.exit(1);", "calls process.exit: only the command ends the process"],
    [
      'process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";',
      'says NODE_TLS_REJECT_UNAUTHORIZED"] = …: certificates are checked, always',
    ],
    ["connect({ rejectUnauthorized: false });", "says rejectUnauthorized: …: certificates are checked, always"],
  ])("reports %s", (text, message) => {
    expect(codeMessages(text)).toEqual([`1 ${message}`]);
  });

  it("lets the file that declares a brand make it", () => {
    expect(codeMessages("declare const brand: unique symbol;\nx as unknown as Id;")).toEqual([]);
  });

  it.each([
    "x as string;",
    "connect({ rejectUnauthorized: true });",
    "x as unknown;",
    "const random = seeded(1); random();",
  ])("lets %s pass", (text) => {
    expect(codeMessages(text)).toEqual([]);
  });
});

describe("tidy text rules", () => {
  it("wants a condition behind each loose end", () => {
    const text = `// ${LOOSE}: later\n// ${LOOSE}(peer-id): when BEP 42 ids are made\n`;
    expect(findTextProblems({ path: PATH, text }).map(({ line }) => line)).toEqual([1]);
  });

  it("finds machine paths outside tests, and leaves URLs and parts of paths alone", () => {
    expect(findTextProblems({ path: "README.md", text: `see ${HOME}` })).toHaveLength(1);
    expect(findTextProblems({ path: "test/e2e/a.test.ts", text: HOME })).toEqual([]);
    expect(findTextProblems({ path: "README.md", text: `https://example.org${HOME} ~${HOME}` })).toEqual([]);
  });

  it("finds dead paths in backticks and links, not in fenced blocks", () => {
    const text =
      "`packages/a.ts` `docs/{b,c}.md` [d](adr/d.md#x) [e](https://x.org/e)\n```\n`packages/z.ts`\n```\n`packages/*.ts`";
    const exists = (path: string): boolean => path === "packages/a.ts" || path === "docs/b.md";
    const dead = findDeadPaths({ path: "docs/index.md", text }, exists).map(({ message }) => message);
    expect(dead).toEqual(["names docs/c.md, which does not exist", "names docs/adr/d.md, which does not exist"]);
  });

  it("expands braces", () => {
    expect(expandBraces("a/{b,c}/{d,e}")).toEqual(["a/b/d", "a/b/e", "a/c/d", "a/c/e"]);
  });
});

describe("tidy table of BEPs", () => {
  const row = "| [3](https://www.bittorrent.org/beps/bep_0003.html) | Core | done | `a.ts` | `a.test.ts` |";

  it("reads rows and leaves the head alone", () => {
    expect(parseBepRows(`| BEP | What | Status | Files | Tests |\n|---|---|---|---|---|\n${row}\n`)).toEqual([
      { bep: 3, line: 3, status: "done", files: ["a.ts"], tests: ["a.test.ts"] },
    ]);
  });

  it.each([
    ["| 5 | DHT | planned | | |", []],
    ["| 5 | DHT | done | | |", ["BEP 5 names no file", "BEP 5 names no test"]],
    ["| 5 | DHT | soon | `a.ts` | `a.test.ts` |", ['BEP 5 is "soon", not done, part or planned']],
    [
      "| 5 | DHT | done | `b.ts` | `a.ts` |",
      ["BEP 5 names b.ts, which does not exist", "BEP 5 names a.ts, which is no test"],
    ],
  ])("judges %s", (text, messages) => {
    const exists = (path: string): boolean => ["a.ts", "a.test.ts"].includes(path);
    expect(findBepProblems({ path: "docs/beps.md", text }, exists).map(({ message }) => message)).toEqual(messages);
  });
});

describe("tidy", () => {
  it("wants the papers, and a changelog with a section", () => {
    const problems = findUntidiness([{ path: "CHANGELOG.md", text: "# Changes\n" }], (path) => path !== "SECURITY.md");
    expect(problems.map(({ path, message }) => `${path} ${message}`)).toEqual([
      "SECURITY.md is missing",
      "CHANGELOG.md has no section for a version or for what is unreleased",
    ]);
  });
});
