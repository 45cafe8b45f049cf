/**
 * Everything that an API can ask of the daemon. The native API, the compatible ones and the page are translations of
 * this. Reads answer at once from the read model. Commands reject with a `ServiceError`, having changed nothing, or
 * resolve when what they changed is on disk: an API's "ok" means that.
 */
import type { Ban, LimitChange, LimitNode, LimitTree, LimitTreeQuery } from "@torrential/api";
import type { InfoHash } from "@torrential/core";
import type { ChangeBatch, Delta, HistoryEvent } from "./changes.ts";
import type {
  RatePoint,
  RateSpan,
  SessionView,
  TorrentCounts,
  TorrentFilter,
  TorrentPage,
  TorrentQuery,
} from "./queries.ts";
import type {
  FileView,
  PeerView,
  PiecesView,
  RateLimit,
  ReasonView,
  RunIntent,
  ShareLimits,
  TorrentView,
  TrackerView,
  WebSeedView,
} from "./torrent-view.ts";

export interface Service {
  readonly torrents: TorrentsService;
  readonly queue: QueueService;
  readonly labels: LabelsService;
  readonly limits: LimitsService;
  readonly bans: BansService;
  readonly settings: SettingsService;
  readonly session: SessionService;
  readonly history: HistoryService;
  readonly folders: FoldersService;
  readonly archive: ArchiveService;
  /** Small values of an API or page of its own, such as tokens, sessions and view settings. On disk when resolved. */
  readonly store: KeyValueStore;
  /** Called with every batch until the returned function is called. */
  subscribe(listener: (batch: ChangeBatch) => void): () => void;
  /** Reads what changed since a revision, for those who poll. */
  changesSince(revision: number): Delta;
  readonly revision: number;
}

/** A torrent by id, or by info-hash in either case and of either version. */
export type TorrentRef = number | string;

/** What became of each torrent of a bulk command. Unknown ones are in `failed` as "not-found". */
export interface BulkResult {
  readonly done: readonly InfoHash[];
  readonly failed: readonly { readonly ref: TorrentRef; readonly code: string; readonly message: string }[];
}

export type AddSource =
  | { readonly type: "file"; readonly bytes: Uint8Array }
  /** A magnet link, or a bare info-hash in hex or base32. */
  | { readonly type: "magnet"; readonly uri: string }
  /** Fetched under PROMISES C7 before the call resolves. */
  | { readonly type: "url"; readonly url: string; readonly cookie?: string };

export interface AddRequest {
  readonly source: AddSource;
  /** Absolute, under a configured root. Default: the category's, else the setting. */
  readonly folder?: string | undefined;
  /** "" for none; default: the setting. */
  readonly incompleteFolder?: string | undefined;
  /** Made when there is none of that name. */
  readonly category?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly name?: string | undefined;
  readonly intent?: RunIntent | undefined;
  readonly isQueueTop?: boolean | undefined;
  /** Believe that the files are whole; each piece is hashed before it is first sent. */
  readonly skipCheck?: boolean | undefined;
  readonly layout?: "original" | "subfolder" | "no-subfolder" | undefined;
  readonly filePriorities?: readonly number[] | undefined;
  readonly isSequential?: boolean | undefined;
  readonly isFirstLast?: boolean | undefined;
  readonly isSuperSeeding?: boolean | undefined;
  readonly isAutoManaged?: boolean | undefined;
  readonly limits?: RateLimit | undefined;
  readonly shareLimits?: Partial<ShareLimits> | undefined;
  readonly priority?: -1 | 0 | 1 | undefined;
  readonly peersMax?: number | undefined;
  /** Added to the torrent's own. */
  readonly trackers?: readonly (readonly string[])[] | undefined;
  /** Rest once the metadata is here, or the files are checked. */
  readonly stopWhen?: "metadata" | "checked" | undefined;
  /** Default "refuse": rejects with "duplicate". */
  readonly onDuplicate?: "refuse" | "merge-trackers" | undefined;
  /** The same key within a day is answered with the first result, and with "key-reused" when it came with another request. */
  readonly idempotencyKey?: IdempotencyKey | undefined;
}

export interface IdempotencyKey {
  readonly name: string;
  /** Of everything that was asked for; without spaces. */
  readonly fingerprint: string;
}

export interface AddResult {
  readonly torrent: TorrentView;
  /** It was there before; with "merge-trackers", its trackers may be more now. */
  readonly isDuplicate: boolean;
}

/** Absent leaves as it is; undefined in `category` and `peersMax` takes away. */
export interface TorrentPatch {
  readonly name?: string;
  readonly category?: string | undefined;
  readonly tags?: readonly string[];
  readonly isAutoManaged?: boolean;
  readonly limits?: RateLimit;
  readonly shareLimits?: Partial<ShareLimits>;
  readonly priority?: -1 | 0 | 1;
  readonly isSequential?: boolean;
  readonly isFirstLast?: boolean;
  readonly isSuperSeeding?: boolean;
  readonly peersMax?: number | undefined;
  readonly incompleteFolder?: string;
  readonly comment?: string;
}

export interface RemoveOptions {
  /** Files that the torrent made go too. */
  readonly deleteData: boolean;
  /** With `deleteData`: into a trash folder on the same device for an hour, so that `restore` can undo it. Default false. */
  readonly trash?: boolean;
}

export interface Touched {
  /** To ask with next. */
  readonly position: number;
  /** Those that are gone too; undefined when it may be any. */
  readonly infoHashes: ReadonlySet<InfoHash> | undefined;
}

export interface TorrentsService {
  readonly size: number;
  /** Undefined when there is none. */
  get(ref: TorrentRef): TorrentView | undefined;
  /** In order of id. */
  all(): Iterable<TorrentView>;
  /** For tables of an API that follow: what may be another than at that position of the log of touches. */
  touchedSince(position: number): Touched;
  list(query?: TorrentQuery): TorrentPage;
  counts(filter?: TorrentFilter): TorrentCounts;

  /** Empty without metadata. These five throw "not-found". */
  files(ref: TorrentRef): readonly FileView[];
  trackers(ref: TorrentRef): readonly TrackerView[];
  webSeeds(ref: TorrentRef): readonly WebSeedView[];
  magnet(ref: TorrentRef): string;
  /** The .torrent file with the present trackers. Throws "no-metadata". */
  metainfo(ref: TorrentRef): Uint8Array;
  /**
   * What only the engine knows, at most a second old while somebody asks; the first call waits for it up to 250 ms and
   * then answers with nothing. Rejects with "not-found".
   */
  peers(ref: TorrentRef): Promise<readonly PeerView[]>;
  pieces(ref: TorrentRef): Promise<PiecesView>;
  reasons(ref: TorrentRef): Promise<readonly ReasonView[]>;
  /** Streams bytes of a file, waiting for what is not here yet. `end` is exclusive. Throws "not-found", "no-metadata". */
  read(
    ref: TorrentRef,
    file: number,
    range: { readonly start: number; readonly end: number },
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;

  add(request: AddRequest): Promise<AddResult>;
  /** What `add` would add, without adding it. Files are empty for a magnet link. */
  preview(source: AddSource): Promise<TorrentPreview>;
  remove(refs: readonly TorrentRef[], options: RemoveOptions): Promise<BulkResult>;
  /** Undoes a removal within the hour. */
  restore(infoHash: string): Promise<TorrentView>;
  /** "start" waits for its turn in the queue, "force" doesn't. */
  setIntent(refs: readonly TorrentRef[], intent: RunIntent): Promise<BulkResult>;
  recheck(refs: readonly TorrentRef[]): Promise<BulkResult>;
  reannounce(refs: readonly TorrentRef[]): Promise<BulkResult>;
  update(refs: readonly TorrentRef[], patch: TorrentPatch): Promise<BulkResult>;
  /** Adds and takes away, where `update` replaces. */
  tag(
    refs: readonly TorrentRef[],
    change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
  ): Promise<BulkResult>;
  /** With `move` its files go there too, else they are looked for there. Ends auto-management. */
  setFolder(refs: readonly TorrentRef[], folder: string, options: { readonly move: boolean }): Promise<BulkResult>;
  setFilePriorities(ref: TorrentRef, priorities: ReadonlyMap<number, number>): Promise<void>;
  /** `from` is the present path below the folder, of a file or folder; the last element is renamed, or all of it. */
  renamePath(ref: TorrentRef, paths: { readonly from: string; readonly to: string }): Promise<void>;
  setTrackers(ref: TorrentRef, tiers: readonly (readonly string[])[]): Promise<void>;
  setWebSeeds(ref: TorrentRef, urls: readonly string[]): Promise<void>;
  /** "host:port"; answers with how many were taken. */
  addPeers(ref: TorrentRef, peers: readonly string[]): Promise<number>;
  /** As `BansService.add`, for good. */
  banPeers(peers: readonly string[]): Promise<void>;
}

export interface TorrentPreview {
  readonly infoHash: InfoHash;
  readonly name: string;
  readonly hasMetadata: boolean;
  readonly sizeBytes: number;
  readonly pieceLength: number;
  readonly isPrivate: boolean;
  readonly comment: string | undefined;
  readonly trackers: readonly (readonly string[])[];
  readonly files: readonly { readonly index: number; readonly path: string; readonly sizeBytes: number }[];
  /** It is in the service already. */
  readonly isDuplicate: boolean;
}

export interface QueueService {
  /** Moves keep the order inside the group. Rejects with "conflict" while the queue is off. */
  move(refs: readonly TorrentRef[], to: "top" | "up" | "down" | "bottom"): Promise<BulkResult>;
  /** From 1. */
  moveTo(ref: TorrentRef, position: number): Promise<void>;
}

export interface CategoryView {
  /** Parts separated by "/". */
  readonly name: string;
  readonly folder: string | undefined;
  readonly incompleteFolder: string | undefined;
  /** "#rrggbb". */
  readonly color?: string | undefined;
  readonly limits: RateLimit;
  readonly shareLimits: ShareLimits;
}

export interface TagView {
  readonly name: string;
  /** "#rrggbb". */
  readonly color?: string | undefined;
  readonly limits: RateLimit;
  readonly shareLimits: ShareLimits;
}

export interface LabelsService {
  categories(): readonly CategoryView[];
  tags(): readonly TagView[];
  /** Rejects with "duplicate" or "invalid". */
  createCategory(name: string, options?: Partial<Omit<CategoryView, "name">>): Promise<CategoryView>;
  updateCategory(name: string, patch: Partial<Omit<CategoryView, "name">>): Promise<CategoryView>;
  /** With its torrents and the categories below it. Rejects with "duplicate", "invalid" or "not-found". */
  renameCategory(name: string, to: string): Promise<void>;
  renameTag(name: string, to: string): Promise<void>;
  /** Its torrents are without category afterwards. */
  removeCategories(names: readonly string[]): Promise<void>;
  createTags(names: readonly string[]): Promise<void>;
  updateTag(name: string, patch: Partial<Omit<TagView, "name">>): Promise<TagView>;
  removeTags(names: readonly string[]): Promise<void>;
}

/** Rate limits as a tree; see `LimitNode` for its ids. */
export interface LimitsService {
  /** Live: what passes and who waits now. Rejects with "not-found" for `peersOf`. */
  tree(query: LimitTreeQuery): Promise<LimitTree>;
  /** Rejects with "not-found", "invalid", and "forbidden" where the config file or command line fixes it. */
  set(id: string, change: LimitChange): Promise<LimitNode>;
}

/** Who is kept out. Peers are addresses, or address:port. */
export interface BansService {
  list(): Promise<readonly Ban[]>;
  /** From every torrent; for good unless told how long. Rejects with "invalid". */
  add(peers: readonly string[], options?: { readonly reason?: string; readonly durationMs?: number }): Promise<void>;
  /** Whoever made the ban. Rejects with "not-found" and "invalid". */
  lift(peer: string): Promise<void>;
}

export type SettingValue = string | number | boolean | readonly string[] | readonly Readonly<Record<string, unknown>>[];

/** Where a setting's present value comes from; later ones win. "file", "environment" and "command" cannot be changed over an API. */
export type SettingOrigin = "default" | "api" | "file" | "environment" | "command";

export interface SettingsService {
  /** By dotted key, as in the config file: "downloads.folder". */
  all(): Readonly<Record<string, SettingValue>>;
  origin(key: string): SettingOrigin;
  /**
   * All or nothing. Rejects with "invalid" or "not-found", and with "forbidden" for what the file, environment or command
   * line fixes, or what needs `isSudo`.
   */
  update(patch: Readonly<Record<string, unknown>>, options: { readonly isSudo: boolean }): Promise<void>;
  /** JSON schema of every setting: title, description, unit, range, default, and whether it needs sudo or a restart. */
  schema(): Readonly<Record<string, unknown>>;
  /** Reads the config file again. Resolves with the keys that changed; rejects with "invalid" and changes nothing. */
  reload(): Promise<readonly string[]>;
}

export interface SessionService {
  view(): SessionView;
  /** Alternative limits by hand; undefined for by the schedule. */
  setAlternativeLimits(isOn: boolean | undefined): Promise<void>;
  rates(span: RateSpan, ref?: TorrentRef): readonly RatePoint[];
  /** Saves and quits, as SIGTERM does. */
  shutdown(): void;
}

export interface HistoryService {
  /** Oldest first. */
  since(id: number, options?: { readonly limit?: number; readonly ref?: TorrentRef }): readonly HistoryEvent[];
  /** Newest first. */
  latest(options?: {
    readonly limit?: number;
    readonly before?: number;
    readonly ref?: TorrentRef;
  }): readonly HistoryEvent[];
}

export interface FoldersService {
  /** Bytes; undefined when the folder or its nearest parent is not there. Rejects with "path-refused". */
  space(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number } | undefined>;
  /** Absolute paths, under configured roots only. Rejects with "path-refused" or "not-found". */
  list(path: string, kind: "all" | "folders" | "files"): Promise<readonly string[]>;
  /** Configured roots. */
  roots(): readonly string[];
}

export interface ArchiveService {
  /** All state as one JSON document without secrets; info dictionaries in base64. */
  export(): AsyncIterable<string>;
  /**
   * Adds settings, labels and torrents that are not there; what is there stays. Resolves with the torrents that came in,
   * and with all that could not: "setting KEY", "category NAME", "tag NAME", or a torrent's place in the document.
   */
  import(document: unknown, options: { readonly isSudo: boolean }): Promise<BulkResult>;
}

export interface KeyValueStore {
  get(area: string, key: string): string | undefined;
  list(area: string): ReadonlyMap<string, string>;
  /** Undefined removes. */
  set(area: string, key: string, value: string | undefined): Promise<void>;
}
