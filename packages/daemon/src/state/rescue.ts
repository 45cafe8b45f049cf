/** Copies what can still be read of damaged databases into a new one, row by row. */
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { TABLES } from "./migrations.ts";

/** Rows of earlier sources win. Answers with how many rows were saved. */
export function rescue(target: DatabaseSync, sources: readonly string[]): number {
  let saved = 0;
  for (const path of sources) {
    const source = openDamaged(path);
    if (source === undefined) continue;
    for (const table of TABLES) saved += rescueTable(target, source, table);
    saveSequence(target, source);
    source.close();
  }
  return saved;
}

function openDamaged(path: string): DatabaseSync | undefined {
  try {
    const db = new DatabaseSync(path);
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    return db;
  } catch {
    // Not even a database any more: the next source may be one.
    return undefined;
  }
}

function rescueTable(target: DatabaseSync, source: DatabaseSync, table: string): number {
  let saved = 0;
  target.exec("BEGIN");
  // A broken page ends a walk: what lies behind it is reached from the other end.
  for (const order of ["ASC", "DESC"]) {
    try {
      for (const row of source.prepare(`SELECT * FROM ${table} ORDER BY 1 ${order}`).iterate()) {
        if (insert(target, table, row)) saved += 1;
      }
      break;
    } catch {
      continue;
    }
  }
  target.exec("COMMIT");
  return saved;
}

/** Ids that were given once are not given again. */
function saveSequence(target: DatabaseSync, source: DatabaseSync): void {
  try {
    const row = source.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'torrents'").get();
    const last = Number(row?.["seq"] ?? 0);
    target.prepare("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'torrents'").run(last);
  } catch {
    // Unreadable: the largest id that was saved has to do.
  }
}

function insert(target: DatabaseSync, table: string, row: Record<string, unknown>): boolean {
  const columns = Object.keys(row);
  const sql = `INSERT OR IGNORE INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
  try {
    const { changes } = target.prepare(sql).run(...columns.map((column) => toInput(row[column])));
    return changes > 0;
  } catch {
    // A value that the table does not take, such as text in place of a number.
    return false;
  }
}

function toInput(value: unknown): SQLInputValue {
  if (typeof value === "string" || typeof value === "number" || typeof value === "bigint") return value;
  return value instanceof Uint8Array ? value : null;
}
