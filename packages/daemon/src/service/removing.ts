/**
 * Lets torrents go. What is asked is on disk first, so that a crash in the middle is made good at the next start; for an
 * hour it can be undone. Data goes to a trash folder beside it where that was asked, and is deleted when the hour is over.
 */
import { unlink } from "node:fs/promises";
import { join } from "node:path";
import type { InfoHash } from "@torrential/core";
import { Fields } from "../state/fields.ts";
import { parseTorrentRecord, type TorrentRecord } from "../state/records.ts";
import type { Row } from "../state/state-store.ts";
import type { ServiceContext } from "./context.ts";
import { type Entry, makeEntry } from "./entry.ts";
import { ServiceError } from "./errors.ts";
import { ENGINE_FOLDER } from "./files.ts";
import type { Runner } from "./runner.ts";
import { deleteTorrent, insertTorrent, readMetadata } from "./saving.ts";
import type { RemoveOptions } from "./service.ts";
import { deleteTrash, moveToTrash, restoreFromTrash } from "./trash-files.ts";

const HOUR_MS = 3_600_000;

/** What becomes of the data. */
type DataFate = "keep" | "trash" | "delete";

interface TrashRow {
  readonly record: TorrentRecord;
  readonly fate: DataFate;
  readonly torrent: Uint8Array | undefined;
}

/** Trackers have 5 s to hear that a torrent stops; a slow disk takes longer. */
const LEAVING_MS_MAX = 30_000;

/** The engine has not let go of it yet, or its data is on the way to the trash. */
interface Leaving {
  readonly row: TrashRow;
  readonly gone: Promise<void>;
  readonly handleGone: () => void;
}

export class Removing {
  readonly #context: ServiceContext;
  readonly #runner: Runner;
  readonly #leaving = new Map<InfoHash, Leaving>();

  constructor(context: ServiceContext, runner: Runner) {
    this.#context = context;
    this.#runner = runner;
  }

  /** Resolves when the removal is on disk; the engine and the files follow. */
  async remove(entries: readonly Entry[], options: RemoveOptions): Promise<void> {
    const { store, model, history, clock } = this.#context;
    const fate = !options.deleteData ? "keep" : options.trash === true ? "trash" : "delete";
    const rows = entries.map(({ record }): TrashRow => ({
      record,
      fate,
      torrent: readTorrent(store, record.infoHash),
    }));
    await store.write(
      ...rows.flatMap((row) => [
        ...deleteTorrent(row.record.infoHash),
        {
          sql: "INSERT OR REPLACE INTO trash (info_hash, removed_at_ms, record, torrent) VALUES (?, ?, ?, ?)",
          params: [
            row.record.infoHash,
            clock.wall(),
            JSON.stringify({ fate, record: row.record }),
            row.torrent ?? null,
          ],
        },
      ]),
    );
    for (const [index, entry] of entries.entries()) {
      const row = rows[index];
      // Two removals of one torrent at the same time: the first has done it.
      if (row === undefined || model.find(entry.infoHash) !== entry) continue;
      model.remove(entry);
      history.add({
        type: "removed",
        infoHash: entry.infoHash,
        message: `${entry.view?.name ?? entry.infoHash} was removed`,
      });
      this.#letGo(entry, row);
    }
  }

  /** The engine has let go of it. */
  handleUnloaded(infoHash: InfoHash, problem: string | undefined): void {
    const { history } = this.#context;
    if (problem !== undefined) history.add({ type: "problem", level: "warning", infoHash, message: problem });
    void this.#finish(infoHash);
  }

  /** It was added again before the engine had let go: nothing more becomes of its data. */
  handleTaken(infoHash: InfoHash): void {
    this.#leaving.get(infoHash)?.handleGone();
    this.#leaving.delete(infoHash);
  }

  async #finish(infoHash: InfoHash): Promise<void> {
    const leaving = this.#leaving.get(infoHash);
    if (leaving?.row.fate === "trash") await this.#moveToTrash(leaving.row);
    // It may have come back and be leaving again.
    if (this.#leaving.get(infoHash) === leaving) this.#leaving.delete(infoHash);
    leaving?.handleGone();
    if (leaving?.row.fate === "delete") await this.#forget(infoHash);
  }

  /** Undoes a removal of the last hour, once it is through. Throws "not-found" or "conflict". */
  async restore(hash: string): Promise<Entry> {
    const { store, model } = this.#context;
    const known = readTrash(store.get("SELECT * FROM trash WHERE info_hash = ?", hash.toLowerCase()));
    if (known !== undefined && model.find(known.record.infoHash) === undefined) await this.#untilGone(known);
    const row = readTrash(store.get("SELECT * FROM trash WHERE info_hash = ?", hash.toLowerCase()));
    if (row === undefined) throw new ServiceError("not-found", `${hash} was not removed within the last hour`);
    const { infoHash } = row.record;
    if (row.fate === "delete") throw new ServiceError("conflict", "Its data was deleted: add it again");
    if (model.find(infoHash) !== undefined) throw new ServiceError("duplicate", "It was added again meanwhile");
    if (row.fate === "trash") await restoreFromTrash(row);
    const insert = insertTorrent(row.record, row.torrent);
    await store.write(...insert, { sql: "DELETE FROM trash WHERE info_hash = ?", params: [infoHash] });
    const entry = makeEntry(row.record);
    model.add(entry);
    this.#runner.consider(entry);
    this.#runner.pump();
    return entry;
  }

  /** Who undoes or adds again at once would meet files that are still on the way. */
  async #untilGone({ record }: TrashRow): Promise<void> {
    const leaving = this.#leaving.get(record.infoHash);
    if (leaving === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const error = new ServiceError("conflict", "It is still being stopped: try again in a moment");
      timer = setTimeout(() => reject(error), LEAVING_MS_MAX);
    });
    try {
      await Promise.race([leaving.gone, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #startLeaving(row: TrashRow): void {
    const known = this.#leaving.get(row.record.infoHash);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#leaving.set(row.record.infoHash, { row, gone: promise, handleGone: resolve });
    known?.handleGone();
  }

  /**
   * It is about to be added again. What the engine remembers of its place (moved, renamed) and of the pieces there holds for
   * where it was: kept only where it is to be the same, so that nothing is hashed again; else it is forgotten.
   */
  async makeWay(record: TorrentRecord): Promise<void> {
    const { store } = this.#context;
    const { infoHash } = record;
    const row = readTrash(store.get("SELECT * FROM trash WHERE info_hash = ?", infoHash));
    if (row === undefined || (row.fate === "keep" && isSamePlace(row.record, record))) return;
    await this.#untilGone(row);
    await removeJournals(store.folder, infoHash);
  }

  /** Of a torrent that the engine has not let go yet. */
  metadataOf(infoHash: InfoHash): Uint8Array | undefined {
    return this.#leaving.get(infoHash)?.row.torrent;
  }

  /** After a start: what a crash left half done is done now. */
  resume(): void {
    for (const row of this.#rows()) {
      if (row.fate === "delete") this.#deleteResting(row);
      if (row.fate !== "trash") continue;
      this.#startLeaving(row);
      void this.#finish(row.record.infoHash);
    }
  }

  /** Deletes what has been in the trash for an hour. */
  async purge(): Promise<void> {
    const { store, clock } = this.#context;
    const old = store.all("SELECT * FROM trash WHERE removed_at_ms < ?", clock.wall() - HOUR_MS);
    for (const row of old) {
      const trash = readTrash(row);
      if (trash?.fate === "trash") await deleteTrash(trash);
      const infoHash = String(row["info_hash"]);
      if (trash === undefined || !this.#leaving.has(trash.record.infoHash)) await this.#forget(infoHash);
    }
  }

  #letGo(entry: Entry, row: TrashRow): void {
    const { infoHash } = entry;
    this.#startLeaving(row);
    this.#runner.forget(entry);
    if (entry.phase === "resting") {
      if (row.fate === "delete") this.#deleteResting(row);
      else this.handleUnloaded(infoHash, undefined);
    } else if (entry.phase === "unloading" && row.fate === "delete") this.#deleteResting(row);
    // While it can be undone its journal stays, so that nothing is hashed again.
    else this.#runner.unload(entry, { deleteFiles: row.fate === "delete", keepState: row.fate !== "delete" });
  }

  /** Only the engine knows which files are a torrent's: it takes it in to delete them. */
  #deleteResting(row: TrashRow): void {
    const { engine } = this.#context;
    const { infoHash, currentFolder, layout } = row.record;
    if (this.#leaving.get(infoHash)?.row !== row) this.#startLeaving(row);
    if (row.torrent !== undefined) {
      engine.send({
        type: "load",
        infoHash,
        source: row.torrent,
        options: { start: false, root: currentFolder, layout },
      });
    }
    engine.send({ type: "unload", infoHash, deleteFiles: true, keepState: false });
  }

  /** Until it is done nothing brings the torrent back. */
  async #moveToTrash(row: TrashRow): Promise<void> {
    try {
      await moveToTrash(row);
    } catch (error) {
      const message = `Its data could not be moved to the trash: ${error instanceof Error ? error.message : String(error)}`;
      this.#context.history.add({ type: "problem", level: "warning", infoHash: row.record.infoHash, message });
    }
  }

  #rows(): TrashRow[] {
    return this.#context.store.all("SELECT * FROM trash").flatMap((row) => readTrash(row) ?? []);
  }

  async #forget(infoHash: string): Promise<void> {
    const { model, store } = this.#context;
    if (model.find(infoHash) === undefined) await removeJournals(store.folder, infoHash);
    // A state that cannot be written keeps the row: it is done again at the next purge.
    await store.write({ sql: "DELETE FROM trash WHERE info_hash = ?", params: [infoHash] }).catch(() => undefined);
  }
}

function readTorrent(store: ServiceContext["store"], infoHash: InfoHash): Uint8Array | undefined {
  try {
    return readMetadata(store, infoHash);
  } catch {
    // Damaged: it can still be removed, though not brought back.
    return undefined;
  }
}

function readTrash(row: Row | undefined): TrashRow | undefined {
  if (row === undefined) return undefined;
  try {
    const fields = Fields.parse(String(row["record"]));
    const record = parseTorrentRecord(JSON.stringify(JSON.parse(String(row["record"])).record));
    const torrent = row["torrent"];
    return {
      record,
      fate: fields.oneOf("fate", ["keep", "trash", "delete"]) ?? "keep",
      torrent: torrent instanceof Uint8Array ? torrent : undefined,
    };
  } catch {
    // Damaged: its data stays where it is.
    return undefined;
  }
}

/** What the engine would have believed had the torrent come back. */
async function removeJournals(stateFolder: string, infoHash: string): Promise<void> {
  for (const name of [`${infoHash}.resume`, `${infoHash}.partials.resume`, `${infoHash}.place.resume`])
    await unlink(join(stateFolder, ENGINE_FOLDER, name)).catch(() => undefined);
}

function isSamePlace(before: TorrentRecord, after: TorrentRecord): boolean {
  const isRenamed = Object.keys(before.renames).length > 0;
  return !isRenamed && before.currentFolder === after.currentFolder && before.layout === after.layout;
}
