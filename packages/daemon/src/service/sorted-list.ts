/**
 * One list that is looked at again and again: who passes a filter, in order. It is made once; afterwards only the
 * torrents that were touched since are looked at, so that a page of ten thousand costs what changed.
 */
import type { TorrentView } from "./torrent-view.ts";

/** What can be in a list. */
interface Listed {
  readonly record: { readonly id: number };
}

/** What the list is made of. */
export interface ListSource<Entry extends Listed> {
  /** In order of id. */
  readonly entries: Iterable<Entry>;
  has(entry: Entry): boolean;
  view(entry: Entry): TorrentView;
}

export interface ListOrder {
  readonly sort: keyof TorrentView;
  readonly descending: boolean;
}

/** What a torrent is sorted by, of whichever field. */
export type SortValue = string | number | undefined;

/** Where a torrent stands. */
export interface SortPlace {
  readonly id: number;
  readonly value: SortValue;
}

interface Place<Entry> {
  readonly entry: Entry;
  readonly value: SortValue;
}

export class SortedList<Entry extends Listed> {
  readonly #passes: (view: TorrentView) => boolean;
  readonly #key: keyof TorrentView;
  readonly #sign: number;
  #places: readonly Place<Entry>[] = [];
  readonly #byEntry = new Map<Entry, Place<Entry>>();

  constructor(passes: (view: TorrentView) => boolean, { sort, descending }: ListOrder) {
    this.#passes = passes;
    this.#key = sort;
    this.#sign = descending ? -1 : 1;
  }

  get size(): number {
    return this.#places.length;
  }

  /** Entries from `start` to before `end`, or to the last. */
  slice(start: number, end?: number): readonly Entry[] {
    return this.#places.slice(start, end).map(({ entry }) => entry);
  }

  /** Makes it anew. */
  fill(source: ListSource<Entry>): void {
    this.#byEntry.clear();
    const places: Place<Entry>[] = [];
    for (const entry of source.entries) {
      const place = this.#placeOf(entry, source);
      if (place === undefined) continue;
      places.push(place);
      this.#byEntry.set(entry, place);
    }
    this.#places = places.sort(this.#compare);
  }

  /** Looks at these again. */
  update(changed: Iterable<Entry>, source: ListSource<Entry>): void {
    const gone = new Set<Place<Entry>>();
    const come: Place<Entry>[] = [];
    for (const entry of changed) {
      const before = this.#byEntry.get(entry);
      const after = source.has(entry) ? this.#placeOf(entry, source) : undefined;
      if (before?.value === after?.value && (before === undefined) === (after === undefined)) continue;
      if (before !== undefined) gone.add(before);
      if (after === undefined) this.#byEntry.delete(entry);
      else {
        come.push(after);
        this.#byEntry.set(entry, after);
      }
    }
    if (gone.size === 0 && come.length === 0) return;
    const left = gone.size === 0 ? this.#places : this.#places.filter((place) => !gone.has(place));
    this.#places = come.length === 0 ? left : merge(left, come.sort(this.#compare), this.#compare);
  }

  #placeOf(entry: Entry, source: ListSource<Entry>): Place<Entry> | undefined {
    const view = source.view(entry);
    return this.#passes(view) ? { entry, value: sortable(view[this.#key]) } : undefined;
  }

  /** What is absent comes last, whatever the direction; equal ones are in order of id (`comparePlaces`). */
  readonly #compare = (a: Place<Entry>, b: Place<Entry>): number => {
    const order = compareValues(a.value, b.value, this.#sign);
    return order === 0 ? a.entry.record.id - b.entry.record.id : order;
  };
}

/** The order of two torrents in a list. */
export function comparePlaces(a: SortPlace, b: SortPlace, { descending }: { readonly descending: boolean }): number {
  const order = compareValues(a.value, b.value, descending ? -1 : 1);
  return order === 0 ? a.id - b.id : order;
}

function compareValues(left: SortValue, right: SortValue, sign: number): number {
  if (left === right) return 0;
  if (left === undefined) return 1;
  if (right === undefined) return -1;
  return left < right ? -sign : sign;
}

/** Both are in order. */
function merge<T>(left: readonly T[], right: readonly T[], compare: (a: T, b: T) => number): readonly T[] {
  const merged: T[] = [];
  let at = 0;
  for (const item of right) {
    for (let next = left[at]; next !== undefined && compare(next, item) < 0; next = left[at]) {
      merged.push(next);
      at += 1;
    }
    merged.push(item);
  }
  for (; at < left.length; at++) {
    const next = left[at];
    if (next !== undefined) merged.push(next);
  }
  return merged;
}

/** The value that a field is sorted by. */
export function sortable(value: TorrentView[keyof TorrentView]): SortValue {
  if (typeof value === "number") return value;
  if (typeof value === "string") return value.toLowerCase();
  if (typeof value === "boolean") return value ? 1 : 0;
  return value === undefined ? undefined : JSON.stringify(value);
}
