/** Preferences, written and read back. */
import type { Step } from "../conversation.ts";
import { get, post } from "./asks.ts";

/** What both know and neither stumbles over: other values than the defaults. */
const WISHES: Readonly<Record<string, unknown>> = {
  // Behaviour of clients.
  performance_warning: true,
  refresh_interval: 2000,
  // Adding.
  auto_tmm_enabled: true,
  torrent_content_layout: "Subfolder",
  // Connections.
  max_connec: 77,
  max_connec_per_torrent: 33,
  limit_lan_peers: false,
  limit_tcp_overhead: true,
  // Speed.
  dl_limit: 123_904,
  up_limit: 45_056,
  alt_dl_limit: 20_480,
  alt_up_limit: 30_720,
  schedule_from_hour: 1,
  schedule_from_min: 30,
  schedule_to_hour: 2,
  schedule_to_min: 45,
  scheduler_days: 3,
  // The queue.
  queueing_enabled: true,
  max_active_downloads: 4,
  max_active_uploads: 6,
  max_active_torrents: 9,
  max_active_checking_torrents: 2,
  slow_torrent_dl_rate_threshold: 3,
  slow_torrent_ul_rate_threshold: 5,
  // Sharing.
  max_ratio_enabled: true,
  max_ratio: 1.5,
  max_seeding_time_enabled: true,
  max_seeding_time: 90,
  max_ratio_act: 0,
  // Feeds.
  rss_refresh_interval: 45,
  rss_max_articles_per_feed: 25,
  rss_processing_enabled: true,
  rss_auto_downloading_enabled: true,
};

const BACK: Readonly<Record<string, unknown>> = {
  auto_tmm_enabled: false,
  torrent_content_layout: "Original",
  limit_lan_peers: true,
  limit_tcp_overhead: false,
  dl_limit: 0,
  up_limit: 16_384,
  queueing_enabled: false,
  max_ratio_enabled: false,
  max_seeding_time_enabled: false,
  rss_processing_enabled: false,
  rss_auto_downloading_enabled: false,
};

export function preferences(): Step[] {
  const set = (name: string, wishes: object): Step =>
    post(name, "app/setPreferences", { json: JSON.stringify(wishes) });
  const read = (name: string, wishes: object): Step =>
    get(
      name,
      "app/preferences",
      {},
      {
        values: (answer) => {
          const all = answer as Readonly<Record<string, unknown>>;
          return Object.fromEntries(Object.keys(wishes).map((key) => [key, all[key]]));
        },
      },
    );
  return [
    set("preferences", WISHES),
    read("preferences, as set", WISHES),
    set("preferences, wrong types", Object.fromEntries(Object.keys(WISHES).map((key) => [key, {}]))),
    set("preferences, set again", WISHES),
    set("preferences, unknown", { no_such: 1, constructor: { name: 1 } }),
    read("preferences, as before", WISHES),
    set("preferences, back", BACK),
    read("preferences, as in the beginning", BACK),
  ];
}
