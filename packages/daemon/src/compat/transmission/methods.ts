/** All methods, by canonical name, and how the classic form spells what each answers. */
import { RpcError } from "./errors.ts";
import { groupGet, groupSet } from "./groups.ts";
import type { Method } from "./method.ts";
import { camel, kebab, type Spelling } from "./names.ts";
import {
  blocklistUpdate,
  freeSpace,
  portTest,
  sessionClose,
  sessionGet,
  sessionSet,
  sessionStats,
} from "./session-methods.ts";
import {
  queueMoveBottom,
  queueMoveDown,
  queueMoveTop,
  queueMoveUp,
  torrentReannounce,
  torrentRemove,
  torrentRenamePath,
  torrentSetLocation,
  torrentStart,
  torrentStartNow,
  torrentStop,
  torrentVerify,
} from "./torrent-actions.ts";
import { torrentAdd } from "./torrent-add.ts";
import { torrentGet } from "./torrent-get.ts";
import { torrentSet } from "./torrent-set.ts";

export interface MethodEntry {
  readonly run: Method;
  /** Undefined where the method spells for itself. */
  readonly classicSpelling: Spelling | undefined;
}

/** `cumulative-stats` and `torrent-added`, but camelCase inside. */
const kebabOutside: Spelling = (name) =>
  name === "torrent_added" || name === "torrent_duplicate" || name.endsWith("_stats") ? kebab(name) : camel(name);

function change(run: Method, classicSpelling: Spelling | undefined = kebab): MethodEntry {
  return { run: (args, context) => (context.mayControl ? run(args, context) : refuse()), classicSpelling };
}

function read(run: Method, classicSpelling: Spelling | undefined = kebab): MethodEntry {
  return { run, classicSpelling };
}

function refuse(): never {
  throw new RpcError("system-error", "Permission denied");
}

export const METHODS: ReadonlyMap<string, MethodEntry> = new Map([
  ["blocklist_update", change(blocklistUpdate)],
  ["free_space", read(freeSpace, (name) => (name === "total_size" ? name : kebab(name)))],
  ["group_get", read(groupGet)],
  ["group_set", change(groupSet)],
  ["port_test", read(portTest)],
  ["queue_move_bottom", change(queueMoveBottom)],
  ["queue_move_down", change(queueMoveDown)],
  ["queue_move_top", change(queueMoveTop)],
  ["queue_move_up", change(queueMoveUp)],
  ["session_close", change(sessionClose)],
  ["session_get", read(sessionGet)],
  ["session_set", change(sessionSet)],
  ["session_stats", read(sessionStats, kebabOutside)],
  ["torrent_add", change(torrentAdd, kebabOutside)],
  ["torrent_get", { run: torrentGet, classicSpelling: undefined }],
  ["torrent_reannounce", change(torrentReannounce)],
  ["torrent_remove", change(torrentRemove)],
  ["torrent_rename_path", change(torrentRenamePath)],
  ["torrent_set", change(torrentSet)],
  ["torrent_set_location", change(torrentSetLocation)],
  ["torrent_start", change(torrentStart)],
  ["torrent_start_now", change(torrentStartNow)],
  ["torrent_stop", change(torrentStop)],
  ["torrent_verify", change(torrentVerify)],
]);
