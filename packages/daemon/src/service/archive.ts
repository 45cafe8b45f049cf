/** All state as one document, without secrets, to move it to another machine. */
import { TorrentialError } from "@torrential/core";
import { Fields } from "../state/fields.ts";
import { parseProgress, parseTorrentRecord, type TorrentRecord } from "../state/records.ts";
import type { ServiceContext } from "./context.ts";
import { makeEntry } from "./entry.ts";
import { ServiceError } from "./errors.ts";
import type { Labels } from "./labels.ts";
import { checkFolder } from "./paths.ts";
import type { Runner } from "./runner.ts";
import { insertTorrent, readMetadata, saveProgress } from "./saving.ts";
import type { ArchiveService, BulkResult, TorrentRef } from "./service.ts";
import type { SettingsStore } from "./settings-service.ts";

const FORMAT = "torrential-state";
const VERSION = 1;

export interface ArchiveDeps {
  readonly context: ServiceContext;
  readonly labels: Labels;
  readonly runner: Runner;
  readonly settings: SettingsStore;
  /** Ids are given by one place. */
  readonly takeId: () => number;
}

export class Archive implements ArchiveService {
  readonly #deps: ArchiveDeps;

  constructor(deps: ArchiveDeps) {
    this.#deps = deps;
  }

  /** Pieces of one JSON text: passwords, tokens and sessions are not in it. */
  async *export(): AsyncGenerator<string> {
    const { context, labels, settings } = this.#deps;
    const own = Object.entries(settings.all()).filter(([key]) => settings.origin(key) === "api");
    const head = {
      format: FORMAT,
      version: VERSION,
      exportedAtMs: context.clock.wall(),
      settings: Object.fromEntries(own),
      categories: labels.categories(),
      tags: labels.tags(),
    };
    yield `${JSON.stringify(head).slice(0, -1)},"torrents":[`;
    let separator = "\n";
    for (const { infoHash, record, progress } of context.model.entries) {
      const torrent = readMetadata(context.store, infoHash);
      const item = {
        record,
        progress,
        torrent: torrent === undefined ? undefined : Buffer.from(torrent).toString("base64"),
      };
      yield separator + JSON.stringify(item);
      separator = ",\n";
      // Others are served between two torrents: the whole may be a gigabyte.
      await new Promise((resolve) => setImmediate(resolve));
    }
    yield "\n]}\n";
  }

  async import(document: unknown): Promise<BulkResult> {
    const items = this.#readHead(document);
    const done: BulkResult["done"][number][] = [];
    const failed: { ref: TorrentRef; code: string; message: string }[] = [];
    for (const [index, item] of items.entries()) {
      try {
        const infoHash = await this.#importOne(item);
        if (infoHash !== undefined) done.push(infoHash);
      } catch (error) {
        if (!(error instanceof TorrentialError)) throw error;
        failed.push({ ref: index, code: error.code, message: error.message });
      }
    }
    this.#deps.runner.pump();
    return { done, failed };
  }

  #readHead(document: unknown): readonly unknown[] {
    const isOurs =
      typeof document === "object" && document !== null && "format" in document && document.format === FORMAT;
    const torrents = isOurs && "torrents" in document ? document.torrents : undefined;
    if (!Array.isArray(torrents)) throw new ServiceError("invalid", "This is no export of this program's state");
    return torrents;
  }

  /** Undefined when it is here already. */
  async #importOne(item: unknown): Promise<TorrentRecord["infoHash"] | undefined> {
    const { context, labels, runner } = this.#deps;
    const { record: text, progress, torrent } = toParts(item);
    const parsed = parseTorrentRecord(text);
    if (context.model.find(parsed.infoHash) !== undefined) return undefined;
    const settings = context.settings();
    const folder = checkFolder(parsed.folder, settings);
    const currentFolder = checkFolder(parsed.currentFolder, settings);
    const record: TorrentRecord = { ...parsed, id: this.#deps.takeId(), folder, currentFolder };
    await labels.ensure(record);
    const entry = makeEntry(record, parseProgress(progress));
    await context.store.write(...insertTorrent(record, torrent), saveProgress(entry));
    context.model.add(entry);
    context.history.add({ type: "added", infoHash: record.infoHash, message: "It came in with an import" });
    runner.consider(entry);
    return record.infoHash;
  }
}

function toParts(item: unknown): { record: string; progress: string; torrent: Uint8Array | undefined } {
  const fields = Fields.of(item);
  const torrent = fields.text("torrent");
  const of = (key: string): string =>
    JSON.stringify(typeof item === "object" && item !== null ? (Reflect.get(item, key) ?? {}) : {});
  return {
    record: of("record"),
    progress: of("progress"),
    torrent: torrent === undefined ? undefined : new Uint8Array(Buffer.from(torrent, "base64")),
  };
}
