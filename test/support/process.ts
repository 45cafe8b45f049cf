/**
 * Child processes that cannot outlive a test: each is the leader of a group of its own that is killed as a whole,
 * and the kernel kills the leader when the process that runs the tests dies.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, openSync, closeSync, readFileSync } from "node:fs";
import { within } from "./wait-for.ts";

export interface ProcessOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Where stdout and stderr go. Without it both are collected in memory. */
  readonly logFile?: string;
  /** Collect stdout in memory although there is a log file for stderr. */
  readonly collectStdout?: boolean;
}

export interface ExitStatus {
  /** undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

const SETPRIV = "/usr/bin/setpriv";
const STOP_GRACE_MS = 15_000;
const TAIL_LENGTH = 600;

/** One running child. `await using` it, or call `stop()`: leaving the scope kills the whole group. */
export class TestProcess implements AsyncDisposable {
  readonly name: string;
  readonly exit: Promise<ExitStatus>;
  readonly #child: ChildProcess;
  readonly #logFile: string | undefined;
  #stdout = "";
  #stderr = "";
  #status: ExitStatus | undefined;
  #onStdout: ((text: string) => void) | undefined;

  constructor(command: string, args: readonly string[], options: ProcessOptions = {}) {
    this.name = command.split("/").at(-1) ?? command;
    this.#logFile = options.logFile;
    const log = options.logFile === undefined ? undefined : openSync(options.logFile, "a");
    const dying = existsSync(SETPRIV) ? [SETPRIV, "--pdeathsig", "KILL", "--", command] : [command];
    const [file = command, ...prefix] = dying;
    this.#child = spawn(file, [...prefix, ...args], {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      detached: true,
      env: { ...environmentWithoutProxies(), ...options.env },
      stdio: ["pipe", log === undefined || options.collectStdout === true ? "pipe" : log, log ?? "pipe"],
    });
    if (log !== undefined) closeSync(log);
    this.#collect();
    this.exit = this.#watchExit();
  }

  /** Also the id of its process group. */
  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** undefined while it runs. */
  get status(): ExitStatus | undefined {
    return this.#status;
  }

  /** Called with each piece of stdout, as it comes. */
  onStdout(listener: (text: string) => void): void {
    this.#onStdout = listener;
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  closeStdin(): void {
    this.#child.stdin?.end();
  }

  /** To the process itself, not its children. */
  signal(signal: NodeJS.Signals): void {
    if (this.#status === undefined) this.#child.kill(signal);
  }

  /** SIGKILL to the process and all its children, at once. */
  async kill(): Promise<ExitStatus> {
    this.#killGroup();
    return await this.exit;
  }

  /** Asks with `signal`, and kills what has not left when the grace is over; `wasKilled` says which it was. */
  async stop(options: { signal?: NodeJS.Signals; graceMs?: number } = {}): Promise<{ wasKilled: boolean }> {
    this.signal(options.signal ?? "SIGTERM");
    try {
      await this.waitForExit(options.graceMs ?? STOP_GRACE_MS);
      return { wasKilled: false };
    } catch {
      await this.kill();
      return { wasKilled: true };
    } finally {
      this.#killGroup();
    }
  }

  async waitForExit(deadlineMs: number): Promise<ExitStatus> {
    return await within(this.exit, { what: `${this.name} did not exit; ${this.tail()}`, deadlineMs });
  }

  /** The end of what it wrote, for error messages. */
  tail(): string {
    const log = this.#logFile !== undefined && existsSync(this.#logFile) ? readFileSync(this.#logFile, "utf8") : "";
    return `its output ends in: ${(log + this.#stdout + this.#stderr).slice(-TAIL_LENGTH).trim()}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #collect(): void {
    this.#child.stdin?.on("error", () => undefined);
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
      this.#onStdout?.(text);
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
  }

  #watchExit(): Promise<ExitStatus> {
    return new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => {
        this.#status = { code: code ?? undefined, signal: signal ?? undefined };
        resolve(this.#status);
      });
    });
  }

  #killGroup(): void {
    try {
      process.kill(-this.pid, "SIGKILL");
    } catch {
      // ESRCH: the whole group has left already, which is what is wanted.
    }
  }
}

/** Runs a command to its end. */
export async function run(
  command: string,
  args: readonly string[],
  options: ProcessOptions & { deadlineMs?: number } = {},
): Promise<ExitStatus & { stdout: string; stderr: string }> {
  await using child = new TestProcess(command, args, options);
  child.closeStdin();
  const status = await child.waitForExit(options.deadlineMs ?? 60_000);
  return { ...status, stdout: child.stdout, stderr: child.stderr };
}

/** Nothing a test starts may leave this machine by way of a proxy. */
function environmentWithoutProxies(): Record<string, string> {
  const kept: Record<string, string> = { LANG: "C.UTF-8", LC_ALL: "C.UTF-8" };
  for (const [key, value] of Object.entries(process.env)) {
    const isKept =
      value !== undefined &&
      !key.toLowerCase().includes("proxy") &&
      !key.startsWith("VITEST") &&
      key !== "NODE_OPTIONS";
    if (isKept) kept[key] ??= value;
  }
  return kept;
}
