/** The shape of a JSON text: the type at each path. Lists are `[]`, and numbers are told apart by how they are written. */

/** "integer", "real", "string", "boolean", "null", "list" or "object"; several where items of a list differ. */
export type Shape = ReadonlyMap<string, ReadonlySet<string>>;

/** A JSON number as it was written: 1.0 is no integer to a client that decodes into one. */
class WrittenNumber {
  readonly type: "integer" | "real";

  constructor(source: string) {
    this.type = /^-?\d+$/.test(source) ? "integer" : "real";
  }
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

export function readShape(text: string): Shape {
  const shape = new Map<string, Set<string>>();
  const keepWriting: Reviver = (_, value, { source }) =>
    typeof value === "number" ? new WrittenNumber(source ?? "") : value;
  visit("", JSON.parse(text, keepWriting as (key: string, value: unknown) => unknown), shape);
  return shape;
}

function visit(path: string, value: unknown, shape: Map<string, Set<string>>): void {
  const types = shape.get(path) ?? new Set();
  shape.set(path, types.add(typeOf(value)));
  if (Array.isArray(value)) for (const item of value) visit(`${path}[]`, item, shape);
  else if (typeof value === "object" && value !== null && !(value instanceof WrittenNumber)) {
    for (const [name, item] of Object.entries(value)) visit(path === "" ? name : `${path}.${name}`, item, shape);
  }
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  return value instanceof WrittenNumber ? value.type : typeof value;
}

/**
 * Where `ours` is another than `theirs`, by path: "missing", "more", or the two types. A whole number where theirs
 * writes a fraction is no difference: it is one to no JSON parser. What is inside something missing is not listed.
 */
export function compareShapes(theirs: Shape, ours: Shape): Readonly<Record<string, string>> {
  const differences: Record<string, string> = {};
  for (const [path, types] of theirs) {
    const found = ours.get(path);
    if (found === undefined) {
      if (hasParent(path, ours)) differences[path] = "missing";
    } else if (![...found].every((type) => types.has(type) || (type === "integer" && types.has("real")))) {
      differences[path] = `${[...types].join("|")} -> ${[...found].join("|")}`;
    }
  }
  for (const path of ours.keys()) if (!theirs.has(path) && hasParent(path, theirs)) differences[path] = "more";
  return differences;
}

function hasParent(path: string, shape: Shape): boolean {
  const parent = path.endsWith("[]") ? path.slice(0, -2) : path.slice(0, Math.max(0, path.lastIndexOf(".")));
  return shape.has(parent);
}
