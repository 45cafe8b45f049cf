/** Endpoints that say where a torrent's files lie. */
import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { ServiceError } from "../../service/errors.ts";
import type { Service } from "../../service/service.ts";
import { DONE, type Handler, QbError } from "./http.ts";
import type { Params } from "./params.ts";
import { selectHashes, selectTorrents } from "./torrent-refs.ts";

/** Moves the data there, and takes the torrents out of automatic management. */
export const setLocation: Handler = async ({ params }, { service }) => {
  params.required("hashes");
  const folder = readPath(params.required("location").trim());
  await makeFolder(service, folder, { refused: 409, words: "Cannot make save path" });
  await moveThere(service, selectHashes(params, service), folder);
  return DONE;
};

const CANNOT_MAKE = { refused: 403, words: "Cannot create target directory" } as const;

/** Of those that are not managed automatically. */
export const setSavePath: Handler = async ({ params }, { service }) => {
  params.required("id");
  const folder = readPath(params.required("path"));
  await makeFolder(service, folder, CANNOT_MAKE);
  await checkWritable(folder);
  await moveThere(service, selectUnmanaged(params, service), folder);
  return DONE;
};

/** "" for none. */
export const setDownloadPath: Handler = async ({ params }, { service }) => {
  params.required("id");
  const path = params.required("path");
  if (path !== "") {
    await makeFolder(service, readPath(path), CANNOT_MAKE);
    await checkWritable(path);
  }
  const hashes = selectUnmanaged(params, service);
  if (hashes.length > 0) await service.torrents.update(hashes, { incompleteFolder: path });
  return DONE;
};

/** These two call it `id`. */
function selectUnmanaged(params: Params, service: Service): readonly string[] {
  return selectTorrents(params, service, "id")
    .filter(({ isAutoManaged }) => !isAutoManaged)
    .map(({ infoHash }) => infoHash);
}

function readPath(path: string): string {
  if (path === "") throw new QbError(400, "Save path cannot be empty");
  if (!isAbsolute(path)) throw new QbError(400, "The path must be absolute");
  return path;
}

/** `refused`: the status for a folder under no root (PROMISES C4), which the original would make or fail to make. */
async function makeFolder(
  { folders }: Service,
  folder: string,
  { refused, words }: { readonly refused: 403 | 409; readonly words: string },
): Promise<void> {
  try {
    await folders.space(folder);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new QbError(refused, `${words}: ${error.message}`);
  }
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new QbError(409, `${words}: ${error instanceof Error ? error.message : String(error)}`);
  });
}

async function checkWritable(folder: string): Promise<void> {
  await access(folder, constants.W_OK).catch(() => {
    throw new QbError(403, "Cannot write to directory");
  });
}

async function moveThere({ torrents }: Service, hashes: readonly string[], folder: string): Promise<void> {
  if (hashes.length > 0) await torrents.setFolder(hashes, folder, { move: true });
}
