/** `torrents/info` and `torrents/count`: lists with the original's filters, order and window. */
import type { TorrentView } from "../../service/torrent-view.ts";
import { describeFiles } from "./torrent-details.ts";
import { describeTrackers } from "./tracker-rows.ts";
import { type Handler, json, QbError, text } from "./http.ts";
import type { Params } from "./params.ts";
import type { QbTorrent } from "./torrent-object.ts";
import { passesFilter } from "./torrent-state.ts";

export const torrentsInfo: Handler = ({ params, session }, { service }) => {
  const views = [...service.torrents.all()].filter((view) => isWanted(view, params));
  const objects = window(
    sort(
      views.map((view) => session.objects.get(view)),
      params,
    ),
    params,
  );
  const withFiles = params.bool("includeFiles") === true;
  const withTrackers = params.bool("includeTrackers") === true;
  if (!withFiles && !withTrackers) return json(objects);
  return json(
    objects.map((object) => ({
      ...object,
      ...(withFiles
        ? {
            files: describeFiles(service.torrents.files(String(object["hash"])), {
              isComplete: object["amount_left"] === 0,
            }),
          }
        : {}),
      ...(withTrackers ? { trackers: describeTrackers(String(object["hash"]), service) } : {}),
    })),
  );
};

export const torrentsCount: Handler = (_, { service }) => text(String(service.torrents.size));

function isWanted(view: TorrentView, params: Params): boolean {
  const filter = params.text("filter");
  if (filter !== undefined && !passesFilter(view, filter)) return false;
  const category = params.text("category");
  if (category !== undefined && !isInCategory(view, category)) return false;
  const tag = params.text("tag");
  if (tag !== undefined && !(tag === "" ? view.tags.length === 0 : view.tags.includes(tag))) return false;
  const isPrivate = params.bool("private");
  if (isPrivate !== undefined && view.isPrivate !== isPrivate) return false;
  const hashes = params.list("hashes", "|").map((hash) => hash.toLowerCase());
  return hashes.length === 0 || hashes.some((hash) => isNamed(view, hash));
}

function isInCategory(view: TorrentView, category: string): boolean {
  return category === "" ? view.category === undefined : view.category === category;
}

function isNamed(view: TorrentView, hash: string): boolean {
  return hash === view.infoHash || hash === view.infoHashV1 || hash === view.infoHashV2;
}

/** By any key of the object. Throws QbError 400 for a key that no torrent has. */
function sort(objects: QbTorrent[], params: Params): QbTorrent[] {
  const key = params.text("sort");
  if (key !== undefined && key !== "") {
    if (objects[0] !== undefined && !Object.hasOwn(objects[0], key))
      throw new QbError(400, "'sort' parameter is invalid");
    objects.sort((a, b) => compare(a[key], b[key]));
  }
  return params.bool("reverse") === true ? objects.toReversed() : objects;
}

function compare(a: QbTorrent[string] | undefined, b: QbTorrent[string] | undefined): number {
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  return Number(a ?? 0) - Number(b ?? 0);
}

/** A negative offset counts from the end; one that is beyond either end is none. */
function window(objects: QbTorrent[], params: Params): QbTorrent[] {
  const offset = params.int("offset") ?? 0;
  const from = offset < 0 ? objects.length + offset : offset;
  const start = from < 0 || from >= objects.length ? 0 : from;
  const limit = params.int("limit") ?? 0;
  return limit > 0 ? objects.slice(start, start + limit) : objects.slice(start);
}
