/** Trackers and peers. */
import type { Fixture } from "../../../support/fixtures.ts";
import type { Step } from "../conversation.ts";
import { get, post, rowsOf, UNKNOWN } from "./asks.ts";

export function trackers({ infoHash: hash }: Fixture): Step[] {
  const url = "http://127.0.0.1:9/announce";
  const urls = (answer: unknown): unknown => rowsOf(answer).map((row) => row["url"]);
  return [
    post("addTrackers", "torrents/addTrackers", { hash, urls: `${url}\n\nudp://127.0.0.1:9/x` }),
    post("addTrackers without", "torrents/addTrackers", { hash }),
    post("addTrackers, unknown hash", "torrents/addTrackers", { hash: UNKNOWN, urls: url }),
    get(
      "trackers after addTrackers",
      "torrents/trackers",
      { hash },
      { values: urls, until: (answer) => rowsOf(answer).length === 6 },
    ),
    post("editTracker", "torrents/editTracker", { hash, origUrl: url, newUrl: `${url}2` }),
    post("editTracker, not there", "torrents/editTracker", {
      hash,
      origUrl: "http://127.0.0.1:8/announce",
      newUrl: url,
    }),
    post("editTracker, taken", "torrents/editTracker", { hash, origUrl: `${url}2`, newUrl: "udp://127.0.0.1:9/x" }),
    post("editTracker, no URL", "torrents/editTracker", { hash, origUrl: `${url}2`, newUrl: "hello" }),
    post("editTracker without", "torrents/editTracker", { hash }),
    post("removeTrackers", "torrents/removeTrackers", { hash, urls: `${url}2|udp://127.0.0.1:9/x` }),
    post("removeTrackers, not there", "torrents/removeTrackers", { hash, urls: "http://127.0.0.1:8/announce" }),
    post("removeTrackers without", "torrents/removeTrackers", { hash }),
    get("trackers after removeTrackers", "torrents/trackers", { hash }, { values: (answer) => rowsOf(answer).length }),
    post("addPeers", "torrents/addPeers", { hashes: hash, peers: "198.18.62.77:9" }),
    post("addPeers, none valid", "torrents/addPeers", { hashes: hash, peers: "x" }),
    post("addPeers without", "torrents/addPeers", { hashes: hash }),
    post("addPeers, unknown hash", "torrents/addPeers", { hashes: UNKNOWN, peers: "198.18.62.77:9" }),
  ];
}
