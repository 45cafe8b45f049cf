/** What a call failed with. */
import { PROBLEM_TYPE, type ProblemDetails } from "../problem.ts";

/** The daemon answered, and refused. */
export class ApiError extends Error {
  readonly problem: ProblemDetails;

  constructor(problem: ProblemDetails) {
    super(problem.detail);
    this.name = "ApiError";
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }
}

/** The problem that a response tells, whoever sent it: a proxy in between speaks HTML. */
export async function readProblem(response: Response): Promise<ProblemDetails> {
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith(PROBLEM_TYPE)) {
    const body: unknown = await response.json().catch(() => undefined);
    if (isProblem(body)) return body;
  } else if (type.startsWith("application/json")) {
    const body: unknown = await response.json().catch(() => undefined);
    const problem = onlyProblem(body);
    if (problem !== undefined) return problem;
  } else {
    await response.body?.cancel();
  }
  return {
    type: "about:blank",
    title: response.statusText,
    status: response.status,
    code: "http-status",
    detail: `got HTTP status ${response.status} from something that is not the daemon`,
  };
}

/** Adding one torrent answers with its result alone, and with the status of its problem. */
function onlyProblem(body: unknown): ProblemDetails | undefined {
  if (typeof body !== "object" || body === null || !("results" in body) || !Array.isArray(body.results))
    return undefined;
  const [only]: readonly unknown[] = body.results;
  if (typeof only !== "object" || only === null || !("problem" in only)) return undefined;
  return isProblem(only.problem) ? only.problem : undefined;
}

function isProblem(value: unknown): value is ProblemDetails {
  return (
    typeof value === "object" &&
    value !== null &&
    "code" in value &&
    typeof value.code === "string" &&
    "detail" in value &&
    typeof value.detail === "string" &&
    "status" in value &&
    typeof value.status === "number"
  );
}
