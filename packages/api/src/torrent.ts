/** Torrents as the API shows them. Sizes in bytes, rates in bytes per second, times in milliseconds since 1970. */
import { type TObject, Type } from "typebox";
import { type SchemaOf, schemaOf, words } from "./schema.ts";
import { TORRENT_STATES, type TorrentState } from "./torrent-state.ts";

/** What the user wants of it; "start" waits for its turn in the queue, "force" doesn't. */
export type RunIntent = "stop" | "start" | "force";

export interface TorrentProblem {
  /** "full", "gone", "denied", "read-only", "io", "corrupt", "too-long", "busy", "missing", "metadata", "internal". */
  readonly code: string;
  /** One sentence. */
  readonly message: string;
  /** What the user can do, one sentence. */
  readonly remedy: string;
}

/** A number, or "global" (as the level above says), or "none". */
export type ShareLimit = number | "global" | "none";
export type ShareAction = "stop" | "remove" | "remove-data" | "super-seed";

export interface ShareLimits {
  readonly ratio: ShareLimit;
  readonly seedingTimeMs: ShareLimit;
  /** Without upload for so long while seeding. */
  readonly idleTimeMs: ShareLimit;
  readonly match: "any" | "all" | "global";
  readonly action: ShareAction | "global";
}

/** Bytes per second; absent for no limit. */
export interface RateLimit {
  readonly down?: number | undefined;
  readonly up?: number | undefined;
}

export interface Torrent {
  /** Small, from 1, never used again: not after removal, not after a restart. */
  readonly id: number;
  /** 40 hex digits; for v2 only the first 40 of its hash. The key of everything. */
  readonly infoHash: string;
  readonly infoHashV1?: string | undefined;
  /** 64 hex digits. */
  readonly infoHashV2?: string | undefined;
  /** Given by the user, else by the torrent, else by the magnet link, else the info-hash. */
  readonly name: string;
  readonly state: TorrentState;
  readonly intent: RunIntent;
  readonly problem?: TorrentProblem | undefined;
  /** Last thing that its trackers complained of. */
  readonly trackerMessage?: string | undefined;
  readonly hasMetadata: boolean;
  readonly isPrivate: boolean;
  /** All that is wanted is here. */
  readonly isComplete: boolean;
  /** Running, and nothing moved for a minute. */
  readonly isStalled: boolean;
  /** Stopped because it reached its share limits. */
  readonly isLimitReached: boolean;
  /** From 1; 0 when it is not in the queue (complete, or the queue is off). */
  readonly queuePosition: number;
  /** All files, pad files apart. */
  readonly sizeBytes: number;
  readonly wantedBytes: number;
  /** Of the wanted, verified and on disk. */
  readonly verifiedBytes: number;
  /** `verifiedBytes / wantedBytes`, 1 when nothing is wanted. */
  readonly progress: number;
  /** 0 to 1 while checking, moving or fetching metadata. */
  readonly stateProgress?: number | undefined;
  readonly fileCount: number;
  readonly pieceCount: number;
  readonly piecesHave: number;
  readonly pieceLength: number;
  readonly downRate: number;
  readonly upRate: number;
  /** Payload, over all runs. */
  readonly downloadedBytes: number;
  readonly uploadedBytes: number;
  readonly wastedBytes: number;
  /** Since the daemon started. */
  readonly sessionDownloadedBytes: number;
  readonly sessionUploadedBytes: number;
  /** Uploaded by downloaded, or by size where nothing was downloaded; undefined when that is 0 too. */
  readonly ratio?: number | undefined;
  readonly etaMs?: number | undefined;
  /** Connected. */
  readonly peers: number;
  readonly seeds: number;
  /** As the trackers say; undefined when none did. */
  readonly swarmPeers?: number | undefined;
  readonly swarmSeeds?: number | undefined;
  /** Distributed copies. */
  readonly availability: number;
  readonly addedAtMs: number;
  readonly startedAtMs?: number | undefined;
  readonly completedAtMs?: number | undefined;
  /** Payload moved last. */
  readonly activeAtMs?: number | undefined;
  /** A whole copy was seen last. */
  readonly seenCompleteAtMs?: number | undefined;
  readonly activeTimeMs: number;
  readonly seedingTimeMs: number;
  readonly nextAnnounceAtMs?: number | undefined;
  /** Where it lies when complete, and now. Absolute. */
  readonly folder: string;
  readonly currentFolder: string;
  readonly incompleteFolder?: string | undefined;
  /** The single file, or the torrent's folder. */
  readonly contentPath: string;
  readonly category?: string | undefined;
  /** Sorted. */
  readonly tags: readonly string[];
  /** Its folder follows its category. */
  readonly isAutoManaged: boolean;
  readonly limits: RateLimit;
  readonly shareLimits: ShareLimits;
  /** Weight against other torrents: -1 low, 0 normal, 1 high. */
  readonly priority: -1 | 0 | 1;
  readonly isSequential: boolean;
  readonly isFirstLast: boolean;
  readonly isSuperSeeding: boolean;
  /** Undefined for the default. */
  readonly peersMax?: number | undefined;
  /** URL of the tracker that answered last, else the first; without its secrets. */
  readonly tracker?: string | undefined;
  readonly trackerCount: number;
  readonly comment?: string | undefined;
  readonly createdBy?: string | undefined;
  readonly createdAtMs?: number | undefined;
  /** Of the read model when this last changed. */
  readonly revision: number;
}

export type TorrentField = keyof Torrent;

const count = Type.Integer({ minimum: 0 });
const bytes = Type.Integer({ minimum: 0, description: "Bytes." });
const rate = Type.Number({ minimum: 0, description: "Bytes per second." });
const time = Type.Number({ description: "Milliseconds since 1970." });
const duration = Type.Number({ description: "Milliseconds." });
const text = Type.String();
const flag = Type.Boolean();

const states = words(TORRENT_STATES);

const shareLimit = Type.Unsafe<ShareLimit>({
  anyOf: [
    { type: "number", minimum: 0 },
    { type: "string", enum: ["global", "none"] },
  ],
  description: 'A number; or "global", as the level above says (tag, category, then settings); or "none".',
});

export const runIntentSchema: SchemaOf<RunIntent> = schemaOf<RunIntent>()(words(["stop", "start", "force"]));

export const shareLimitsSchema: SchemaOf<ShareLimits> = schemaOf<ShareLimits>()(
  Type.Object({
    ratio: shareLimit,
    seedingTimeMs: shareLimit,
    idleTimeMs: shareLimit,
    match: words(["any", "all", "global"]),
    action: words(["stop", "remove", "remove-data", "super-seed", "global"]),
  }),
);

export const shareLimitsPatchSchema: SchemaOf<Partial<ShareLimits>> = schemaOf<Partial<ShareLimits>>()(
  Type.Object({
    ratio: Type.Optional(shareLimit),
    seedingTimeMs: Type.Optional(shareLimit),
    idleTimeMs: Type.Optional(shareLimit),
    match: Type.Optional(words(["any", "all", "global"])),
    action: Type.Optional(words(["stop", "remove", "remove-data", "super-seed", "global"])),
  }),
);

export const rateLimitSchema: SchemaOf<RateLimit> = schemaOf<RateLimit>()(
  Type.Object(
    { down: Type.Optional(rate), up: Type.Optional(rate) },
    { description: "Bytes per second; absent for no limit." },
  ),
);

export const prioritySchema: SchemaOf<-1 | 0 | 1> = schemaOf<-1 | 0 | 1>()(
  Type.Unsafe<-1 | 0 | 1>({
    type: "integer",
    minimum: -1,
    maximum: 1,
    description: "Weight against other torrents: -1 low, 0 normal, 1 high.",
  }),
);

const identity = {
  id: Type.Integer({ minimum: 1, description: "Small, never used again." }),
  infoHash: Type.String({ description: "40 hex digits; for v2 only the first 40 of its hash." }),
  infoHashV1: Type.Optional(text),
  infoHashV2: Type.Optional(Type.String({ description: "64 hex digits." })),
  name: text,
};

const lifecycle = {
  state: states,
  intent: words(["stop", "start", "force"], { description: "What the user wants, whatever the queue makes of it." }),
  problem: Type.Optional(Type.Object({ code: text, message: text, remedy: text })),
  trackerMessage: Type.Optional(text),
  hasMetadata: flag,
  isPrivate: flag,
  isComplete: Type.Boolean({ description: "All that is wanted is here." }),
  isStalled: Type.Boolean({ description: "Running, and nothing moved for a minute." }),
  isLimitReached: Type.Boolean({ description: "Stopped because it reached its share limits." }),
  queuePosition: Type.Integer({ minimum: 0, description: "From 1; 0 when it is not in the queue." }),
};

const sizes = {
  sizeBytes: bytes,
  wantedBytes: bytes,
  verifiedBytes: Type.Integer({ minimum: 0, description: "Of the wanted bytes, verified and on disk." }),
  progress: Type.Number({ minimum: 0, maximum: 1 }),
  stateProgress: Type.Optional(
    Type.Number({ minimum: 0, maximum: 1, description: "While checking, moving or fetching metadata." }),
  ),
  fileCount: count,
  pieceCount: count,
  piecesHave: count,
  pieceLength: count,
};

const traffic = {
  downRate: rate,
  upRate: rate,
  downloadedBytes: bytes,
  uploadedBytes: bytes,
  wastedBytes: bytes,
  sessionDownloadedBytes: bytes,
  sessionUploadedBytes: bytes,
  ratio: Type.Optional(Type.Number()),
  etaMs: Type.Optional(duration),
  peers: count,
  seeds: count,
  swarmPeers: Type.Optional(count),
  swarmSeeds: Type.Optional(count),
  availability: Type.Number({ description: "Distributed copies." }),
};

const times = {
  addedAtMs: time,
  startedAtMs: Type.Optional(time),
  completedAtMs: Type.Optional(time),
  activeAtMs: Type.Optional(time),
  seenCompleteAtMs: Type.Optional(time),
  activeTimeMs: duration,
  seedingTimeMs: duration,
  nextAnnounceAtMs: Type.Optional(time),
};

const places = {
  folder: text,
  currentFolder: text,
  incompleteFolder: Type.Optional(text),
  contentPath: text,
  category: Type.Optional(text),
  tags: Type.Array(text),
  isAutoManaged: flag,
};

const options = {
  limits: Type.Object({ down: Type.Optional(rate), up: Type.Optional(rate) }),
  shareLimits: Type.Object({
    ratio: shareLimit,
    seedingTimeMs: shareLimit,
    idleTimeMs: shareLimit,
    match: words(["any", "all", "global"]),
    action: words(["stop", "remove", "remove-data", "super-seed", "global"]),
  }),
  priority: Type.Unsafe<-1 | 0 | 1>({ type: "integer", minimum: -1, maximum: 1 }),
  isSequential: flag,
  isFirstLast: flag,
  isSuperSeeding: flag,
  peersMax: Type.Optional(count),
};

const about = {
  tracker: Type.Optional(Type.String({ description: "Without its secrets." })),
  trackerCount: count,
  comment: Type.Optional(text),
  createdBy: Type.Optional(text),
  createdAtMs: Type.Optional(time),
  revision: Type.Integer({ description: "Of the read model when this last changed." }),
};

const fields = { ...identity, ...lifecycle, ...sizes, ...traffic, ...times, ...places, ...options, ...about };
const whole = Type.Object(fields);

export const torrentSchema: SchemaOf<Torrent> = schemaOf<Torrent>()(whole);

/** Where fields were chosen, only those are there; `id` and `infoHash` always. */
export type TorrentRow = Pick<Torrent, "id" | "infoHash"> & Partial<Torrent>;

const row: TObject = Type.Object(
  Object.fromEntries(
    Object.entries(fields).map(([name, schema]) => [
      name,
      name === "id" || name === "infoHash" ? schema : Type.Optional(schema),
    ]),
  ),
);

export const torrentRowSchema: SchemaOf<TorrentRow> = row;

/** Every field of a torrent, in order. */
export const TORRENT_FIELDS: readonly TorrentField[] = Object.keys(fields).filter(isTorrentField);

function isTorrentField(name: string): name is TorrentField {
  return name in fields;
}
