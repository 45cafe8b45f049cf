/** Puts the parts of the service together and lets them tick. */
import type { InfoHash } from "@torrential/core";
import type { EngineNews, EnginePort } from "../engine-thread/engine-thread.ts";
import type { StateStore } from "../state/state-store.ts";
import { parseStoredMetainfo } from "../state/stored-metainfo.ts";
import { Adding, factsOf } from "./adding.ts";
import { Archive } from "./archive.ts";
import { ArchiveParts } from "./archive-parts.ts";
import { Bans } from "./bans.ts";
import type { ChangeBatch, Delta } from "./changes.ts";
import { type Clock, type ServiceContext, systemClock } from "./context.ts";
import { DetailCache } from "./details.ts";
import { Editor } from "./editing.ts";
import { EngineNewsDesk } from "./engine-news.ts";
import type { Entry } from "./entry.ts";
import { MetainfoCache } from "./files.ts";
import { Folders } from "./folders.ts";
import { History } from "./history.ts";
import { Hooks } from "./hooks.ts";
import { IdempotencyKeys } from "./idempotency.ts";
import { KeyValues } from "./key-values.ts";
import { type LabelNews, Labels } from "./labels.ts";
import { LimitBook } from "./limit-book.ts";
import { LimitTreeService } from "./limits.ts";
import { allowedRoots } from "./paths.ts";
import { makeQuarantined } from "./quarantine.ts";
import { Moving } from "./moving.ts";
import { Queue } from "./queue.ts";
import { Rates } from "./rates.ts";
import { ReadModel } from "./read-model.ts";
import { Removing } from "./removing.ts";
import { Roots } from "./roots.ts";
import { Runner } from "./runner.ts";
import { loadEntries, putMetadata, saveProgress } from "./saving.ts";
import type { HistoryService, Service } from "./service.ts";
import { SessionState } from "./session.ts";
import type { SettingsStore } from "./settings-service.ts";
import { Sharing } from "./sharing.ts";
import { StorageWatch } from "./storage-watch.ts";
import { Tickers } from "./tickers.ts";
import { Torrents } from "./torrents.ts";
import { Traffic } from "./traffic.ts";
import { Updating, type UpdatingDeps } from "./updating.ts";
import { WatchFolders } from "./watch-folders.ts";

const PUBLISH_MS = 250;
const SECOND_MS = 1_000;
/** Counters on disk are behind by no more (PROMISES F01: 30 s). */
const SAVE_MS = 20_000;
/** Ten thousand at once would hold the thread up for a tenth of a second. */
const SAVE_BATCH = 250;
const STORAGE_MS = 10_000;
const PURGE_MS = 60_000;
const BACK_UP_MS = 24 * 3_600_000;

export interface DaemonServiceOptions {
  readonly store: StateStore;
  readonly settings: SettingsStore;
  readonly engine: EnginePort;
  readonly listenPort: number;
  readonly version: string;
  readonly shutdown: () => void;
}

export class DaemonService implements Service {
  readonly torrents: Torrents;
  readonly queue: Queue;
  readonly labels: Labels;
  readonly limits: LimitTreeService;
  readonly bans: Bans;
  readonly settings: SettingsStore;
  readonly session: SessionState;
  readonly history: HistoryService;
  readonly folders: Folders;
  readonly archive: Archive;
  readonly store: KeyValues;
  readonly #context: ServiceContext;
  readonly #runner: Runner;
  readonly #news: EngineNewsDesk;
  readonly #removing: Removing;
  readonly #sharing: Sharing;
  readonly #moving: Moving;
  readonly #watch: WatchFolders;
  readonly #storage: StorageWatch;
  readonly #details: DetailCache;
  readonly #rates: Rates;
  readonly #traffic = new Traffic();
  readonly #tickers: Tickers;

  constructor(options: DaemonServiceOptions) {
    const { store, settings, engine } = options;
    const clock: Clock = systemClock();
    const history = new History(store, clock);
    const model = new ReadModel();
    const values = new KeyValues(store);
    const limits = new LimitBook(values);
    const context: ServiceContext = { model, store, engine, history, settings: () => settings.current, limits, clock };
    const runner = new Runner(context);
    const editor = new Editor(context, runner);
    const limitNews = newsTo(() => this.limits);
    const labels = new Labels(context, editor, limitNews);
    // It hears of everything through the history.
    void new Hooks(context);
    const roots = new Roots(values, () => allowedRoots(settings.current));
    const removing = new Removing(context, runner);
    const adding = new Adding({ context, labels, runner, roots, removing });
    this.#moving = new Moving({ context, editor, runner, roots });
    const updating = new Updating({ context, editor, runner, labels, moving: this.#moving, ...limitNews });
    const details = new DetailCache(context);
    this.#context = context;
    this.#runner = runner;
    this.#removing = removing;
    this.#details = details;
    this.#rates = new Rates(store, clock);
    this.#sharing = new Sharing({ context, editor, labels, removing, runner });
    this.#news = new EngineNewsDesk({
      context,
      runner,
      details,
      leavingMetadata: (infoHash) => removing.metadataOf(infoHash),
      onUnloaded: (entry, infoHash, problem) => this.#handleUnloaded(entry, infoHash, problem),
      onCompleted: (entry) => this.#handleCompleted(entry),
      onMetadata: (entry, torrent) => this.#handleMetadata(editor, entry, torrent),
      onChecked: (entry) => this.#handleChecked(editor, entry),
    });
    this.store = values;
    this.settings = settings;
    this.labels = labels;
    this.queue = new Queue(context, editor, runner);
    this.folders = new Folders(() => settings.current);
    const parts = new ArchiveParts({ context, values, bans: () => this.bans, applyLimits: () => this.limits.start() });
    this.archive = new Archive({ context, labels, runner, settings, parts, takeId: (id) => adding.takeId(id) });
    this.history = historyService(history, model);
    this.session = new SessionState({ ...options, context, rates: this.#rates, news: this.#news });
    this.limits = new LimitTreeService({ context, editor, labels, settings, session: this.session });
    this.bans = new Bans(context, values);
    this.torrents = new Torrents({
      context,
      store,
      editor,
      runner,
      adding,
      removing,
      updating,
      details,
      bans: this.bans,
      metainfos: new MetainfoCache(store),
      keys: new IdempotencyKeys(store, clock),
    });
    this.#watch = new WatchFolders(context, this.torrents);
    this.#storage = new StorageWatch(context, runner, roots);
    history.subscribe((event) => {
      if (event.type === "added") this.session.noteAdded();
      model.touchTopic("history");
    });
    this.#tickers = new Tickers((error) => {
      history.add({ type: "problem", level: "error", message: error instanceof Error ? error.message : String(error) });
    });
  }

  get revision(): number {
    return this.#context.model.revision;
  }

  /** Takes in what the state holds, and lets the engine begin. Call once. */
  async start(): Promise<void> {
    const { model, store, history } = this.#context;
    for (const note of store.notes) history.add({ type: "problem", level: "error", message: note });
    const { entries, unreadable } = loadEntries(store);
    for (const entry of entries) model.add(entry);
    for (const each of unreadable) {
      const { id, infoHash, message } = each;
      const entry = makeQuarantined(this.#context, each);
      if (entry !== undefined) model.add(entry);
      const text = `The torrent ${id} (${infoHash}) cannot be read from the state: ${message}`;
      history.add({ type: "quarantined", level: "error", message: text });
    }
    for (const id of await this.#context.limits.quarantine()) {
      const text = `What limits ${id} cannot be read from the state, and does not hold: set it again`;
      history.add({ type: "quarantined", level: "error", message: text });
    }
    this.#removing.resume();
    this.session.applyLimits();
    this.limits.start();
    await this.bans.start();
    await this.#storage.tick();
    // A disk that hangs must not hold up the start.
    void this.session.measureSpace();
    for (const entry of entries) this.#runner.consider(entry);
    this.queue.tick();
    this.#runner.pump();
    model.publish(this.#context.clock.now());
    this.#tick();
  }

  handleNews(news: EngineNews): void {
    this.#news.handle(news);
    this.#runner.pump();
  }

  handleSettingsChanged(keys: readonly string[]): void {
    const { model, history } = this.#context;
    model.touchTopic("settings");
    history.add({ type: "settings", message: `Settings were changed: ${keys.join(", ")}` });
    if (keys.some((key) => key.startsWith("limits."))) this.#applyLimits(keys);
    if (keys.some((key) => key.startsWith("queue."))) this.queue.tick();
  }

  /** Plain rates take the place of what was set in the tree of limits. */
  #applyLimits(keys: readonly string[]): void {
    const ways = (["down", "up"] as const).filter((way) => keys.includes(`limits.${way}`));
    this.#context.limits.yieldTo("global", ways).then(
      () => this.session.applyLimits(),
      (error: unknown) => this.#context.history.add({ type: "problem", level: "error", message: String(error) }),
    );
  }

  subscribe(listener: (batch: ChangeBatch) => void): () => void {
    return this.#context.model.subscribe(listener);
  }

  changesSince(revision: number): Delta {
    return this.#context.model.changesSince(revision);
  }

  /** Nothing is started any more; what was counted is put on disk. The engine is stopped by whoever started it. */
  async prepareToClose(): Promise<void> {
    this.#runner.pause();
    this.#tickers.stop();
    await this.#save();
  }

  /** After the engine's last report. */
  async close(): Promise<void> {
    this.session.close();
    await this.#save();
  }

  #tick(): void {
    const { model, clock } = this.#context;
    const every = this.#tickers;
    every.add(PUBLISH_MS, () => model.publish(clock.now()));
    every.add(SECOND_MS, () => {
      this.session.tick(this.#traffic.take(model, this.#rates));
      this.queue.tick();
    });
    every.add(5 * SECOND_MS, () => {
      this.#sharing.tick();
      this.#moving.tick();
      this.#details.sweep();
      if (this.session.isSwitchDue) this.session.applyLimits();
      this.limits.tick();
    });
    every.add(5 * SECOND_MS, () => this.#watch.tick());
    every.add(STORAGE_MS, async () => {
      await this.#storage.tick();
      await this.session.measureSpace();
    });
    every.add(SAVE_MS, () => this.#save());
    every.add(PURGE_MS, () => this.#removing.purge());
    every.add(BACK_UP_MS, () => this.#context.store.backUp());
  }

  /** A disk that is full is tried again; what is known stays in memory. */
  async #save(): Promise<void> {
    const { model, store, history } = this.#context;
    const dirty = [...model.entries].filter((entry) => entry.isProgressDirty);
    for (const entry of dirty) entry.isProgressDirty = false;
    try {
      for (let first = 0; first < dirty.length; first += SAVE_BATCH)
        await store.write(...dirty.slice(first, first + SAVE_BATCH).map(saveProgress));
      await store.write(this.session.unsaved(), ...this.#rates.takeUnsaved(), ...this.#rates.trim());
      await history.save();
    } catch {
      // The store says by itself what is wrong with it: SessionView.isReadOnly.
      for (const entry of dirty) entry.isProgressDirty = true;
    }
  }

  #handleUnloaded(entry: Entry | undefined, infoHash: InfoHash, problem: string | undefined): void {
    if (entry === undefined) return this.#removing.handleUnloaded(infoHash, problem);
    this.#removing.handleTaken(infoHash);
    this.#runner.consider(entry);
  }

  #handleCompleted(entry: Entry): void {
    const { history } = this.#context;
    this.#moving.tick();
    if (entry.progress.downloadedBytes === entry.startTotals.downloadedBytes) return;
    const name = entry.record.name ?? entry.record.facts?.name ?? entry.infoHash;
    history.add({ type: "completed", infoHash: entry.infoHash, message: `${name} is complete` });
  }

  /** From here on it is a torrent like every other; a state that cannot be written hears it again after the next start. */
  #handleMetadata(editor: Editor, entry: Entry, torrent: Uint8Array): void {
    const { history } = this.#context;
    const { infoHash } = entry;
    const metainfo = parseStoredMetainfo(torrent);
    const { infoHashV1, infoHashV2 } = metainfo;
    const facts = factsOf(metainfo);
    const name = entry.record.name === infoHash ? { name: undefined } : {};
    const isStop = entry.record.stopWhen === "metadata";
    const stop = isStop ? { intent: "stop" as const, stopWhen: undefined } : {};
    const record = { facts, infoHashV1, infoHashV2, ...name, ...stop };
    history.add({ type: "metadata", infoHash, message: `Peers sent the metadata of ${facts.name}` });
    editor
      .edit([entry], () => record, [putMetadata(infoHash, torrent)])
      .then(() => this.#runner.consider(entry))
      .catch((error: unknown) => history.add({ type: "problem", level: "error", infoHash, message: String(error) }));
  }

  #handleChecked(editor: Editor, entry: Entry): void {
    const { history } = this.#context;
    const { recheckDue, stopWhen } = entry.record;
    if (recheckDue) history.add({ type: "checked", infoHash: entry.infoHash, message: "Its files were hashed" });
    const stop = stopWhen === "checked" ? { intent: "stop" as const, stopWhen: undefined } : {};
    editor
      .edit([entry], () => ({ recheckDue: false, ...stop }))
      .then(
        () => {
          // It rests in the engine: to run, it is taken in anew.
          if (entry.isCheckOnly && entry.phase !== "resting" && entry.phase !== "unloading")
            this.#runner.unload(entry, { deleteFiles: false, keepState: true });
          else this.#runner.consider(entry);
        },
        (error: unknown) => history.add({ type: "problem", level: "error", message: String(error) }),
      );
  }
}

/** They are made before the tree is. */
function newsTo(limits: () => LimitTreeService): LabelNews & Pick<UpdatingDeps, "onWeight"> {
  return {
    onRates: (id) => limits().handleRates(id),
    onWeight: (id) => limits().handleWeight(id),
    onRemoved: (id) => limits().handleRemoved(id),
    onRenamed: (from, to) => limits().handleRenamed(from, to),
  };
}

function historyService(history: History, model: ReadModel): HistoryService {
  const of = (ref: string | number | undefined): { readonly infoHash?: InfoHash } => {
    const entry = ref === undefined ? undefined : model.find(ref);
    return entry === undefined ? {} : { infoHash: entry.infoHash };
  };
  return {
    since: (id, options = {}) => history.since(id, { ...options, ...of(options.ref) }),
    latest: (options = {}) => history.latest({ ...options, ...of(options.ref) }),
  };
}
