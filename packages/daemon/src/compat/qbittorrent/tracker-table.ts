/** Which torrents each tracker has, as `sync/maindata` tells it: a list that changed is told whole. */
import { Removals } from "./removals.ts";

interface Tracker {
  readonly bornAt: number;
  changedAt: number;
  readonly hashes: Set<string>;
}

export class TrackerTable {
  readonly #trackers = new Map<string, Tracker>();
  readonly #byTorrent = new Map<string, readonly string[]>();
  readonly #removals = new Removals();

  get size(): number {
    return this.#trackers.size;
  }

  /** These are the torrent's trackers now. */
  set(hash: string, trackers: readonly string[], version: number): void {
    const before = this.#byTorrent.get(hash) ?? [];
    for (const name of before) if (!trackers.includes(name)) this.#take(name, hash, version);
    for (const name of trackers) if (!before.includes(name)) this.#add(name, hash, version);
    if (trackers.length === 0) this.#byTorrent.delete(hash);
    else this.#byTorrent.set(hash, trackers);
  }

  /** Of all trackers, or of those whose list is another than at `version`. */
  list(version = -1): Readonly<Record<string, readonly string[]>> {
    const lists: [string, readonly string[]][] = [];
    for (const [name, { changedAt, hashes }] of this.#trackers)
      if (changedAt > version) lists.push([name, [...hashes]]);
    return Object.fromEntries(lists);
  }

  /** Undefined for a poller that is too far behind. */
  removedSince(version: number): readonly string[] | undefined {
    return this.#removals.canTell(version) ? this.#removals.since(version) : undefined;
  }

  #add(name: string, hash: string, version: number): void {
    const tracker = this.#trackers.get(name) ?? { bornAt: version, changedAt: version, hashes: new Set() };
    tracker.hashes.add(hash);
    tracker.changedAt = version;
    this.#trackers.set(name, tracker);
    this.#removals.forget(name);
  }

  #take(name: string, hash: string, version: number): void {
    const tracker = this.#trackers.get(name);
    if (tracker === undefined) return;
    tracker.hashes.delete(hash);
    tracker.changedAt = version;
    if (tracker.hashes.size > 0) return;
    this.#trackers.delete(name);
    this.#removals.add(name, { bornAt: tracker.bornAt, goneAt: version });
  }
}
