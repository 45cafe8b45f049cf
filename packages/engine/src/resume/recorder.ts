/**
 * Keeps a torrent's journal behind the truth on disk: committed pieces are named in a `written` record within two
 * seconds, then the files are synced, and only then a `synced` record claims them (PROMISES, order of truth).
 */
import type { Bitfield } from "@torrential/core";
import { concatBytes, type InfoHash } from "@torrential/core";
import type { Outlet } from "../outbox.ts";
import type { DiskJob, StoreId } from "../ports/disk.ts";
import type { Millis } from "../ports/machine.ts";
import type { StateCommand } from "../ports/state.ts";
import {
  encodeJournalHeader,
  encodeJournalRecord,
  type FileStamp,
  type JournalRecord,
  type Totals,
} from "./journal.ts";

/** PROMISES F01: a crash costs no verified piece older than 5 s; half of that leaves room for the write itself. */
const WRITTEN_INTERVAL_MS = 2_000;
/** PROMISES, order of truth: "batched, at most every 5 s". ADR 10 says why not also by bytes. */
const SYNC_INTERVAL_MS = 5_000;
/** F01: counters may be behind by 30 s. */
const TOTALS_INTERVAL_MS = 30_000;
/** A journal is rewritten as one snapshot when its records outgrow this many times the bitmap. */
const COMPACT_FACTOR = 8;
const COMPACT_BYTES_MIN = 256 * 1024;

export interface RecorderDeps {
  readonly out: Outlet<{ readonly type: "disk"; readonly job: DiskJob } | StateCommand>;
  readonly nextId: () => number;
}

export interface RecorderOptions {
  readonly infoHash: InfoHash;
  readonly store: StoreId;
  /** What the last journal vouched for; a snapshot of it opens the new one. */
  readonly have: Bitfield;
  /** Pieces that passed a check since: good, but maybe only in memory of the system. */
  readonly unsynced: readonly number[];
  readonly totals: Totals;
  /**
   * Stamps of a journal that ended cleanly and says just this: it stands until something is written, so that a seed
   * which only uploads costs no write at its start, and none at its end.
   */
  readonly cleanFiles?: readonly FileStamp[] | undefined;
  readonly now: Millis;
}

export class ResumeRecorder {
  readonly #deps: RecorderDeps;
  readonly #infoHash: InfoHash;
  readonly #store: StoreId;
  /** What the journal claims as synced. */
  readonly #synced: Bitfield;
  #totals: Totals;
  #recordedTotals: Totals;
  #unnamed: number[] = [];
  #unsynced: number[] = [];
  #syncing: { readonly job: number; readonly pieces: readonly number[]; readonly totals: Totals } | undefined;
  #nextWrittenAt: Millis;
  #nextSyncAt: Millis;
  #nextTotalsAt: Millis;
  #journalBytes = 0;
  /** While the journal on disk is the clean one of before. */
  #cleanFiles: readonly FileStamp[] | undefined;
  #suspended = false;

  constructor(options: RecorderOptions, deps: RecorderDeps) {
    this.#deps = deps;
    this.#infoHash = options.infoHash;
    this.#store = options.store;
    this.#synced = options.have.clone();
    this.#unsynced = [...options.unsynced];
    this.#totals = options.totals;
    this.#recordedTotals = options.totals;
    this.#nextWrittenAt = options.now + WRITTEN_INTERVAL_MS;
    this.#nextSyncAt = options.now + SYNC_INTERVAL_MS;
    this.#nextTotalsAt = options.now + TOTALS_INTERVAL_MS;
    this.#cleanFiles = options.cleanFiles;
    if (this.#cleanFiles === undefined) this.#compact();
  }

  /** What the journal claims: a live view. */
  get synced(): Bitfield {
    return this.#synced;
  }

  /** Stamps of the files while the journal of before stands, undefined since something was written. */
  get cleanFiles(): readonly FileStamp[] | undefined {
    return this.#cleanFiles;
  }

  /** Whether something is written that no `synced` record claims yet. */
  get isDirty(): boolean {
    return this.#unsynced.length > 0 || this.#syncing !== undefined;
  }

  get isSyncing(): boolean {
    return this.#syncing !== undefined;
  }

  handleCommitted(piece: number): void {
    if (this.#cleanFiles !== undefined) {
      this.#cleanFiles = undefined;
      this.#compact();
    }
    this.#unnamed.push(piece);
    this.#unsynced.push(piece);
  }

  setTotals(totals: Totals): void {
    this.#totals = totals;
  }

  /** Starts a sync now, if one is due and none runs. */
  sync(now: Millis): void {
    if (this.#syncing !== undefined || this.#unsynced.length === 0) return;
    this.#nameWritten(now);
    const job = this.#deps.nextId();
    const pieces = this.#unsynced;
    this.#syncing = { job, pieces, totals: this.#totals };
    this.#unsynced = [];
    this.#deps.out.push({ type: "disk", job: { type: "sync", job, store: this.#store, pieces } });
  }

  /** The files are synced up to what was committed before the sync began. */
  handleSynced(now: Millis): void {
    const done = this.#syncing;
    if (done === undefined) return;
    this.#syncing = undefined;
    this.#nextSyncAt = now + SYNC_INTERVAL_MS;
    for (const piece of done.pieces) this.#synced.set(piece);
    this.#recordedTotals = done.totals;
    this.#append({ type: "synced", pieces: done.pieces, totals: done.totals });
    this.#compactWhenLarge();
  }

  /** The disk refused to sync: those pieces stay unsynced and are tried again. */
  handleSyncFailed(now: Millis): void {
    if (this.#syncing === undefined) return;
    this.#unsynced = [...this.#syncing.pieces, ...this.#unsynced];
    this.#syncing = undefined;
    this.#nextSyncAt = now + SYNC_INTERVAL_MS;
  }

  /** Ends the journal with a clean snapshot; `files` are the stamps after the last sync. Call when not dirty. */
  close(files: readonly FileStamp[]): void {
    this.#suspended = true;
    if (this.#cleanFiles !== undefined && isSame(this.#cleanFiles, files)) {
      if (this.#totalsChanged()) this.#append({ type: "synced", pieces: [], totals: this.#totals });
      return;
    }
    this.#replace([{ type: "snapshot", clean: true, have: this.#synced, totals: this.#totals, files }]);
  }

  nextTimeout(): Millis | undefined {
    if (this.#suspended) return undefined;
    const times: Millis[] = [];
    if (this.#unnamed.length > 0) times.push(this.#nextWrittenAt);
    if (this.#unsynced.length > 0 && this.#syncing === undefined) times.push(this.#nextSyncAt);
    if (this.#totalsChanged()) times.push(this.#nextTotalsAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  handleTimeout(now: Millis): void {
    if (this.#suspended) return;
    if (this.#unnamed.length > 0 && now >= this.#nextWrittenAt) this.#nameWritten(now);
    if (now >= this.#nextSyncAt) this.sync(now);
    if (now >= this.#nextTotalsAt && this.#totalsChanged()) {
      this.#recordedTotals = this.#totals;
      this.#append({ type: "synced", pieces: [], totals: this.#totals });
      this.#nextTotalsAt = now + TOTALS_INTERVAL_MS;
      this.#compactWhenLarge();
    }
  }

  #totalsChanged(): boolean {
    const { uploadedBytes, downloadedBytes } = this.#recordedTotals;
    return this.#totals.uploadedBytes !== uploadedBytes || this.#totals.downloadedBytes !== downloadedBytes;
  }

  #nameWritten(now: Millis): void {
    this.#nextWrittenAt = now + WRITTEN_INTERVAL_MS;
    if (this.#unnamed.length === 0) return;
    this.#append({ type: "written", pieces: this.#unnamed });
    this.#unnamed = [];
  }

  #compactWhenLarge(): void {
    if (this.#journalBytes > Math.max(COMPACT_BYTES_MIN, (COMPACT_FACTOR * this.#synced.length) / 8)) this.#compact();
  }

  #compact(): void {
    const written = this.#unsynced.length > 0 ? [{ type: "written" as const, pieces: this.#unsynced }] : [];
    this.#replace([
      {
        type: "snapshot",
        clean: this.#cleanFiles !== undefined,
        have: this.#synced,
        totals: this.#recordedTotals,
        files: this.#cleanFiles ?? [],
      },
      ...written,
    ]);
  }

  #append(record: JournalRecord): void {
    const bytes = encodeJournalRecord(record);
    this.#journalBytes += bytes.length;
    this.#deps.out.push({ type: "journal-append", key: this.#infoHash, bytes });
  }

  #replace(records: readonly JournalRecord[]): void {
    const header = encodeJournalHeader(this.#infoHash, this.#synced.length);
    const bytes = concatBytes([header, ...records.map(encodeJournalRecord)]);
    this.#journalBytes = bytes.length;
    this.#deps.out.push({ type: "journal-replace", key: this.#infoHash, bytes });
  }
}

function isSame(before: readonly FileStamp[], now: readonly FileStamp[]): boolean {
  return (
    before.length === now.length &&
    before.every((stamp, file) => stamp.lengthBytes === now[file]?.lengthBytes && stamp.mtimeMs === now[file].mtimeMs)
  );
}
