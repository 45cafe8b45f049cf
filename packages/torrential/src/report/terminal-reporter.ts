/** The progress lines of a terminal. */
import { type Failure, formatFailure } from "../failure.ts";
import { formatBytes, formatRate } from "../format.ts";
import { fitTo, toLine, widthOf } from "../text.ts";
import type { StatusView } from "../transfer/status-view.ts";
import type { WhyView } from "../transfer/why-view.ts";
import { LiveBlock } from "./live-block.ts";
import { isOver } from "./plain-reporter.ts";
import { drawProgress, type TerminalStyle } from "./progress-line.ts";
import type { Outputs, Reporter } from "./reporter.ts";

const TICK_MS = 200;

export interface Terminal {
  /** Asked before each drawing: people resize windows. */
  readonly style: () => TerminalStyle;
  readonly rows: () => number;
}

export class TerminalReporter implements Reporter {
  readonly tickMs: number = TICK_MS;
  readonly #outputs: Outputs;
  readonly #terminal: Terminal;
  readonly #block: LiveBlock;
  readonly #views = new Map<string, StatusView>();
  readonly #whys = new Map<string, readonly string[]>();

  constructor(outputs: Outputs, terminal: Terminal) {
    this.#outputs = outputs;
    this.#terminal = terminal;
    this.#block = new LiveBlock(outputs.stdout);
  }

  handleTick(views: readonly StatusView[]): void {
    for (const view of views) this.#views.set(view.infoHash, view);
    this.#draw();
  }

  handleChange(view: StatusView): void {
    this.#views.set(view.infoHash, view);
    this.#draw();
  }

  handleWhy({ infoHash, lines }: WhyView): void {
    this.#whys.set(infoHash, lines);
  }

  handleEvent(): void {
    // People get notes instead.
  }

  handleNote(sentence: string): void {
    this.#block.printAbove(() => this.#outputs.stderr.write(`torrential: ${toLine(sentence)}\n`));
  }

  handleFailure(failure: Failure): void {
    this.#block.printAbove(() => this.#outputs.stderr.write(formatFailure(failure, this.#outputs)));
  }

  end(): void {
    this.#draw();
  }

  #draw(): void {
    const style = this.#terminal.style();
    const views = [...this.#views.values()];
    const rows = Math.max(1, this.#terminal.rows() - 2);
    const whole = views.flatMap((view) => [drawProgress(view, style), ...this.#whyLines(view, style)]);
    if (whole.length <= rows) return this.#block.draw(whole);
    if (views.length <= rows) return this.#block.draw(views.map((view) => drawProgress(view, style)));
    // Those under way first; the rest is summed up.
    const shown = views.toSorted((a, b) => Number(isOver(a)) - Number(isOver(b))).slice(0, rows - 1);
    this.#block.draw([...shown.map((view) => drawProgress(view, style)), summarize(views, style)]);
  }

  #whyLines(view: StatusView, style: TerminalStyle): readonly string[] {
    const lines = isOver(view) ? [] : (this.#whys.get(view.infoHash) ?? []);
    return lines.map((line) => {
      const text = `  ${toLine(line)}`;
      return fitTo(text, Math.min(widthOf(text), style.columns - 1), style.isUnicode ? "…" : "~");
    });
  }
}

function summarize(views: readonly StatusView[], style: TerminalStyle): string {
  const sum = (pick: (view: StatusView) => number): number => views.reduce((total, view) => total + pick(view), 0);
  const bytes = `${formatBytes(sum((it) => it.verified))} of ${formatBytes(sum((it) => it.length))}`;
  const text = `all ${views.length} torrents: ${bytes}, ${formatRate(sum((it) => it.downRate))}`;
  return fitTo(text, Math.min(text.length, style.columns - 1), "~");
}
