/** The command under test: started as a user would start it, with its NDJSON events read as they come. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ExitStatus, type ProcessOptions, TestProcess, run } from "./process.ts";
import { waitFor } from "./wait-for.ts";

export interface StatusEvent {
  readonly event: "status";
  readonly state: "fetching-metadata" | "checking" | "downloading" | "finished" | "seeding" | "stopped" | "error";
  readonly length: number;
  readonly verified: number;
  readonly downRate: number;
  readonly upRate: number;
  readonly uploaded: number;
  readonly peers: number;
  /** The event loop's delay since the last status; not promised. */
  readonly loopDelayP99Ms?: number;
}

export interface ErrorEvent {
  readonly event: "error";
  readonly code: string;
  readonly message: string;
}

/** What `--json` printed, and when we read it (monotonic milliseconds). */
export interface TimedEvent {
  readonly atMs: number;
  readonly line: string;
  readonly event: StatusEvent | ErrorEvent | { readonly event: "other" };
}

const MAIN = join(import.meta.dirname, "..", "..", "packages", "torrential", "src", "main.ts");

/** The words that start it. TORRENTIAL_COMMAND tries another build of it: words, separated by spaces. */
export function torrentialCommand(): readonly [string, ...string[]] {
  const [file, ...args] = process.env["TORRENTIAL_COMMAND"]?.split(" ") ?? [];
  return file === undefined ? [process.execPath, "--conditions=torrential-source", MAIN] : [file, ...args];
}

/** Runs it to its end. */
export async function runTorrential(
  args: readonly string[],
  options: ProcessOptions & { deadlineMs?: number } = {},
): Promise<ExitStatus & { stdout: string; stderr: string }> {
  const [file, ...first] = torrentialCommand();
  return await run(file, [...first, ...args], options);
}

/** One run with `--json`. */
export class TorrentialRun implements AsyncDisposable {
  readonly process: TestProcess;
  readonly events: TimedEvent[] = [];
  readonly startedAtMs: number = performance.now();
  readonly #args: readonly string[];
  #rest = "";

  /** `inside`: words in front, such as those that enter a namespace. */
  constructor(args: readonly string[], options: ProcessOptions & { readonly inside?: readonly string[] } = {}) {
    this.#args = args;
    const [file = "", ...first] = [...(options.inside ?? []), ...torrentialCommand()];
    this.process = new TestProcess(file, [...first, ...args, "--json"], options);
    this.process.onStdout((text) => this.#handleText(text));
  }

  get statuses(): StatusEvent[] {
    return this.events.map((it) => it.event).filter((it) => it.event === "status");
  }

  get errors(): ErrorEvent[] {
    return this.events.map((it) => it.event).filter((it) => it.event === "error");
  }

  /** The latest status. */
  get status(): StatusEvent | undefined {
    return this.statuses.at(-1);
  }

  /** The first status that fits, past or to come. Throws when the command leaves or fails first. */
  async waitForStatus(
    isWanted: (status: StatusEvent) => boolean,
    what: string,
    deadlineMs = 60_000,
  ): Promise<StatusEvent> {
    return await waitFor(
      () => {
        const found = this.statuses.find(isWanted);
        if (found === undefined && this.process.status !== undefined)
          throw new Error(`torrential left before ${what}; ${this.describe()}`);
        return found;
      },
      { what: () => `${what}; ${this.describe()}`, deadlineMs },
    );
  }

  async waitForExit(deadlineMs = 60_000): Promise<ExitStatus> {
    return await this.process.waitForExit(deadlineMs);
  }

  /** Waits until it has left and throws, with all that it said, when that was with another code. */
  async expectExit(code: number, deadlineMs = 60_000): Promise<void> {
    const status = await this.waitForExit(deadlineMs);
    if (status.code !== code) throw new Error(`torrential should have ended with ${code}: ${this.describe()}`);
  }

  /** SIGTERM, as a supervisor would. */
  async stop(): Promise<ExitStatus> {
    this.process.signal("SIGTERM");
    return await this.waitForExit(15_000);
  }

  describe(): string {
    return `exit ${JSON.stringify(this.process.status)}, last status ${JSON.stringify(this.status)}, errors ${JSON.stringify(this.errors)}, stderr: ${this.process.stderr.slice(-400)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.kill();
    this.#keepLog();
  }

  /** TORRENTIAL_TEST_LOGS names a folder for all that was said, to look at what was slow or failed. */
  #keepLog(): void {
    const folder = process.env["TORRENTIAL_TEST_LOGS"];
    if (folder === undefined) return;
    const lines = this.events.map((it) => `${((it.atMs - this.startedAtMs) / 1000).toFixed(3)} ${it.line}\n`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, `${process.pid}-${this.process.pid}.log`),
      [`${this.#args.join(" ")}\n`, ...lines, this.process.stderr].join(""),
    );
  }

  #handleText(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.events.push({ atMs: performance.now(), line, event: parseEvent(line) });
  }
}

function parseEvent(line: string): TimedEvent["event"] {
  const value: StatusEvent | ErrorEvent = JSON.parse(line);
  return value.event === "status" || value.event === "error" ? value : { event: "other" };
}
