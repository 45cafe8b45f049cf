/** Categories and tags. */
import { resolve } from "node:path";
import type { CategoryView, LabelsService, Service } from "../../service/service.ts";
import { textSetting } from "../settings.ts";
import { DONE, type Handler, json, QbError } from "./http.ts";
import type { Params } from "./params.ts";
import { selectHashes } from "./torrent-refs.ts";

export type QbCategory = Readonly<Record<string, string | boolean | null>>;

export function describeCategory({ name, folder, incompleteFolder }: CategoryView): QbCategory {
  // 5.1 tells of a folder for what is incomplete only where one is set; false is none, whatever the settings say.
  const incomplete = incompleteFolder === "" ? false : incompleteFolder;
  return { name, savePath: folder ?? "", ...(incomplete === undefined ? {} : { download_path: incomplete }) };
}

export const categories: Handler = (_, { service }) =>
  json(Object.fromEntries(service.labels.categories().map((category) => [category.name, describeCategory(category)])));

export const createCategory: Handler = async ({ params }, { service }) => {
  const name = requireName(params);
  if (findCategory(service.labels, name) !== undefined) throw new QbError(409, "Unable to create category");
  await refuseAs409(service.labels.createCategory(name, readFolders(params, service)), "Unable to create category");
  return DONE;
};

export const editCategory: Handler = async ({ params }, { service }) => {
  params.required("savePath");
  const name = requireName(params);
  const before = findCategory(service.labels, name);
  const folders = readFolders(params, service);
  // As there, an edit that changes nothing is none.
  const isSame = before?.folder === folders.folder && before?.incompleteFolder === folders.incompleteFolder;
  if (before === undefined || isSame) throw new QbError(409, "Unable to edit category");
  await refuseAs409(service.labels.updateCategory(name, folders), "Unable to edit category");
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
  if (hashes.length === 0) return DONE;
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
  // Without a torrent no tag is made either.
  if (hashes.length > 0) await service.torrents.tag(hashes, { add: params.list("tags", ",") });
  return DONE;
};

/** Without tags, all of them. */
export const removeTags: Handler = async ({ params }, { service }) => {
  const hashes = selectHashes(params, service);
  const remove = params.list("tags", ",");
  if (hashes.length === 0) return DONE;
  if (remove.length === 0) await service.torrents.update(hashes, { tags: [] });
  else await service.torrents.tag(hashes, { remove });
  return DONE;
};

export const setTags: Handler = async ({ params }, { service }) => {
  const hashes = selectHashes(params, service);
  params.required("tags");
  if (hashes.length > 0) await service.torrents.update(hashes, { tags: params.list("tags", ",") });
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

/** Both: what is not said is not set afterwards. An incomplete folder of "" is none, whatever the settings say. */
function readFolders(params: Params, { settings }: Service): Pick<CategoryView, "folder" | "incompleteFolder"> {
  const isUsed = params.bool("downloadPathEnabled");
  const base = textSetting(settings.all(), "downloads.folder");
  // One that is not absolute lies below the folder of all downloads.
  const read = (name: string): string | undefined => {
    const path = params.text(name);
    return path === undefined || path === "" ? undefined : resolve(base, path);
  };
  const incompleteFolder = isUsed === true ? read("downloadPath") : isUsed === false ? "" : undefined;
  return { folder: read("savePath"), incompleteFolder };
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
