/**
 * Changes records: in memory at once, so that two changes at the same time both count, and answered when they are on
 * disk. A change that the disk refuses is taken back.
 */
import type { Change } from "../state/messages.ts";
import type { TorrentRecord } from "../state/records.ts";
import type { ServiceContext } from "./context.ts";
import type { Entry } from "./entry.ts";
import { ServiceError } from "./errors.ts";
import type { Runner } from "./runner.ts";
import { reloadRecord, updateTorrent } from "./saving.ts";
import type { BulkResult, TorrentRef } from "./service.ts";

export class Editor {
  readonly #context: ServiceContext;
  readonly #runner: Runner;

  constructor(context: ServiceContext, runner: Runner) {
    this.#context = context;
    this.#runner = runner;
  }

  /** Throws "not-found". */
  need(ref: TorrentRef): Entry {
    const entry = this.#context.model.find(ref);
    if (entry === undefined) throw new ServiceError("not-found", `There is no torrent ${String(ref)}`);
    return entry;
  }

  /** `change` answers with what is another, or with nothing. Other `changes` go with it, all or none. */
  async edit(
    entries: readonly Entry[],
    change: (entry: Entry) => Partial<TorrentRecord> | undefined,
    changes: readonly Change[] = [],
  ): Promise<void> {
    const edited: Entry[] = [];
    for (const entry of entries) {
      const part = change(entry);
      if (part === undefined) continue;
      entry.record = { ...entry.record, ...part };
      edited.push(entry);
      this.#context.model.touch(entry);
    }
    try {
      await this.#context.store.write(...edited.map(({ record }) => updateTorrent(record)), ...changes);
    } catch (error) {
      for (const entry of edited) this.#takeBack(entry);
      throw error;
    }
  }

  /**
   * One change for many torrents, each known or not. `change` may throw a ServiceError, which counts for that torrent
   * alone; `then` is called for those that are on disk.
   */
  async bulk(
    refs: readonly TorrentRef[],
    change: (entry: Entry) => Partial<TorrentRecord> | undefined,
    then: (entry: Entry) => void = () => {},
  ): Promise<BulkResult> {
    const failed: { ref: TorrentRef; code: string; message: string }[] = [];
    const parts = new Map<Entry, Partial<TorrentRecord> | undefined>();
    for (const ref of refs) {
      try {
        const entry = this.need(ref);
        parts.set(entry, change(entry));
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        failed.push({ ref, code: error.code, message: error.message });
      }
    }
    const entries = [...parts.keys()];
    await this.edit(entries, (entry) => parts.get(entry));
    for (const entry of entries) {
      then(entry);
      this.#runner.consider(entry);
    }
    this.#runner.pump();
    return { done: entries.map(({ infoHash }) => infoHash), failed };
  }

  #takeBack(entry: Entry): void {
    const record = reloadRecord(this.#context.store, entry.infoHash);
    if (record !== undefined) entry.record = record;
    this.#context.model.touch(entry);
  }
}
