/** `sync/maindata` and `sync/torrentPeers` one after the other: all, nothing, what changed, what is gone. */
import type { QbittorrentClient } from "../../../support/clients/qbittorrent.ts";
import type { Fixture } from "../../../support/fixtures.ts";
import type { Ask, Side, Step } from "../conversation.ts";
import type { World } from "../world.ts";
import { post } from "./asks.ts";

type MainData = Readonly<Record<string, unknown>>;

/** Each side's place in its list of changes. */
class Place {
  readonly #rids = new Map<string, number>();
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Goes on from the last answer. */
  next(name: string, values: (answer: MainData) => unknown, until?: (answer: MainData) => boolean): Step {
    const step = this.#step(name, (side) => this.#ridOf(side), values);
    const keep = (answer: unknown, { name: who }: Side): void => {
      this.#rids.set(who, (answer as { rid: number }).rid);
    };
    return { ...step, keep, ...(until === undefined ? {} : { until: (answer) => until(answer as MainData) }) };
  }

  /** As if the answer had not come: the place stays where it is. */
  lost(name: string, values: (answer: MainData) => unknown): Step {
    return this.#step(name, (side) => this.#ridOf(side), values);
  }

  at(name: string, rid: string, values: (answer: MainData) => unknown): Step {
    return this.#step(name, () => rid, values);
  }

  #ridOf({ name }: Side): number {
    return this.#rids.get(name) ?? 0;
  }

  #step(name: string, rid: (side: Side) => number | string, values: (answer: MainData) => unknown): Step {
    return {
      name,
      shape: false,
      values: (answer) => values(answer as MainData),
      ask: (side): Ask => ({ path: `${this.#path}${this.#path.includes("?") ? "&" : "?"}rid=${rid(side)}` }),
    };
  }
}

/** What is there at all, but for the numbers that never rest. */
function parts(answer: MainData): unknown {
  return Object.keys(answer)
    .filter((name) => name !== "server_state" && name !== "torrents")
    .toSorted();
}

function keysOf(value: unknown): readonly string[] {
  return Object.keys(Object(value)).toSorted();
}

export function deltas({ album, film }: World<QbittorrentClient>): Step[] {
  return [...ofMainData(album), ...ofPeers(film)];
}

function ofMainData({ infoHash }: Fixture): Step[] {
  const main = new Place("sync/maindata");
  const labels = ({ categories, tags, categories_removed, tags_removed, full_update }: MainData): unknown => ({
    categories: keysOf(categories),
    tags: Array.isArray(tags) ? tags.toSorted() : undefined,
    categories_removed,
    tags_removed,
    full_update,
  });
  const torrent = ({ torrents }: MainData): Readonly<Record<string, unknown>> =>
    Object((torrents as MainData | undefined)?.[infoHash]);
  return [
    main.at("maindata, all", "0", ({ torrents, trackers, full_update }) => [
      keysOf(torrents),
      keysOf(trackers).length,
      full_update,
    ]),
    main.next("maindata, all again", ({ full_update, rid }) => [full_update, typeof rid]),
    main.next("maindata, nothing new", parts),
    post("a category to be told of", "torrents/createCategory", { category: "told" }),
    post("a tag to be told of", "torrents/createTags", { tags: "told" }),
    main.lost("maindata, a category and a tag", labels),
    main.lost("maindata, a category and a tag, once more", labels),
    main.next("maindata, a category and a tag, to stay", labels),
    post("a category to be told of, edited", "torrents/editCategory", ({ saveDir }) => ({
      category: "told",
      savePath: saveDir,
    })),
    main.next("maindata, a category edited", ({ categories }) =>
      keysOf((categories as MainData | undefined)?.["told"]).filter((key) => key !== "download_path"),
    ),
    post("a category to be told of, gone", "torrents/removeCategories", { categories: "told" }),
    post("a tag to be told of, gone", "torrents/deleteTags", { tags: "told" }),
    main.next("maindata, a category and a tag gone", labels),
    post("a limit to be told of", "torrents/setDownloadLimit", { hashes: infoHash, limit: "30720" }),
    main.next(
      "maindata, a limit",
      (answer) => torrent(answer)["dl_limit"],
      (answer) => "dl_limit" in torrent(answer),
    ),
    post("no limit to be told of", "torrents/setDownloadLimit", { hashes: infoHash, limit: "0" }),
    post("trackers to be told of", "torrents/addTrackers", { hash: infoHash, urls: "udp://127.0.0.1:9/told" }),
    main.next(
      "maindata, a tracker",
      ({ trackers }) => Object.values(Object(trackers)),
      ({ trackers }) => keysOf(trackers).some((url) => url.startsWith("udp://127.0.0.1:9")),
    ),
    post("trackers to be told of, gone", "torrents/removeTrackers", { hash: infoHash, urls: "udp://127.0.0.1:9/told" }),
    main.next(
      "maindata, a tracker gone",
      ({ trackers_removed }) => keysOf(trackers_removed).length,
      ({ trackers_removed }) => Array.isArray(trackers_removed),
    ),
    post("another mode to be told of", "transfer/toggleSpeedLimitsMode"),
    main.next("maindata, another mode", ({ server_state }) => Object(server_state)["use_alt_speed_limits"]),
    post("the mode of before", "transfer/toggleSpeedLimitsMode"),
    main.at("maindata, a rid of nobody", "777777", ({ full_update }) => full_update),
    main.at("maindata, a rid below 0", "-1", ({ full_update }) => full_update),
    main.at("maindata, a rid that is text", "x", ({ full_update }) => full_update),
    main.at("maindata, a huge rid", "99999999999999999999", ({ full_update }) => full_update),
  ];
}

function ofPeers({ infoHash }: Fixture): Step[] {
  const peers = new Place(`sync/torrentPeers?hash=${infoHash}`);
  return [
    peers.at("peers, all", "0", ({ full_update, show_flags, peers: all }) => [
      full_update,
      show_flags,
      // How many, and when one that came twice goes, is a matter of the moment.
      keysOf(all).length > 0,
    ]),
    peers.next("peers, all again", ({ full_update }) => full_update),
    peers.next("peers, nothing new", ({ full_update, show_flags, peers_removed }) => [
      full_update,
      show_flags,
      peers_removed,
    ]),
    peers.at("peers, a rid of nobody", "777777", ({ full_update }) => full_update),
  ];
}
