/** All methods, by canonical name, and how the classic form spells what each answers. */
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

function entry(run: Method, classicSpelling: Spelling | undefined = kebab): MethodEntry {
  return { run, classicSpelling };
}

export const METHODS: ReadonlyMap<string, MethodEntry> = new Map([
  ["blocklist_update", entry(blocklistUpdate)],
  ["free_space", entry(freeSpace, (name) => (name === "total_size" ? name : kebab(name)))],
  ["group_get", entry(groupGet)],
  ["group_set", entry(groupSet)],
  ["port_test", entry(portTest)],
  ["queue_move_bottom", entry(queueMoveBottom)],
  ["queue_move_down", entry(queueMoveDown)],
  ["queue_move_top", entry(queueMoveTop)],
  ["queue_move_up", entry(queueMoveUp)],
  ["session_close", entry(sessionClose)],
  ["session_get", entry(sessionGet)],
  ["session_set", entry(sessionSet)],
  ["session_stats", entry(sessionStats, kebabOutside)],
  ["torrent_add", entry(torrentAdd, kebabOutside)],
  ["torrent_get", entry(torrentGet, undefined)],
  ["torrent_reannounce", entry(torrentReannounce)],
  ["torrent_remove", entry(torrentRemove)],
  ["torrent_rename_path", entry(torrentRenamePath)],
  ["torrent_set", entry(torrentSet)],
  ["torrent_set_location", entry(torrentSetLocation)],
  ["torrent_start", entry(torrentStart)],
  ["torrent_start_now", entry(torrentStartNow)],
  ["torrent_stop", entry(torrentStop)],
  ["torrent_verify", entry(torrentVerify)],
]);
