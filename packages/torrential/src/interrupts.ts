/** Ctrl-C and its relatives: the first asks for a clean stop, the second ends the process at once. */
import { EventEmitter } from "node:events";
import { EXIT, type ExitCode } from "./exit-codes.ts";

/** "stdout" is no signal: whoever read our output went away. */
export type StopReason = "SIGINT" | "SIGTERM" | "SIGHUP" | "stdout";

const EXIT_OF: Readonly<Record<StopReason, ExitCode>> = {
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
  SIGHUP: EXIT.terminated,
  stdout: EXIT.pipeClosed,
};

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Emits "closed". Not SIGPIPE: with a handler for it, a peer that hangs up while we write would stop us too. */
const outputPipe = new EventEmitter();

/** Says that stdout is closed. False when nothing is running that could be stopped cleanly. */
export function reportClosedOutput(): boolean {
  return outputPipe.emit("closed");
}

/** Thrown through whatever was under way. Nothing is said about it: the user knows. */
export class Interruption extends Error {
  readonly exitCode: ExitCode;

  constructor(reason: StopReason) {
    super(`stopped by ${reason}`);
    this.name = "Interruption";
    this.exitCode = EXIT_OF[reason];
  }
}

export interface InterruptOptions {
  /** Told of the first. */
  readonly onFirst?: (reason: StopReason) => void;
  /** Where signals are heard; `process` unless told. */
  readonly signals?: Pick<NodeJS.EventEmitter, "on">;
  /** How the process ends at once; `process.exit` unless told. */
  readonly exit?: (code: ExitCode) => void;
}

/**
 * Takes over signals for the rest of the process: one that comes between the end of a verb and the end of the process
 * must not kill it either.
 */
export class Interrupts {
  readonly #controller = new AbortController();
  readonly #options: InterruptOptions;

  constructor(options: InterruptOptions = {}) {
    this.#options = options;
    const { signals = process } = options;
    for (const signal of SIGNALS) signals.on(signal, () => this.#handle(signal));
    outputPipe.on("closed", () => this.#handle("stdout"));
  }

  /** Aborted, with an Interruption, by whatever comes first. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit code of what came, if anything did. */
  get exitCode(): ExitCode | undefined {
    const reason: unknown = this.#controller.signal.reason;
    return reason instanceof Interruption ? reason.exitCode : undefined;
  }

  #handle(reason: StopReason): void {
    if (!this.#controller.signal.aborted) {
      this.#controller.abort(new Interruption(reason));
      this.#options.onFirst?.(reason);
      return;
    }
    // A closed stdout is noticed again with every write.
    if (reason === "stdout") return;
    if (this.#options.exit === undefined) process.exit(EXIT_OF[reason]);
    else this.#options.exit(EXIT_OF[reason]);
  }
}
