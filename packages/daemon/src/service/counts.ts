/** How many torrents there are of each kind, kept: who was touched since the last look is counted anew, and nobody else. */
import type { TorrentCounts } from "./queries.ts";
import type { TorrentView } from "./torrent-view.ts";
import type { TouchLog } from "./touch-log.ts";
import { hostNameOf } from "./trackers.ts";

/** What is counted. */
export interface CountSource<Entry> {
  readonly entries: Iterable<Entry>;
  readonly touches: TouchLog<Entry>;
  has(entry: Entry): boolean;
  view(entry: Entry): TorrentView;
}

/** What of a torrent decides where it counts. */
type Traits = Pick<TorrentView, "state" | "isComplete" | "category" | "tags" | "folder"> & {
  readonly isActive: boolean;
  readonly tracker: string;
};

export class TorrentCounter<Entry> {
  #tally = new Tally();
  readonly #traits = new Map<Entry, Traits>();
  #position = -1;

  counts(source: CountSource<Entry>): TorrentCounts {
    const changed = source.touches.since(this.#position);
    if (changed === undefined) this.#fill(source);
    else for (const entry of changed) this.#look(entry, source);
    this.#position = source.touches.end;
    return this.#tally.counts();
  }

  #fill(source: CountSource<Entry>): void {
    this.#tally = new Tally();
    this.#traits.clear();
    for (const entry of source.entries) this.#look(entry, source);
  }

  #look(entry: Entry, source: CountSource<Entry>): void {
    const before = this.#traits.get(entry);
    const view = source.has(entry) ? source.view(entry) : undefined;
    if (before !== undefined && view !== undefined && isSame(before, view)) return;
    if (before !== undefined) this.#tally.add(before, -1);
    if (view === undefined) {
      this.#traits.delete(entry);
      return;
    }
    const traits = traitsOf(view);
    this.#tally.add(traits, 1);
    this.#traits.set(entry, traits);
  }
}

export function countTorrents(views: Iterable<TorrentView>): TorrentCounts {
  const tally = new Tally();
  for (const view of views) tally.add(traitsOf(view), 1);
  return tally.counts();
}

class Tally {
  #all = 0;
  #active = 0;
  #complete = 0;
  readonly #states = new Map<string, number>();
  readonly #categories = new Map<string, number>();
  readonly #tags = new Map<string, number>();
  readonly #trackers = new Map<string, number>();
  readonly #folders = new Map<string, number>();

  /** `by`: 1, or -1 to take it back. */
  add({ state, isActive, isComplete, category, tags, tracker, folder }: Traits, by: 1 | -1): void {
    this.#all += by;
    if (isActive) this.#active += by;
    if (isComplete) this.#complete += by;
    increase(this.#states, state, by);
    increase(this.#categories, category ?? "", by);
    if (tags.length === 0) increase(this.#tags, "", by);
    for (const tag of tags) increase(this.#tags, tag, by);
    increase(this.#trackers, tracker, by);
    increase(this.#folders, folder, by);
  }

  counts(): TorrentCounts {
    return {
      all: this.#all,
      active: this.#active,
      complete: this.#complete,
      states: Object.fromEntries(this.#states),
      categories: Object.fromEntries(this.#categories),
      tags: Object.fromEntries(this.#tags),
      trackers: Object.fromEntries(this.#trackers),
      folders: Object.fromEntries(this.#folders),
    };
  }
}

function traitsOf(view: TorrentView): Traits {
  const { state, isComplete, category, tags, folder } = view;
  return { state, isComplete, category, tags, folder, isActive: isActive(view), tracker: trackerOf(view) };
}

function isSame(traits: Traits, view: TorrentView): boolean {
  return (
    traits.state === view.state &&
    traits.isActive === isActive(view) &&
    traits.isComplete === view.isComplete &&
    traits.category === view.category &&
    traits.folder === view.folder &&
    traits.tags === view.tags &&
    traits.tracker === trackerOf(view)
  );
}

function isActive({ downRate, upRate }: TorrentView): boolean {
  return downRate > 0 || upRate > 0;
}

function trackerOf({ tracker }: TorrentView): string {
  return tracker === undefined ? "" : hostNameOf(tracker);
}

/** What nobody is any more is not named. */
function increase(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
