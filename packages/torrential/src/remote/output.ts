/** What verbs print: tables for people, JSON for programs. */
import type { GlobalOptions } from "../options.ts";
import { toJson } from "../text.ts";
import { type Column, drawTable } from "./table.ts";

/** A table, or with `--json` an object a line. */
export function printRows<Row>(rows: readonly Row[], table: readonly Column<Row>[], options: GlobalOptions): void {
  if (options.json === true) {
    for (const row of rows) printLine(toJson(row));
    return;
  }
  if (rows.length === 0) return;
  const columns = process.stdout.isTTY ? process.stdout.columns : undefined;
  for (const line of drawTable(rows, table, { columns })) printLine(line);
}

/** Sentences for people, nothing with `--quiet`; with `--json` the value. */
export function printResult(value: unknown, sentences: readonly string[], options: GlobalOptions): void {
  if (options.json === true) printLine(toJson(value));
  else if (options.quiet !== true) for (const sentence of sentences) printLine(sentence);
}

export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
