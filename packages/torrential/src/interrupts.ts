/** Ctrl-C and its relatives: the first asks for a clean stop, the second ends the process at once. */
import { EXIT, type ExitCode } from "./exit-codes.ts";

type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGPIPE";

const EXIT_OF: Readonly<Record<StopSignal, ExitCode>> = {
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
  SIGHUP: EXIT.terminated,
  // Node ignores the signal itself; `main.ts` emits it when stdout turns out to be closed.
  SIGPIPE: EXIT.pipeClosed,
};

const SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGPIPE"];

/** Thrown through whatever was under way. Nothing is said about it: the user knows. */
export class Interruption extends Error {
  readonly exitCode: ExitCode;

  constructor(signal: StopSignal) {
    super(`stopped by ${signal}`);
    this.name = "Interruption";
    this.exitCode = EXIT_OF[signal];
  }
}

/** Where signals are heard: `process`. */
export type SignalSource = Pick<NodeJS.EventEmitter, "on">;

/**
 * Takes over signals for the rest of the process: one that comes between the end of a verb and the end of the process
 * must not kill it either.
 */
export class Interrupts {
  readonly #controller = new AbortController();
  readonly #onFirst: (signal: StopSignal) => void;
  readonly #exit: (code: ExitCode) => void;

  constructor(
    onFirst: (signal: StopSignal) => void = () => {},
    source: SignalSource = process,
    exit: (code: ExitCode) => void = (code) => process.exit(code),
  ) {
    this.#onFirst = onFirst;
    this.#exit = exit;
    for (const signal of SIGNALS) source.on(signal, () => this.#handle(signal));
  }

  /** Aborted, with an Interruption, by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit code of what came, if anything did. */
  get exitCode(): ExitCode | undefined {
    const reason: unknown = this.#controller.signal.reason;
    return reason instanceof Interruption ? reason.exitCode : undefined;
  }

  #handle(signal: StopSignal): void {
    if (this.#controller.signal.aborted) {
      // A closed stdout is noticed again with every write.
      if (signal !== "SIGPIPE") this.#exit(EXIT_OF[signal]);
      return;
    }
    this.#controller.abort(new Interruption(signal));
    this.#onFirst(signal);
  }
}
