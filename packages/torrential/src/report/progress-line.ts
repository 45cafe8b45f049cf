/** A torrent on one line of a terminal, as wide as the terminal and no wider. */
import { formatBytes, formatCount, formatDuration, formatPercent, formatRate } from "../format.ts";
import { fitTo, toLine, widthOf } from "../text.ts";
import type { StatusView } from "../transfer/status-view.ts";

/** What the terminal can show. */
export interface TerminalStyle {
  readonly columns: number;
  readonly isUnicode: boolean;
  readonly isColour: boolean;
}

const NAME_COLUMNS_MIN = 12;
const BAR_COLUMNS_MIN = 10;
const BAR_COLUMNS_MAX = 30;
const GAP = "  ";

export function drawProgress(view: StatusView, style: TerminalStyle): string {
  const name = toLine(view.name);
  const bar = hasBar(view) ? BAR_COLUMNS_MIN + 2 + GAP.length : 0;
  // One column stays free: some terminals wrap when the last one is written.
  const columns = style.columns - 1;
  const facts = chooseFacts(factsOf(view, style), columns - bar - NAME_COLUMNS_MIN - GAP.length);
  const tail = facts.join(GAP);
  const room = Math.max(0, columns - widthOf(tail) - GAP.length);
  const barColumns = bar === 0 || room < NAME_COLUMNS_MIN + bar ? 0 : widthOfBar(room, widthOf(name));
  const nameColumns = Math.min(widthOf(name), barColumns === 0 ? room : room - barColumns - 2 - GAP.length);
  const parts = [fitTo(name, nameColumns, style.isUnicode ? "…" : "~")];
  if (barColumns > 0) parts.push(paint(drawBar(ratioOf(view), barColumns, style), colourOf(view), style));
  return [...parts, tail].filter((part) => part !== "").join(GAP);
}

/** "[####----]" or, where the terminal knows more, blocks in eighths. */
export function drawBar(ratio: number, columns: number, { isUnicode }: Pick<TerminalStyle, "isUnicode">): string {
  const full = Math.min(1, Math.max(0, ratio)) * columns;
  const whole = Math.floor(full);
  if (!isUnicode) return `[${"#".repeat(whole)}${"-".repeat(columns - whole)}]`;
  const part = whole < columns ? " ▏▎▍▌▋▊▉".charAt(Math.floor((full - whole) * 8)) : "";
  return `▕${"█".repeat(whole)}${part}${" ".repeat(Math.max(0, columns - whole - 1))}▏`;
}

/** Most important first: what does not fit goes from the end. */
function factsOf(view: StatusView, { isUnicode }: TerminalStyle): string[] {
  const percent = formatPercent(view.verified, view.length);
  switch (view.state) {
    case "fetching-metadata": {
      const { received, length } = view.metadata ?? { received: 0, length: 1 };
      return [`fetching metadata ${formatPercent(received, length)}`, formatCount(view.peers, "peer")];
    }
    case "checking": {
      const { done, total } = view.checked ?? { done: 0, total: 0 };
      return [`checking ${formatPercent(total === 0 ? 0 : done, Math.max(1, total))}`];
    }
    case "downloading":
      return [
        percent.padStart(6),
        formatRate(view.downRate).padStart(9),
        view.eta === undefined ? "ETA -" : `ETA ${formatDuration(view.eta)}`,
        formatCount(view.peers, "peer"),
        `${formatBytes(view.verified)} of ${formatBytes(view.length)}`,
      ];
    case "seeding":
      return [
        `seeding ${isUnicode ? "↑" : "up"} ${formatRate(view.upRate)}`,
        formatCount(view.peers, "peer"),
        `${formatBytes(view.uploaded)} uploaded`,
        `ratio ${(view.length === 0 ? 0 : view.uploaded / view.length).toFixed(2)}`,
      ];
    case "finished":
      return ["finished", formatBytes(view.length)];
    case "stopped":
      return [`stopped at ${percent}`, formatBytes(view.length)];
    case "error":
      return [`failed at ${percent}`, formatBytes(view.length)];
  }
}

function chooseFacts(facts: readonly string[], columns: number): string[] {
  const chosen: string[] = [];
  let width = 0;
  for (const fact of facts) {
    width += widthOf(fact) + (chosen.length === 0 ? 0 : GAP.length);
    // The first is shown whatever it takes.
    if (width > columns && chosen.length > 0) break;
    chosen.push(fact);
  }
  return chosen;
}

/** The name gets what it needs, and the bar the rest. */
function widthOfBar(room: number, nameColumns: number): number {
  const left = room - nameColumns - 2 - GAP.length;
  return Math.min(BAR_COLUMNS_MAX, Math.max(BAR_COLUMNS_MIN, left));
}

function hasBar(view: StatusView): boolean {
  return view.state === "checking" || view.state === "downloading";
}

function ratioOf(view: StatusView): number {
  if (view.state === "checking") return view.checked === undefined ? 0 : view.checked.done / (view.checked.total || 1);
  return view.length === 0 ? 1 : view.verified / view.length;
}

function colourOf(view: StatusView): string {
  return view.state === "checking" ? "33" : "32";
}

function paint(text: string, colour: string, { isColour }: TerminalStyle): string {
  return isColour ? `\u001b[${colour}m${text}\u001b[0m` : text;
}
