/** `torrent-set`: everything that can be changed about torrents (rpc-spec, 3.2). */
import { isAbsolute } from "node:path";
import type { TorrentPatch } from "../../service/service.ts";
import type { RateLimit, ShareLimit, TorrentView } from "../../service/torrent-view.ts";
import type { Arguments } from "./arguments.ts";
import { RpcError } from "./errors.ts";
import { readFileWishes, toPriorities } from "./file-wishes.ts";
import { checkLabels } from "./labels.ts";
import type { Method, MethodContext } from "./method.ts";
import { selectTorrents } from "./torrent-refs.ts";
import { changeTrackers } from "./tracker-edits.ts";
import { bytes } from "./units.ts";

export const torrentSet: Method = async (args, context) => {
  const labels = args.texts("labels");
  if (labels !== undefined) checkLabels(labels);
  for (const view of selectTorrents(context.service, context.recent, args)) await setOne(view, args, context);
  return {};
};

async function setOne(view: TorrentView, args: Arguments, context: MethodContext): Promise<void> {
  const { torrents, queue } = context.service;
  const wishes = readFileWishes(args);
  if (wishes.length > 0) {
    await torrents.setFilePriorities(view.infoHash, toPriorities(torrents.files(view.infoHash), wishes));
  }
  await changeTrackers(view.infoHash, args, context.service);
  await changeCategory(args.text("group"), context);
  const patch = readPatch(view, args);
  if (Object.keys(patch).length > 0) await torrents.update([view.infoHash], patch);
  const position = args.int("queue_position");
  if (position !== undefined && view.queuePosition > 0) await queue.moveTo(view.infoHash, Math.max(0, position) + 1);
  const location = args.text("location");
  if (location !== undefined) await moveTo(view, location, context);
}

async function moveTo(view: TorrentView, location: string, { service }: MethodContext): Promise<void> {
  if (!isAbsolute(location)) throw new RpcError("path-not-absolute", "new location path is not absolute");
  await service.torrents.setFolder([view.infoHash], location, { move: false });
}

/** A bandwidth group is a category of ours: it must be there before a torrent can be in it. */
async function changeCategory(group: string | undefined, { service }: MethodContext): Promise<void> {
  if (group === undefined || group === "") return;
  if (service.labels.categories().some(({ name }) => name === group)) return;
  await service.labels.createCategory(group);
}

function readPatch(view: TorrentView, args: Arguments): TorrentPatch {
  const patch: { -readonly [Key in keyof TorrentPatch]: TorrentPatch[Key] } = {};
  const labels = args.texts("labels");
  if (labels !== undefined) patch.tags = labels;
  const group = args.text("group");
  if (group !== undefined) patch.category = group === "" ? undefined : group;
  const priority = args.int("bandwidth_priority");
  if (priority === -1 || priority === 0 || priority === 1) patch.priority = priority;
  const peersMax = args.int("peer_limit");
  if (peersMax !== undefined && peersMax > 0) patch.peersMax = peersMax;
  const isSequential = args.bool("sequential_download");
  if (isSequential !== undefined) patch.isSequential = isSequential;
  const limits = readLimits(view, args);
  if (limits !== undefined) patch.limits = limits;
  const shareLimits = readShareLimits(view, args);
  if (shareLimits !== undefined) patch.shareLimits = shareLimits;
  return patch;
}

/** A rate and whether it counts are two fields; each may come alone. */
function readLimits({ limits }: TorrentView, args: Arguments): RateLimit | undefined {
  const names = ["download_limit", "download_limited", "upload_limit", "upload_limited"];
  if (!names.some((name) => args.has(name))) return undefined;
  return {
    down: nextRate(limits.down, args.bool("download_limited"), args.int("download_limit")),
    up: nextRate(limits.up, args.bool("upload_limited"), args.int("upload_limit")),
  };
}

function nextRate(
  present: number | undefined,
  isLimited: boolean | undefined,
  kilobytesPerSec: number | undefined,
): number | undefined {
  if (isLimited === false) return undefined;
  if (kilobytesPerSec === undefined) return present;
  // A rate alone changes a limit that is on, or is meant to switch it on.
  return bytes(kilobytesPerSec);
}

function readShareLimits(view: TorrentView, args: Arguments): Partial<TorrentView["shareLimits"]> | undefined {
  const { ratio, idleTimeMs } = view.shareLimits;
  const idleMinutes = args.int("seed_idle_limit");
  const nextRatio = nextShareLimit(ratio, args.int("seed_ratio_mode"), args.number("seed_ratio_limit"));
  const idleLimit = idleMinutes === undefined ? undefined : idleMinutes * 60_000;
  const nextIdle = nextShareLimit(idleTimeMs, args.int("seed_idle_mode"), idleLimit);
  if (nextRatio === ratio && nextIdle === idleTimeMs) return undefined;
  return { ratio: nextRatio, idleTimeMs: nextIdle };
}

/** rpc-spec: 0 is as the session says, 1 is the limit beside it, 2 is none. */
function nextShareLimit(present: ShareLimit, mode: number | undefined, limit: number | undefined): ShareLimit {
  if (mode === 0) return "global";
  if (mode === 2) return "none";
  const next = limit ?? (typeof present === "number" ? present : 0);
  if (mode === 1) return Math.max(0, next);
  return limit !== undefined && typeof present === "number" ? Math.max(0, limit) : present;
}
