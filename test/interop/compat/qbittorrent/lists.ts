/** Lists of torrents, and what is told of one. */
import type { QbittorrentClient } from "../../../support/clients/qbittorrent.ts";
import type { Fixture } from "../../../support/fixtures.ts";
import type { Step } from "../conversation.ts";
import type { World } from "../world.ts";
import { get, MAGNET_HASH, pick, rowsOf, same, UNKNOWN } from "./asks.ts";

export function lists({ album, film, show }: World<QbittorrentClient>): Step[] {
  const still = pick(
    "hash",
    "name",
    "size",
    "total_size",
    "amount_left",
    "completed",
    "progress",
    "category",
    "tags",
    "auto_tmm",
    "availability",
    "dl_limit",
    "up_limit",
    "eta",
    "f_l_piece_prio",
    "force_start",
    "infohash_v1",
    "infohash_v2",
    "max_ratio",
    "max_seeding_time",
    "priority",
    "ratio_limit",
    "seeding_time_limit",
    "seq_dl",
    "super_seeding",
    "trackers_count",
    "ratio",
    "downloaded",
    "uploaded",
    "seen_complete",
    "dlspeed",
  );
  const names = (answer: unknown): unknown => rowsOf(answer).map(({ name }) => name);
  const sorted = { values: names };
  // What one side has whole the other still downloads.
  const alike = new Set([album.name, "later"]);
  const both = {
    values: (answer: unknown) => rowsOf(answer).flatMap(({ name }) => (alike.has(String(name)) ? name : [])),
  };
  const filter = (name: string): Step => get(`filter ${name}`, "torrents/info", { filter: name, sort: "name" }, both);
  return [
    get("album", "torrents/info", { hashes: album.infoHash }, { values: still }),
    get("the magnet", "torrents/info", { hashes: MAGNET_HASH }, { values: still }),
    get("film", "torrents/info", { hashes: film.infoHash }),
    get("show", "torrents/info", { hashes: show.infoHash }),
    get(
      "two hashes, upper case",
      "torrents/info",
      { hashes: `${album.infoHash.toUpperCase()}|${film.infoHash}`, sort: "name" },
      sorted,
    ),
    get("main log", "log/main"),
    get("an unknown hash", "torrents/info", { hashes: UNKNOWN }, { values: same }),
    ...["all", "completed", "downloading", "seeding", "paused", "resumed", "inactive", "errored", "nonsense"].map(
      filter,
    ),
    get("category none", "torrents/info", { category: "", sort: "name" }, sorted),
    get("category unknown", "torrents/info", { category: "nope" }, sorted),
    get("tag one", "torrents/info", { tag: "one" }, sorted),
    get("tag none", "torrents/info", { tag: "", sort: "name" }, sorted),
    get("limit and offset", "torrents/info", { sort: "name", limit: "1", offset: "1" }, sorted),
    get("an offset from the end", "torrents/info", { sort: "name", offset: "-1" }, sorted),
    get("an offset beyond", "torrents/info", { sort: "name", offset: "99" }, sorted),
    get("reverse", "torrents/info", { sort: "name", reverse: "true" }, sorted),
    get("by size", "torrents/info", { sort: "size", reverse: "true", limit: "2" }),
    get("by nonsense", "torrents/info", { sort: "nonsense" }),
    get("by __proto__", "torrents/info", { sort: "__proto__" }),
    get("a limit that is text", "torrents/info", { limit: "x", sort: "name" }, sorted),
    get("maindata", "sync/maindata", { rid: "0" }),
    get("maindata, unknown rid", "sync/maindata", { rid: "777777" }),
    get("maindata, rid that is text", "sync/maindata", { rid: "x" }),
    get("peers of film", "sync/torrentPeers", { hash: film.infoHash, rid: "0" }),
    get("peers of show", "sync/torrentPeers", { hash: show.infoHash, rid: "0" }),
    get("peers without hash", "sync/torrentPeers"),
    get("peers of an unknown hash", "sync/torrentPeers", { hash: UNKNOWN }),
  ];
}

export function details(album: Fixture): Step[] {
  const { infoHash } = album;
  const of = (hash: string, name: string, more: Partial<Step> = {}): Step =>
    get(`${name} of ${hash === infoHash ? "album" : "the magnet"}`, `torrents/${name}`, { hash }, more);
  return [
    of(infoHash, "properties"),
    of(infoHash, "trackers", { values: (answer) => rowsOf(answer).map(({ url }) => url) }),
    of(infoHash, "webseeds", { values: same }),
    of(infoHash, "files", { values: same }),
    of(infoHash, "pieceStates", { values: same }),
    of(infoHash, "pieceHashes", { values: same }),
    of(infoHash, "export"),
    of(MAGNET_HASH, "properties"),
    of(MAGNET_HASH, "trackers"),
    of(MAGNET_HASH, "files", { values: same }),
    of(MAGNET_HASH, "pieceStates", { values: same }),
    of(MAGNET_HASH, "pieceHashes", { values: same }),
    of(MAGNET_HASH, "export"),
    get("files 0 and 2", "torrents/files", { hash: infoHash, indexes: "0|2" }, { values: same }),
    get("files 9", "torrents/files", { hash: infoHash, indexes: "9" }),
    get("files x", "torrents/files", { hash: infoHash, indexes: "x" }),
    get("files of no index", "torrents/files", { hash: infoHash, indexes: "" }),
  ];
}
