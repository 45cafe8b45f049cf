/** What can be done to torrents, one or many. */
import { Type } from "typebox";
import { type TorrentFilterQuery, torrentFilterQuerySchema } from "./listing.ts";
import { type SchemaOf, schemaOf, words } from "./schema.ts";
import {
  prioritySchema,
  type RateLimit,
  rateLimitSchema,
  type ShareLimits,
  shareLimitsPatchSchema,
} from "./torrent.ts";

/** Absent leaves as it is; null in `category` and `peersMax` takes away. */
export interface TorrentPatch {
  readonly name?: string;
  readonly category?: string | null;
  readonly tags?: readonly string[];
  readonly isAutoManaged?: boolean;
  readonly limits?: RateLimit;
  readonly shareLimits?: Partial<ShareLimits>;
  readonly priority?: -1 | 0 | 1;
  readonly isSequential?: boolean;
  readonly isFirstLast?: boolean;
  readonly isSuperSeeding?: boolean;
  readonly peersMax?: number | null;
  readonly incompleteFolder?: string;
  readonly comment?: string;
}

/** By `refs` (ids or info-hashes), or all that pass `filter`. */
export interface TorrentAction {
  readonly action:
    | "start"
    | "force-start"
    | "stop"
    | "recheck"
    | "reannounce"
    | "remove"
    | "move"
    | "tag"
    | "update"
    | "queue-top"
    | "queue-up"
    | "queue-down"
    | "queue-bottom";
  readonly refs?: readonly (string | number)[];
  readonly filter?: TorrentFilterQuery;
  /** For "remove". */
  readonly deleteData?: boolean;
  /** For "remove" with `deleteData`: kept for an hour, so that it can be undone. */
  readonly trash?: boolean;
  /** For "move". */
  readonly folder?: string;
  /** For "move": default true; false when the files are there already. */
  readonly moveData?: boolean;
  /** For "tag". */
  readonly addTags?: readonly string[];
  readonly removeTags?: readonly string[];
  /** For "update". */
  readonly patch?: TorrentPatch;
}

export interface BulkResult {
  readonly done: readonly string[];
  readonly failed: readonly { readonly ref: string | number; readonly code: string; readonly message: string }[];
}

export interface RemoveQuery {
  readonly deleteData?: boolean;
  readonly trash?: boolean;
}

const flag = Type.Optional(Type.Boolean());
const tags = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 200 });

export const torrentPatchSchema: SchemaOf<TorrentPatch> = schemaOf<TorrentPatch>()(
  Type.Object({
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })),
    category: Type.Optional(Type.Unsafe<string | null>({ type: ["string", "null"], maxLength: 200 })),
    tags: Type.Optional(tags),
    isAutoManaged: flag,
    limits: Type.Optional(Type.Unsafe<RateLimit>(rateLimitSchema)),
    shareLimits: Type.Optional(Type.Unsafe<Partial<ShareLimits>>(shareLimitsPatchSchema)),
    priority: Type.Optional(Type.Unsafe<-1 | 0 | 1>(prioritySchema)),
    isSequential: flag,
    isFirstLast: flag,
    isSuperSeeding: flag,
    peersMax: Type.Optional(Type.Unsafe<number | null>({ type: ["integer", "null"], minimum: 1, maximum: 100_000 })),
    incompleteFolder: Type.Optional(Type.String({ maxLength: 4096 })),
    comment: Type.Optional(Type.String({ maxLength: 10_000 })),
  }),
);

export const torrentActionSchema: SchemaOf<TorrentAction> = schemaOf<TorrentAction>()(
  Type.Object({
    action: words([
      "start",
      "force-start",
      "stop",
      "recheck",
      "reannounce",
      "remove",
      "move",
      "tag",
      "update",
      "queue-top",
      "queue-up",
      "queue-down",
      "queue-bottom",
    ]),
    refs: Type.Optional(
      Type.Array(Type.Unsafe<string | number>({ type: ["string", "integer"], maxLength: 64 }), {
        maxItems: 100_000,
        description: "Ids or info-hashes; or give `filter`.",
      }),
    ),
    filter: Type.Optional(Type.Unsafe<TorrentFilterQuery>(torrentFilterQuerySchema)),
    deleteData: flag,
    trash: Type.Optional(Type.Boolean({ description: "With deleteData: kept for an hour, so that it can be undone." })),
    folder: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
    moveData: Type.Optional(Type.Boolean({ default: true })),
    addTags: Type.Optional(tags),
    removeTags: Type.Optional(tags),
    patch: Type.Optional(Type.Unsafe<TorrentPatch>(torrentPatchSchema)),
  }),
);

export const bulkResultSchema: SchemaOf<BulkResult> = schemaOf<BulkResult>()(
  Type.Object({
    done: Type.Array(Type.String(), { description: "Info-hashes." }),
    failed: Type.Array(
      Type.Object({
        ref: Type.Unsafe<string | number>({ type: ["string", "integer"] }),
        code: Type.String(),
        message: Type.String(),
      }),
    ),
  }),
);

export const removeQuerySchema: SchemaOf<RemoveQuery> = schemaOf<RemoveQuery>()(
  Type.Object({ deleteData: flag, trash: flag }),
);
