/** One torrent of a client, as its user holds it. */
import { resolve } from "node:path";
import { type Endpoint, type InfoHash, type Metainfo, TorrentialError } from "@torrential/core";
import type {
  AnnounceTo,
  Command,
  Ban,
  EngineEvent,
  FileStatus,
  Lifecycle,
  PeerStatus,
  PieceOrder,
  TorrentWhy,
  PiecesStatus,
  RateLimits,
  Session,
  SlotCount,
  TorrentStatus,
} from "@torrential/engine";
import type { EngineDriver } from "./driver.ts";
import { FileHandle } from "./file-stream.ts";
import { planRename } from "./rename.ts";

interface Waiter {
  readonly isDone: (state: Lifecycle) => boolean;
  readonly resolve: (state: Lifecycle) => void;
}

export interface TorrentDeps {
  readonly session: Session;
  readonly driver: EngineDriver;
}

export class Torrent {
  readonly infoHash: InfoHash;
  #metainfo: Metainfo | undefined;
  readonly #deps: TorrentDeps;
  #waiters: Waiter[] = [];
  #last: TorrentStatus | undefined;
  #removed: (() => void) | undefined;
  #isRemoved = false;
  #isAsleep = false;
  /** Who waits for it to be awake. */
  #sleepers: (() => void)[] = [];

  /** `metainfo` is undefined while only a magnet link is known. */
  constructor(metainfo: Metainfo | undefined, infoHash: InfoHash, deps: TorrentDeps) {
    this.#metainfo = metainfo;
    this.infoHash = infoHash;
    this.#deps = deps;
  }

  /**
   * Nobody is connected to it, and its metadata is forgotten (`ClientOptions.reload`): it seeds as before, and wakes by
   * itself. Meanwhile it has no `metainfo` and no `files()`: see `awake()`.
   */
  get isAsleep(): boolean {
    return this.#isAsleep;
  }

  /** Wakes it, and resolves when its metadata is here. Rejects with a TorrentialError when that cannot be had. */
  async awake(): Promise<void> {
    if (!this.#isAsleep) return;
    const awake = new Promise<void>((resolve) => this.#sleepers.push(resolve));
    this.#deps.driver.command({ type: "wake-up", infoHash: this.infoHash });
    await awake;
    if (this.#isAsleep) throw new TorrentialError("metadata-unknown", `torrent ${this.infoHash}: its metadata is lost`);
  }

  /** False while only a magnet link is known, or it is asleep. */
  get hasMetainfo(): boolean {
    return this.#metainfo !== undefined;
  }

  /** What the torrent says about itself. Throws "metadata-unknown" while only a magnet link is known: see `metadata()`. */
  get metainfo(): Metainfo {
    if (this.#metainfo !== undefined) return this.#metainfo;
    throw new TorrentialError("metadata-unknown", `torrent ${this.infoHash}: its metadata has not come from peers yet`);
  }

  /**
   * Waits until peers have sent what a magnet link stands for; at once for a torrent file. Rejects when aborted, when the
   * torrent is removed, and with a TorrentialError when what peers have cannot be used.
   */
  async metadata(signal?: AbortSignal): Promise<Metainfo> {
    const state = await this.until(({ status }) => this.hasMetainfo || status === "error", signal);
    if (this.#metainfo === undefined && state.status === "error") throw new TorrentialError(state.class, state.message);
    return this.metainfo;
  }

  /** A snapshot; after removal, the last there was. */
  status(): TorrentStatus {
    const status = this.#deps.session.status(this.infoHash, performance.now());
    this.#last = status ?? this.#last;
    if (this.#last === undefined) throw new Error(`torrent ${this.infoHash} was never added`);
    return this.#last;
  }

  peers(): readonly PeerStatus[] {
    return this.#deps.session.peers(this.infoHash, performance.now());
  }

  /** The folder that holds the torrent's file or folder. */
  get root(): string {
    return this.status().root;
  }

  /** Every file with its present name; empty after removal. */
  files(): readonly FileStatus[] {
    return this.#deps.session.files(this.infoHash);
  }

  /** Undefined after removal. */
  pieces(): PiecesStatus | undefined {
    return this.#deps.session.pieces(this.infoHash);
  }

  start(): void {
    this.#deps.driver.command({ type: "start", infoHash: this.infoHash });
  }

  /** Resolves when everything is on disk and the journal is closed. */
  async stop(): Promise<void> {
    this.#deps.driver.command({ type: "stop", infoHash: this.infoHash });
    if (!this.#isRemoved) await this.until(({ status }) => status === "stopped");
  }

  /** Stops and forgets the torrent; with `deleteFiles` what it made on disk goes too. `keepState` keeps its journal. */
  async remove(options: { readonly deleteFiles: boolean; readonly keepState?: boolean }): Promise<void> {
    this.status();
    const removed = new Promise<void>((resolve) => {
      this.#removed = resolve;
    });
    this.#deps.driver.command({ type: "remove", infoHash: this.infoHash, ...options });
    if (!this.#isRemoved) await removed;
  }

  /** Believes nothing: reads and hashes whatever is there. */
  recheck(): void {
    this.#deps.driver.command({ type: "recheck", infoHash: this.infoHash });
  }

  /**
   * Moves all files below another folder, absolute: at once where a rename gets, else as a verified copy with the
   * torrent at rest (`status().state` says how far it is), `bytesPerSec` at most. A crash or a stop does not undo it: the
   * next start goes on. Throws TorrentialError with a `disk-…` code.
   */
  async move(root: string, options: { readonly bytesPerSec?: number } = {}): Promise<void> {
    const to = resolve(root);
    const { infoHash } = this;
    await this.#relocate((request) => ({ type: "move-storage", request, infoHash, root: to, ...options }));
  }

  /**
   * Gives a file or folder another name. Paths are below the root, with "/" between their elements; the new one is made
   * safe as the names of a torrent are. Throws TorrentialError with a `disk-…` code.
   */
  async rename(from: string, to: string): Promise<void> {
    const files = planRename(this.files(), from, to);
    const { infoHash } = this;
    await this.#relocate((request) => ({ type: "rename-files", request, infoHash, files }));
  }

  addPeers(peers: readonly Endpoint[]): void {
    this.#deps.driver.command({ type: "add-peers", infoHash: this.infoHash, peers, source: "user" });
  }

  /** Announces now; sooner than the tracker's `min interval` only when told so. Without `url`: to all in use. */
  reannounce(options: { readonly url?: string; readonly ignoreMinInterval?: boolean } = {}): void {
    this.#deps.driver.command({ type: "reannounce", infoHash: this.infoHash, ...options });
  }

  /** Asks its trackers how many seed and download: `status().trackers` has the answers. */
  scrape(): void {
    this.#deps.driver.command({ type: "scrape", infoHash: this.infoHash });
  }

  /** New tiers behind those that are there. */
  addTrackers(trackers: readonly (readonly string[])[]): void {
    this.#deps.driver.command({ type: "add-trackers", infoHash: this.infoHash, trackers });
  }

  /** Makes these the trackers; those that are dropped are told that we left. */
  setTrackers(trackers: readonly (readonly string[])[]): void {
    this.#deps.driver.command({ type: "set-trackers", infoHash: this.infoHash, trackers });
  }

  removeTracker(url: string): void {
    this.#deps.driver.command({ type: "remove-tracker", infoHash: this.infoHash, url });
  }

  /** The first tracker that works (BEP 12), the first of each tier, or all. */
  setAnnounceTo(announceTo: AnnounceTo): void {
    this.#deps.driver.command({ type: "set-announce-to", infoHash: this.infoHash, announceTo });
  }

  /** By file index: 0 unwanted, 4 normal, 7 first. */
  setFilePriorities(priorities: readonly number[]): void {
    this.#deps.driver.command({ type: "set-file-priorities", infoHash: this.infoHash, priorities });
  }

  setOrder(order: PieceOrder): void {
    this.#deps.driver.command({ type: "set-order", infoHash: this.infoHash, order });
  }

  /** Both ends of each wanted file before the rest, whatever the order. */
  setFirstAndLast(enabled: boolean): void {
    this.#deps.driver.command({ type: "set-first-and-last", infoHash: this.infoHash, enabled });
  }

  /** BEP 16, for the only seed of a torrent; without effect until everything is here. */
  setSuperSeeding(enabled: boolean): void {
    this.#deps.driver.command({ type: "set-super-seeding", infoHash: this.infoHash, enabled });
  }

  /** How many peers are served at once; "adaptive", the default: as many as the upload keeps busy. */
  setUploadSlots(slots: SlotCount): void {
    this.#deps.driver.command({ type: "set-upload-slots", infoHash: this.infoHash, slots });
  }

  /** Why it is no faster, and each of its peers: shares of time, with sentences. Undefined after removal. */
  why(): TorrentWhy | undefined {
    return this.#deps.session.why(this.infoHash, performance.now());
  }

  /** Who is kept out, why and for how long. */
  bans(): readonly Ban[] {
    return this.status().bans;
  }

  /** Lifts a ban by its key. */
  unban(key: string): void {
    this.#deps.driver.command({ type: "unban", infoHash: this.infoHash, key });
  }

  /** As the client's, for this torrent. */
  setLimits(limits: RateLimits): void {
    this.#deps.driver.command({ type: "set-limits", infoHash: this.infoHash, limits });
  }

  /** As they were set. */
  limits(): RateLimits {
    return this.#deps.session.limits(this.infoHash) ?? {};
  }

  /** Of one peer, connected or not. */
  setPeerLimits(endpoint: Endpoint, limits: RateLimits): void {
    this.#deps.driver.command({ type: "set-peer-limits", infoHash: this.infoHash, endpoint, limits });
  }

  peerLimits(endpoint: Endpoint): RateLimits {
    return this.#deps.session.peerLimits(this.infoHash, endpoint);
  }

  /** Its groups: the limits of "tag:NAME" and "category:NAME" bind it. */
  setLabels(labels: { readonly tags?: readonly string[]; readonly category?: string }): void {
    this.#deps.driver.command({ type: "set-tags", infoHash: this.infoHash, tags: [], ...labels });
  }

  /** A file of the torrent, by index. Throws RangeError. */
  file(index: number): FileHandle {
    const file = this.metainfo.files[index];
    if (file === undefined) throw new RangeError(`file ${index}: the torrent has ${this.metainfo.files.length}`);
    return new FileHandle({ torrent: this, file, driver: this.#deps.driver });
  }

  async #relocate(command: (request: number) => Command): Promise<void> {
    const result = await this.#deps.driver.run(command);
    if (!result.ok) throw new TorrentialError(`disk-${result.class}`, result.message);
  }

  /** Resolves with the first state, the present one included, for which `isDone` holds. Rejects when aborted. */
  until(isDone: (state: Lifecycle) => boolean, signal?: AbortSignal): Promise<Lifecycle> {
    const { state } = this.status();
    if (isDone(state)) return Promise.resolve(state);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { isDone, resolve };
      this.#waiters.push(waiter);
      signal?.addEventListener("abort", () => {
        this.#waiters = this.#waiters.filter((each) => each !== waiter);
        reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
      });
    });
  }

  /** Called by the client with what the engine gets back. */
  handleAwake(metainfo: Metainfo): void {
    this.#metainfo = metainfo;
    this.#isAsleep = false;
    this.#tellSleepers();
  }

  #tellSleepers(): void {
    for (const tell of this.#sleepers.splice(0)) tell();
  }

  /** Called by the client with each event of this torrent. */
  handleEvent(event: EngineEvent): void {
    if (event.type === "metadata") this.#metainfo = event.metainfo;
    if (event.type === "asleep") {
      this.#metainfo = undefined;
      this.#isAsleep = true;
    }
    // It cannot be woken, or is gone.
    if (event.type === "removed" || (event.type === "state" && event.state.status === "error")) this.#tellSleepers();
    if (event.type === "removed") {
      this.#isRemoved = true;
      this.#removed?.();
    }
    if (event.type !== "state") return;
    const { state } = event;
    const done = this.#waiters.filter((waiter) => waiter.isDone(state));
    if (done.length > 0) this.#waiters = this.#waiters.filter((waiter) => !done.includes(waiter));
    for (const waiter of done) waiter.resolve(state);
  }
}
