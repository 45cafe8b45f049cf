/** Lists of torrents: what they are filtered and sorted by, a page, and counts for side bars. */
import { Type } from "typebox";
import { type SchemaOf, schemaOf, words } from "./schema.ts";
import { type TorrentField, type TorrentRow, torrentRowSchema } from "./torrent.ts";
import { TORRENT_STATES, type TorrentState } from "./torrent-state.ts";

/** Every part that is given must hold. In a query, lists are words with commas between them. */
export interface TorrentFilterQuery {
  readonly state?: readonly TorrentState[];
  readonly is?: readonly TorrentKind[];
  readonly category?: string;
  readonly tag?: readonly string[];
  readonly tracker?: string;
  readonly folder?: string;
  readonly private?: boolean;
  readonly text?: string;
  readonly hash?: readonly string[];
}

/** "active" moves payload, "running" is not stopped, "incomplete" lacks something wanted. */
export type TorrentKind =
  | "active"
  | "inactive"
  | "running"
  | "stopped"
  | "complete"
  | "incomplete"
  | "stalled"
  | "error";

export interface TorrentListQuery extends TorrentFilterQuery {
  /** A field; with "-" in front, from high to low. */
  readonly sort?: string;
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
  readonly offset?: number;
  readonly fields?: readonly TorrentField[];
}

export interface TorrentList {
  readonly revision: number;
  readonly total: number;
  readonly torrents: readonly TorrentRow[];
  readonly nextCursor?: string | undefined;
}

/** How many torrents there are of each kind, for side bars. */
export interface TorrentCounts {
  readonly all: number;
  readonly states: Readonly<Record<string, number>>;
  readonly active: number;
  readonly complete: number;
  readonly categories: Readonly<Record<string, number>>;
  readonly tags: Readonly<Record<string, number>>;
  /** By host. */
  readonly trackers: Readonly<Record<string, number>>;
  /** By `folder`. */
  readonly folders: Readonly<Record<string, number>>;
}

const states = words(TORRENT_STATES);

const filter = {
  state: Type.Optional(Type.Array(states, { maxItems: 20 })),
  is: Type.Optional(
    Type.Array(words(["active", "inactive", "running", "stopped", "complete", "incomplete", "stalled", "error"]), {
      maxItems: 10,
    }),
  ),
  category: Type.Optional(
    Type.String({ maxLength: 200, description: 'Empty for torrents without. "a" finds "a/b" too.' }),
  ),
  tag: Type.Optional(
    Type.Array(Type.String({ maxLength: 200 }), {
      maxItems: 50,
      description: "All of them; empty for torrents without.",
    }),
  ),
  tracker: Type.Optional(Type.String({ maxLength: 300, description: "Its host; empty for torrents without." })),
  folder: Type.Optional(Type.String({ maxLength: 4096, description: "This or below it." })),
  private: Type.Optional(Type.Boolean()),
  text: Type.Optional(
    Type.String({ maxLength: 500, description: "In the name; blanks separate words that must all be there." }),
  ),
  hash: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 10_000 })),
};

const order = {
  sort: Type.Optional(
    Type.String({ maxLength: 40, description: 'A field; with "-" in front, from high to low. Default "addedAtMs".' }),
  ),
};

const fields = {
  fields: Type.Optional(
    Type.Unsafe<TorrentField[]>({
      type: "array",
      items: { type: "string", maxLength: 40 },
      maxItems: 100,
      description: "Only these; `id` and `infoHash` always.",
    }),
  ),
};

export const torrentFilterQuerySchema: SchemaOf<TorrentFilterQuery> = schemaOf<TorrentFilterQuery>()(
  Type.Object(filter),
);

export const torrentListQuerySchema: SchemaOf<TorrentListQuery> = schemaOf<TorrentListQuery>()(
  Type.Object({
    ...filter,
    ...order,
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 200 })),
    offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000_000 })),
    ...fields,
  }),
);

export const torrentListSchema: SchemaOf<TorrentList> = schemaOf<TorrentList>()(
  Type.Object({
    revision: Type.Integer(),
    total: Type.Integer({ description: "Torrents that pass the filter." }),
    torrents: Type.Array(Type.Unsafe<TorrentRow>(torrentRowSchema)),
    nextCursor: Type.Optional(Type.String({ description: "Absent on the last page." })),
  }),
);

const counts = Type.Record(Type.String(), Type.Integer());

export const torrentCountsSchema: SchemaOf<TorrentCounts> = schemaOf<TorrentCounts>()(
  Type.Object({
    all: Type.Integer(),
    states: counts,
    active: Type.Integer(),
    complete: Type.Integer(),
    categories: counts,
    tags: counts,
    trackers: Type.Record(Type.String(), Type.Integer(), { description: "By host." }),
    folders: Type.Record(Type.String(), Type.Integer(), { description: "By folder." }),
  }),
);

/** What an event stream shows of the list; replaced as a whole. */
export interface Viewport extends TorrentFilterQuery {
  readonly sort?: string;
  readonly offset?: number;
  readonly limit?: number;
  readonly fields?: readonly TorrentField[];
}

export const viewportSchema: SchemaOf<Viewport> = schemaOf<Viewport>()(
  Type.Object({
    ...filter,
    ...order,
    offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000_000, default: 0 })),
    limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 500, default: 50 })),
    ...fields,
  }),
);
