/** `torrents/info` and `torrents/count`: lists with the original's filters, order and window. */
import type { Service } from "../../service/service.ts";
import type { TorrentView } from "../../service/torrent-view.ts";
import { describeFiles } from "./torrent-details.ts";
import { describeTrackers } from "./tracker-rows.ts";
import { type Handler, jsonText, QbError, text } from "./http.ts";
import type { Params } from "./params.ts";
import type { QbTorrent } from "./torrent-object.ts";
import type { TorrentRow } from "./torrent-row.ts";
import { passesFilter } from "./torrent-state.ts";

export const torrentsInfo: Handler = ({ params, session: { table } }, { service }) => {
  table.refresh();
  const passing = [...table.rows].filter(makeTest(params));
  return jsonText(writeRows(window(sort(passing, params), params), service, params));
};

function* writeRows(rows: readonly TorrentRow[], service: Service, params: Params): Iterable<string> {
  const withFiles = params.bool("includeFiles") === true;
  const withTrackers = params.bool("includeTrackers") === true;
  let start = "[";
  for (const row of rows) {
    const more = withFiles || withTrackers ? describeMore(row, service, { withFiles, withTrackers }) : {};
    const added = JSON.stringify(more).slice(1, -1);
    const text = row.write({ withHash: true });
    yield start + (added === "" ? text : `${text.slice(0, -1)},${added}}`);
    start = ",";
  }
  yield rows.length === 0 ? "[]" : "]";
}

/** Nothing of a torrent that went while the list was written. */
function describeMore(
  row: TorrentRow,
  service: Service,
  { withFiles, withTrackers }: { readonly withFiles: boolean; readonly withTrackers: boolean },
): object {
  const { infoHash } = row.view;
  if (service.torrents.get(infoHash) === undefined) return {};
  const isComplete = row.get("amount_left") === 0;
  return {
    ...(withFiles ? { files: describeFiles(service.torrents.files(infoHash), { isComplete }) } : {}),
    ...(withTrackers ? { trackers: describeTrackers(infoHash, service) } : {}),
  };
}

export const torrentsCount: Handler = (_, { service }) => text(String(service.torrents.size));

function makeTest(params: Params): (row: TorrentRow) => boolean {
  const filter = params.text("filter");
  const category = params.text("category");
  const tag = params.text("tag");
  const isPrivate = params.bool("private");
  const hashes = new Set(params.list("hashes", "|").map((hash) => hash.toLowerCase()));
  return ({ view }) =>
    (hashes.size === 0 || isNamed(view, hashes)) &&
    (filter === undefined || passesFilter(view, filter)) &&
    (category === undefined || isInCategory(view, category)) &&
    (tag === undefined || (tag === "" ? view.tags.length === 0 : view.tags.includes(tag))) &&
    (isPrivate === undefined || view.isPrivate === isPrivate);
}

function isInCategory(view: TorrentView, category: string): boolean {
  return category === "" ? view.category === undefined : view.category === category;
}

function isNamed({ infoHash, infoHashV1, infoHashV2 }: TorrentView, hashes: ReadonlySet<string>): boolean {
  return hashes.has(infoHash) || hashes.has(infoHashV1 ?? "") || hashes.has(infoHashV2 ?? "");
}

/** By any key of the object. Throws QbError 400 for a key that no torrent has. */
function sort(rows: TorrentRow[], params: Params): TorrentRow[] {
  const key = params.text("sort");
  if (key !== undefined && key !== "") {
    if (rows[0]?.has(key) === false) throw new QbError(400, "'sort' parameter is invalid");
    rows.sort((a, b) => compare(a.get(key), b.get(key)));
  }
  return params.bool("reverse") === true ? rows.toReversed() : rows;
}

function compare(a: QbTorrent[string] | undefined, b: QbTorrent[string] | undefined): number {
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  return Number(a ?? 0) - Number(b ?? 0);
}

/** A negative offset counts from the end; one that is beyond either end is none. */
function window<T>(rows: readonly T[], params: Params): readonly T[] {
  const offset = params.int("offset") ?? 0;
  const from = offset < 0 ? rows.length + offset : offset;
  const start = from < 0 || from >= rows.length ? 0 : from;
  const limit = params.int("limit") ?? 0;
  return limit > 0 ? rows.slice(start, start + limit) : rows.slice(start);
}
