/** Lists, filtered and sorted: the latest that were asked for are kept, and follow what changes. */
import type { Entry } from "./entry.ts";
import type { TorrentFilter, TorrentPage, TorrentQuery } from "./queries.ts";
import { hostNameOf } from "./trackers.ts";
import type { TorrentState, TorrentView } from "./torrent-view.ts";
import { isWithin } from "./paths.ts";
import type { ReadModel } from "./read-model.ts";
import { type ListSource, SortedList } from "./sorted-list.ts";

/** Different lists that are looked at at the same time. */
const CACHE_MAX = 32;

interface Kept {
  readonly list: SortedList<Entry>;
  /** In the log of touches. */
  position: number;
}

export class Listing {
  readonly #model: ReadModel;
  readonly #source: ListSource<Entry>;
  readonly #kept = new Map<string, Kept>();

  constructor(model: ReadModel, now: () => number) {
    this.#model = model;
    this.#source = {
      get entries() {
        return model.entries;
      },
      has: (entry) => model.find(entry.infoHash) === entry,
      view: (entry) => model.view(entry, now()),
    };
  }

  page(query: TorrentQuery = {}): TorrentPage {
    const list = this.#find(query);
    const offset = query.offset ?? 0;
    const entries = list.slice(offset, query.limit === undefined ? undefined : offset + query.limit);
    const torrents = entries.map((entry) => this.#source.view(entry));
    return { revision: this.#model.revision, total: list.size, torrents };
  }

  #find({ filter = {}, sort = "addedAtMs", descending = false }: TorrentQuery): SortedList<Entry> {
    const key = JSON.stringify([filter, sort, descending]);
    const { touches } = this.#model;
    const known = this.#kept.get(key);
    const changed = known === undefined ? undefined : touches.since(known.position);
    const list = known?.list ?? new SortedList<Entry>(makePredicate(filter), { sort, descending });
    if (changed === undefined) list.fill(this.#source);
    else list.update(changed, this.#source);
    this.#kept.delete(key);
    this.#kept.set(key, { list, position: touches.end });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > CACHE_MAX && oldest !== undefined) this.#kept.delete(oldest);
    return list;
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
