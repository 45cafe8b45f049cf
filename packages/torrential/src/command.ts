/** The command from arguments to exit code, and the one place where errors are said. */
import { CommanderError } from "commander";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { type Failure, formatFailure, toFailure } from "./failure.ts";
import { Interruption, reportClosedOutput } from "./interrupts.ts";
import { makeProgram } from "./program.ts";
import { toErrorEvent } from "./report/json-reporter.ts";
import { toJson } from "./text.ts";
import { UsageError } from "./values.ts";

/** Runs the verb that `args` names. What it has to say is said when this resolves. */
export async function runCommand(args: readonly string[]): Promise<ExitCode> {
  process.stdout.on("error", handleClosedPipe);
  process.stderr.on("error", handleClosedPipe);
  process.on("uncaughtException", (error) => process.exit(sayError(error, args)));
  let exitCode: ExitCode = EXIT.done;
  const program = makeProgram((code) => {
    exitCode = code;
  });
  try {
    if (args.length === 0) program.help({ error: true });
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    return sayError(error, args);
  } finally {
    await Promise.all([process.stdout, process.stderr].map(untilWritten));
  }
}

/** A pipe takes 64 KiB at a time: what its reader has not read yet is lost if the process ends. */
function untilWritten(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0) resolve();
    else stream.write("", () => resolve());
  });
}

/** Returns the exit code that fits. */
function sayError(error: unknown, args: readonly string[]): ExitCode {
  if (error instanceof Interruption) return error.exitCode;
  // Help and version were asked for and printed.
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
  // `help` of nothing: what there is to say was printed.
  if (error instanceof CommanderError && error.code === "commander.help") return EXIT.usage;
  const failure = toFailure(error instanceof CommanderError ? toUsageError(error, args) : error);
  say(failure, args);
  return failure.exitCode;
}

function say(failure: Failure, args: readonly string[]): void {
  const isVerbose = args.includes("--verbose");
  if (args.includes("--json")) process.stdout.write(`${toJson(toErrorEvent(failure, { isVerbose }))}\n`);
  process.stderr.write(formatFailure(failure, { isVerbose }));
}

/** "error: unknown option '--fast'\n(Did you mean --last?)" as one sentence. */
function toUsageError(error: CommanderError, args: readonly string[]): UsageError {
  const message = error.message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");
  const verb = args.find((arg) => !arg.startsWith("-"));
  const help = error.code === "commander.unknownCommand" || verb === undefined ? "--help" : `${verb} --help`;
  return new UsageError(`${message.replace(/\.$/, "")}; \`torrential ${help}\` says what there is`);
}

/** Whoever listened went away: a verb that runs for long stops cleanly, others just end. */
function handleClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error;
  if (!reportClosedOutput()) process.exit(EXIT.pipeClosed);
}
