/** One torrent in the table that all who poll share. */
import type { TorrentView } from "../../service/torrent-view.ts";
import { type Clocks, describeClocks, type QbTorrent } from "./torrent-object.ts";

const CLOCKS: ReadonlySet<string> = new Set(["seeding_time", "time_active"] satisfies (keyof Clocks)[]);

export class TorrentRow {
  /** The version with which it came. */
  readonly bornAt: number;
  /** The latest; it may be ahead of the rest by its clocks. */
  view: TorrentView;
  #object: QbTorrent;
  #changedAt: number;
  /** Of keys that became another since it came. */
  #keyVersions: Map<string, number> | undefined;
  /** JSON of everything but hash and clocks, without braces. */
  #text: string | undefined;

  constructor(view: TorrentView, object: QbTorrent, version: number) {
    this.bornAt = version;
    this.view = view;
    this.#object = object;
    this.#changedAt = version;
  }

  /** Of the last change. */
  get changedAt(): number {
    return this.#changedAt;
  }

  /** With every key, and clocks as they are now. */
  get object(): QbTorrent {
    return { ...this.#object, ...describeClocks(this.view) };
  }

  get(key: string): QbTorrent[string] | undefined {
    return CLOCKS.has(key) ? this.object[key] : this.#object[key];
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#object, key);
  }

  /** False when it says the same as before. */
  update(view: TorrentView, object: QbTorrent, version: number): boolean {
    this.view = view;
    const before = this.#object;
    let isChanged = false;
    for (const key of Object.keys(object)) {
      if (before[key] === object[key]) continue;
      isChanged = true;
      (this.#keyVersions ??= new Map()).set(key, version);
    }
    if (!isChanged) return false;
    this.#object = object;
    this.#changedAt = version;
    this.#text = undefined;
    return true;
  }

  /** For a poller that has it as of `version`: what became another. */
  changesSince(version: number): QbTorrent {
    const changes: Record<string, QbTorrent[string]> = {};
    for (const [key, changedAt] of this.#keyVersions ?? []) {
      const value = this.#object[key];
      if (changedAt > version && value !== undefined) changes[key] = value;
    }
    return changes;
  }

  /** JSON; a torrent in `sync/maindata` does not repeat its hash. */
  write({ withHash }: { readonly withHash: boolean }): string {
    const { seeding_time, time_active } = describeClocks(this.view);
    const hash = withHash ? `"hash":"${this.view.infoHash}",` : "";
    return `{${hash}${(this.#text ??= this.#writeRest())},"seeding_time":${seeding_time},"time_active":${time_active}}`;
  }

  #writeRest(): string {
    const { hash: _, seeding_time: _seeding, time_active: _active, ...rest } = this.#object;
    return JSON.stringify(rest).slice(1, -1);
  }
}
