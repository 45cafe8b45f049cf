/** Which reporter suits the options and where the output goes. */
import type { GlobalOptions } from "../options.ts";
import { JsonReporter } from "./json-reporter.ts";
import { PlainReporter, QuietReporter } from "./plain-reporter.ts";
import type { TerminalStyle } from "./progress-line.ts";
import type { Outputs, Reporter } from "./reporter.ts";
import { TerminalReporter } from "./terminal-reporter.ts";

export function chooseReporter(options: GlobalOptions): Reporter {
  const outputs = processOutputs(options);
  if (options.json === true) return new JsonReporter(outputs);
  if (options.quiet === true) return new QuietReporter(outputs);
  if (!isLiveTerminal()) return new PlainReporter(outputs);
  return new TerminalReporter(outputs, { style: () => styleOf(process.env), rows: () => process.stdout.rows });
}

export function processOutputs(options: GlobalOptions): Outputs {
  return { stdout: process.stdout, stderr: process.stderr, isVerbose: options.verbose === true };
}

/** Whether lines can be drawn again. */
export function isLiveTerminal(): boolean {
  return process.stdout.isTTY && process.env["TERM"] !== "dumb";
}

/** What the terminal on stdout shows, by the usual variables. */
export function styleOf(env: NodeJS.ProcessEnv, columns: number = process.stdout.columns): TerminalStyle {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  const noColour = env["NO_COLOR"];
  return {
    columns: columns > 0 ? columns : 80,
    isUnicode: /utf-?8/i.test(locale) && env["TERM"] !== "linux",
    isColour: noColour === undefined || noColour === "",
  };
}
