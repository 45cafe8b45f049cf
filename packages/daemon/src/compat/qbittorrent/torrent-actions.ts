/** Endpoints that change torrents: run, remove, move, rename, order, limits. */
import { isAbsolute } from "node:path";
import type { Service } from "../../service/service.ts";
import type { TorrentView } from "../../service/torrent-view.ts";
import { DONE, type Handler, json, QbError } from "./http.ts";
import type { Params } from "./params.ts";
import { requireTorrent, selectHashes, selectTorrents } from "./torrent-refs.ts";
import { readShareLimits } from "./torrents-add.ts";

type Change = (service: Service, hashes: readonly string[], params: Params) => Promise<unknown>;

function change(run: Change): Handler {
  return async ({ params }, { service }) => {
    const hashes = selectHashes(params, service);
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

export const setForceStart: Handler = change(({ torrents }, hashes, params) =>
  torrents.setIntent(hashes, params.bool("value") === true ? "force" : "start"),
);

export const setSuperSeeding: Handler = change(({ torrents }, hashes, params) =>
  torrents.update(hashes, { isSuperSeeding: params.bool("value") ?? false }),
);

export const setAutoManagement: Handler = change(({ torrents }, hashes, params) =>
  torrents.update(hashes, { isAutoManaged: params.bool("enable") ?? false }),
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
    const limit = Number(params.required("limit"));
    if (!Number.isFinite(limit)) throw new QbError(400, "limit is not a number");
    const bytesPerSec = limit > 0 ? Math.trunc(limit) : undefined;
    for (const { infoHash, limits } of views) {
      await service.torrents.update([infoHash], { limits: { ...limits, [direction]: bytesPerSec } });
    }
    return DONE;
  };
}

function readLimit(direction: "down" | "up"): Handler {
  return ({ params }, { service }) =>
    json(
      Object.fromEntries(
        selectTorrents(params, service).map(({ infoHash, limits }) => [infoHash, limits[direction] ?? 0]),
      ),
    );
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
  const { infoHash } = requireTorrent(params, service);
  const name = params.required("name").trim();
  if (name === "") throw new QbError(409, "Incorrect torrent name");
  await service.torrents.update([infoHash], { name });
  return DONE;
};

export const renameFile: Handler = renamePath;
export const renameFolder: Handler = renamePath;

async function renamePath(
  { params }: Parameters<Handler>[0],
  { service }: Parameters<Handler>[1],
): Promise<typeof DONE> {
  const { infoHash } = requireTorrent(params, service);
  const [from, to] = [params.required("oldPath"), params.required("newPath")];
  if (from === "" || to === "" || to.startsWith("/") || to.split("/").includes("..")) {
    throw new QbError(409, "Absolute path isn't allowed");
  }
  const files = service.torrents.files(infoHash);
  if (files.some(({ path }) => path === to)) throw new QbError(409, "The name already exists");
  if (!files.some(({ path }) => path === from || path.startsWith(`${from}/`))) throw new QbError(409, "No such file");
  await service.torrents.renamePath(infoHash, { from, to });
  return DONE;
}

/** Moves the data there, and takes the torrent out of automatic management. */
export const setLocation: Handler = change((service, hashes, params) => {
  const location = params.required("location").trim();
  if (location === "") throw new QbError(400, "Save path cannot be empty");
  return service.torrents.setFolder(hashes, absolute(location), { move: true });
});

export const setSavePath: Handler = async ({ params }, { service }) => {
  const hashes = selectIds(params, service);
  await service.torrents.setFolder(hashes, absolute(params.required("path")), { move: true });
  return DONE;
};

export const setDownloadPath: Handler = async ({ params }, { service }) => {
  const hashes = selectIds(params, service);
  const path = params.required("path");
  await service.torrents.update(hashes, { incompleteFolder: path === "" ? "" : absolute(path) });
  return DONE;
};

/** These two call it `id`. */
function selectIds(params: Params, { torrents }: Service): readonly string[] {
  params.required("id");
  return params.list("id", "|").flatMap((id) => torrents.get(id)?.infoHash ?? []);
}

function absolute(path: string): string {
  if (!isAbsolute(path)) throw new QbError(400, "The path must be absolute");
  return path;
}

/** 0 skip, 1 normal, 6 high, 7 maximal. */
const OUR_PRIORITY: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 4],
  [6, 6],
  [7, 7],
]);

export const setFilePriority: Handler = async ({ params }, { service }) => {
  const priority = OUR_PRIORITY.get(Number(params.required("priority")));
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
