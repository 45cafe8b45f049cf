/** Puts entries on disk. Each function resolves once it is there, and rejects with a `ServiceError`. */
import type { InfoHash } from "@torrential/core";
import type { Change } from "../state/messages.ts";
import { NO_PROGRESS, parseProgress, parseTorrentRecord, type TorrentRecord } from "../state/records.ts";
import type { Row, StateStore } from "../state/state-store.ts";
import { type Entry, makeEntry } from "./entry.ts";

/** Whoever is not in memory is new: what a damaged row, or an index that names one, says else gives way. */
export function insertTorrent(record: TorrentRecord, torrent: Uint8Array | undefined): Change[] {
  const changes: Change[] = [
    {
      sql: "INSERT OR REPLACE INTO torrents (id, info_hash, record) VALUES (?, ?, ?)",
      params: [record.id, record.infoHash, JSON.stringify(record)],
    },
  ];
  return torrent === undefined ? changes : [...changes, putMetadata(record.infoHash, torrent)];
}

export function putMetadata(infoHash: InfoHash, torrent: Uint8Array): Change {
  return { sql: "INSERT OR REPLACE INTO metadata (info_hash, torrent) VALUES (?, ?)", params: [infoHash, torrent] };
}

export function updateTorrent(record: TorrentRecord): Change {
  return { sql: "UPDATE torrents SET record = ? WHERE id = ?", params: [JSON.stringify(record), record.id] };
}

export function deleteTorrent(infoHash: InfoHash): Change[] {
  return ["torrents", "metadata", "progress", "rates"].map((table) => ({
    sql: `DELETE FROM ${table} WHERE info_hash = ?`,
    params: [infoHash],
  }));
}

export function saveProgress(entry: Entry): Change {
  return {
    sql: "INSERT OR REPLACE INTO progress (info_hash, record) VALUES (?, ?)",
    params: [entry.infoHash, JSON.stringify(entry.progress)],
  };
}

/** A row that could not be read, and what is known of it. */
export interface Unreadable {
  readonly id: number;
  readonly infoHash: string;
  readonly message: string;
}

/** Every torrent of the state, one by one: one that cannot be read keeps none of the others (PROMISES C23). */
export function loadEntries(store: StateStore): { readonly entries: Entry[]; readonly unreadable: Unreadable[] } {
  const entries: Entry[] = [];
  const unreadable: Unreadable[] = [];
  const progress = new Map(
    store.all("SELECT info_hash, record FROM progress").map((row) => [String(row["info_hash"]), row]),
  );
  for (const row of store.all("SELECT id, info_hash, record FROM torrents ORDER BY id")) {
    try {
      entries.push(loadEntry(row, progress.get(String(row["info_hash"]))));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      unreadable.push({ id: Number(row["id"]), infoHash: String(row["info_hash"]), message });
    }
  }
  return { entries, unreadable };
}

function loadEntry(row: Row, progress: Row | undefined): Entry {
  const record = parseTorrentRecord(String(row["record"]));
  if (record.id !== row["id"] || record.infoHash !== row["info_hash"]) {
    throw new Error(`record: it is that of ${record.infoHash}, wanted ${String(row["info_hash"])}`);
  }
  return makeEntry(record, loadProgress(progress));
}

function loadProgress(row: Row | undefined) {
  try {
    return row === undefined ? NO_PROGRESS : parseProgress(String(row["record"]));
  } catch {
    // It is counted anew: nothing that anybody decided is lost.
    return NO_PROGRESS;
  }
}

/** As the database has it. Undefined when there is none, or none that can be read. */
export function reloadRecord(store: StateStore, infoHash: InfoHash): TorrentRecord | undefined {
  const row = store.get("SELECT record FROM torrents WHERE info_hash = ?", infoHash);
  try {
    return row === undefined ? undefined : parseTorrentRecord(String(row["record"]));
  } catch {
    return undefined;
  }
}

/** The .torrent. Undefined without metadata. */
export function readMetadata(store: StateStore, infoHash: InfoHash): Uint8Array | undefined {
  const bytes = store.get("SELECT torrent FROM metadata WHERE info_hash = ?", infoHash)?.["torrent"];
  return bytes instanceof Uint8Array ? bytes : undefined;
}

/** The smallest id that was never used. */
export function nextTorrentId(store: StateStore): number {
  const row = store.get("SELECT seq FROM sqlite_sequence WHERE name = 'torrents'");
  const largest = store.get("SELECT max(id) AS id FROM torrents")?.["id"];
  return Math.max(Number(row?.["seq"] ?? 0), Number(largest ?? 0)) + 1;
}
