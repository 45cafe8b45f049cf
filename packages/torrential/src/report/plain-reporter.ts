/** Lines for a pipe or a log: one at each change of state, and one every ten seconds. */
import { type Failure, formatFailure } from "../failure.ts";
import { formatBytes, formatCount, formatDuration, formatPercent, formatRate } from "../format.ts";
import { toLine } from "../text.ts";
import type { StatusView } from "../transfer/status-view.ts";
import type { WhyView } from "../transfer/why-view.ts";
import type { Outputs, Reporter } from "./reporter.ts";

const LINE_EVERY_MS = 10_000;
const TICK_MS = 500;

export class PlainReporter implements Reporter {
  readonly tickMs: number = TICK_MS;
  readonly #outputs: Outputs;
  readonly #printedAtMs = new Map<string, number>();
  readonly #whySaidAtMs = new Map<string, number>();

  constructor(outputs: Outputs) {
    this.#outputs = outputs;
  }

  handleTick(views: readonly StatusView[], nowMs: number): void {
    for (const view of views) {
      const printedAtMs = this.#printedAtMs.get(view.infoHash) ?? nowMs;
      const isDue = nowMs - printedAtMs >= LINE_EVERY_MS;
      this.#printedAtMs.set(view.infoHash, isDue ? nowMs : printedAtMs);
      if (isDue && !isOver(view)) this.#print(view);
    }
  }

  handleChange(view: StatusView): void {
    this.#printedAtMs.delete(view.infoHash);
    this.#print(view);
  }

  handleWhy({ infoHash, name, lines }: WhyView, nowMs: number): void {
    const saidAtMs = this.#whySaidAtMs.get(infoHash) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - saidAtMs < LINE_EVERY_MS) return;
    this.#whySaidAtMs.set(infoHash, nowMs);
    for (const line of lines) this.#outputs.stdout.write(`${toLine(name)}: why no faster: ${toLine(line)}\n`);
  }

  handleEvent(): void {
    // People get notes instead.
  }

  handleNote(sentence: string): void {
    this.#outputs.stderr.write(`torrential: ${toLine(sentence)}\n`);
  }

  handleFailure(failure: Failure): void {
    this.#outputs.stderr.write(formatFailure(failure, this.#outputs));
  }

  end(): void {
    // Every line was written as it came.
  }

  #print(view: StatusView): void {
    this.#outputs.stdout.write(`${toLine(view.name)}: ${describeStatus(view).join(", ")}\n`);
  }
}

/** `--quiet`: errors only. */
export class QuietReporter implements Reporter {
  readonly tickMs: number = TICK_MS;
  readonly #outputs: Outputs;

  constructor(outputs: Outputs) {
    this.#outputs = outputs;
  }

  handleTick(): void {
    // Nothing is said of what goes well.
  }

  handleChange(): void {
    // Nothing is said of what goes well.
  }

  handleWhy(): void {
    // Nothing is said of what goes well.
  }

  handleEvent(): void {
    // Nothing is said of what goes well.
  }

  handleNote(): void {
    // A note is no error.
  }

  handleFailure(failure: Failure): void {
    this.#outputs.stderr.write(formatFailure(failure, this.#outputs));
  }

  end(): void {
    // Every line was written as it came.
  }
}

export function isOver(view: StatusView): boolean {
  return view.state === "finished" || view.state === "stopped" || view.state === "error";
}

/** The state of a torrent as parts of a sentence. */
export function describeStatus(view: StatusView): string[] {
  const progress = `${formatPercent(view.verified, view.length)} of ${formatBytes(view.length)}`;
  switch (view.state) {
    case "fetching-metadata":
      return [describeFetching(view), formatCount(view.peers, "peer")];
    case "checking":
      return [describeChecking(view)];
    case "downloading": {
      const eta = view.eta === undefined ? [] : [`ETA ${formatDuration(view.eta)}`];
      return [`downloading ${progress}`, formatRate(view.downRate), ...eta, formatCount(view.peers, "peer")];
    }
    case "seeding":
      return [
        `seeding at ${formatRate(view.upRate)}`,
        `${formatBytes(view.uploaded)} uploaded`,
        formatCount(view.peers, "peer"),
      ];
    case "finished":
      return [`finished, ${formatBytes(view.length)} verified`];
    case "stopped":
      return [view.length === 0 ? "stopped" : `stopped at ${progress}`];
    case "error":
      return [view.length === 0 ? "failed" : `failed at ${progress}`];
  }
}

function describeFetching({ metadata }: StatusView): string {
  if (metadata === undefined) return "fetching metadata";
  return `fetching metadata, ${formatPercent(metadata.received, metadata.length)} of ${formatBytes(metadata.length)}`;
}

function describeChecking({ checked }: StatusView): string {
  if (checked === undefined || checked.total === 0) return "checking what is there";
  return `checking what is there, ${formatPercent(checked.done, checked.total)}`;
}
