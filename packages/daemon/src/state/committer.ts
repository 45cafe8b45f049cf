/**
 * Writes for many at once: what was asked while the disk was busy goes into one transaction and costs one sync. A
 * request that fails takes only its own changes with it.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { DiskErrorClass } from "@torrential/engine";
import type { Change } from "./messages.ts";
import type { Reserve } from "./reserve.ts";

/** SQLite's own result codes. */
const CLASS_BY_CODE: ReadonlyMap<number, DiskErrorClass> = new Map([
  [8, "read-only"], // SQLITE_READONLY
  [10, "io"], // SQLITE_IOERR
  [11, "corrupt"], // SQLITE_CORRUPT
  [13, "full"], // SQLITE_FULL
  [14, "denied"], // SQLITE_CANTOPEN
]);
/** More statements than we ever write by hand; beyond it something is built from values, which must not be. */
const STATEMENTS_MAX = 200;

export interface WriteRequest {
  readonly id: number;
  readonly changes: readonly Change[];
}

export type WriteOutcome =
  | { readonly id: number; readonly ok: true }
  | { readonly id: number; readonly ok: false; readonly class: DiskErrorClass; readonly message: string };

export class Committer {
  readonly #db: DatabaseSync;
  readonly #reserve: Reserve;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync, reserve: Reserve) {
    this.#db = db;
    this.#reserve = reserve;
  }

  /** Outcomes are true once this returns: what is "ok" is on disk. */
  commit(requests: readonly WriteRequest[]): WriteOutcome[] {
    const outcomes = this.#attempt(requests);
    const isFull = outcomes.some((outcome) => !outcome.ok && outcome.class === "full");
    // The reserve is there for this moment: what was promised room gets it.
    return isFull && this.#reserve.release() ? this.#attempt(requests) : outcomes;
  }

  #attempt(requests: readonly WriteRequest[]): WriteOutcome[] {
    try {
      this.#db.exec("BEGIN IMMEDIATE");
    } catch (error) {
      return requests.map(({ id }) => failed(id, error));
    }
    const outcomes: WriteOutcome[] = [];
    for (const request of requests) {
      const outcome = this.#apply(request);
      outcomes.push(outcome);
      // SQLite ends the whole transaction by itself when the disk fails: nobody's changes are there.
      if (!this.#db.isTransaction) return requests.map(({ id }) => ({ ...outcome, id }));
    }
    try {
      this.#db.exec("COMMIT");
      return outcomes;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      return requests.map(({ id }) => failed(id, error));
    }
  }

  #apply({ id, changes }: WriteRequest): WriteOutcome {
    try {
      this.#db.exec("SAVEPOINT request");
      for (const { sql, params } of changes) this.#prepare(sql).run(...params);
      this.#db.exec("RELEASE request");
      return { id, ok: true };
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK TO request; RELEASE request");
      return failed(id, error);
    }
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    if (this.#statements.size >= STATEMENTS_MAX) this.#statements.clear();
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function failed(id: number, error: unknown): WriteOutcome {
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : -1;
  const message = error instanceof Error ? error.message : String(error);
  return { id, ok: false, class: CLASS_BY_CODE.get(code) ?? "io", message };
}
