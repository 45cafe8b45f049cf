/** Lists, filtered and sorted: one pass over all torrents, kept for those who ask the same at the same revision. */
import type { TorrentCounts, TorrentFilter, TorrentPage, TorrentQuery } from "./queries.ts";
import { hostNameOf } from "./trackers.ts";
import type { TorrentState, TorrentView } from "./torrent-view.ts";
import { isWithin } from "./paths.ts";
import type { ReadModel } from "./read-model.ts";

/** Different lists that are looked at at the same time. */
const CACHE_MAX = 32;

export class Listing {
  readonly #all: () => Iterable<TorrentView>;
  readonly #model: Pick<ReadModel, "revision" | "stamp">;
  readonly #sorted = new Map<string, { readonly stamp: string; readonly views: readonly TorrentView[] }>();

  /** `all`: in order of id. */
  constructor(all: () => Iterable<TorrentView>, model: Pick<ReadModel, "revision" | "stamp">) {
    this.#all = all;
    this.#model = model;
  }

  page(query: TorrentQuery = {}): TorrentPage {
    const views = this.#find(query);
    const offset = query.offset ?? 0;
    const end = query.limit === undefined ? views.length : offset + query.limit;
    return { revision: this.#model.revision, total: views.length, torrents: views.slice(offset, end) };
  }

  #find({ filter = {}, sort = "addedAtMs", descending = false }: TorrentQuery): readonly TorrentView[] {
    const key = JSON.stringify([filter, sort, descending]);
    const { stamp } = this.#model;
    const known = this.#sorted.get(key);
    if (known?.stamp === stamp) return known.views;
    const passes = makePredicate(filter);
    const views = sortViews([...this.#all()].filter(passes), sort, descending);
    this.#sorted.delete(key);
    this.#sorted.set(key, { stamp, views });
    const [oldest] = this.#sorted.keys();
    if (this.#sorted.size > CACHE_MAX && oldest !== undefined) this.#sorted.delete(oldest);
    return views;
  }
}

/** Whether a torrent passes every part of the filter. */
export function makePredicate(filter: TorrentFilter): (view: TorrentView) => boolean {
  const { category, tags, folder, isPrivate, tracker } = filter;
  const states = filter.states === undefined ? undefined : new Set<TorrentState>(filter.states);
  const hashes =
    filter.infoHashes === undefined ? undefined : new Set(filter.infoHashes.map((hash) => hash.toLowerCase()));
  const words = (filter.text ?? "")
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return (view) =>
    (states === undefined || states.has(view.state)) &&
    (hashes === undefined || hashes.has(view.infoHash) || hashes.has(view.infoHashV2 ?? "")) &&
    (isPrivate === undefined || view.isPrivate === isPrivate) &&
    (category === undefined || isInCategory(view, category)) &&
    (tags === undefined || tags.every((tag) => (tag === "" ? view.tags.length === 0 : view.tags.includes(tag)))) &&
    (tracker === undefined || (view.tracker === undefined ? "" : hostNameOf(view.tracker)) === tracker) &&
    (folder === undefined || isWithin(view.folder, folder)) &&
    (filter.is ?? []).every((kind) => isOfKind(view, kind)) &&
    words.every((word) => view.name.toLowerCase().includes(word));
}

function isInCategory(view: TorrentView, category: string): boolean {
  const own = view.category ?? "";
  return own === category || (category !== "" && own.startsWith(`${category}/`));
}

function isOfKind(view: TorrentView, kind: NonNullable<TorrentFilter["is"]>[number]): boolean {
  switch (kind) {
    case "active":
      return view.downRate > 0 || view.upRate > 0;
    case "inactive":
      return view.downRate === 0 && view.upRate === 0;
    case "running":
      return view.intent !== "stop";
    case "stopped":
      return view.intent === "stop";
    case "complete":
      return view.isComplete;
    case "incomplete":
      return !view.isComplete;
    case "stalled":
      return view.isStalled;
    case "error":
      return view.problem !== undefined;
  }
}

/** What is absent comes last, whatever the direction; equal ones are in order of id. Each key is made once. */
function sortViews(views: readonly TorrentView[], key: keyof TorrentView, descending: boolean): readonly TorrentView[] {
  const sign = descending ? -1 : 1;
  const keyed = views.map((view) => ({ view, value: sortable(view[key]) }));
  keyed.sort((a, b) => {
    const [left, right] = [a.value, b.value];
    if (left === right) return a.view.id - b.view.id;
    if (left === undefined) return 1;
    if (right === undefined) return -1;
    return left < right ? -sign : sign;
  });
  return keyed.map(({ view }) => view);
}

function sortable(value: TorrentView[keyof TorrentView]): string | number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "string") return value.toLowerCase();
  if (typeof value === "boolean") return value ? 1 : 0;
  return value === undefined ? undefined : JSON.stringify(value);
}

export function countTorrents(views: Iterable<TorrentView>): TorrentCounts {
  const counts = { all: 0, active: 0, complete: 0 };
  const states: Partial<Record<TorrentState, number>> = {};
  const categories = new Map<string, number>();
  const tags = new Map<string, number>();
  const trackers = new Map<string, number>();
  for (const view of views) {
    counts.all += 1;
    if (isOfKind(view, "active")) counts.active += 1;
    if (view.isComplete) counts.complete += 1;
    states[view.state] = (states[view.state] ?? 0) + 1;
    increment(categories, view.category ?? "");
    for (const tag of view.tags.length === 0 ? [""] : view.tags) increment(tags, tag);
    increment(trackers, view.tracker === undefined ? "" : hostNameOf(view.tracker));
  }
  return {
    ...counts,
    states,
    categories: Object.fromEntries(categories),
    tags: Object.fromEntries(tags),
    trackers: Object.fromEntries(trackers),
  };
}

function increment(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}
