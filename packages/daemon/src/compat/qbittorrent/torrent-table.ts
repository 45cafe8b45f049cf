/**
 * All torrents as this API tells of them, once for all who poll: a torrent that was touched is translated anew, the others
 * are left alone, and what became another since a poller came last is found by versions. Ten thousand torrents that rest
 * cost a poller one look at ten thousand numbers.
 */
import type { Service } from "../../service/service.ts";
import type { TorrentView } from "../../service/torrent-view.ts";
import { Removals } from "./removals.ts";
import { describeTorrent, describeTrackerHosts, isSettled } from "./torrent-object.ts";
import { TorrentRow } from "./torrent-row.ts";
import { TrackerTable } from "./tracker-table.ts";

export class TorrentTable {
  readonly trackers: TrackerTable = new TrackerTable();
  readonly #service: Service;
  readonly #rows = new Map<string, TorrentRow>();
  readonly #removals = new Removals();
  /** In the service's log of touches. */
  #position = -1;
  #version = 0;
  #areAllStale = false;
  readonly #stale = new Set<string>();

  constructor(service: Service) {
    this.#service = service;
  }

  /** As of the last `refresh`: in order of id. */
  get rows(): Iterable<TorrentRow> {
    return this.#rows.values();
  }

  get size(): number {
    return this.#rows.size;
  }

  find(infoHash: string): TorrentRow | undefined {
    return this.#rows.get(infoHash);
  }

  /** What it is described by changed, beside its view: its trackers. */
  forget(infoHash: string): void {
    this.#stale.add(infoHash);
  }

  /** What all are described by is another now. */
  forgetAll(): void {
    this.#areAllStale = true;
  }

  /** Takes in what was touched since the last time. Returns the version, which counts up with each change. */
  refresh(): number {
    const { torrents } = this.#service;
    const { position, infoHashes } = torrents.touchedSince(this.#position);
    this.#position = position;
    const next = this.#version + 1;
    let isChanged = false;
    if (infoHashes === undefined || this.#areAllStale) isChanged = this.#takeAll(next);
    else
      for (const hash of new Set([...infoHashes, ...this.#stale]))
        isChanged = this.#take(hash, torrents.get(hash), next) || isChanged;
    this.#stale.clear();
    if (isChanged) this.#version = next;
    return this.#version;
  }

  /** Undefined for a poller that is too far behind. */
  removedSince(version: number): readonly string[] | undefined {
    return this.#removals.canTell(version) ? this.#removals.since(version) : undefined;
  }

  #takeAll(version: number): boolean {
    const left = new Set(this.#rows.keys());
    let isChanged = false;
    for (const view of this.#service.torrents.all()) {
      left.delete(view.infoHash);
      isChanged = this.#take(view.infoHash, view, version) || isChanged;
    }
    for (const hash of left) isChanged = this.#take(hash, undefined, version) || isChanged;
    this.#areAllStale = false;
    return isChanged;
  }

  #take(hash: string, view: TorrentView | undefined, version: number): boolean {
    const known = this.#rows.get(hash);
    // One that was removed and added again is another torrent, and comes last.
    const row = known !== undefined && known.view.id === view?.id ? known : undefined;
    if (known !== undefined && row === undefined) this.#remove(known, version);
    if (view === undefined) return known !== undefined;
    const isStale = this.#areAllStale || this.#stale.has(hash);
    if (row !== undefined && !isStale && isSettled(row.view, view)) {
      row.view = view;
      return false;
    }
    const object = describeTorrent(view, this.#service);
    this.trackers.set(hash, describeTrackerHosts(view, this.#service), version);
    if (row !== undefined) return row.update(view, object, version);
    this.#rows.set(hash, new TorrentRow(view, object, version));
    this.#removals.forget(hash);
    return true;
  }

  #remove({ view: { infoHash }, bornAt }: TorrentRow, version: number): void {
    this.#rows.delete(infoHash);
    this.#removals.add(infoHash, { bornAt, goneAt: version });
    this.trackers.set(infoHash, [], version);
  }
}
