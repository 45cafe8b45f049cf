/**
 * Preferences that are for clients alone: how a page looks, what it asks before it acts, and feeds, which nothing fetches yet.
 * They are kept as they are set, and change nothing else.
 */
import type { KeyValueStore } from "../../service/service.ts";
import type { Wishes } from "./preferences.ts";

const AREA = "qbittorrent-preferences";
const TEXT_MAX = 10_000;

/** The original's defaults. */
const DEFAULTS: ReadonlyMap<string, string | number | boolean> = new Map<string, string | number | boolean>([
  ["locale", "en"],
  ["performance_warning", false],
  ["status_bar_external_ip", false],
  ["confirm_torrent_deletion", true],
  ["confirm_torrent_recheck", true],
  ["delete_torrent_content_files", false],
  ["refresh_interval", 1500],
  ["app_instance_name", ""],
  ["rss_refresh_interval", 30],
  ["rss_fetch_delay", 2],
  ["rss_max_articles_per_feed", 50],
  ["rss_processing_enabled", false],
  ["rss_auto_downloading_enabled", false],
  ["rss_download_repack_proper_episodes", true],
  ["rss_smart_episode_filters", ""],
]);

export function readKept(store: KeyValueStore): Readonly<Record<string, unknown>> {
  const kept = [...DEFAULTS].map(([name, absent]) => {
    const value = store.get(AREA, name);
    return [name, value === undefined ? absent : (JSON.parse(value) as unknown)] as const;
  });
  return Object.fromEntries(kept);
}

/** In milliseconds: how often pages ask. */
export function refreshIntervalOf(store: KeyValueStore): number {
  return Number(store.get(AREA, "refresh_interval") ?? DEFAULTS.get("refresh_interval"));
}

/** What is of another type than it should be is passed over. */
export async function keepWishes(wishes: Wishes, store: KeyValueStore): Promise<void> {
  for (const [name, absent] of DEFAULTS) {
    const wish = wishes.get(name);
    if (typeof wish !== typeof absent || (typeof wish === "string" && wish.length > TEXT_MAX)) continue;
    if (typeof wish === "number" && !(Number.isSafeInteger(wish) && wish >= 0)) continue;
    await store.set(AREA, name, JSON.stringify(wish));
  }
}
