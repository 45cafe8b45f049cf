/** Methods that do something to torrents: start, stop, verify, announce, remove, move, rename, queue. */
import { isAbsolute } from "node:path";
import { ServiceError } from "../../service/errors.ts";
import type { BulkResult } from "../../service/service.ts";
import { RpcError } from "./errors.ts";
import type { Method, MethodContext } from "./method.ts";
import { selectTorrents } from "./torrent-refs.ts";

type BulkAction = (context: MethodContext, infoHashes: readonly string[]) => Promise<BulkResult>;

function toEach(action: BulkAction): Method {
  return async (args, context) => {
    const views = selectTorrents(context.service, context.recent, args);
    if (views.length > 0)
      await action(
        context,
        views.map(({ infoHash }) => infoHash),
      );
    return {};
  };
}

export const torrentStart: Method = toEach(({ service }, refs) => service.torrents.setIntent(refs, "start"));
export const torrentStartNow: Method = toEach(({ service }, refs) => service.torrents.setIntent(refs, "force"));
export const torrentStop: Method = toEach(({ service }, refs) => service.torrents.setIntent(refs, "stop"));
export const torrentVerify: Method = toEach(({ service }, refs) => service.torrents.recheck(refs));
export const torrentReannounce: Method = toEach(({ service }, refs) => service.torrents.reannounce(refs));

export const queueMoveTop: Method = toQueue("top");
export const queueMoveUp: Method = toQueue("up");
export const queueMoveDown: Method = toQueue("down");
export const queueMoveBottom: Method = toQueue("bottom");

/** Nothing to do while the queue is off, and no error: Sonarr moves what it added to the top without asking whether. */
function toQueue(place: "top" | "up" | "down" | "bottom"): Method {
  const move = toEach(({ service }, refs) => service.queue.move(refs, place));
  return (args, context) =>
    context.service.settings.all()["queue.enabled"] === true ? move(args, context) : Promise.resolve({});
}

export const torrentRemove: Method = (args, context) => {
  const deleteData = args.bool("delete_local_data") ?? false;
  return toEach(({ service }, refs) => service.torrents.remove(refs, { deleteData }))(args, context);
};

export const torrentSetLocation: Method = (args, context) => {
  const location = args.text("location");
  if (location === undefined || location === "") throw new RpcError("invalid-params", "no location");
  if (!isAbsolute(location)) throw new RpcError("path-not-absolute", "new location path is not absolute");
  const move = args.bool("move") ?? false;
  return toEach(({ service }, refs) => service.torrents.setFolder(refs, location, { move }))(args, context);
};

export const torrentRenamePath: Method = async (args, context) => {
  const [view, ...others] = selectTorrents(context.service, context.recent, args);
  if (view === undefined || others.length > 0) {
    throw new RpcError("invalid-params", "torrent-rename-path requires 1 torrent");
  }
  const path = args.text("path") ?? "";
  const name = args.text("name") ?? "";
  const answer = { path, name, id: view.id };
  if (path === "" || name === "" || name === "." || name === ".." || name.includes("/")) {
    throw new RpcError("system-error", "Invalid argument", answer);
  }
  const parent = path.slice(0, path.lastIndexOf("/") + 1);
  const { torrents } = context.service;
  if (!torrents.files(view.infoHash).some((file) => file.path === path || file.path.startsWith(`${path}/`))) {
    throw new RpcError("system-error", "Invalid argument", answer);
  }
  try {
    await torrents.renamePath(view.infoHash, { from: path, to: parent + name });
    // rpc-spec 3.7: the name follows when all of it is renamed.
    if (parent === "") await torrents.update([view.infoHash], { name });
  } catch (error) {
    if (error instanceof ServiceError) throw new RpcError("system-error", error.message, answer);
    throw error;
  }
  return answer;
};
