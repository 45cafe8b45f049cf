/** Categories and tags. */
import type { CategoryPatch, ShareLimits } from "@torrential/api";
import type { CategoryView, TagView } from "../../service/service.ts";
import type { Handlers } from "../handler.ts";
import { ApiProblem } from "../problems.ts";

export const labelHandlers: Handlers<
  | "listCategories"
  | "createCategory"
  | "updateCategory"
  | "removeCategories"
  | "listTags"
  | "createTags"
  | "updateTag"
  | "removeTags"
> = {
  listCategories: (_call, { service }) => service.labels.categories(),

  createCategory: async ({ body }, { service }) => {
    const { name, ...options } = body;
    return await service.labels.createCategory(name, toCategory(options, undefined));
  },

  updateCategory: async ({ query, body }, { service }) => {
    const before = service.labels.categories().find(({ name }) => name === query.name);
    if (before === undefined)
      throw new ApiProblem("not-found", `category ${JSON.stringify(query.name)}: there is none`);
    const { name = query.name, ...patch } = body;
    if (name !== query.name) await service.labels.renameCategory(query.name, name);
    return await service.labels.updateCategory(name, toCategory(patch, before.shareLimits));
  },

  removeCategories: async ({ query }, { service }) => {
    await service.labels.removeCategories(query.name);
    return undefined;
  },

  listTags: (_call, { service }) => service.labels.tags(),

  createTags: async ({ body }, { service }) => {
    await service.labels.createTags(body.names);
    return service.labels.tags();
  },

  updateTag: async ({ query, body }, { service }) => {
    const before = service.labels.tags().find(({ name }) => name === query.name);
    if (before === undefined) throw new ApiProblem("not-found", `tag ${JSON.stringify(query.name)}: there is none`);
    const name = body.name?.trim() ?? query.name;
    if (name !== query.name) await service.labels.renameTag(query.name, name);
    const patch: Partial<Omit<TagView, "name">> = {
      ...(body.color === undefined ? {} : { color: body.color === "" ? undefined : body.color }),
      ...(body.limits === undefined ? {} : { limits: body.limits }),
      ...(body.shareLimits === undefined ? {} : { shareLimits: { ...before.shareLimits, ...body.shareLimits } }),
    };
    return await service.labels.updateTag(name, patch);
  },

  removeTags: async ({ query }, { service }) => {
    await service.labels.removeTags(query.name);
    return undefined;
  },
};

const GLOBAL: ShareLimits = {
  ratio: "global",
  seedingTimeMs: "global",
  idleTimeMs: "global",
  match: "global",
  action: "global",
};

function toCategory(patch: CategoryPatch, before: ShareLimits | undefined): Partial<Omit<CategoryView, "name">> {
  const { shareLimits, folder, incompleteFolder, limits, color } = patch;
  return {
    ...(folder === undefined ? {} : { folder: folder === "" ? undefined : folder }),
    ...(incompleteFolder === undefined ? {} : { incompleteFolder }),
    ...(color === undefined ? {} : { color: color === "" ? undefined : color }),
    ...(limits === undefined ? {} : { limits }),
    ...(shareLimits === undefined ? {} : { shareLimits: { ...GLOBAL, ...before, ...shareLimits } }),
  };
}
