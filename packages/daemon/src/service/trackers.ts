/** Trackers' URLs as people may see them, and what each tracker says. */
import type { Entry } from "./entry.ts";
import type { TrackerView } from "./torrent-view.ts";

/** Parsing a URL is dear, torrents are many and their trackers few. */
const KNOWN_MAX = 1_000;

function memoized(compute: (url: string) => string): (url: string) => string {
  const known = new Map<string, string>();
  return (url) => {
    const found = known.get(url);
    if (found !== undefined) return found;
    if (known.size >= KNOWN_MAX) known.clear();
    const result = compute(url);
    known.set(url, result);
    return result;
  };
}

/** "https://tracker.example.org" of an announce URL: passkeys are in paths and queries. The text itself when it is no URL. */
export const hostOf: (url: string) => string = memoized((url) => {
  const parsed = URL.parse(url);
  return parsed === null ? url : `${parsed.protocol}//${parsed.host}`;
});

/** The bare host name, for filters. */
export const hostNameOf: (url: string) => string = memoized((url) => URL.parse(url)?.hostname ?? url);

export function toTrackerViews({ record, live }: Entry): readonly TrackerView[] {
  const statuses = new Map(live?.trackers.map((status) => [status.url, status]));
  return record.trackers.flatMap((tier, index) =>
    tier.map((url): TrackerView => {
      const status = statuses.get(url);
      return {
        id: idOf(record.trackers, index, url),
        url,
        tier: index,
        state: status?.state ?? "waiting",
        message: status?.lastError ?? status?.warning,
        seeders: status?.seeders,
        leechers: status?.leechers,
        downloads: status?.completed,
        peers: status?.peers,
        lastAnnounceAtMs: status?.lastAnnounceAtMs,
        nextAnnounceAtMs: status?.nextAnnounceAtMs,
      };
    }),
  );
}

/** From 1, in order of the list. */
function idOf(trackers: readonly (readonly string[])[], tier: number, url: string): number {
  const before = trackers.slice(0, tier).reduce((sum, urls) => sum + urls.length, 0);
  return before + (trackers[tier]?.indexOf(url) ?? 0) + 1;
}
