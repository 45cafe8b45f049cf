/** Methods that do something to torrents: start, stop, verify, announce, remove, move, rename, queue. */
import { isAbsolute } from "node:path";
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

export const queueMoveTop: Method = toEach(({ service }, refs) => service.queue.move(refs, "top"));
export const queueMoveUp: Method = toEach(({ service }, refs) => service.queue.move(refs, "up"));
export const queueMoveDown: Method = toEach(({ service }, refs) => service.queue.move(refs, "down"));
export const queueMoveBottom: Method = toEach(({ service }, refs) => service.queue.move(refs, "bottom"));

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
  await context.service.torrents.renamePath(view.infoHash, { from: path, to: parent + name });
  return answer;
};
