/** Torrents as the APIs see them: reads from the model, changes through the parts that know how. */
import { buildMagnet } from "./magnets.ts";
import { parseEndpoint } from "@torrential/core";
import type { StateStore } from "../state/state-store.ts";
import { type Adding, mergeTrackers, toPreview } from "./adding.ts";
import type { Bans } from "./bans.ts";
import type { ServiceContext } from "./context.ts";
import type { DetailCache } from "./details.ts";
import type { Editor } from "./editing.ts";
import type { Entry } from "./entry.ts";
import { type CountSource, countTorrents, TorrentCounter } from "./counts.ts";
import { ServiceError } from "./errors.ts";
import { makeFileViews, type MetainfoCache, piecesOf } from "./files.ts";
import type { IdempotencyKeys } from "./idempotency.ts";
import { Listing, makePredicate } from "./listing.ts";
import { exportMetainfo } from "./metainfo-file.ts";
import { toPeerViews } from "./peer-views.ts";
import { toReasons } from "./reasons.ts";
import type { TorrentCounts, TorrentFilter, TorrentPage, TorrentQuery } from "./queries.ts";
import type { Removing } from "./removing.ts";
import type { Runner } from "./runner.ts";
import type {
  AddRequest,
  AddResult,
  AddSource,
  BulkResult,
  RemoveOptions,
  TorrentPatch,
  TorrentPreview,
  TorrentRef,
  TorrentsService,
  Touched,
} from "./service.ts";
import { readFile } from "./streaming.ts";
import type {
  FileView,
  PeerView,
  PiecesView,
  ReasonView,
  RunIntent,
  TorrentView,
  TrackerView,
  WebSeedView,
} from "./torrent-view.ts";
import { toTrackerViews } from "./trackers.ts";
import type { Updating } from "./updating.ts";

export interface TorrentsDeps {
  readonly context: ServiceContext;
  readonly store: StateStore;
  readonly editor: Editor;
  readonly runner: Runner;
  readonly adding: Adding;
  readonly removing: Removing;
  readonly updating: Updating;
  readonly details: DetailCache;
  readonly bans: Bans;
  readonly metainfos: MetainfoCache;
  readonly keys: IdempotencyKeys;
}

/** They are kept and passed on in magnet links and torrent files. */
const NOT_USED = "Nothing is downloaded from web seeds yet";

export class Torrents implements TorrentsService {
  readonly #deps: TorrentsDeps;
  readonly #context: ServiceContext;
  readonly #listing: Listing;
  readonly #counter = new TorrentCounter<Entry>();
  readonly #counted: CountSource<Entry>;

  constructor(deps: TorrentsDeps) {
    this.#deps = deps;
    this.#context = deps.context;
    const { model, clock } = deps.context;
    this.#listing = new Listing(model, clock.now);
    this.#counted = {
      get entries() {
        return model.entries;
      },
      touches: model.touches,
      has: (entry) => model.find(entry.infoHash) === entry,
      view: (entry) => this.#view(entry),
    };
  }

  get size(): number {
    return this.#context.model.size;
  }

  get(ref: TorrentRef): TorrentView | undefined {
    const entry = this.#context.model.find(ref);
    return entry === undefined ? undefined : this.#view(entry);
  }

  *all(): Iterable<TorrentView> {
    for (const entry of this.#context.model.entries) yield this.#view(entry);
  }

  touchedSince(position: number): Touched {
    const { touches } = this.#context.model;
    const entries = position < 0 ? undefined : touches.since(position);
    const infoHashes = entries === undefined ? undefined : new Set([...entries].map(({ infoHash }) => infoHash));
    return { position: touches.end, infoHashes };
  }

  list(query?: TorrentQuery): TorrentPage {
    return this.#listing.page(query);
  }

  counts(filter?: TorrentFilter): TorrentCounts {
    const isAll = filter === undefined || Object.keys(filter).length === 0;
    if (isAll) return this.#counter.counts(this.#counted);
    return countTorrents([...this.all()].filter(makePredicate(filter)));
  }

  files(ref: TorrentRef): readonly FileView[] {
    const entry = this.#need(ref);
    const layout = this.#deps.metainfos.layout(entry.infoHash);
    if (layout === undefined) return [];
    return makeFileViews(entry, layout, piecesOf(entry, layout, this.#deps.store.folder));
  }

  trackers(ref: TorrentRef): readonly TrackerView[] {
    return toTrackerViews(this.#need(ref));
  }

  webSeeds(ref: TorrentRef): readonly WebSeedView[] {
    return this.#need(ref).record.webSeeds.map((url) => ({ url, state: "idle", downRate: 0, message: NOT_USED }));
  }

  magnet(ref: TorrentRef): string {
    return buildMagnet(this.#need(ref).record);
  }

  metainfo(ref: TorrentRef): Uint8Array {
    const { infoHash, record } = this.#need(ref);
    return exportMetainfo(this.#deps.metainfos.need(infoHash), record);
  }

  async peers(ref: TorrentRef): Promise<readonly PeerView[]> {
    const entry = this.#need(ref);
    if (entry.phase === "resting") return [];
    const details = await this.#deps.details.get(entry.infoHash);
    return details === undefined ? [] : toPeerViews(details.peers, details.peersWhy);
  }

  async pieces(ref: TorrentRef): Promise<PiecesView> {
    const entry = this.#need(ref);
    const { facts } = entry.record;
    const shape = { count: facts?.pieceCount ?? 0, lengthBytes: facts?.pieceLength ?? 0 };
    const details = entry.phase === "resting" ? undefined : await this.#deps.details.get(entry.infoHash);
    if (details !== undefined) return { ...shape, ...details.pieces };
    const metainfo = this.#deps.metainfos.get(entry.infoHash);
    const have = metainfo === undefined ? undefined : piecesOf(entry, metainfo, this.#deps.store.folder);
    return { ...shape, have: have?.bytes ?? new Uint8Array(0), inFlight: [], availability: new Uint8Array(0) };
  }

  async reasons(ref: TorrentRef): Promise<readonly ReasonView[]> {
    const entry = this.#need(ref);
    if (entry.phase === "resting") return [];
    const why = (await this.#deps.details.get(entry.infoHash))?.why;
    if (why === undefined) return [];
    return toReasons(why);
  }

  read(
    ref: TorrentRef,
    file: number,
    range: { readonly start: number; readonly end: number },
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array> {
    const { infoHash } = this.#need(ref);
    this.#deps.metainfos.need(infoHash);
    return readFile(this.#context.engine, { infoHash, file, ...range }, signal);
  }

  async add(request: AddRequest): Promise<AddResult> {
    const known = this.#deps.keys.find(request.idempotencyKey);
    const before = known === undefined ? undefined : this.get(known);
    if (before !== undefined) return { torrent: before, isDuplicate: false };
    const found = await this.#deps.adding.find(request.source);
    const note = this.#deps.keys.changes(request.idempotencyKey, found.infoHash);
    const { entry, isNew } = await this.#deps.adding.add(found, request, note);
    if (isNew) return { torrent: this.#view(entry), isDuplicate: false };
    if (request.onDuplicate !== "merge-trackers") {
      throw new ServiceError("duplicate", `${this.#view(entry).name} is there already`);
    }
    const trackers = mergeTrackers(entry.record.trackers, [...found.trackers, ...(request.trackers ?? [])]);
    if (!entry.record.facts?.isPrivate) await this.#deps.updating.setTrackers(entry, trackers);
    return { torrent: this.#view(entry), isDuplicate: true };
  }

  async preview(source: AddSource): Promise<TorrentPreview> {
    const found = await this.#deps.adding.find(source);
    return toPreview(found, { isDuplicate: this.#context.model.find(found.infoHash) !== undefined });
  }

  async remove(refs: readonly TorrentRef[], options: RemoveOptions): Promise<BulkResult> {
    const entries = new Set<Entry>();
    const failed: { ref: TorrentRef; code: string; message: string }[] = [];
    for (const ref of refs) {
      const entry = this.#context.model.find(ref);
      if (entry !== undefined) entries.add(entry);
      else failed.push({ ref, code: "not-found", message: `There is no torrent ${ref}` });
    }
    await this.#deps.removing.remove([...entries], options);
    for (const { infoHash } of entries) await this.#context.limits.forget(infoHash);
    return { done: [...entries].map(({ infoHash }) => infoHash), failed };
  }

  async restore(infoHash: string): Promise<TorrentView> {
    return this.#view(await this.#deps.removing.restore(infoHash));
  }

  setIntent(refs: readonly TorrentRef[], intent: RunIntent): Promise<BulkResult> {
    return this.#deps.updating.setIntent(refs, intent);
  }

  recheck(refs: readonly TorrentRef[]): Promise<BulkResult> {
    return this.#deps.updating.recheck(refs);
  }

  reannounce(refs: readonly TorrentRef[]): Promise<BulkResult> {
    return this.#deps.updating.reannounce(refs);
  }

  update(refs: readonly TorrentRef[], patch: TorrentPatch): Promise<BulkResult> {
    return this.#deps.updating.update(refs, patch);
  }

  tag(
    refs: readonly TorrentRef[],
    change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
  ): Promise<BulkResult> {
    return this.#deps.updating.tag(refs, change);
  }

  setFolder(refs: readonly TorrentRef[], folder: string, options: { readonly move: boolean }): Promise<BulkResult> {
    return this.#deps.updating.setFolder(refs, folder, options);
  }

  async setFilePriorities(ref: TorrentRef, priorities: ReadonlyMap<number, number>): Promise<void> {
    const entry = this.#need(ref);
    const { files } = this.#deps.metainfos.need(entry.infoHash);
    await this.#deps.updating.setFilePriorities(entry, files.length, priorities);
  }

  async renamePath(ref: TorrentRef, paths: { readonly from: string; readonly to: string }): Promise<void> {
    await this.#deps.updating.renamePath(this.#need(ref), paths);
  }

  async setTrackers(ref: TorrentRef, tiers: readonly (readonly string[])[]): Promise<void> {
    await this.#deps.updating.setTrackers(this.#need(ref), tiers);
  }

  async setWebSeeds(ref: TorrentRef, urls: readonly string[]): Promise<void> {
    await this.#deps.updating.setWebSeeds(this.#need(ref), urls);
  }

  addPeers(ref: TorrentRef, peers: readonly string[]): Promise<number> {
    const { infoHash } = this.#need(ref);
    const endpoints = peers.flatMap((text) => toEndpoint(text) ?? []);
    this.#context.engine.send({
      type: "command",
      command: { type: "add-peers", infoHash, peers: endpoints, source: "user" },
    });
    return Promise.resolve(endpoints.length);
  }

  async banPeers(peers: readonly string[]): Promise<void> {
    await this.#deps.bans.add(peers);
  }

  #view(entry: Entry): TorrentView {
    return this.#context.model.view(entry, this.#context.clock.now());
  }

  #need(ref: TorrentRef): Entry {
    return this.#deps.editor.need(ref);
  }
}

function toEndpoint(text: string): ReturnType<typeof parseEndpoint> | undefined {
  try {
    return parseEndpoint(text);
  } catch {
    // A host name, or nonsense: the caller counts those that were taken.
    return undefined;
  }
}
