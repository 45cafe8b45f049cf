/** Adding torrents, and looking at them before. */
import { Type } from "typebox";
import type { ProblemDetails } from "./problem.ts";
import { problemSchema } from "./problem.ts";
import { type SchemaOf, schemaOf, words } from "./schema.ts";
import {
  prioritySchema,
  type RateLimit,
  rateLimitSchema,
  type RunIntent,
  runIntentSchema,
  type ShareLimits,
  shareLimitsPatchSchema,
  type Torrent,
  torrentSchema,
} from "./torrent.ts";

export type AddSource =
  /** A .torrent file in base64. */
  | { readonly type: "file"; readonly base64: string }
  /** A magnet link, or a bare info-hash in hex or base32. */
  | { readonly type: "magnet"; readonly uri: string }
  /** http or https; fetched by the daemon. */
  | { readonly type: "url"; readonly url: string; readonly cookie?: string };

export interface AddOptions {
  readonly folder?: string;
  readonly incompleteFolder?: string;
  readonly category?: string;
  readonly tags?: readonly string[];
  readonly name?: string;
  readonly intent?: RunIntent;
  readonly isQueueTop?: boolean;
  readonly skipCheck?: boolean;
  readonly layout?: "original" | "subfolder" | "no-subfolder";
  readonly filePriorities?: readonly number[];
  readonly isSequential?: boolean;
  readonly isFirstLast?: boolean;
  readonly isSuperSeeding?: boolean;
  readonly isAutoManaged?: boolean;
  readonly limits?: RateLimit;
  readonly shareLimits?: Partial<ShareLimits>;
  readonly priority?: -1 | 0 | 1;
  readonly peersMax?: number;
  readonly trackers?: readonly (readonly string[])[];
  readonly stopWhen?: "metadata" | "checked";
  readonly onDuplicate?: "refuse" | "merge-trackers";
}

export interface AddTorrents {
  readonly sources: readonly AddSource[];
  readonly options?: AddOptions;
}

/** What became of one source, in the order of the request. */
export interface AddedTorrent {
  readonly status: "added" | "duplicate" | "failed";
  readonly torrent?: Torrent | undefined;
  readonly problem?: ProblemDetails | undefined;
}

export interface AddTorrentsReply {
  readonly results: readonly AddedTorrent[];
}

export interface TorrentPreview {
  readonly infoHash: string;
  readonly name: string;
  readonly hasMetadata: boolean;
  readonly sizeBytes: number;
  readonly pieceLength: number;
  readonly isPrivate: boolean;
  readonly comment?: string | undefined;
  readonly trackers: readonly (readonly string[])[];
  readonly files: readonly { readonly index: number; readonly path: string; readonly sizeBytes: number }[];
  readonly isDuplicate: boolean;
}

const flag = Type.Optional(Type.Boolean());
const path = Type.String({ minLength: 1, maxLength: 4096, description: "Absolute, under a configured root." });
const label = Type.String({ maxLength: 200 });
const url = Type.String({ minLength: 1, maxLength: 8192 });

export const addSourceSchema: SchemaOf<AddSource> = schemaOf<AddSource>()(
  Type.Union([
    Type.Object({ type: Type.Literal("file"), base64: Type.String({ maxLength: 14_000_000 }) }),
    Type.Object({ type: Type.Literal("magnet"), uri: Type.String({ minLength: 1, maxLength: 65_536 }) }),
    Type.Object({ type: Type.Literal("url"), url, cookie: Type.Optional(Type.String({ maxLength: 4096 })) }),
  ]),
);

export const addOptionsSchema: SchemaOf<AddOptions> = schemaOf<AddOptions>()(
  Type.Object({
    folder: Type.Optional(path),
    incompleteFolder: Type.Optional(Type.String({ maxLength: 4096, description: "Empty for none." })),
    category: Type.Optional(Type.String({ maxLength: 200, description: "Made when there is none of that name." })),
    tags: Type.Optional(Type.Array(label, { maxItems: 200 })),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })),
    intent: Type.Optional(Type.Unsafe<RunIntent>(runIntentSchema)),
    isQueueTop: flag,
    skipCheck: Type.Optional(
      Type.Boolean({ description: "Believe that the files are whole; each piece is hashed before it is first sent." }),
    ),
    layout: Type.Optional(words(["original", "subfolder", "no-subfolder"])),
    filePriorities: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0, maximum: 7 }), {
        maxItems: 500_000,
        description: "By file index: 0 unwanted, 4 normal, 7 first; files beyond the end are normal.",
      }),
    ),
    isSequential: flag,
    isFirstLast: flag,
    isSuperSeeding: flag,
    isAutoManaged: Type.Optional(Type.Boolean({ description: "Its folder follows its category." })),
    limits: Type.Optional(Type.Unsafe<RateLimit>(rateLimitSchema)),
    shareLimits: Type.Optional(Type.Unsafe<Partial<ShareLimits>>(shareLimitsPatchSchema)),
    priority: Type.Optional(Type.Unsafe<-1 | 0 | 1>(prioritySchema)),
    peersMax: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
    trackers: Type.Optional(
      Type.Array(Type.Array(url, { maxItems: 200 }), {
        maxItems: 200,
        description: "Tiers, added to the torrent's own.",
      }),
    ),
    stopWhen: Type.Optional(words(["metadata", "checked"])),
    onDuplicate: Type.Optional(words(["refuse", "merge-trackers"], { default: "refuse" })),
  }),
);

export const addTorrentsSchema: SchemaOf<AddTorrents> = schemaOf<AddTorrents>()(
  Type.Object({
    sources: Type.Array(Type.Unsafe<AddSource>(addSourceSchema), { minItems: 1, maxItems: 100 }),
    options: Type.Optional(Type.Unsafe<AddOptions>(addOptionsSchema)),
  }),
);

export const addTorrentsReplySchema: SchemaOf<AddTorrentsReply> = schemaOf<AddTorrentsReply>()(
  Type.Object({
    results: Type.Array(
      Type.Object({
        status: words(["added", "duplicate", "failed"]),
        torrent: Type.Optional(Type.Unsafe<Torrent>(torrentSchema)),
        problem: Type.Optional(Type.Unsafe<ProblemDetails>(problemSchema)),
      }),
      { description: "In the order of the sources." },
    ),
  }),
);

export const torrentPreviewSchema: SchemaOf<TorrentPreview> = schemaOf<TorrentPreview>()(
  Type.Object({
    infoHash: Type.String(),
    name: Type.String(),
    hasMetadata: Type.Boolean(),
    sizeBytes: Type.Integer(),
    pieceLength: Type.Integer(),
    isPrivate: Type.Boolean(),
    comment: Type.Optional(Type.String()),
    trackers: Type.Array(Type.Array(Type.String())),
    files: Type.Array(Type.Object({ index: Type.Integer(), path: Type.String(), sizeBytes: Type.Integer() })),
    isDuplicate: Type.Boolean({ description: "It is here already." }),
  }),
);
