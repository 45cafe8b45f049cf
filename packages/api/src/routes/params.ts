/** Schemas of path parameters and of small bodies. */
import { Type } from "typebox";
import { type SchemaOf, schemaOf, words } from "../schema.ts";
import type {
  Endpoints,
  EventsQuery,
  FileParams,
  FilePriorities,
  QueuePosition,
  RenamePath,
  SecretsQuery,
  Settings,
  Tiers,
  TorrentParams,
  Urls,
} from "./route-types.ts";

const ref = Type.String({ minLength: 1, maxLength: 64, description: "Its small id, or an info-hash." });
const url = Type.String({ minLength: 1, maxLength: 8192 });

export const torrentParamsSchema: SchemaOf<TorrentParams> = schemaOf<TorrentParams>()(Type.Object({ ref }));

export const fileParamsSchema: SchemaOf<FileParams> = schemaOf<FileParams>()(
  Type.Object({ ref, index: Type.Integer({ minimum: 0 }) }),
);

/** `{ name: string }` of one path parameter. */
export function idParamsSchema<Name extends string>(name: Name): SchemaOf<Readonly<Record<Name, string>>> {
  return Type.Object({ [name]: Type.String({ minLength: 1, maxLength: 100 }) });
}

export const secretsQuerySchema: SchemaOf<SecretsQuery> = schemaOf<SecretsQuery>()(
  Type.Object({
    secrets: Type.Optional(Type.Boolean({ description: "With passkeys; needs the scope `control`.", default: false })),
  }),
);

export const filePrioritiesSchema: SchemaOf<FilePriorities> = schemaOf<FilePriorities>()(
  Type.Object({
    priorities: Type.Record(Type.String(), Type.Integer({ minimum: 0, maximum: 7 }), {
      description: "By file index: 0 unwanted, 4 normal, 7 first.",
    }),
  }),
);

export const renamePathSchema: SchemaOf<RenamePath> = schemaOf<RenamePath>()(
  Type.Object({
    from: Type.String({ minLength: 1, maxLength: 4096, description: "The present path of a file or folder." }),
    to: Type.String({ minLength: 1, maxLength: 4096 }),
  }),
);

export const tiersSchema: SchemaOf<Tiers> = schemaOf<Tiers>()(
  Type.Object({ tiers: Type.Array(Type.Array(url, { maxItems: 200 }), { maxItems: 200 }) }),
);

export const urlsSchema: SchemaOf<Urls> = schemaOf<Urls>()(Type.Object({ urls: Type.Array(url, { maxItems: 200 }) }));

export const endpointsSchema: SchemaOf<Endpoints> = schemaOf<Endpoints>()(
  Type.Object({
    endpoints: Type.Array(Type.String({ minLength: 3, maxLength: 300 }), {
      minItems: 1,
      maxItems: 1000,
      description: '"host:port", IPv6 in brackets.',
    }),
  }),
);

export const queuePositionSchema: SchemaOf<QueuePosition> = schemaOf<QueuePosition>()(
  Type.Object({ position: Type.Integer({ minimum: 1, description: "From 1." }) }),
);

export const settingsSchema: SchemaOf<Settings> = schemaOf<Settings>()(
  Type.Object({
    values: Type.Record(Type.String(), Type.Unknown(), { description: "By dotted key, as in the config file." }),
    origins: Type.Record(Type.String(), Type.String(), {
      description: '"default", "api", "file", "environment" or "command"; the last three cannot be changed here.',
    }),
  }),
);

export const eventsQuerySchema: SchemaOf<EventsQuery> = schemaOf<EventsQuery>()(
  Type.Object({
    topics: Type.Optional(
      Type.Array(words(["torrents", "counts", "session", "history", "settings", "labels", "jobs", "log"]), {
        maxItems: 10,
      }),
    ),
    viewport: Type.Optional(Type.String({ maxLength: 100_000, description: "A viewport as JSON." })),
    lastEventId: Type.Optional(Type.String({ maxLength: 100 })),
  }),
);

/** Any JSON object. */
export const recordSchema: SchemaOf<Readonly<Record<string, unknown>>> = schemaOf<Readonly<Record<string, unknown>>>()(
  Type.Record(Type.String(), Type.Unknown()),
);

/** A list of what `schema` describes. */
export function listOf<T>(schema: SchemaOf<T>): SchemaOf<readonly T[]> {
  return Type.Array(schema);
}

export const stringsSchema: SchemaOf<readonly string[]> = schemaOf<readonly string[]>()(Type.Array(Type.String()));
