/** Endpoints that change torrents: run, remove, rename, order, limits. */
import type { Service } from "../../service/service.ts";
import type { TorrentView } from "../../service/torrent-view.ts";
import { DONE, type Handler, json, QbError } from "./http.ts";
import type { Params } from "./params.ts";
import { requireTorrent, selectHashes, selectTorrents } from "./torrent-refs.ts";
import { readShareLimits } from "./torrents-add.ts";

type Change = (service: Service, hashes: readonly string[], params: Params) => Promise<unknown>;

/** `needed` are parameters beside `hashes`, missed even where no torrent is meant. */
function change(run: Change, ...needed: readonly string[]): Handler {
  return async ({ params }, { service }) => {
    const hashes = selectHashes(params, service);
    for (const name of needed) params.required(name);
    if (hashes.length > 0) await run(service, hashes, params);
    return DONE;
  };
}

export const start: Handler = change(({ torrents }, hashes) => torrents.setIntent(hashes, "start"));
export const stop: Handler = change(({ torrents }, hashes) => torrents.setIntent(hashes, "stop"));
export const recheck: Handler = change(({ torrents }, hashes) => torrents.recheck(hashes));
export const reannounce: Handler = change(({ torrents }, hashes) => torrents.reannounce(hashes));

/** Without the parameter data is kept: some clients leave it out to say so. */
export const remove: Handler = change(({ torrents }, hashes, params) =>
  torrents.remove(hashes, { deleteData: params.bool("deleteFiles") ?? false }),
);

export const setForceStart: Handler = change(
  ({ torrents }, hashes, params) => torrents.setIntent(hashes, params.bool("value") === true ? "force" : "start"),
  "value",
);

export const setSuperSeeding: Handler = change(
  ({ torrents }, hashes, params) => torrents.update(hashes, { isSuperSeeding: params.bool("value") ?? false }),
  "value",
);

export const setAutoManagement: Handler = change(
  ({ torrents }, hashes, params) => torrents.update(hashes, { isAutoManaged: params.bool("enable") ?? false }),
  "enable",
);

export const toggleSequential: Handler = toggle((view) => ({ isSequential: !view.isSequential }));
export const toggleFirstLast: Handler = toggle((view) => ({ isFirstLast: !view.isFirstLast }));

function toggle(
  next: (view: TorrentView) => { readonly isSequential?: boolean; readonly isFirstLast?: boolean },
): Handler {
  return async ({ params }, { service }) => {
    for (const view of selectTorrents(params, service)) await service.torrents.update([view.infoHash], next(view));
    return DONE;
  };
}

/** Any of the three: what is not sent stays as it is. The original wants them all. */
export const setShareLimits: Handler = change(({ torrents }, hashes, params) =>
  torrents.update(hashes, { shareLimits: readShareLimits(params) }),
);

export const setDownloadLimit: Handler = setLimit("down");
export const setUploadLimit: Handler = setLimit("up");
export const downloadLimit: Handler = readLimit("down");
export const uploadLimit: Handler = readLimit("up");

function setLimit(direction: "down" | "up"): Handler {
  return async ({ params }, { service }) => {
    const views = selectTorrents(params, service);
    params.required("limit");
    // What is no number is no limit.
    const limit = params.long("limit");
    const bytesPerSec = limit > 0 ? limit : undefined;
    for (const { infoHash, limits } of views) {
      await service.torrents.update([infoHash], { limits: { ...limits, [direction]: bytesPerSec } });
    }
    return DONE;
  };
}

/** By what was asked for, as it was written; -1 for what is no torrent. */
function readLimit(direction: "down" | "up"): Handler {
  return ({ params }, { service }) => {
    const asked = params.required("hashes").split("|");
    const limitOf = (view: TorrentView | undefined): number =>
      view === undefined ? -1 : (view.limits[direction] ?? 0);
    return json(Object.fromEntries(asked.map((hash) => [hash, limitOf(service.torrents.get(hash))])));
  };
}

export const topPriority: Handler = move("top");
export const bottomPriority: Handler = move("bottom");
export const increasePriority: Handler = move("up");
export const decreasePriority: Handler = move("down");

/** 409 while the queue is off: clients look for it. */
function move(to: "top" | "up" | "down" | "bottom"): Handler {
  return async ({ params }, { service }) => {
    const hashes = selectHashes(params, service);
    if (service.settings.all()["queue.enabled"] !== true) throw new QbError(409, "Torrent queueing must be enabled");
    await service.queue.move(hashes, to);
    return DONE;
  };
}

export const rename: Handler = async ({ params }, { service }) => {
  params.required("hash");
  const name = params
    .required("name")
    .trim()
    .replaceAll(/\r?\n|\r/g, " ");
  if (name === "") throw new QbError(409, "Incorrect torrent name");
  const { infoHash } = requireTorrent(params, service);
  await service.torrents.update([infoHash], { name });
  return DONE;
};

export const renameFile: Handler = renamePath((path, from) => path === from);
export const renameFolder: Handler = renamePath((path, from) => path.startsWith(`${from}/`));

/** `isMeant`: whether a file is, or lies in, what is renamed. */
function renamePath(isMeant: (path: string, from: string) => boolean): Handler {
  return async ({ params }, { service }) => {
    for (const name of ["hash", "oldPath", "newPath"]) params.required(name);
    const { infoHash } = requireTorrent(params, service);
    const [from, to] = [params.required("oldPath"), params.required("newPath")];
    if (from === "") throw new QbError(409, "The old path is invalid: ''.");
    if (to === "" || to.split("/").includes("..")) throw new QbError(409, `The new path is invalid: '${to}'.`);
    if (to.startsWith("/")) throw new QbError(409, `Absolute path isn't allowed: '${to}'.`);
    const paths = service.torrents.files(infoHash).map(({ path }) => path);
    if (!paths.some((path) => isMeant(path, from))) throw new QbError(409, `No such file: '${from}'.`);
    if (paths.some((path) => !isMeant(path, from) && (path === to || path.startsWith(`${to}/`)))) {
      throw new QbError(409, `The file already exists: '${to}'.`);
    }
    await service.torrents.renamePath(infoHash, { from, to });
    return DONE;
  };
}

/** 0 skip, 1 normal, 6 high, 7 maximal. */
const OUR_PRIORITY: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 4],
  [6, 6],
  [7, 7],
]);

export const setFilePriority: Handler = async ({ params }, { service }) => {
  for (const name of ["hash", "id", "priority"]) params.required(name);
  const priority = OUR_PRIORITY.get(Number(params.required("priority") || "x"));
  const positions = params.required("id").split("|");
  if (priority === undefined) throw new QbError(400, "Priority is not valid");
  const { infoHash, hasMetadata } = requireTorrent(params, service);
  if (!hasMetadata) throw new QbError(409, "Torrent's metadata has not yet downloaded");
  const listed = service.torrents.files(infoHash).filter(({ isPad }) => !isPad);
  const priorities = new Map<number, number>();
  for (const position of positions) {
    if (!/^\d+$/.test(position.trim())) throw new QbError(400, "File IDs must be integers");
    const file = listed[Number(position)];
    if (file === undefined) throw new QbError(409, "File ID is not valid");
    priorities.set(file.index, priority);
  }
  await service.torrents.setFilePriorities(infoHash, priorities);
  return DONE;
};
