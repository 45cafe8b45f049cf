/** Categories and tags, with the limits that their torrents share. */
import { Type } from "typebox";
import { type SchemaOf, schemaOf } from "./schema.ts";
import {
  type RateLimit,
  rateLimitSchema,
  type ShareLimits,
  shareLimitsPatchSchema,
  shareLimitsSchema,
} from "./torrent.ts";

export interface Category {
  readonly name: string;
  readonly folder?: string | undefined;
  readonly incompleteFolder?: string | undefined;
  /** "#rrggbb". */
  readonly color?: string | undefined;
  readonly limits: RateLimit;
  readonly shareLimits: ShareLimits;
}

export interface Tag {
  readonly name: string;
  readonly color?: string | undefined;
  readonly limits: RateLimit;
  readonly shareLimits: ShareLimits;
}

/** Absent leaves as it is, "" takes away. */
export interface CategoryPatch {
  readonly color?: string;
  readonly folder?: string;
  readonly incompleteFolder?: string;
  readonly limits?: RateLimit;
  readonly shareLimits?: Partial<ShareLimits>;
}

export interface NewCategory extends CategoryPatch {
  readonly name: string;
}

/** With `name`: renamed, with its torrents and the categories below it. */
export interface CategoryChange extends CategoryPatch {
  readonly name?: string;
}

export interface TagPatch {
  readonly name?: string;
  readonly color?: string;
  readonly limits?: RateLimit;
  readonly shareLimits?: Partial<ShareLimits>;
}

/** Which one; names may hold "/", so they stand in the query. */
export interface NameQuery {
  readonly name: string;
}

export interface NamesQuery {
  readonly name: readonly string[];
}

export interface Names {
  readonly names: readonly string[];
}

const name = Type.String({ minLength: 1, maxLength: 200 });
const color = Type.String({ pattern: "^(#[0-9a-f]{6})?$", description: '"#rrggbb"; "" for none.' });
const limits = Type.Unsafe<RateLimit>(rateLimitSchema);
const shareLimits = Type.Unsafe<ShareLimits>(shareLimitsSchema);
const shareLimitsPatch = Type.Unsafe<Partial<ShareLimits>>(shareLimitsPatchSchema);
const folder = Type.String({ maxLength: 4096 });

export const categorySchema: SchemaOf<Category> = schemaOf<Category>()(
  Type.Object({
    name: Type.String({ description: 'Parts separated by "/".' }),
    folder: Type.Optional(folder),
    incompleteFolder: Type.Optional(folder),
    color: Type.Optional(color),
    limits,
    shareLimits,
  }),
);

export const tagSchema: SchemaOf<Tag> = schemaOf<Tag>()(
  Type.Object({ name: Type.String(), color: Type.Optional(color), limits, shareLimits }),
);

const categoryPatch = {
  color: Type.Optional(color),
  folder: Type.Optional(folder),
  incompleteFolder: Type.Optional(folder),
  limits: Type.Optional(limits),
  shareLimits: Type.Optional(shareLimitsPatch),
};

export const categoryChangeSchema: SchemaOf<CategoryChange> = schemaOf<CategoryChange>()(
  Type.Object({ name: Type.Optional(name), ...categoryPatch }),
);

export const newCategorySchema: SchemaOf<NewCategory> = schemaOf<NewCategory>()(
  Type.Object({ name, ...categoryPatch }),
);

export const tagPatchSchema: SchemaOf<TagPatch> = schemaOf<TagPatch>()(
  Type.Object({
    name: Type.Optional(name),
    color: Type.Optional(color),
    limits: Type.Optional(limits),
    shareLimits: Type.Optional(shareLimitsPatch),
  }),
);

export const nameQuerySchema: SchemaOf<NameQuery> = schemaOf<NameQuery>()(Type.Object({ name }));
export const namesQuerySchema: SchemaOf<NamesQuery> = schemaOf<NamesQuery>()(
  Type.Object({ name: Type.Array(name, { minItems: 1, maxItems: 1000 }) }),
);
export const namesSchema: SchemaOf<Names> = schemaOf<Names>()(
  Type.Object({ names: Type.Array(name, { minItems: 1, maxItems: 1000 }) }),
);
