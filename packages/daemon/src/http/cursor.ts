/** Where a page of a list ended: the value that its last torrent was sorted by, and the id. */
import { comparePlaces, type SortPlace, sortable } from "../service/sorted-list.ts";
import type { TorrentView } from "../service/torrent-view.ts";
import type { Order } from "./list-query.ts";
import { ApiProblem } from "./problems.ts";

/** Longer values are cut: then the next page begins with those that begin alike. */
const VALUE_LENGTH_MAX = 256;

/** The cursor behind a torrent. */
export function cursorAt(torrent: TorrentView, { sort }: Pick<Order, "sort">): SortPlace {
  const value = sortable(torrent[sort]);
  return { id: torrent.id, value: typeof value === "string" ? value.slice(0, VALUE_LENGTH_MAX) : value };
}

export function encodeCursor({ id, value }: SortPlace): string {
  return Buffer.from(JSON.stringify(value === undefined ? [id] : [id, value])).toString("base64url");
}

/** Throws "invalid". */
export function decodeCursor(text: string): SortPlace {
  const [id, value] = parse(Buffer.from(text, "base64url").toString("utf8"));
  const isValue = value === undefined || typeof value === "string" || typeof value === "number";
  if (typeof id === "number" && Number.isSafeInteger(id) && id >= 0 && isValue) return { id, value };
  throw new ApiProblem("invalid", "cursor: not one that a page gave");
}

function parse(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    // Not one that a page gave.
    return [];
  }
}

/**
 * The first torrent behind the cursor, whatever became of the one that it was taken from: one whose value changes meanwhile may
 * be seen twice or not at all, and no other.
 */
export function findStart(torrents: readonly TorrentView[], cursor: SortPlace, order: Order): number {
  let [from, to] = [0, torrents.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const torrent = torrents[middle];
    if (torrent === undefined || comparePlaces(cursorAt(torrent, order), cursor, order) > 0) to = middle;
    else from = middle + 1;
  }
  return from;
}
