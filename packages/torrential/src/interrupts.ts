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

/** Takes over signals until it is disposed of. */
export class Interrupts implements Disposable {
  readonly #controller = new AbortController();
  readonly #onFirst: (signal: StopSignal) => void;
  readonly #handle = (signal: NodeJS.Signals): void => {
    const known = SIGNALS.find((each) => each === signal);
    if (known === undefined) return;
    if (this.#controller.signal.aborted) {
      // A closed stdout is noticed again with every write.
      if (known !== "SIGPIPE") process.exit(EXIT_OF[known]);
      return;
    }
    this.#controller.abort(new Interruption(known));
    this.#onFirst(known);
  };

  constructor(onFirst: (signal: StopSignal) => void = () => {}) {
    this.#onFirst = onFirst;
    for (const signal of SIGNALS) process.on(signal, this.#handle);
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

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#handle);
  }
}
