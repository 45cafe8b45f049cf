/** Errors on their way to the user: one sentence each, and the causes for those who ask. */
import { TorrentialError } from "@torrential/core";
import { EXIT, type ExitCode, exitCodeFor } from "./exit-codes.ts";
import { toLine } from "./text.ts";

/** What went wrong, ready to be said. */
export interface Failure {
  readonly code: string;
  /** One sentence. */
  readonly message: string;
  readonly exitCode: ExitCode;
  /** What it came from, the nearest first. */
  readonly causes: readonly string[];
}

/** Anything caught as a failure. What is not a TorrentialError is a bug of ours. */
export function toFailure(error: unknown): Failure {
  if (error instanceof TorrentialError) {
    return {
      code: error.code,
      message: toSentence(error.message),
      exitCode: exitCodeFor(error.code),
      causes: causesOf(error),
    };
  }
  const what = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? [error.stack ?? error.message] : [];
  return {
    code: "bug",
    message: toSentence(`a bug of ours: ${what} (run again with --verbose to see where)`),
    exitCode: EXIT.bug,
    causes: [...stack, ...causesOf(error)],
  };
}

/** The same failure as it concerns `subject` (a source, a torrent), unless it names it already. */
export function failureOf(subject: string, error: unknown): Failure {
  const failure = toFailure(error);
  // A magnet link is longer than what can be said about it, and its errors name it.
  const name = /^magnet:/i.test(subject) ? "" : toLine(subject);
  if (failure.exitCode === EXIT.bug || failure.message.includes(name)) return failure;
  return { ...failure, message: `${name}: ${failure.message}` };
}

/** Lines for stderr, with line breaks. */
export function formatFailure(failure: Failure, options: { readonly isVerbose: boolean }): string {
  const causes = options.isVerbose ? failure.causes : [];
  const lines = causes.flatMap((cause) => cause.split("\n").map((line) => `  caused by ${toLine(line)}\n`));
  return `torrential: ${failure.message}\n${lines.join("")}`;
}

function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  let cause = error instanceof Error ? error.cause : undefined;
  // A chain that long has come round to itself.
  while (cause !== undefined && causes.length < 8) {
    causes.push(cause instanceof Error ? `${cause.name}: ${cause.message}` : JSON.stringify(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

function toSentence(message: string): string {
  return toLine(message).trim().replace(/\.$/, "");
}
