/** `sync/maindata`: everything a page shows of all torrents, then only what changed. */
import type { Service } from "../../service/service.ts";
import { describeCategory, type QbCategory } from "./categories.ts";
import { compareObjects, compareSnapshots, type Snapshot } from "./delta.ts";
import { type Handler, json, jsonText } from "./http.ts";
import type { TorrentTable } from "./torrent-table.ts";
import { refreshIntervalOf } from "./preferences-kept.ts";
import { describeTransfer } from "./transfer.ts";

/** What a poller was told. */
export interface MainData {
  /** Of the table of torrents. */
  readonly version: number;
  readonly categories: Snapshot<QbCategory>;
  readonly tags: ReadonlySet<string>;
  readonly serverState: Readonly<Record<string, unknown>>;
}

export const mainData: Handler = ({ params, session }, { service }) => {
  const { table } = session;
  const before = session.mainData.begin(params.int("rid") ?? 0);
  const after = takeMainData(service, table);
  const rid = session.mainData.end(after);
  const torrents = before === undefined ? undefined : torrentChanges(table, before.version);
  if (before === undefined || torrents === undefined) return jsonText(writeWhole({ rid, table, data: after }));
  return json({ rid, ...torrents, ...otherChanges(before, after) });
};

function takeMainData(service: Service, table: TorrentTable): MainData {
  return {
    version: table.refresh(),
    categories: new Map(service.labels.categories().map((category) => [category.name, describeCategory(category)])),
    tags: new Set(service.labels.tags().map(({ name }) => name)),
    serverState: describeServer(service),
  };
}

interface Whole {
  readonly rid: number;
  readonly table: TorrentTable;
  readonly data: MainData;
}

/** Empty parts are left out. Rows that change while it is written are told again with the next delta. */
function* writeWhole({ rid, table, data }: Whole): Iterable<string> {
  const { categories, tags, serverState } = data;
  const rest = JSON.stringify({
    ...(categories.size === 0 ? {} : { categories: Object.fromEntries(categories) }),
    ...listPart("tags", [...tags]),
    ...part("trackers", table.trackers.list()),
    server_state: serverState,
  });
  yield `{"rid":${rid},"full_update":true,`;
  let start = '"torrents":{';
  for (const row of [...table.rows]) {
    yield `${start}"${row.view.infoHash}":${row.write({ withHash: false })}`;
    start = ",";
  }
  if (start === ",") yield "},";
  yield rest.slice(1);
}

/** Undefined for a poller that is too far behind to be told what is gone. */
function torrentChanges(table: TorrentTable, version: number): object | undefined {
  const gone = table.removedSince(version);
  const goneTrackers = table.trackers.removedSince(version);
  if (gone === undefined || goneTrackers === undefined) return undefined;
  const torrents: Record<string, object> = {};
  for (const row of table.rows) {
    if (row.changedAt <= version) continue;
    const { hash: _, ...changes } = row.bornAt > version ? row.object : row.changesSince(version);
    torrents[row.view.infoHash] = changes;
  }
  return {
    ...part("torrents", torrents),
    ...listPart("torrents_removed", gone),
    ...part("trackers", table.trackers.list(version)),
    ...listPart("trackers_removed", goneTrackers),
  };
}

function otherChanges(before: MainData, after: MainData): object {
  const categories = compareSnapshots(before.categories, after.categories);
  const newTags = [...after.tags].filter((tag) => !before.tags.has(tag));
  const goneTags = [...before.tags].filter((tag) => !after.tags.has(tag));
  const serverState = compareObjects(before.serverState, after.serverState);
  return {
    ...part("categories", categories.changed),
    ...listPart("categories_removed", categories.removed),
    ...listPart("tags", newTags),
    ...listPart("tags_removed", goneTags),
    ...(serverState === undefined ? {} : { server_state: serverState }),
  };
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
