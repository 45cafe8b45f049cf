/** `sync/maindata`: everything a page shows of all torrents, then only what changed. */
import type { Service } from "../../service/service.ts";
import { describeCategory, type QbCategory } from "./categories.ts";
import { compareObjects, compareSnapshots, type Snapshot } from "./delta.ts";
import { type Handler, json } from "./http.ts";
import { refreshIntervalOf } from "./preferences-kept.ts";
import type { QbSession } from "./sessions.ts";
import type { QbTorrent } from "./torrent-object.ts";
import { describeTransfer } from "./transfer.ts";

export interface MainData {
  readonly torrents: Snapshot<QbTorrent>;
  readonly categories: Snapshot<QbCategory>;
  readonly tags: ReadonlySet<string>;
  /** Hashes by what of its URL is no secret (PROMISES C8): scheme, host and port. */
  readonly trackers: Snapshot<readonly string[]>;
  readonly serverState: Readonly<Record<string, unknown>>;
}

export const mainData: Handler = ({ params, session }, { service }) => {
  const before = session.mainData.begin(params.int("rid") ?? 0);
  const after = takeMainData(service, session);
  const rid = session.mainData.end(after);
  return json(before === undefined ? { rid, full_update: true, ...whole(after) } : { rid, ...changes(before, after) });
};

function takeMainData(service: Service, session: QbSession): MainData {
  const torrents = new Map<string, QbTorrent>();
  const trackers = new Map<string, string[]>();
  for (const view of service.torrents.all()) {
    torrents.set(view.infoHash, session.objects.getSettled(view));
    for (const tracker of session.objects.trackersOf(view)) {
      const hashes = trackers.get(tracker);
      if (hashes === undefined) trackers.set(tracker, [view.infoHash]);
      else hashes.push(view.infoHash);
    }
  }
  return {
    torrents,
    trackers,
    categories: new Map(service.labels.categories().map((category) => [category.name, describeCategory(category)])),
    tags: new Set(service.labels.tags().map(({ name }) => name)),
    serverState: describeServer(service),
  };
}

/** Empty parts are left out, and a torrent does not repeat its hash. */
function whole({ torrents, categories, tags, trackers, serverState }: MainData): object {
  const shown = Object.fromEntries([...torrents].map(([hash, torrent]) => [hash, withoutHash(torrent)]));
  return {
    ...(torrents.size === 0 ? {} : { torrents: shown }),
    ...(categories.size === 0 ? {} : { categories: Object.fromEntries(categories) }),
    ...(tags.size === 0 ? {} : { tags: [...tags] }),
    ...(trackers.size === 0 ? {} : { trackers: Object.fromEntries(trackers) }),
    server_state: serverState,
  };
}

function changes(before: MainData, after: MainData): object {
  const torrents = compareSnapshots(before.torrents, after.torrents);
  const categories = compareSnapshots(before.categories, after.categories);
  const newTags = [...after.tags].filter((tag) => !before.tags.has(tag));
  const goneTags = [...before.tags].filter((tag) => !after.tags.has(tag));
  const trackers = changedTrackers(before.trackers, after.trackers);
  const serverState = compareObjects(before.serverState, after.serverState);
  const shown = Object.fromEntries(Object.entries(torrents.changed).map(([hash, each]) => [hash, withoutHash(each)]));
  return {
    ...part("torrents", shown),
    ...listPart("torrents_removed", torrents.removed),
    ...part("categories", categories.changed),
    ...listPart("categories_removed", categories.removed),
    ...listPart("tags", newTags),
    ...listPart("tags_removed", goneTags),
    ...part("trackers", Object.fromEntries(trackers.changed)),
    ...listPart("trackers_removed", trackers.removed),
    ...(serverState === undefined ? {} : { server_state: serverState }),
  };
}

/** A list of hashes is told whole when it changed. */
function changedTrackers(
  before: MainData["trackers"],
  after: MainData["trackers"],
): {
  readonly changed: ReadonlyMap<string, readonly string[]>;
  readonly removed: readonly string[];
} {
  const isOther = ([url, hashes]: readonly [string, readonly string[]]): boolean => {
    const old = before.get(url);
    return old === undefined || old.length !== hashes.length || old.some((hash, index) => hash !== hashes[index]);
  };
  const changed = new Map([...after].filter(isOther));
  return { changed, removed: [...before.keys()].filter((url) => !after.has(url)) };
}

function withoutHash(torrent: Partial<QbTorrent>): object {
  const { hash: _, ...rest } = torrent;
  return rest;
}

function part(name: string, value: object): object {
  return Object.keys(value).length === 0 ? {} : { [name]: value };
}

function listPart(name: string, value: readonly string[]): object {
  return value.length === 0 ? {} : { [name]: value };
}

/** Rates of a few bytes are rounded away by no client: what is the same stays the same. */
function describeServer(service: Service): Readonly<Record<string, unknown>> {
  const view = service.session.view();
  const { totalDownloadedBytes: down, totalUploadedBytes: up } = view;
  return {
    ...describeTransfer(service),
    alltime_dl: down,
    alltime_ul: up,
    average_time_queue: 0,
    free_space_on_disk: view.freeBytes ?? 0,
    global_ratio: down > 0 && up > 0 ? (up / down).toFixed(2) : "-",
    queued_io_jobs: 0,
    queueing: service.settings.all()["queue.enabled"] === true,
    read_cache_hits: "0",
    read_cache_overload: "0",
    refresh_interval: refreshIntervalOf(service.store),
    total_buffers_size: view.bufferBytes,
    total_peer_connections: view.peers,
    total_queued_size: view.diskQueueBytes,
    total_wasted_session: view.wastedBytes,
    use_alt_speed_limits: view.isAlternativeLimits,
    use_subcategories: false,
    write_cache_overload: "0",
  };
}
