/** Starting the project's tools: always with the Node and the programs of node_modules/.bin in front. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { ROOT } from "./files.ts";

/** Flag that lets our packages find each other's sources without a build. */
export const SOURCE_CONDITION = "--conditions=torrential-source";

export interface RunResult {
  /** As a shell would say it: 128 + n for a signal. */
  readonly code: number;
  /** stdout and stderr as they came; empty unless asked for. */
  readonly output: string;
  readonly seconds: number;
}

export interface RunOptions {
  /** Keep the output instead of letting it through. */
  readonly quiet?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Runs a program to its end in the root of the project, with nothing on its stdin. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const started = performance.now();
  const stdio = options.quiet === true ? "pipe" : "inherit";
  const path = [join(ROOT, "node_modules/.bin"), process.env["PATH"] ?? ""].join(delimiter);
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, PATH: path, ...options.env },
    stdio: ["ignore", stdio, stdio],
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data: Buffer) => (output += data.toString()));
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.on("error", reject);
  child.on("close", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  return { code: await promise, output, seconds: (performance.now() - started) / 1000 };
}

/** Runs one of our TypeScript files from source. */
export function runSource(file: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return run(process.execPath, [SOURCE_CONDITION, file, ...args], options);
}
