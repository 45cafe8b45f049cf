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
  readonly limits: RateLimit;
  readonly shareLimits: ShareLimits;
}

export interface Tag {
  readonly name: string;
  readonly limits: RateLimit;
  readonly shareLimits: ShareLimits;
}

export interface CategoryPatch {
  readonly folder?: string;
  readonly incompleteFolder?: string;
  readonly limits?: RateLimit;
  readonly shareLimits?: Partial<ShareLimits>;
}

export interface NewCategory extends CategoryPatch {
  readonly name: string;
}

export interface TagPatch {
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
const limits = Type.Unsafe<RateLimit>(rateLimitSchema);
const shareLimits = Type.Unsafe<ShareLimits>(shareLimitsSchema);
const shareLimitsPatch = Type.Unsafe<Partial<ShareLimits>>(shareLimitsPatchSchema);
const folder = Type.String({ maxLength: 4096 });

export const categorySchema: SchemaOf<Category> = schemaOf<Category>()(
  Type.Object({
    name: Type.String({ description: 'Parts separated by "/".' }),
    folder: Type.Optional(folder),
    incompleteFolder: Type.Optional(folder),
    limits,
    shareLimits,
  }),
);

export const tagSchema: SchemaOf<Tag> = schemaOf<Tag>()(Type.Object({ name: Type.String(), limits, shareLimits }));

const categoryPatch = {
  folder: Type.Optional(folder),
  incompleteFolder: Type.Optional(folder),
  limits: Type.Optional(limits),
  shareLimits: Type.Optional(shareLimitsPatch),
};

export const categoryPatchSchema: SchemaOf<CategoryPatch> = schemaOf<CategoryPatch>()(Type.Object(categoryPatch));

export const newCategorySchema: SchemaOf<NewCategory> = schemaOf<NewCategory>()(
  Type.Object({ name, ...categoryPatch }),
);

export const tagPatchSchema: SchemaOf<TagPatch> = schemaOf<TagPatch>()(
  Type.Object({ limits: Type.Optional(limits), shareLimits: Type.Optional(shareLimitsPatch) }),
);

export const nameQuerySchema: SchemaOf<NameQuery> = schemaOf<NameQuery>()(Type.Object({ name }));
export const namesQuerySchema: SchemaOf<NamesQuery> = schemaOf<NamesQuery>()(
  Type.Object({ name: Type.Array(name, { minItems: 1, maxItems: 1000 }) }),
);
export const namesSchema: SchemaOf<Names> = schemaOf<Names>()(
  Type.Object({ names: Type.Array(name, { minItems: 1, maxItems: 1000 }) }),
);
