/** Takes torrents in: reads what came, decides where it goes, and puts it on disk before anybody hears of it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  formatMagnet,
  type InfoHash,
  type Magnet,
  type Metainfo,
  parseInfoHash,
  parseMagnet,
  parseMetainfo,
  TorrentialError,
} from "@torrential/core";
import { ensureFolderSync } from "@torrential/node";
import type { Change } from "../state/messages.ts";
import { GLOBAL_SHARE_LIMITS, type TorrentFacts, type TorrentRecord } from "../state/records.ts";
import type { ServiceContext } from "./context.ts";
import { type Entry, makeEntry } from "./entry.ts";
import { ServiceError } from "./errors.ts";
import type { Labels } from "./labels.ts";
import { checkFolder, downloadFolder } from "./paths.ts";
import type { Roots } from "./roots.ts";
import type { Removing } from "./removing.ts";
import type { Runner } from "./runner.ts";
import { insertTorrent, nextTorrentId } from "./saving.ts";
import type { AddRequest, AddSource, TorrentPreview } from "./service.ts";

/** PROMISES C6: what goes into a header. */
const HEADER_VALUE = /^[\x20-\x7e]*$/;

/** What a source turned out to be. */
export interface Found {
  readonly infoHash: InfoHash;
  readonly infoHashV1: string | undefined;
  readonly infoHashV2: string | undefined;
  readonly name: string | undefined;
  readonly trackers: readonly (readonly string[])[];
  readonly webSeeds: readonly string[];
  readonly metainfo: Metainfo | undefined;
  /** The whole .torrent as it came. */
  readonly torrent: Uint8Array | undefined;
  readonly magnet: string | undefined;
}

export interface AddingDeps {
  readonly context: ServiceContext;
  readonly labels: Labels;
  readonly runner: Runner;
  readonly roots: Roots;
  readonly removing: Removing;
}

export class Adding {
  readonly #context: ServiceContext;
  readonly #labels: Labels;
  readonly #runner: Runner;
  /** On their way to disk: a second one of the same waits for the first. */
  readonly #pending = new Map<InfoHash, Promise<Entry>>();
  #nextId: number;
  #queueEnds: { first: number; last: number };

  readonly #roots: Roots;
  readonly #removing: Removing;

  constructor({ context, labels, runner, roots, removing }: AddingDeps) {
    this.#context = context;
    this.#labels = labels;
    this.#runner = runner;
    this.#roots = roots;
    this.#removing = removing;
    this.#nextId = nextTorrentId(context.store);
    this.#queueEnds = { first: 0, last: 0 };
  }

  /** Throws "invalid", "torrent-invalid", "fetch-failed" or "unsupported". */
  async find(source: AddSource): Promise<Found> {
    if (source.type === "magnet") return findMagnet(source.uri);
    if (source.type === "file") return findTorrent(source.bytes);
    if (/^magnet:/i.test(source.url.trim())) return findMagnet(source.url);
    return findTorrent(await this.#fetch(source));
  }

  /** The entry, on disk together with `note`; `isNew` is false when it was there before. */
  async add(
    found: Found,
    request: AddRequest,
    note: readonly Change[] = [],
  ): Promise<{ readonly entry: Entry; readonly isNew: boolean }> {
    const known = this.#context.model.find(found.infoHash) ?? (await this.#pending.get(found.infoHash));
    if (known !== undefined) return { entry: known, isNew: false };
    const adding = this.#addNew(found, request, note);
    this.#pending.set(found.infoHash, adding);
    try {
      return { entry: await adding, isNew: true };
    } finally {
      this.#pending.delete(found.infoHash);
    }
  }

  /** Ids are given once, in all lives of the state: `wanted` only when it is larger than all before. */
  takeId(wanted = 0): number {
    const id = Math.max(this.#nextId, wanted);
    this.#nextId = id + 1;
    return id;
  }

  async #addNew(found: Found, request: AddRequest, note: readonly Change[]): Promise<Entry> {
    const { store, model, history } = this.#context;
    const record = this.#makeRecord(found, request);
    await this.#labels.ensure(request);
    await this.#roots.prepare(record.currentFolder);
    await this.#removing.makeWay(record);
    await store.write(...insertTorrent(record, found.torrent), ...note);
    const entry = makeEntry(record);
    model.add(entry);
    history.add({
      type: "added",
      infoHash: record.infoHash,
      message: `${nameOf(found)} was added to ${record.folder}`,
    });
    this.#keepCopy(found);
    this.#runner.consider(entry);
    this.#runner.pump();
    return entry;
  }

  /** Throws "path-refused" or "invalid". */
  #makeRecord(found: Found, request: AddRequest): TorrentRecord {
    const settings = this.#context.settings();
    const category = request.category === "" ? undefined : request.category;
    const given = request.folder ?? this.#labels.category(category)?.folder;
    const folder = given === undefined ? downloadFolder(settings) : checkFolder(given, settings);
    const incompleteFolder = this.#incompleteFolder(request);
    const intent = request.intent ?? (settings["downloads.start"] === "stop" ? "stop" : "start");
    // The metadata is here: there is nothing to wait for.
    const isMet = request.stopWhen === "metadata" && found.metainfo !== undefined;
    const id = this.takeId();
    return {
      id,
      infoHash: found.infoHash,
      infoHashV1: found.infoHashV1,
      infoHashV2: found.infoHashV2,
      magnet: found.magnet,
      facts: found.metainfo === undefined ? undefined : factsOf(found.metainfo),
      name: request.name ?? (found.metainfo === undefined ? found.name : undefined),
      comment: undefined,
      addedAtMs: this.#context.clock.wall(),
      intent: isMet ? "stop" : intent,
      folder,
      currentFolder: incompleteFolder ?? folder,
      incompleteFolder,
      layout: request.layout ?? settings["downloads.layout"],
      category,
      tags: [...new Set(request.tags)].toSorted(),
      isAutoManaged: request.isAutoManaged ?? (request.folder === undefined && settings["downloads.auto_managed"]),
      limits: request.limits ?? {},
      shareLimits: { ...GLOBAL_SHARE_LIMITS, ...request.shareLimits },
      priority: request.priority ?? 0,
      isSequential: request.isSequential ?? false,
      isFirstLast: request.isFirstLast ?? false,
      isSuperSeeding: request.isSuperSeeding ?? false,
      peersMax: request.peersMax,
      filePriorities: request.filePriorities ?? [],
      trackers: mergeTrackers(found.trackers, request.trackers ?? []),
      webSeeds: found.webSeeds,
      queueOrder: request.isQueueTop === true ? this.#queueFirst() : id,
      stopWhen: isMet ? undefined : request.stopWhen,
      skipCheck: request.skipCheck ?? false,
      recheckDue: false,
      renames: {},
    };
  }

  /** Where it lies until it is complete, if elsewhere. What is believed to be there is looked for where it belongs. */
  #incompleteFolder({ incompleteFolder, category, skipCheck }: AddRequest): string | undefined {
    if (skipCheck === true && incompleteFolder === undefined) return undefined;
    const settings = this.#context.settings();
    const ofCategory = this.#labels.category(category)?.incompleteFolder;
    const folder = incompleteFolder ?? ofCategory ?? settings["downloads.incomplete_folder"];
    return folder === "" ? undefined : checkFolder(folder, settings);
  }

  #queueFirst(): number {
    for (const { record } of this.#context.model.entries)
      this.#queueEnds.first = Math.min(this.#queueEnds.first, record.queueOrder);
    this.#queueEnds.first -= 1;
    return this.#queueEnds.first;
  }

  async #fetch({ url, cookie }: Extract<AddSource, { type: "url" }>): Promise<Uint8Array> {
    if (cookie !== undefined && !HEADER_VALUE.test(cookie))
      throw new ServiceError("invalid", "cookie: wanted one line of printable ASCII");
    try {
      const bytes = await this.#context.engine.ask({ type: "fetch", url, cookie });
      if (bytes instanceof Uint8Array) return bytes;
      throw new ServiceError("fetch-failed", "Nothing came from the URL");
    } catch (cause) {
      if (cause instanceof ServiceError) throw cause;
      if (!(cause instanceof TorrentialError)) throw cause;
      throw new ServiceError("fetch-failed", cause.message, { cause });
    }
  }

  /** Besides the one in the state, for people; it never keeps a torrent out. */
  #keepCopy(found: Found): void {
    const folder = this.#context.settings()["downloads.torrent_copy_folder"];
    if (folder === "" || found.torrent === undefined) return;
    try {
      ensureFolderSync(folder);
      writeFileSync(
        join(folder, `${found.metainfo?.name ?? found.infoHash}.${found.infoHash.slice(0, 8)}.torrent`),
        found.torrent,
      );
    } catch (error) {
      const message = `No copy of the torrent file could be put into ${folder}: ${error instanceof Error ? error.message : String(error)}`;
      this.#context.history.add({ type: "problem", level: "warning", infoHash: found.infoHash, message });
    }
  }
}

export function factsOf(metainfo: Metainfo): TorrentFacts {
  const files = metainfo.files.filter(({ isPad }) => !isPad);
  return {
    name: metainfo.name,
    sizeBytes: files.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0),
    fileCount: files.length,
    pieceCount: metainfo.pieceCount,
    pieceLength: metainfo.pieceLength,
    isPrivate: metainfo.isPrivate,
    isSingleFile: metainfo.isSingleFile,
    comment: metainfo.comment,
    createdBy: metainfo.createdBy,
    createdAtMs: metainfo.creationDate === undefined ? undefined : metainfo.creationDate * 1000,
  };
}

/** Tiers of `more` that hold something new go behind those of `trackers`. */
export function mergeTrackers(
  trackers: readonly (readonly string[])[],
  more: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  const known = new Set(trackers.flat());
  const fresh = more.map((tier) => tier.filter((url) => !known.has(url))).filter((tier) => tier.length > 0);
  return [...trackers, ...fresh];
}

export function toPreview(found: Found, options: { readonly isDuplicate: boolean }): TorrentPreview {
  const { metainfo } = found;
  const files = metainfo?.files ?? [];
  return {
    infoHash: found.infoHash,
    name: nameOf(found),
    hasMetadata: metainfo !== undefined,
    sizeBytes: files.reduce((sum, { isPad, lengthBytes }) => sum + (isPad ? 0 : lengthBytes), 0),
    pieceLength: metainfo?.pieceLength ?? 0,
    isPrivate: metainfo?.isPrivate ?? false,
    comment: metainfo?.comment,
    trackers: found.trackers,
    files: files.flatMap(({ isPad, path, lengthBytes }, index) =>
      isPad ? [] : [{ index, path: path.join("/"), sizeBytes: lengthBytes }],
    ),
    ...options,
  };
}

function nameOf(found: Found): string {
  return found.metainfo?.name ?? found.name ?? found.infoHash;
}

function findTorrent(bytes: Uint8Array): Found {
  const metainfo = attempt("torrent-invalid", () => parseMetainfo(bytes));
  return {
    infoHash: keyOf(metainfo),
    infoHashV1: metainfo.infoHashV1,
    infoHashV2: metainfo.infoHashV2,
    name: metainfo.name,
    trackers: metainfo.trackers,
    webSeeds: metainfo.webSeeds,
    metainfo,
    torrent: bytes,
    magnet: undefined,
  };
}

function findMagnet(uri: string): Found {
  const text = uri.trim();
  const isBare = /^(?:[0-9a-f]{40}|[a-z2-7]{32})$/i.test(text);
  const magnet = attempt("invalid", () => parseMagnet(isBare ? `magnet:?xt=urn:btih:${text}` : text));
  return {
    infoHash: keyOf(magnet),
    infoHashV1: magnet.infoHashV1,
    infoHashV2: magnet.infoHashV2,
    name: magnet.name,
    trackers: magnet.trackers,
    webSeeds: magnet.webSeeds,
    metainfo: undefined,
    torrent: undefined,
    magnet: formatMagnet(magnet),
  };
}

/** What goes on the wire: for v2 alone, the beginning of its hash (BEP 52). */
function keyOf({ infoHashV1, infoHashV2 }: Pick<Magnet, "infoHashV1" | "infoHashV2">): InfoHash {
  if (infoHashV1 !== undefined) return infoHashV1;
  if (infoHashV2 === undefined) throw new ServiceError("invalid", "It has no info-hash");
  return parseInfoHash(infoHashV2.slice(0, 40));
}

function attempt<T>(code: "torrent-invalid" | "invalid", run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof TorrentialError)) throw cause;
    throw new ServiceError(code, cause.message, { cause });
  }
}
