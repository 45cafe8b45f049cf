/** `torrents/trackers`: three rows for the sources that are no trackers, then the trackers. */
import type { Service } from "../../service/service.ts";
import type { PeerView, TrackerView } from "../../service/torrent-view.ts";

/** WebAPI 2.11: 0 disabled, 1 not contacted, 2 working, 3 updating, 4 not working. */
const STATUS = { disabled: 0, waiting: 1, working: 2, updating: 3, failing: 4 } as const;
const PRIVATE_MESSAGE = "This torrent is private";

/** Clients cut off the first three rows, or know them by their names. Peers are always asked for others. */
const SOURCES: readonly { readonly url: string; readonly source: PeerView["source"]; readonly setting?: string }[] = [
  { url: "** [DHT] **", source: "dht", setting: "network.dht" },
  { url: "** [PeX] **", source: "pex" },
  { url: "** [LSD] **", source: "lsd", setting: "network.lsd" },
];

/** With the connected peers that each of them found. */
export function describeSources(
  infoHash: string,
  { service, peers }: { readonly service: Service; readonly peers: readonly PeerView[] },
): readonly object[] {
  const { isPrivate } = service.torrents.get(infoHash) ?? { isPrivate: false };
  const settings = service.settings.all();
  return SOURCES.map(({ url, source, setting }) => {
    const found = peers.filter((peer) => peer.source === source);
    const seeds = found.filter(({ progress }) => progress === 1).length;
    const isOff = isPrivate || (setting !== undefined && settings[setting] !== true);
    return {
      url,
      status: isOff ? STATUS.disabled : STATUS.working,
      tier: -1,
      num_peers: 0,
      num_seeds: seeds,
      num_leeches: found.length - seeds,
      num_downloaded: 0,
      msg: isPrivate ? PRIVATE_MESSAGE : "",
    };
  });
}

export function describeTrackers(infoHash: string, { torrents }: Service): readonly object[] {
  return torrents.trackers(infoHash).map(describeTracker);
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
