/**
 * Opens the state database for writing, whatever it finds: none, an older one (copied, then migrated), a newer one
 * (refused, untouched), a damaged one (moved to quarantine, and what can be read of it and of the last copy is kept).
 */
import { chmodSync, closeSync, copyFileSync, existsSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { TorrentialError } from "@torrential/core";
import { ensureFolderSync } from "@torrential/node";
import { MIGRATIONS } from "./migrations.ts";
import { rescue } from "./rescue.ts";

export const DATABASE_NAME = "state.db";
export const QUARANTINE_NAME = "quarantine";
const BACKUP_NAME = "state.backup.db";

/** A version that is newer by more is no version of ours: the number is damaged. */
const VERSIONS_AHEAD_MAX = 1_000;
/** SQLite's own result codes. */
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

export interface OpenedDatabase {
  readonly db: DatabaseSync;
  /** Sentences for the history: what was found wrong and what was done. */
  readonly notes: readonly string[];
}

export interface OpenOptions {
  readonly folder: string;
  readonly trust: StateTrust;
}

export type StateTrust =
  /** The last stop was clean. */
  | "sound"
  /** It was not: every page is looked at first. */
  | "suspect"
  /** Something could not be read, whatever the pages look like: what can be is kept. */
  | "damaged";

/** Throws "state-newer", "state-unwritable" or what the file system says. */
export function openDatabase(options: OpenOptions): OpenedDatabase {
  const path = join(options.folder, DATABASE_NAME);
  const notes: string[] = [];
  let db = openOrUndefined(path, options);
  if (db === undefined) {
    const aside = moveAside(options.folder);
    db = open(path);
    migrate(db, path);
    const backup = join(options.folder, BACKUP_NAME);
    const saved = rescue(db, existsSync(backup) ? [aside, backup] : [aside]);
    notes.push(`The state database was damaged and is now at ${aside}. Of its entries ${saved} could be kept.`);
  }
  return { db, notes };
}

/** Undefined when it is damaged. */
function openOrUndefined(path: string, options: OpenOptions): DatabaseSync | undefined {
  let db: DatabaseSync | undefined;
  try {
    refuseNewer(path);
    db = open(path);
    if (options.trust === "damaged" || (options.trust === "suspect" && !isSound(db))) throw new DamagedError();
    migrate(db, path);
    return db;
  } catch (error) {
    db?.close();
    if (isDamage(error)) return undefined;
    throw error;
  }
}

class DamagedError extends Error {}

/** Whether SQLite says that the file is not what it was. */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamagedError) return true;
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return false;
  const code = error.errcode & 0xff;
  // A table that is missing in a database of the right version is damage too: "no such table" is code 1.
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB || /no such (?:table|column)|malformed/.test(error.message);
}

function isSound(db: DatabaseSync): boolean {
  const row = db.prepare("PRAGMA quick_check(1)").get();
  return row !== undefined && Object.values(row)[0] === "ok";
}

function open(path: string): DatabaseSync {
  // SQLite gives its journal the mode of the database: ours alone (PROMISES C25).
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
  const db = new DatabaseSync(path, { timeout: 5_000 });
  db.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF",
  );
  return db;
}

function versionOf(db: DatabaseSync): number {
  const row = db.prepare("PRAGMA user_version").get();
  return Number(row?.["user_version"] ?? 0);
}

/** Looks before anything is opened for writing, so that a newer database stays as it is. */
function refuseNewer(path: string): void {
  if (!existsSync(path)) return;
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const version = versionOf(db);
    if (version < 0 || version > MIGRATIONS.length + VERSIONS_AHEAD_MAX) throw new DamagedError();
    if (version > MIGRATIONS.length) {
      throw new TorrentialError(
        "state-newer",
        `The state in ${path} is of version ${version}, and this program knows ${MIGRATIONS.length}: ` +
          "start the newer program again, or choose another state folder. Nothing was changed.",
      );
    }
  } finally {
    db.close();
  }
}

/** Each step in a transaction of its own; before the first, the file as it was is kept beside it. */
function migrate(db: DatabaseSync, path: string): void {
  const version = versionOf(db);
  if (version === MIGRATIONS.length) {
    db.prepare("SELECT count(*) FROM torrents").get();
    return;
  }
  if (version > 0) {
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    copyFileSync(path, `${path}.v${version}`);
    chmodSync(`${path}.v${version}`, 0o600);
  }
  for (const [index, { sql }] of MIGRATIONS.entries()) {
    if (index < version) continue;
    db.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}

/** Moves the database and its journals out of the way; answers with its new path. */
function moveAside(folder: string): string {
  const quarantine = join(folder, QUARANTINE_NAME);
  ensureFolderSync(quarantine, 0o700);
  let target = "";
  for (let n = 1; target === "" || existsSync(target); n++) target = join(quarantine, `state-${n}.db`);
  for (const suffix of ["-wal", "-shm", ""]) {
    const from = join(folder, DATABASE_NAME + suffix);
    if (existsSync(from)) renameSync(from, target + suffix);
  }
  return target;
}

/** A whole copy beside the database, for the day when that is damaged. Replaces the one before only when complete. */
export function backUp(db: DatabaseSync, folder: string): void {
  const target = join(folder, BACKUP_NAME);
  const temporary = `${target}.new`;
  rmSync(temporary, { force: true });
  db.prepare("VACUUM INTO ?").run(temporary);
  chmodSync(temporary, 0o600);
  renameSync(temporary, target);
}
