/** The classic form: `{method, arguments, tag}` in, `{result, arguments, tag}` out, HTTP 200 whatever came of it. */
import { Arguments } from "./arguments.ts";
import { translateError } from "./errors.ts";
import type { MethodContext } from "./method.ts";
import { METHODS } from "./methods.ts";
import { camel, canonicalName, kebab, respell } from "./names.ts";

export type ClassicContext = Omit<MethodContext, "dialect" | "torrentSpelling">;

export async function answerClassic(request: ReadonlyMap<string, unknown>, context: ClassicContext): Promise<object> {
  const tag = request.get("tag");
  const echoed = tag === undefined ? {} : { tag };
  const name = request.get("method");
  if (typeof name !== "string") return { arguments: {}, result: "no method name", ...echoed };
  const method = METHODS.get(canonicalName(name));
  if (method === undefined) return { arguments: {}, result: "method name not recognized", ...echoed };
  const { run, classicSpelling } = method;
  try {
    const args = new Arguments(request.get("arguments"));
    const answer = await run(args, { ...context, dialect: "classic", torrentSpelling: camel });
    const spelled = classicSpelling === undefined ? answer : respell(answer, classicSpelling);
    return { arguments: spelled, result: "success", ...echoed };
  } catch (error) {
    const { message, result } = translateError(error);
    return { arguments: respell(result, classicSpelling ?? kebab), result: message, ...echoed };
  }
}
