/** Errors as RFC 9457 problem details. */
import { Type } from "typebox";
import { type SchemaOf, schemaOf } from "./schema.ts";

/** `code` is the stable part; `detail` is one sentence for people. */
export interface ProblemDetails {
  /** "about:blank": the code says more than a page could. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** Where in the request it is wrong, as JSON pointers ("/body/folder"). */
  readonly errors?: readonly FieldProblem[];
  /** For 429: when to try again. */
  readonly retryAfterSeconds?: number;
}

export interface FieldProblem {
  readonly pointer: string;
  readonly detail: string;
}

export const PROBLEM_TYPE = "application/problem+json";

const fieldProblem = Type.Object({ pointer: Type.String(), detail: Type.String() });

export const problemSchema: SchemaOf<ProblemDetails> = schemaOf<ProblemDetails>()(
  Type.Object({
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: "Stable: programs decide by it." }),
    detail: Type.String({ description: "One sentence for people." }),
    errors: Type.Optional(Type.Array(fieldProblem, { description: "Where in the request it is wrong." })),
    retryAfterSeconds: Type.Optional(Type.Integer()),
  }),
);
