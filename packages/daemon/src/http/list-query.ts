/** Lists as the API asks for them, in the words of the service. */
import { TORRENT_FIELDS, type TorrentField, type TorrentFilterQuery, type TorrentRow } from "@torrential/api";
import type { TorrentFilter } from "../service/queries.ts";
import type { TorrentView } from "../service/torrent-view.ts";
import { ApiProblem } from "./problems.ts";

export function toFilter(query: TorrentFilterQuery): TorrentFilter {
  const { state, is, category, tag, tracker, folder, private: isPrivate, text, hash } = query;
  return {
    ...(state === undefined ? {} : { states: state }),
    ...(is === undefined ? {} : { is }),
    ...(category === undefined ? {} : { category }),
    ...(tag === undefined ? {} : { tags: tag }),
    ...(tracker === undefined ? {} : { tracker }),
    ...(folder === undefined ? {} : { folder }),
    ...(isPrivate === undefined ? {} : { isPrivate }),
    ...(text === undefined ? {} : { text }),
    ...(hash === undefined ? {} : { infoHashes: hash }),
  };
}

export interface Order {
  readonly sort: keyof TorrentView;
  readonly descending: boolean;
}

/** "-downRate". Throws "invalid" for what is no field. */
export function parseSort(text: string | undefined): Order {
  if (text === undefined) return { sort: "addedAtMs", descending: false };
  const descending = text.startsWith("-");
  return { sort: parseField(descending ? text.slice(1) : text, "sort"), descending };
}

const FIELDS: ReadonlySet<string> = new Set(TORRENT_FIELDS);

export function parseFields(names: readonly string[] | undefined): readonly TorrentField[] | undefined {
  return names?.map((name) => parseField(name, "fields"));
}

function parseField(name: string, where: string): TorrentField {
  const field = TORRENT_FIELDS.find((each) => each === name);
  if (field !== undefined && FIELDS.has(name)) return field;
  throw new ApiProblem("invalid", `${where}: a torrent has no field ${JSON.stringify(name)}`, {
    errors: [{ pointer: `/query/${where}`, detail: "no such field" }],
  });
}

/** The torrent itself, or only the fields that were chosen. */
export function toRow(torrent: TorrentView, fields: readonly TorrentField[] | undefined): TorrentRow {
  if (fields === undefined) return torrent;
  const chosen: Partial<TorrentRow> = Object.fromEntries(fields.map((field) => [field, torrent[field]]));
  return { ...chosen, id: torrent.id, infoHash: torrent.infoHash };
}
