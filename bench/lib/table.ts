/** Runs of several clients, side by side: medians, and how the first compares with the second. */

export type Measured = Readonly<Record<string, number>>;

export interface Run {
  readonly client: string;
  readonly measured: Measured;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** A Markdown table: a row for each client, then the ratio of the first to the second. */
export function formatTable(clients: readonly string[], runs: readonly Run[], columns: readonly string[]): string {
  const medianOf = (client: string, column: string): number =>
    median(runs.filter((it) => it.client === client).flatMap((it) => it.measured[column] ?? []));
  const rows = clients.map((client) => [client, ...columns.map((column) => formatNumber(medianOf(client, column)))]);
  const [first = "", second] = clients;
  if (second !== undefined)
    rows.push([
      `${first} ÷ ${second}`,
      ...columns.map((column) => formatNumber(medianOf(first, column) / medianOf(second, column))),
    ]);
  const table = [["median", ...columns], columns.map(() => "---").concat("---"), ...rows];
  return table.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}
