/**
 * All torrents as everybody reads them. Whoever changes an entry says so with `touch`; four times a second the views of
 * those are made anew, and who subscribed hears which fields became another.
 */
import type { InfoHash } from "@torrential/core";
import type { ChangeBatch, Delta, RemovedTorrent, Topic } from "./changes.ts";
import type { Entry } from "./entry.ts";
import type { TorrentRef } from "./service.ts";
import type { TorrentView } from "./torrent-view.ts";
import { TouchLog } from "./touch-log.ts";
import { makeView } from "./view.ts";

/** Removals that are remembered for those who ask what changed; who was away for longer starts over. */
const REMOVED_MAX = 10_000;

type Listener = (batch: ChangeBatch) => void;

export class ReadModel {
  readonly #entries = new Map<string, Entry>();
  readonly #byId = new Map<number, Entry>();
  readonly #byV2 = new Map<string, Entry>();
  readonly #listeners = new Set<Listener>();
  /** With the view as it will be, once somebody asked for it. */
  readonly #touched = new Map<Entry, TorrentView | undefined>();
  readonly #topics = new Set<Topic>();
  #added: InfoHash[] = [];
  #removedNow: RemovedTorrent[] = [];
  #removed: (RemovedTorrent & { readonly revision: number })[] = [];
  /** Deltas before this revision cannot be told. */
  #horizon = 0;
  #revision = 1;

  /** Every entry that came, went or was touched, for lists that follow. */
  readonly touches: TouchLog<Entry> = new TouchLog();

  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** In order of id. */
  get entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  add(entry: Entry): void {
    const { infoHash, infoHashV2, id } = entry.record;
    this.#entries.set(infoHash, entry);
    this.#byId.set(id, entry);
    if (infoHashV2 !== undefined) this.#byV2.set(infoHashV2, entry);
    this.#added.push(infoHash);
    this.touch(entry);
  }

  remove(entry: Entry): void {
    const { infoHash, infoHashV2, id } = entry.record;
    this.#entries.delete(infoHash);
    this.#byId.delete(id);
    if (infoHashV2 !== undefined) this.#byV2.delete(infoHashV2);
    this.#touched.delete(entry);
    this.#added = this.#added.filter((each) => each !== infoHash);
    this.#removedNow.push({ id, infoHash });
    this.touches.push(entry, this.size);
  }

  /** By id, or by info-hash in either case and of either version. */
  find(ref: TorrentRef): Entry | undefined {
    if (typeof ref === "number") return this.#byId.get(ref);
    const hash = ref.toLowerCase();
    return hash.length === 64 ? this.#byV2.get(hash) : this.#entries.get(hash);
  }

  /** The entry changed, or will look another way. */
  touch(entry: Entry): void {
    this.#touched.set(entry, undefined);
    this.touches.push(entry, this.size);
  }

  touchTopic(topic: Topic): void {
    this.#topics.add(topic);
  }

  /** As of now, also for what was touched since the last batch. */
  view(entry: Entry, now: number): TorrentView {
    const draft = this.#touched.get(entry);
    if (draft !== undefined) return draft;
    if (entry.view !== undefined && !this.#touched.has(entry)) return entry.view;
    const view = makeView(entry, { revision: this.#revision + 1, now });
    // Whoever was removed is seen once more, by those who removed it.
    if (this.#touched.has(entry)) this.#touched.set(entry, view);
    return view;
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Everything since `revision`. */
  changesSince(revision: number): Delta {
    const isFull = revision < this.#horizon || revision > this.#revision || revision <= 0;
    const changed: InfoHash[] = [];
    for (const entry of this.#entries.values())
      if (isFull || (entry.view?.revision ?? this.#revision) > revision) changed.push(entry.infoHash);
    const removed = isFull ? [] : this.#removed.filter((each) => each.revision > revision);
    return { revision: this.#revision, isFull, changed, removed };
  }

  /** Makes the views of what was touched, and tells who listens. */
  publish(now: number): void {
    const isQuiet = this.#touched.size === 0 && this.#removedNow.length === 0 && this.#topics.size === 0;
    if (isQuiet) return;
    this.#revision += 1;
    const changed = new Map<InfoHash, ReadonlySet<keyof TorrentView>>();
    for (const [entry, draft] of this.#touched) {
      const before = entry.view;
      const after = draft ?? makeView(entry, { revision: this.#revision, now });
      const fields = before === undefined ? NO_FIELDS : diff(before, after);
      if (before === undefined || fields.size > 0) entry.view = after;
      if (fields.size > 0) changed.set(entry.infoHash, fields);
    }
    this.#touched.clear();
    const batch: ChangeBatch = {
      revision: this.#revision,
      added: this.#added,
      removed: this.#removedNow,
      changed,
      topics: new Set(this.#topics),
    };
    this.#remember(this.#removedNow);
    this.#added = [];
    this.#removedNow = [];
    this.#topics.clear();
    for (const listener of this.#listeners) listener(batch);
  }

  #remember(removed: readonly RemovedTorrent[]): void {
    for (const each of removed) this.#removed.push({ ...each, revision: this.#revision });
    const excess = this.#removed.length - REMOVED_MAX;
    if (excess <= 0) return;
    this.#horizon = this.#removed[excess - 1]?.revision ?? this.#horizon;
    this.#removed = this.#removed.slice(excess);
  }
}

const NO_FIELDS: ReadonlySet<keyof TorrentView> = new Set();

/** The fields that are another; the revision does not count. */
function diff(before: TorrentView, after: TorrentView): ReadonlySet<keyof TorrentView> {
  const fields = new Set<keyof TorrentView>();
  let key: keyof TorrentView;
  for (key in after) {
    const [old, now] = [before[key], after[key]];
    if (old === now || key === "revision") continue;
    if (typeof now === "object" && typeof old === "object" && JSON.stringify(old) === JSON.stringify(now)) continue;
    fields.add(key);
  }
  return fields;
}
