/** `torrents/trackers`: three rows for the sources that are no trackers, then the trackers. */
import type { Service } from "../../service/service.ts";
import type { TrackerView } from "../../service/torrent-view.ts";

/** WebAPI 2.11: 0 disabled, 1 not contacted, 2 working, 3 updating, 4 not working. */
const STATUS = { disabled: 0, waiting: 1, working: 2, updating: 3, failing: 4 } as const;
const PRIVATE_MESSAGE = "This torrent is private";

/** Clients cut off the first three rows, or know them by their names. Peers are always asked for others. */
const SOURCES: readonly (readonly [name: string, setting: string | undefined])[] = [
  ["** [DHT] **", "network.dht"],
  ["** [PeX] **", undefined],
  ["** [LSD] **", "network.lsd"],
];

export function describeTrackers(infoHash: string, service: Service): readonly object[] {
  const { isPrivate } = service.torrents.get(infoHash) ?? { isPrivate: false };
  const settings = service.settings.all();
  const sources = SOURCES.map(([url, key]) => ({
    url,
    status: isPrivate || (key !== undefined && settings[key] !== true) ? STATUS.disabled : STATUS.working,
    tier: -1,
    num_peers: 0,
    num_seeds: 0,
    num_leeches: 0,
    num_downloaded: 0,
    msg: isPrivate ? PRIVATE_MESSAGE : "",
  }));
  return [...sources, ...service.torrents.trackers(infoHash).map(describeTracker)];
}

function describeTracker(tracker: TrackerView): object {
  return {
    url: tracker.url,
    status: STATUS[tracker.state],
    tier: tracker.tier,
    num_peers: tracker.peers ?? -1,
    num_seeds: tracker.seeders ?? -1,
    num_leeches: tracker.leechers ?? -1,
    num_downloaded: tracker.downloads ?? -1,
    msg: tracker.message ?? "",
  };
}
