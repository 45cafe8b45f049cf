/** Torrents by file and magnet link. */
import type { QbittorrentClient } from "../../../support/clients/qbittorrent.ts";
import type { Step } from "../conversation.ts";
import type { World } from "../world.ts";
import { addFile, get, MAGNET, pick, post, rowsOf, same } from "./asks.ts";

export function adding({ album, film, show }: World<QbittorrentClient>): Step[] {
  const garbage: Step = {
    name: "add garbage",
    values: same,
    ask: () => {
      const form = new FormData();
      form.set("torrents", new Blob(["hello"]), "x.torrent");
      return { path: "torrents/add", body: form };
    },
  };
  return [
    post("add nothing", "torrents/add", {}, { values: same }),
    post("add blank lines", "torrents/add", { urls: "\r\n \n" }, { values: same }),
    post("add what is no link", "torrents/add", { urls: "hello" }, { values: same }),
    post("add a bad magnet link", "torrents/add", { urls: "magnet:?dn=x" }, { values: same }),
    garbage,
    addFile(album, { tags: "one,two" }),
    addFile(album, {}, "add album again"),
    addFile(film),
    addFile(show),
    post(
      "add a magnet link",
      "torrents/add",
      ({ saveDir }) => ({ urls: MAGNET, paused: "true", stopped: "true", savepath: saveDir }),
      { values: same },
    ),
    get(
      "all are there",
      "torrents/info",
      {},
      {
        until: (answer) => rowsOf(answer).length === 4,
        values: (answer) =>
          rowsOf(answer)
            .map(({ name }) => name)
            .toSorted(),
      },
    ),
    get(
      "album is complete",
      "torrents/info",
      { hashes: album.infoHash },
      {
        until: (answer) =>
          String(rowsOf(answer)[0]?.["state"]).endsWith("UP") && rowsOf(answer)[0]?.["state"] !== "checkingUP",
        values: pick("progress", "state", "amount_left", "completed"),
      },
    ),
    ...[film, show].map((fixture) =>
      get(
        `${fixture.name} has a peer`,
        "sync/torrentPeers",
        { hash: fixture.infoHash, rid: "0" },
        {
          until: (answer) =>
            Object.values((answer as { peers?: object }).peers ?? {}).some(
              (peer) => "client" in peer && peer.client !== "",
            ),
        },
      ),
    ),
  ];
}
