/** Reads JSON that a stranger may have written (PROMISES C9, C21). */
import { ApiProblem } from "./problems.ts";

const DEPTH_MAX = 100;
const VALUES_MAX = 3_000_000;
const REFUSED_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** An empty body is undefined. Throws ApiProblem "body-invalid". */
export function parseJsonBody(text: string): unknown {
  if (text === "") return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ApiProblem("body-invalid", "the body is not JSON");
  }
  refuseOddities(value);
  return value;
}

/** Goes through it with a stack of its own, whatever its depth. */
function refuseOddities(root: unknown): void {
  const stack: { readonly value: unknown; readonly depth: number }[] = [{ value: root, depth: 1 }];
  let values = 0;
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const { value, depth } = item;
    values += 1;
    if (values > VALUES_MAX) throw new ApiProblem("body-invalid", `the body holds more than ${VALUES_MAX} values`);
    if (typeof value !== "object" || value === null) continue;
    if (depth > DEPTH_MAX) throw new ApiProblem("body-invalid", `the body is nested deeper than ${DEPTH_MAX}`);
    for (const [key, inner] of Object.entries(value)) {
      if (REFUSED_KEYS.has(key)) throw new ApiProblem("body-invalid", `the body has the key ${JSON.stringify(key)}`);
      stack.push({ value: inner, depth: depth + 1 });
    }
  }
}
