/** What goes into each operation and what comes out, as types alone. */
import type {
  CreatedToken,
  Identity,
  LoginRequest,
  NewToken,
  PasswordRequest,
  SessionEntry,
  SudoRequest,
  Token,
} from "../access.ts";
import type { BulkResult, RemoveQuery, TorrentAction, TorrentPatch } from "../acting.ts";
import type { AddSource, AddTorrents, AddTorrentsReply, TorrentPreview } from "../adding.ts";
import type { Ban, BanQuery, NewBans } from "../bans.ts";
import type { Peer, Pieces, Reason, TorrentFile, Tracker, WebSeed } from "../details.ts";
import type { CreateTorrentJob, Job } from "../jobs.ts";
import type { Category, CategoryChange, NameQuery, Names, NamesQuery, NewCategory, Tag, TagPatch } from "../labels.ts";
import type { LimitChange, LimitNode, LimitNodeQuery, LimitTree, LimitTreeQuery } from "../limits.ts";
import type { TorrentCounts, TorrentFilterQuery, TorrentList, TorrentListQuery, Viewport } from "../listing.ts";
import type {
  AlternativeLimits,
  FolderQuery,
  FolderSpace,
  HistoryEvent,
  HistoryQuery,
  LogEntry,
  LogLevels,
  LogQuery,
  PathQuery,
  RatePoint,
  RatesQuery,
  SessionInfo,
} from "../session.ts";
import type { Torrent } from "../torrent.ts";
import type { RouteName } from "./paths.ts";

/** A torrent by its small id, or by an info-hash. */
export interface TorrentParams {
  readonly ref: string;
}

export interface FileParams extends TorrentParams {
  readonly index: number;
}

export interface IdParams<Name extends string> {
  readonly params: Readonly<Record<Name, string>>;
}

/** Secrets of tracker URLs are only shown where they are asked for, to callers that may control. */
export interface SecretsQuery {
  readonly secrets?: boolean;
}

export interface FilePriorities {
  /** By file index: 0 unwanted, 4 normal, 7 first. */
  readonly priorities: Readonly<Record<string, number>>;
}

export interface RenamePath {
  readonly from: string;
  readonly to: string;
}

export interface Tiers {
  readonly tiers: readonly (readonly string[])[];
}

export interface Urls {
  readonly urls: readonly string[];
}

export interface Endpoints {
  readonly endpoints: readonly string[];
}

export interface QueuePosition {
  readonly position: number;
}

/** By dotted key, as in the config file. */
export interface Settings {
  readonly values: Readonly<Record<string, unknown>>;
  readonly origins: Readonly<Record<string, string>>;
}

export interface EventsQuery {
  /** Which kinds of events; default all. */
  readonly topics?: readonly EventTopic[];
  /** Viewport as JSON; without it no torrents are sent until one is set. */
  readonly viewport?: string;
  /** As the header, for clients that cannot set it. */
  readonly lastEventId?: string;
}

export type EventTopic = "torrents" | "counts" | "session" | "history" | "settings" | "labels" | "jobs" | "log";

interface Types {
  listTorrents: { query: TorrentListQuery; reply: TorrentList };
  countTorrents: { query: TorrentFilterQuery; reply: TorrentCounts };
  addTorrents: { body: AddTorrents; reply: AddTorrentsReply };
  previewTorrent: { body: AddSource; reply: TorrentPreview };
  actOnTorrents: { body: TorrentAction; reply: BulkResult };
  showTorrent: { params: TorrentParams; reply: Torrent };
  updateTorrent: { params: TorrentParams; body: TorrentPatch; reply: Torrent };
  removeTorrent: { params: TorrentParams; query: RemoveQuery; reply: undefined };
  restoreTorrent: { params: TorrentParams; reply: Torrent };
  listFiles: { params: TorrentParams; reply: readonly TorrentFile[] };
  updateFiles: { params: TorrentParams; body: FilePriorities; reply: readonly TorrentFile[] };
  renamePath: { params: TorrentParams; body: RenamePath; reply: readonly TorrentFile[] };
  readFile: { params: FileParams; reply: Uint8Array };
  listTrackers: { params: TorrentParams; query: SecretsQuery; reply: readonly Tracker[] };
  replaceTrackers: { params: TorrentParams; body: Tiers; reply: readonly Tracker[] };
  listWebSeeds: { params: TorrentParams; reply: readonly WebSeed[] };
  replaceWebSeeds: { params: TorrentParams; body: Urls; reply: readonly WebSeed[] };
  listPeers: { params: TorrentParams; reply: readonly Peer[] };
  addPeers: { params: TorrentParams; body: Endpoints; reply: { readonly added: number } };
  showPieces: { params: TorrentParams; reply: Pieces };
  explainTorrent: { params: TorrentParams; reply: readonly Reason[] };
  showTorrentRates: { params: TorrentParams; query: RatesQuery; reply: readonly RatePoint[] };
  listTorrentHistory: { params: TorrentParams; query: HistoryQuery; reply: readonly HistoryEvent[] };
  readMetainfo: { params: TorrentParams; reply: Uint8Array };
  showMagnet: { params: TorrentParams; reply: { readonly magnet: string } };
  moveInQueue: { params: TorrentParams; body: QueuePosition; reply: Torrent };
  banPeers: { body: Endpoints; reply: undefined };
  showLimits: { query: LimitTreeQuery; reply: LimitTree };
  setLimit: { query: LimitNodeQuery; body: LimitChange; reply: LimitNode };
  listBans: { reply: readonly Ban[] };
  addBans: { body: NewBans; reply: readonly Ban[] };
  liftBans: { query: BanQuery; reply: readonly Ban[] };
  listCategories: { reply: readonly Category[] };
  createCategory: { body: NewCategory; reply: Category };
  updateCategory: { query: NameQuery; body: CategoryChange; reply: Category };
  removeCategories: { query: NamesQuery; reply: undefined };
  listTags: { reply: readonly Tag[] };
  createTags: { body: Names; reply: readonly Tag[] };
  updateTag: { query: NameQuery; body: TagPatch; reply: Tag };
  removeTags: { query: NamesQuery; reply: undefined };
  showSettings: { reply: Settings };
  updateSettings: { body: Readonly<Record<string, unknown>>; reply: Settings };
  showSettingsSchema: { reply: Readonly<Record<string, unknown>> };
  reloadSettings: { reply: { readonly changed: readonly string[] } };
  showSession: { reply: SessionInfo };
  showRates: { query: RatesQuery; reply: readonly RatePoint[] };
  setAlternativeLimits: { body: AlternativeLimits; reply: SessionInfo };
  shutDown: { reply: undefined };
  listHistory: { query: HistoryQuery; reply: readonly HistoryEvent[] };
  openEvents: { query: EventsQuery; reply: Uint8Array };
  setViewport: { params: { readonly stream: string }; body: Viewport; reply: undefined };
  readLog: { query: LogQuery; reply: readonly LogEntry[] };
  showLogLevels: { reply: LogLevels };
  setLogLevels: { body: LogLevels; reply: LogLevels };
  listRoots: { reply: readonly string[] };
  showSpace: { query: PathQuery; reply: FolderSpace };
  listFolder: { query: FolderQuery; reply: readonly string[] };
  exportArchive: { reply: Uint8Array };
  importArchive: { body: Readonly<Record<string, unknown>>; reply: BulkResult };
  listJobs: { reply: readonly Job[] };
  createTorrentFile: { body: CreateTorrentJob; reply: Job };
  showJob: IdParams<"job"> & { reply: Job };
  cancelJob: IdParams<"job"> & { reply: undefined };
  readJobResult: IdParams<"job"> & { reply: Uint8Array };
  login: { body: LoginRequest; reply: Identity };
  logout: { reply: undefined };
  showIdentity: { reply: Identity };
  sudo: { body: SudoRequest; reply: Identity };
  setPassword: { body: PasswordRequest; reply: undefined };
  listTokens: { reply: readonly Token[] };
  createToken: { body: NewToken; reply: CreatedToken };
  revokeToken: IdParams<"token"> & { reply: undefined };
  listSessions: { reply: readonly SessionEntry[] };
  revokeSession: IdParams<"session"> & { reply: undefined };
  showSavedView: IdParams<"view"> & { reply: unknown };
  saveView: IdParams<"view"> & { body: Readonly<Record<string, unknown>>; reply: undefined };
  showOpenApi: { reply: Readonly<Record<string, unknown>> };
}

/** By name of the operation: `params`, `query` and `body` where it has them, and `reply`. */
export type RouteTypes = { readonly [Name in RouteName]: Types[Name] };

export type ParamsOf<Name extends RouteName> = RouteTypes[Name] extends { params: infer T } ? T : undefined;
export type QueryOf<Name extends RouteName> = RouteTypes[Name] extends { query: infer T } ? T : undefined;
export type BodyOf<Name extends RouteName> = RouteTypes[Name] extends { body: infer T } ? T : undefined;
/** `Uint8Array`: bytes that are not JSON, as a stream; undefined: nothing (204). */
export type ReplyOf<Name extends RouteName> = RouteTypes[Name]["reply"];
