/** Checks parameters, queries and bodies against their schemas: unknown keys are dropped, what is left fits. */
import type { AnyRoute, SchemaOf } from "@torrential/api";
import { Compile } from "typebox/compile";
import { Value } from "typebox/value";
import { ApiProblem } from "./problems.ts";

type Part = "params" | "query" | "body";

/** One part of a request, checked. Throws ApiProblem "invalid". */
export type Check = (value: unknown) => unknown;

export interface Checks {
  readonly params: Check;
  readonly query: Check;
  readonly body: Check;
}

export function compileChecks(route: AnyRoute): Checks {
  return {
    params: compileCheck(route.params, "params"),
    query: compileCheck(route.query, "query"),
    body: compileCheck(route.body, "body"),
  };
}

/** Enough to see what is meant. */
const ERRORS_MAX = 8;

function compileCheck(schema: SchemaOf<unknown> | undefined, part: Part): Check {
  if (schema === undefined) return () => undefined;
  const validator = Compile(schema);
  return (raw) => {
    // What stands in a URL is text: numbers and booleans are made of it where the schema wants them.
    const converted = part === "body" ? raw : Value.Convert(schema, raw);
    const value = Value.Clean(schema, converted);
    if (validator.Check(value)) return value;
    const errors = validator
      .Errors(value)
      .slice(0, ERRORS_MAX)
      .map(({ instancePath, message }) => ({ pointer: `/${part}${instancePath}`, detail: message }));
    const [first] = errors;
    throw new ApiProblem("invalid", first === undefined ? `${part} is wrong` : `${first.pointer} ${first.detail}`, {
      errors,
    });
  };
}

/** Lists that are words with commas between them; in these, a comma is a part of a name. */
const VERBATIM: ReadonlySet<string> = new Set(["name", "tag"]);

/** The query of a URL as an object without prototype: lists where the schema has them, the last value elsewhere. */
export function parseQuery(query: string, route: AnyRoute): Readonly<Record<string, unknown>> {
  const lists = listNames(route.query);
  const values: Record<string, unknown> = Object.create(null);
  const pairs = new URLSearchParams(query);
  for (const key of new Set(pairs.keys())) {
    const all = pairs.getAll(key);
    if (!lists.has(key)) values[key] = all.at(-1);
    else values[key] = VERBATIM.has(key) ? all : all.flatMap((each) => each.split(","));
  }
  return values;
}

function listNames(schema: SchemaOf<unknown> | undefined): ReadonlySet<string> {
  const properties: unknown = schema === undefined || !("properties" in schema) ? {} : schema.properties;
  const names = Object.entries(Object(properties)).flatMap(([name, property]) =>
    typeof property === "object" && property !== null && "type" in property && property.type === "array" ? [name] : [],
  );
  return new Set(names);
}
