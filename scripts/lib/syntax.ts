/** Syntax trees of our sources, by the parser that the bundler brings along. */
import { parseAst } from "rolldown/parseAst";

/** A node of the tree (ESTree with TypeScript's additions). */
export interface SyntaxNode {
  readonly type: string;
  /** Offsets in the text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** Parses one file; throws on a syntax error. */
export function parseSource(path: string, text: string): SyntaxNode {
  const lang = path.endsWith(".tsx") ? "tsx" : path.endsWith("ts") ? "ts" : "js";
  const tree: unknown = parseAst(text, { lang, sourceType: path.endsWith(".cjs") ? "commonjs" : "module" });
  if (!isNode(tree)) throw new Error(`${path} gave no syntax tree`);
  return tree;
}

/** Calls `visit` for each node, parents first. */
export function walkSyntax(node: SyntaxNode, visit: (node: SyntaxNode, parent: SyntaxNode | undefined) => void): void {
  const walk = (current: SyntaxNode, parent: SyntaxNode | undefined): void => {
    visit(current, parent);
    for (const value of Object.values(current)) {
      if (isNode(value)) walk(value, current);
      else if (Array.isArray(value)) for (const item of value) if (isNode(item)) walk(item, current);
    }
  };
  walk(node, undefined);
}

/** True for a tree node, false for whatever else hangs in the tree. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

/** Module names that a file imports, re-exports or loads with `import()`, in order. */
export function findImports(tree: SyntaxNode): { readonly specifier: string; readonly offset: number }[] {
  const found: { specifier: string; offset: number }[] = [];
  walkSyntax(tree, (node) => {
    const source = node.type === "TSImportType" ? (node["source"] ?? node["argument"]) : node["source"];
    if (!isNode(source)) return;
    const literal = isNode(source["literal"]) ? source["literal"] : source;
    const specifier = literal["value"];
    if (typeof specifier === "string") found.push({ specifier, offset: node.start });
  });
  return found;
}
