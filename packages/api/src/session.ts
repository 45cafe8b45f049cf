/** The daemon as a whole: rates, totals, graphs, settings, history, folders, log. */
import { Type } from "typebox";
import { type SchemaOf, schemaOf, words } from "./schema.ts";
import { type RateLimit, rateLimitSchema } from "./torrent.ts";

export interface SessionInfo {
  readonly version: string;
  /** Since 1970, of the daemon's start. */
  readonly startedAtMs: number;
  readonly downRate: number;
  readonly upRate: number;
  /** Payload since the start, and over all lives. */
  readonly downloadedBytes: number;
  readonly uploadedBytes: number;
  readonly wastedBytes: number;
  readonly totalDownloadedBytes: number;
  readonly totalUploadedBytes: number;
  readonly totalActiveMs: number;
  readonly totalStarts: number;
  readonly totalAdded: number;
  readonly torrents: number;
  readonly activeTorrents: number;
  /** Seeds that nobody is connected to, of which little is in memory. */
  readonly sleepingTorrents: number;
  readonly peers: number;
  /** Nodes of the DHT that answer. */
  readonly dhtNodes: number;
  /** Those in the table that were silent lately, or did not answer. */
  readonly dhtBadNodes: number;
  /** Why there is no DHT although it is on, one sentence. */
  readonly dhtProblem?: string | undefined;
  /** 0 while it does not listen. */
  readonly listenPort: number;
  readonly isReachable?: boolean | undefined;
  /** How that is known, one sentence. */
  readonly reachableBecause?: string | undefined;
  readonly externalAddress?: string | undefined;
  readonly limits: RateLimit;
  readonly isAlternativeLimits: boolean;
  readonly diskQueueBytes: number;
  readonly bufferBytes: number;
  /** Event-loop delay, 99th percentile over the last few seconds. */
  readonly mainLoopP99Ms: number;
  readonly engineLoopP99Ms: number;
  /** Of the folder for downloads; undefined when it is not there. */
  readonly freeBytes?: number | undefined;
  /** The state folder is full or read-only: changes are refused. */
  readonly isReadOnly: boolean;
}

/** "minute": 1 s buckets for 10 min; "hour": 10 s for 6 h; "day": 5 min for 2 d; "week": 1 h for 60 d; "year": 1 d. */
export type RateSpan = "minute" | "hour" | "day" | "week" | "year";

export interface RatesQuery {
  readonly span?: RateSpan;
}

/** One point of a graph. Rates are means over the bucket, totals its sums. */
export interface RatePoint {
  readonly atMs: number;
  readonly downRate: number;
  readonly upRate: number;
}

export interface AlternativeLimits {
  /** null: by the schedule. */
  readonly isOn: boolean | null;
}

export interface HistoryEvent {
  readonly id: number;
  readonly atMs: number;
  readonly level: "info" | "warning" | "error";
  readonly type: string;
  readonly infoHash?: string | undefined;
  readonly message: string;
}

export interface HistoryQuery {
  /** Oldest first, after this id; else newest first. */
  readonly after?: number;
  /** Newest first, before this id. */
  readonly before?: number;
  readonly limit?: number;
}

export interface PathQuery {
  readonly path: string;
}

export interface FolderQuery extends PathQuery {
  readonly kind?: "all" | "folders" | "files";
}

export interface FolderSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

export interface LogQuery {
  readonly after?: number;
  readonly area?: string;
  readonly level?: LogLevel;
  readonly limit?: number;
}

export interface LogEntry {
  readonly id: number;
  readonly atMs: number;
  readonly level: LogLevel;
  readonly area: string;
  readonly message: string;
}

/** By area; "*" for all without a level of their own. */
export type LogLevels = Readonly<Record<string, LogLevel>>;

const count = Type.Integer({ minimum: 0 });
const rate = Type.Number({ minimum: 0, description: "Bytes per second." });
const time = Type.Number({ description: "Milliseconds since 1970." });
const levels = words(["trace", "debug", "info", "warn", "error", "fatal"]);

export const sessionInfoSchema: SchemaOf<SessionInfo> = schemaOf<SessionInfo>()(
  Type.Object({
    version: Type.String(),
    startedAtMs: time,
    downRate: rate,
    upRate: rate,
    downloadedBytes: count,
    uploadedBytes: count,
    wastedBytes: count,
    totalDownloadedBytes: Type.Integer({ description: "Over all lives of the daemon." }),
    totalUploadedBytes: count,
    totalActiveMs: Type.Number(),
    totalStarts: count,
    totalAdded: count,
    torrents: count,
    activeTorrents: count,
    sleepingTorrents: Type.Integer({ minimum: 0, description: "Seeds that nobody is connected to." }),
    peers: count,
    dhtNodes: Type.Integer({ minimum: 0, description: "Nodes of the DHT that answer." }),
    dhtBadNodes: Type.Integer({ minimum: 0, description: "Those that were silent lately, or did not answer." }),
    dhtProblem: Type.Optional(Type.String({ description: "Why there is no DHT although it is on." })),
    listenPort: Type.Integer({ description: "For peers; 0 while it does not listen." }),
    isReachable: Type.Optional(Type.Boolean({ description: "Absent while unknown." })),
    reachableBecause: Type.Optional(Type.String({ description: "How that is known." })),
    externalAddress: Type.Optional(Type.String()),
    limits: Type.Unsafe<RateLimit>(rateLimitSchema),
    isAlternativeLimits: Type.Boolean(),
    diskQueueBytes: count,
    bufferBytes: count,
    mainLoopP99Ms: Type.Number(),
    engineLoopP99Ms: Type.Number(),
    freeBytes: Type.Optional(Type.Number({ description: "Of the folder for downloads; absent when it is not there." })),
    isReadOnly: Type.Boolean({ description: "The state folder is full or read-only: changes are refused." }),
  }),
);

export const ratesQuerySchema: SchemaOf<RatesQuery> = schemaOf<RatesQuery>()(
  Type.Object({
    span: Type.Optional(
      words(["minute", "hour", "day", "week", "year"], {
        description: "1 s steps for 10 min; 10 s for 6 h; 5 min for 2 d; 1 h for 60 d; 1 d.",
        default: "minute",
      }),
    ),
  }),
);

export const ratePointsSchema: SchemaOf<readonly RatePoint[]> = schemaOf<readonly RatePoint[]>()(
  Type.Array(Type.Object({ atMs: time, downRate: rate, upRate: rate })),
);

export const alternativeLimitsSchema: SchemaOf<AlternativeLimits> = schemaOf<AlternativeLimits>()(
  Type.Object({
    isOn: Type.Unsafe<boolean | null>({ type: ["boolean", "null"], description: "null: by the schedule." }),
  }),
);

export const historyEventSchema: SchemaOf<HistoryEvent> = schemaOf<HistoryEvent>()(
  Type.Object({
    id: Type.Integer({ description: "Counts up over all lives of the daemon." }),
    atMs: time,
    level: words(["info", "warning", "error"]),
    type: Type.String(),
    infoHash: Type.Optional(Type.String()),
    message: Type.String(),
  }),
);

export const historyQuerySchema: SchemaOf<HistoryQuery> = schemaOf<HistoryQuery>()(
  Type.Object({
    after: Type.Optional(count),
    before: Type.Optional(count),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  }),
);

export const pathQuerySchema: SchemaOf<PathQuery> = schemaOf<PathQuery>()(
  Type.Object({ path: Type.String({ minLength: 1, maxLength: 4096 }) }),
);

export const folderQuerySchema: SchemaOf<FolderQuery> = schemaOf<FolderQuery>()(
  Type.Object({
    path: Type.String({ minLength: 1, maxLength: 4096 }),
    kind: Type.Optional(words(["all", "folders", "files"], { default: "folders" })),
  }),
);

export const folderSpaceSchema: SchemaOf<FolderSpace> = schemaOf<FolderSpace>()(
  Type.Object({ freeBytes: Type.Number(), totalBytes: Type.Number() }),
);

export const logQuerySchema: SchemaOf<LogQuery> = schemaOf<LogQuery>()(
  Type.Object({
    after: Type.Optional(count),
    area: Type.Optional(Type.String({ maxLength: 40 })),
    level: Type.Optional(levels),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 200 })),
  }),
);

export const logEntrySchema: SchemaOf<LogEntry> = schemaOf<LogEntry>()(
  Type.Object({ id: Type.Integer(), atMs: time, level: levels, area: Type.String(), message: Type.String() }),
);

export const logLevelsSchema: SchemaOf<LogLevels> = schemaOf<LogLevels>()(
  Type.Record(Type.String({ maxLength: 40 }), levels, { description: '"*" for areas without a level of their own.' }),
);
