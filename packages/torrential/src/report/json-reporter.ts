/** `--json`: one object a line on stdout; failures on stderr too. */
import { type Failure, formatFailure } from "../failure.ts";
import { toJson } from "../text.ts";
import type { PublicEvent } from "../transfer/public-event.ts";
import type { StatusView } from "../transfer/status-view.ts";
import type { WhyView } from "../transfer/why-view.ts";
import type { Outputs, Reporter } from "./reporter.ts";

/** The contract says once a second at least; timers are late on a busy machine. */
const TICK_MS = 250;

export class JsonReporter implements Reporter {
  readonly tickMs: number = TICK_MS;
  readonly #outputs: Outputs;

  constructor(outputs: Outputs) {
    this.#outputs = outputs;
  }

  handleTick(views: readonly StatusView[]): void {
    for (const view of views) this.handleChange(view);
  }

  handleChange(view: StatusView): void {
    this.#print({ event: "status", ...view });
  }

  handleWhy({ event }: WhyView): void {
    this.#print(event);
  }

  handleEvent(event: PublicEvent): void {
    this.#print(event);
  }

  handleNote(sentence: string): void {
    this.#print({ event: "note", message: sentence });
  }

  handleFailure(failure: Failure): void {
    this.#print(toErrorEvent(failure, this.#outputs));
    this.#outputs.stderr.write(formatFailure(failure, this.#outputs));
  }

  end(): void {
    // Every line was written as it came.
  }

  #print(event: PublicEvent): void {
    this.#outputs.stdout.write(`${toJson(event)}\n`);
  }
}

export function toErrorEvent(failure: Failure, options: { readonly isVerbose: boolean }): PublicEvent {
  const { code, message, causes } = failure;
  return { event: "error", code, message, ...(options.isVerbose ? { causes } : {}) };
}
