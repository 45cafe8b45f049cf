/**
 * The schema of the state, as the steps that lead to it. `user_version` counts the steps taken; a step that was published
 * is never changed again. Documents are JSON: what they hold grows without a step.
 */

export interface Migration {
  /** What it is for. */
  readonly name: string;
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  {
    name: "the beginning",
    sql: `
      -- Ids are never used again: AUTOINCREMENT remembers the largest.
      CREATE TABLE torrents (id INTEGER PRIMARY KEY AUTOINCREMENT, info_hash TEXT NOT NULL UNIQUE, record TEXT NOT NULL);
      -- The .torrent as it came, or one made around an info dictionary that peers sent.
      CREATE TABLE metadata (info_hash TEXT PRIMARY KEY, torrent BLOB NOT NULL);
      -- What moves all the time, saved less often.
      CREATE TABLE progress (info_hash TEXT PRIMARY KEY, record TEXT NOT NULL);
      CREATE TABLE categories (name TEXT PRIMARY KEY, record TEXT NOT NULL);
      CREATE TABLE tags (name TEXT PRIMARY KEY, record TEXT NOT NULL);
      CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
      CREATE TABLE store (area TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (area, key));
      CREATE TABLE history (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, level TEXT NOT NULL, type TEXT NOT NULL,
        info_hash TEXT, message TEXT NOT NULL
      );
      CREATE INDEX history_of_torrent ON history (info_hash, id) WHERE info_hash IS NOT NULL;
      -- Sums of bytes over buckets of a span; info_hash is empty for the whole daemon.
      CREATE TABLE rates (
        info_hash TEXT NOT NULL, span TEXT NOT NULL, at_ms INTEGER NOT NULL, down INTEGER NOT NULL, up INTEGER NOT NULL,
        PRIMARY KEY (info_hash, span, at_ms)
      ) WITHOUT ROWID;
      CREATE TABLE trash (info_hash TEXT PRIMARY KEY, removed_at_ms INTEGER NOT NULL, record TEXT NOT NULL, torrent BLOB);
    `,
  },
];

/** What `user_version` is in a state of this version. */
export const STATE_VERSION: number = MIGRATIONS.length;

/** Tables in the order in which a damaged database is saved: what matters most first. */
export const TABLES: readonly string[] = [
  "torrents",
  "metadata",
  "progress",
  "categories",
  "tags",
  "settings",
  "store",
  "trash",
  "history",
  "rates",
];
