/** All state as one document, without secrets, to move it to another machine. */
import { TorrentialError } from "@torrential/core";
import { Fields } from "../state/fields.ts";
import { parseProgress, parseTorrentRecord, type TorrentRecord } from "../state/records.ts";
import type { ArchiveParts } from "./archive-parts.ts";
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
/** 2: limits of the tree, bans, views, history and rates. */
const VERSION = 2;

export interface ArchiveDeps {
  readonly context: ServiceContext;
  readonly labels: Labels;
  readonly runner: Runner;
  readonly settings: SettingsStore;
  readonly parts: ArchiveParts;
  /** Ids are given by one place: the one that is wanted, unless one so large was given already. */
  readonly takeId: (wanted: number) => number;
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
      ...this.#deps.parts.head(),
    };
    yield `${JSON.stringify(head).slice(0, -1)},"torrents":[`;
    let separator = "\n";
    // In the order of their ids, which another daemon that is empty gives them again.
    const entries = [...context.model.entries].toSorted((a, b) => a.record.id - b.record.id);
    for (const { infoHash, record, progress } of entries) {
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
    yield "]";
    yield* this.#deps.parts.tail();
    yield "}\n";
  }

  async import(document: unknown, options: { readonly isSudo: boolean }): Promise<BulkResult> {
    const { context, parts } = this.#deps;
    const items = this.#readHead(document);
    const isFresh = context.model.size === 0;
    const done: BulkResult["done"][number][] = [];
    const failed: { ref: TorrentRef; code: string; message: string }[] = [];
    const attempt = async (ref: TorrentRef, work: () => Promise<unknown>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof TorrentialError)) throw error;
        failed.push({ ref, code: error.code, message: error.message });
      }
    };
    // Folders are allowed by settings, and named by categories: in this order.
    for (const [key, value] of Object.entries(objectOf(document, "settings")))
      await attempt(`setting ${key}`, () => this.#importSetting(key, value, options));
    for (const label of listOf(document, "categories"))
      await attempt(`category ${nameOf(label)}`, () => this.#deps.labels.takeCategory(nameOf(label), Fields.of(label)));
    for (const label of listOf(document, "tags"))
      await attempt(`tag ${nameOf(label)}`, () => this.#deps.labels.takeTag(nameOf(label), Fields.of(label)));
    await parts.importHead(Object(document), attempt);
    for (const [index, item] of items.entries()) {
      await attempt(index, async () => {
        const infoHash = await this.#importOne(item);
        if (infoHash !== undefined) done.push(infoHash);
      });
    }
    await parts.importTail(Object(document), { isFresh });
    this.#deps.runner.pump();
    return { done, failed };
  }

  async #importSetting(key: string, value: unknown, options: { readonly isSudo: boolean }): Promise<void> {
    const { settings } = this.#deps;
    if (settings.origin(key) === "default") await settings.update({ [key]: value }, options);
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
    const check = (folder: string): string => checkFolder(folder, context.settings());
    const { incompleteFolder } = parsed;
    const record: TorrentRecord = {
      ...parsed,
      id: this.#deps.takeId(parsed.id),
      folder: check(parsed.folder),
      currentFolder: check(parsed.currentFolder),
      incompleteFolder: incompleteFolder === undefined ? undefined : check(incompleteFolder),
    };
    await labels.ensure(record);
    const entry = makeEntry(record, parseProgress(progress));
    await context.store.write(...insertTorrent(record, torrent), saveProgress(entry));
    context.model.add(entry);
    context.history.add({ type: "added", infoHash: record.infoHash, message: "It came in with an import" });
    runner.consider(entry);
    return record.infoHash;
  }
}

function objectOf(document: unknown, key: string): object {
  const value = typeof document === "object" && document !== null ? Reflect.get(document, key) : undefined;
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function listOf(document: unknown, key: string): readonly unknown[] {
  const value: unknown = typeof document === "object" && document !== null ? Reflect.get(document, key) : undefined;
  return Array.isArray(value) ? value : [];
}

function nameOf(label: unknown): string {
  const name: unknown = typeof label === "object" && label !== null ? Reflect.get(label, "name") : undefined;
  return typeof name === "string" ? name : "";
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
