/** Errors as problem details. */
import { STATUS_CODES } from "node:http";
import type { FieldProblem, ProblemDetails } from "@torrential/api";
import { TorrentialError } from "@torrential/core";

/** Statuses of codes: of the service first, then of the API itself. */
const STATUSES: Readonly<Record<string, number>> = {
  "not-found": 404,
  duplicate: 409,
  invalid: 400,
  "torrent-invalid": 422,
  "key-reused": 422,
  "no-metadata": 409,
  conflict: 409,
  "path-refused": 422,
  "fetch-failed": 502,
  "state-unwritable": 507,
  forbidden: 403,
  unsupported: 501,
  closing: 503,
  busy: 503,
  "body-invalid": 400,
  "body-too-large": 413,
  "media-type": 415,
  "method-not-allowed": 405,
  unauthenticated: 401,
  "password-wrong": 401,
  "scope-missing": 403,
  "sudo-needed": 403,
  "too-many-attempts": 429,
  "too-many-streams": 429,
  "precondition-failed": 412,
  "range-invalid": 416,
};

export interface ProblemOptions {
  readonly errors?: readonly FieldProblem[];
  readonly retryAfterSeconds?: number | undefined;
}

/** Refused by the API itself. */
export class ApiProblem extends TorrentialError {
  readonly options: ProblemOptions;

  constructor(code: string, detail: string, options: ProblemOptions = {}) {
    super(code, detail);
    this.name = "ApiProblem";
    this.options = options;
  }
}

export function makeProblem(
  status: number,
  code: string,
  detail: string,
  options: ProblemOptions = {},
): ProblemDetails {
  const { errors, retryAfterSeconds } = options;
  return {
    type: "about:blank",
    title: STATUS_CODES[status] ?? "Error",
    status,
    code,
    detail,
    ...(errors === undefined ? {} : { errors }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

/** What was thrown, for the caller. A bug of ours tells nothing of itself. */
export function toProblem(error: unknown): ProblemDetails {
  if (error instanceof ApiProblem)
    return makeProblem(STATUSES[error.code] ?? 400, error.code, error.message, error.options);
  if (error instanceof TorrentialError) return makeProblem(STATUSES[error.code] ?? 422, error.code, error.message);
  return toHttpProblem(error) ?? makeProblem(500, "bug", "a bug of ours; the log says more");
}

/** What the HTTP framework refused: too large, no such media type, broken JSON. */
function toHttpProblem(error: unknown): ProblemDetails | undefined {
  if (!(error instanceof Error) || !("statusCode" in error) || typeof error.statusCode !== "number") return undefined;
  const { statusCode } = error;
  if (statusCode < 400 || statusCode >= 500) return undefined;
  const codes: Readonly<Record<number, string>> = { 413: "body-too-large", 415: "media-type" };
  return makeProblem(statusCode, codes[statusCode] ?? "body-invalid", error.message);
}
