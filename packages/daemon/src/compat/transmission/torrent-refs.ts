/** Which torrents a request means: `ids` is a number, a hash, a list of both, "recently-active", or absent for all. */
import type { RemovedTorrent } from "../../service/changes.ts";
import type { Service } from "../../service/service.ts";
import type { TorrentView } from "../../service/torrent-view.ts";
import type { Arguments } from "./arguments.ts";

/** Transmission: what changed within so long is recently active. */
const RECENT_MS = 60_000;

/** Remembers for a minute what changed and what was removed. */
export class RecentActivity {
  readonly #changed = new Map<string, number>();
  #removed: { readonly torrent: RemovedTorrent; readonly at: number }[] = [];
  readonly #now: () => number;
  readonly #unsubscribe: () => void;

  /** `now` in milliseconds, monotonic. */
  constructor(service: Service, now: () => number) {
    this.#now = now;
    this.#unsubscribe = service.subscribe((batch) => {
      const at = now();
      for (const infoHash of batch.added) this.#changed.set(infoHash, at);
      for (const infoHash of batch.changed.keys()) this.#changed.set(infoHash, at);
      for (const torrent of batch.removed) {
        this.#changed.delete(torrent.infoHash);
        this.#removed.push({ torrent, at });
      }
      this.#expire(at);
    });
  }

  get infoHashes(): ReadonlySet<string> {
    this.#expire(this.#now());
    return new Set(this.#changed.keys());
  }

  get removedIds(): readonly number[] {
    this.#expire(this.#now());
    return this.#removed.map(({ torrent }) => torrent.id);
  }

  close(): void {
    this.#unsubscribe();
  }

  #expire(now: number): void {
    for (const [infoHash, at] of this.#changed) if (now - at > RECENT_MS) this.#changed.delete(infoHash);
    this.#removed = this.#removed.filter(({ at }) => now - at <= RECENT_MS);
  }
}

export function isRecentlyActive(args: Arguments): boolean {
  const ids = args.raw("ids");
  return ids === "recently-active" || ids === "recently_active";
}

/** In order of id. What is unknown or of another type is left out. */
export function selectTorrents(service: Service, recent: RecentActivity, args: Arguments): readonly TorrentView[] {
  const ids = args.raw("ids");
  if (isRecentlyActive(args)) {
    const infoHashes = recent.infoHashes;
    return [...service.torrents.all()].filter(({ infoHash }) => infoHashes.has(infoHash));
  }
  if (ids === undefined) return [...service.torrents.all()];
  const found = new Map<number, TorrentView>();
  for (const ref of Array.isArray(ids) ? ids : [ids]) {
    if (typeof ref !== "number" && typeof ref !== "string") continue;
    const torrent = service.torrents.get(ref);
    if (torrent !== undefined) found.set(torrent.id, torrent);
  }
  return [...found.values()];
}
