/** A torrent as `torrents/info` and `sync/maindata` have it, with every key of 5.1. */
import { join, relative, sep } from "node:path";
import type { Service } from "../../service/service.ts";
import type { ShareLimit, TorrentView } from "../../service/torrent-view.ts";
import { hostOf } from "../../service/trackers.ts";
import { numberSetting } from "../settings.ts";
import { stateOf } from "./torrent-state.ts";

export type QbTorrent = Readonly<Record<string, string | number | boolean | null>>;

/** "Forever", in seconds: also what is complete or unknown. */
export const ETA_INFINITE = 8_640_000;
/** Share limits: as the session says, and none. */
const LIMIT_GLOBAL = -2;
const LIMIT_NONE = -1;

/** As people order names: "a2" before "a10". */
const TAG_ORDER = new Intl.Collator("en", { numeric: true });

/** Clocks: they run by themselves, and are told with the next change of something else, as by the original. */
const CLOCKS: ReadonlySet<string> = new Set([
  "activeTimeMs",
  "seedingTimeMs",
  "revision",
] satisfies (keyof TorrentView)[]);

/**
 * Whether nothing but clocks went on: ten thousand torrents that rest are no change. Values inside are the record's own:
 * another one is another object. Views of one batch that is not out yet have the same
 * revision, so it says nothing here.
 */
export function isSettled(before: TorrentView, after: TorrentView): boolean {
  if (before === after) return true;
  for (const key of Object.keys(after) as (keyof TorrentView)[]) {
    if (!Object.is(before[key], after[key]) && !CLOCKS.has(key)) return false;
  }
  return true;
}

/** Its trackers without what is secret in their URLs (PROMISES C8): scheme, host and port. */
export function describeTrackerHosts(view: TorrentView, service: Service): readonly string[] {
  const urls = view.trackerCount > 1 ? service.torrents.trackers(view.infoHash).map(({ url }) => url) : [];
  return [...new Set([...(view.tracker === undefined ? [] : [view.tracker]), ...urls.map(hostOf)])];
}

export function describeTorrent(view: TorrentView, service: Service): QbTorrent {
  return {
    ...describeProgress(view),
    ...describeTimes(view),
    ...describeLimits(view, service),
    auto_tmm: view.isAutoManaged,
    category: view.category ?? "",
    comment: view.comment ?? "",
    content_path: view.hasMetadata ? view.contentPath : "",
    download_path: view.incompleteFolder ?? "",
    f_l_piece_prio: view.isFirstLast,
    force_start: view.intent === "force",
    has_metadata: view.hasMetadata,
    hash: view.infoHash,
    infohash_v1: view.infoHashV1 ?? "",
    infohash_v2: view.infoHashV2 ?? "",
    magnet_uri: service.torrents.magnet(view.infoHash),
    name: view.name,
    num_complete: seedsTotal(view),
    num_incomplete: peersTotal(view),
    num_leechs: view.peers - view.seeds,
    num_seeds: view.seeds,
    priority: view.queuePosition,
    private: view.hasMetadata ? view.isPrivate : null,
    root_path: rootPathOf(view),
    save_path: view.folder,
    seq_dl: view.isSequential,
    state: stateOf(view),
    super_seeding: view.isSuperSeeding,
    tags: view.tags.toSorted((a, b) => TAG_ORDER.compare(a, b)).join(", "),
    tracker: view.tracker ?? "",
    trackers_count: view.trackerCount,
  };
}

function describeProgress(view: TorrentView): QbTorrent {
  return {
    amount_left: view.wantedBytes - view.verifiedBytes,
    // Of a seed nobody counts.
    availability: view.hasMetadata && view.isComplete ? -1 : view.availability,
    completed: view.verifiedBytes,
    dlspeed: Math.round(view.downRate),
    downloaded: view.downloadedBytes,
    downloaded_session: view.sessionDownloadedBytes,
    progress: progressOf(view),
    ratio: ratioOf(view),
    size: view.wantedBytes,
    total_size: view.hasMetadata ? view.sizeBytes : -1,
    uploaded: view.uploadedBytes,
    uploaded_session: view.sessionUploadedBytes,
    upspeed: Math.round(view.upRate),
  };
}

function describeTimes(view: TorrentView): QbTorrent {
  const addedOn = seconds(view.addedAtMs);
  return {
    added_on: addedOn,
    completion_on: view.completedAtMs === undefined ? -1 : seconds(view.completedAtMs),
    eta: view.etaMs === undefined || view.isComplete ? ETA_INFINITE : Math.ceil(view.etaMs / 1000),
    last_activity: view.activeAtMs === undefined ? addedOn : seconds(view.activeAtMs),
    popularity: popularityOf(view),
    reannounce: secondsUntil(view.nextAnnounceAtMs),
    seen_complete: view.seenCompleteAtMs === undefined ? -1 : seconds(view.seenCompleteAtMs),
    ...describeClocks(view),
  };
}

export interface Clocks {
  readonly seeding_time: number;
  readonly time_active: number;
}

export function describeClocks(view: TorrentView): Clocks {
  return { seeding_time: seconds(view.seedingTimeMs), time_active: seconds(view.activeTimeMs) };
}

/** A twelfth of a year of the calendar, as C++ has it. */
const MONTH_MS = 2_629_746_000;

/** The ratio that a month would have brought. */
export function popularityOf(view: TorrentView): number {
  const months = seconds(view.activeTimeMs) / seconds(MONTH_MS);
  return months > 0 ? ratioOf(view) / months : 0;
}

/** While it is checked, of that. */
export function progressOf({ state, stateProgress, hasMetadata, progress }: TorrentView): number {
  if (state === "checking" && stateProgress !== undefined) return stateProgress;
  return hasMetadata ? progress : 0;
}

/** The folder that all files lie in, below the save path; "" where there is none. */
function rootPathOf({ hasMetadata, currentFolder, contentPath, fileCount }: TorrentView): string {
  const below = relative(currentFolder, contentPath);
  if (!hasMetadata || below === "" || below.startsWith("..")) return "";
  const [first = "", ...rest] = below.split(sep);
  return fileCount === 1 && rest.length === 0 ? "" : join(currentFolder, first);
}

function describeLimits(view: TorrentView, service: Service): QbTorrent {
  const { ratio, seedingTimeMs, idleTimeMs } = view.shareLimits;
  const settings = service.settings.all();
  const minutes = (limit: ShareLimit): number => limitOf(limit, (ms) => Math.round(ms / 60_000));
  return {
    dl_limit: view.limits.down ?? 0,
    up_limit: view.limits.up ?? 0,
    ratio_limit: limitOf(ratio, (value) => value),
    seeding_time_limit: minutes(seedingTimeMs),
    inactive_seeding_time_limit: minutes(idleTimeMs),
    max_ratio: inForce(
      limitOf(ratio, (value) => value),
      numberSetting(settings, "share.ratio", LIMIT_NONE),
    ),
    max_seeding_time: inForce(minutes(seedingTimeMs), numberSetting(settings, "share.seeding_minutes", LIMIT_NONE)),
    max_inactive_seeding_time: inForce(minutes(idleTimeMs), numberSetting(settings, "share.idle_minutes", LIMIT_NONE)),
  };
}

function limitOf(limit: ShareLimit, convert: (value: number) => number): number {
  if (limit === "global") return LIMIT_GLOBAL;
  return limit === "none" ? LIMIT_NONE : convert(limit);
}

function inForce(own: number, global: number): number {
  return own === LIMIT_GLOBAL ? global : own;
}

export function ratioOf({ ratio }: TorrentView): number {
  return ratio ?? 0;
}

/** As trackers count them; those that we know while none did. */
export function seedsTotal({ swarmSeeds, seeds }: TorrentView): number {
  return swarmSeeds ?? seeds;
}

/** The same for those that still download. */
export function peersTotal({ swarmPeers, peers, seeds }: TorrentView): number {
  return swarmPeers ?? peers - seeds;
}

export function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

export function secondsUntil(atMs: number | undefined): number {
  return atMs === undefined ? 0 : Math.max(0, seconds(atMs - Date.now()));
}
