/** Categories and tags. */
import { type CategoryView, type LabelsService } from "../../service/service.ts";
import { DONE, type Handler, json, QbError } from "./http.ts";
import type { Params } from "./params.ts";
import { selectHashes } from "./torrent-refs.ts";

export type QbCategory = Readonly<Record<string, string | boolean | null>>;

export function describeCategory({ name, folder, incompleteFolder }: CategoryView): QbCategory {
  // 5.1 tells of a folder for what is incomplete only where one is set.
  return {
    name,
    savePath: folder ?? "",
    ...(incompleteFolder === undefined ? {} : { download_path: incompleteFolder }),
  };
}

export const categories: Handler = (_, { service }) =>
  json(Object.fromEntries(service.labels.categories().map((category) => [category.name, describeCategory(category)])));

export const createCategory: Handler = async ({ params }, { service }) => {
  const name = requireName(params);
  if (findCategory(service.labels, name) !== undefined) throw new QbError(409, "Unable to create category");
  await refuseAs409(service.labels.createCategory(name, readFolders(params)), "Unable to create category");
  return DONE;
};

export const editCategory: Handler = async ({ params }, { service }) => {
  const name = requireName(params);
  if (findCategory(service.labels, name) === undefined) throw new QbError(409, "Unable to edit category");
  await refuseAs409(service.labels.updateCategory(name, readFolders(params)), "Unable to edit category");
  return DONE;
};

export const removeCategories: Handler = async ({ params }, { service }) => {
  params.required("categories");
  const known = params.list("categories", "\n").filter((name) => findCategory(service.labels, name) !== undefined);
  await service.labels.removeCategories(known);
  return DONE;
};

export const setCategory: Handler = async ({ params }, { service }) => {
  const hashes = selectHashes(params, service);
  const category = params.required("category");
  if (category !== "" && findCategory(service.labels, category) === undefined) {
    throw new QbError(409, "Incorrect category name");
  }
  await service.torrents.update(hashes, { category: category === "" ? undefined : category });
  return DONE;
};

export const tags: Handler = (_, { service }) => json(service.labels.tags().map(({ name }) => name));

export const createTags: Handler = async ({ params }, { service }) => {
  params.required("tags");
  const known = new Set(service.labels.tags().map(({ name }) => name));
  await service.labels.createTags(params.list("tags", ",").filter((tag) => !known.has(tag)));
  return DONE;
};

export const deleteTags: Handler = async ({ params }, { service }) => {
  params.required("tags");
  await service.labels.removeTags(params.list("tags", ","));
  return DONE;
};

export const addTags: Handler = async ({ params }, { service }) => {
  const hashes = selectHashes(params, service);
  params.required("tags");
  await service.torrents.tag(hashes, { add: params.list("tags", ",") });
  return DONE;
};

/** Without tags, all of them. */
export const removeTags: Handler = async ({ params }, { service }) => {
  const hashes = selectHashes(params, service);
  const remove = params.list("tags", ",");
  if (remove.length === 0) await service.torrents.update(hashes, { tags: [] });
  else await service.torrents.tag(hashes, { remove });
  return DONE;
};

export const setTags: Handler = async ({ params }, { service }) => {
  const hashes = selectHashes(params, service);
  params.required("tags");
  await service.torrents.update(hashes, { tags: params.list("tags", ",") });
  return DONE;
};

function requireName(params: Params): string {
  const name = params.required("category");
  if (name === "") throw new QbError(400, "Category cannot be empty");
  return name;
}

function findCategory(labels: LabelsService, name: string): CategoryView | undefined {
  return labels.categories().find((category) => category.name === name);
}

function readFolders(params: Params): Partial<Omit<CategoryView, "name">> {
  const folder = params.text("savePath");
  const incomplete = params.bool("downloadPathEnabled") === false ? "" : params.text("downloadPath");
  return {
    ...(folder === undefined ? {} : { folder: folder === "" ? undefined : folder }),
    ...(incomplete === undefined ? {} : { incompleteFolder: incomplete === "" ? undefined : incomplete }),
  };
}

async function refuseAs409(work: Promise<unknown>, message: string): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "invalid" || error.code === "duplicate")) {
      throw new QbError(409, `${message}: ${error.message}`);
    }
    throw error;
  }
}
