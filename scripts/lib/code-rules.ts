/** What tidy demands of code beyond the linter: sizes, casts, words that never belong in a source. */
import { isTest, lineAt, type Problem, type ProjectFile } from "./files.ts";
import { isNode, parseSource, type SyntaxNode, walkSyntax } from "./syntax.ts";

/** STYLE.md, "Size". */
const FILE_LINES_MAX = 600;
const FUNCTION_LINES_MAX = 70;

const FUNCTIONS: ReadonlySet<string> = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
]);

/** Calls that only some places may make: pattern over the callee's text, where it is allowed, and why nowhere else. */
const RESTRICTED_CALLS: readonly { readonly callee: RegExp; readonly allowedIn: RegExp; readonly why: string }[] = [
  {
    callee: /^Math\.random$/,
    allowedIn: /^(?:test|bench|examples|fuzz)\/|\.test\.ts$/,
    why: "randomness is handed in, seeded",
  },
  {
    callee: /^process\.exit$/,
    allowedIn: /^(?:packages\/torrential|scripts|test|bench|fuzz|examples)\/|\/main\.ts$/,
    why: "only the command ends the process",
  },
  { callee: /^eval$/, allowedIn: /^$/, why: "code is not data" },
];

/** Phrases that switch off a promise of SECURITY.md wherever they stand. */
const BANNED_WORDS: readonly { readonly word: RegExp; readonly why: string }[] = [
  { word: /\bNODE_TLS_REJECT_UNAUTHORIZED\b["'\]]*\s*=(?!=)/, why: "certificates are checked, always" },
  { word: /\brejectUnauthorized\b["'\]]*\s*[:=](?!=)(?!\s*true\b)/, why: "certificates are checked, always" },
];

/** A file that declares a brand makes it too: there, and only there, a cast says what no check can. */
const BRAND = /^declare const \w+: unique symbol;$/m;

/** Problems of one code file. */
export function findCodeProblems({ path, text }: ProjectFile): Problem[] {
  const problems: Problem[] = [];
  const report = (offset: number, message: string): void => {
    problems.push({ path, line: lineAt(text, offset), message });
  };
  const lines = text.split("\n").length - 1;
  if (!isTest(path) && lines > FILE_LINES_MAX) {
    problems.push({ path, line: 0, message: `has ${lines} lines; stop at ${FILE_LINES_MAX}` });
  }
  walkSyntax(parseSource(path, text), (node) => {
    if (!isTest(path)) checkFunctionSize(node, text, report);
    if (!BRAND.test(text)) checkCast(node, report);
    checkCall(node, path, text, report);
  });
  if (!isTest(path) && !path.startsWith("scripts/")) checkWords(text, report);
  return problems;
}

type Report = (offset: number, message: string) => void;

function checkFunctionSize(node: SyntaxNode, text: string, report: Report): void {
  if (!FUNCTIONS.has(node.type)) return;
  const lines = lineAt(text, node.end) - lineAt(text, node.start) + 1;
  if (lines > FUNCTION_LINES_MAX) report(node.start, `a function of ${lines} lines; stop at ${FUNCTION_LINES_MAX}`);
}

function checkCast(node: SyntaxNode, report: Report): void {
  if (node.type !== "TSAsExpression") return;
  const type = node["typeAnnotation"];
  if (isNode(type) && type.type === "TSAnyKeyword") report(node.start, "`as any` switches the types off");
  const inner = node["expression"];
  if (!isNode(inner) || inner.type !== "TSAsExpression") return;
  const innerType = inner["typeAnnotation"];
  if (isNode(innerType) && innerType.type === "TSUnknownKeyword") {
    report(node.start, "`as unknown as` switches the types off");
  }
}

function checkCall(node: SyntaxNode, path: string, text: string, report: Report): void {
  const callee = node["callee"];
  if (node.type !== "CallExpression" || !isNode(callee)) return;
  const name = text.slice(callee.start, callee.end);
  for (const rule of RESTRICTED_CALLS) {
    if (rule.callee.test(name) && !rule.allowedIn.test(path)) report(node.start, `calls ${name}: ${rule.why}`);
  }
}

function checkWords(text: string, report: Report): void {
  for (const { word, why } of BANNED_WORDS) {
    const found = word.exec(text);
    if (found !== null) report(found.index, `says ${found[0].trim()} …: ${why}`);
  }
}
