/** Tables for people: columns as wide as they must be, numbers to the right, the last text column cut to the terminal. */
import { fitTo, toLine, widthOf } from "../text.ts";

export interface Column<Row> {
  readonly title: string;
  readonly isRight?: boolean;
  /** Cut when the terminal is too narrow. */
  readonly isElastic?: boolean;
  readonly text: (row: Row) => string;
}

const GAP = "  ";
const ELASTIC_MIN = 12;

/** Lines without line breaks, the head first; `columns` undefined for as wide as it is. */
export function drawTable<Row>(
  rows: readonly Row[],
  table: readonly Column<Row>[],
  options: { readonly columns: number | undefined; readonly hasHead?: boolean },
): string[] {
  const head = options.hasHead === false ? [] : [table.map(({ title }) => title)];
  const cells = [...head, ...rows.map((row) => table.map(({ text }) => toLine(text(row))))];
  const widths = table.map((_, index) => Math.max(...cells.map((line) => widthOf(line[index] ?? "")), 0));
  if (options.columns !== undefined) shrink(widths, table, options.columns);
  return cells.map((line) =>
    line
      .map((cell, index) => align(cell, widths[index] ?? 0, table[index]?.isRight === true))
      .join(GAP)
      .trimEnd(),
  );
}

function shrink(widths: number[], table: readonly Column<never>[], columns: number): void {
  const excess = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) - columns;
  const elastic = table.findIndex(({ isElastic }) => isElastic === true);
  const width = widths[elastic];
  if (excess > 0 && width !== undefined) widths[elastic] = Math.max(ELASTIC_MIN, width - excess);
}

function align(cell: string, width: number, isRight: boolean): string {
  const own = widthOf(cell);
  if (own > width) return fitTo(cell, width, "…");
  return isRight ? " ".repeat(width - own) + cell : cell + " ".repeat(width - own);
}
