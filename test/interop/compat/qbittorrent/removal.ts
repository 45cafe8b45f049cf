/** Torrents that go. */
import type { QbittorrentClient } from "../../../support/clients/qbittorrent.ts";
import type { Step } from "../conversation.ts";
import type { World } from "../world.ts";
import { get, MAGNET_HASH, post, rowsOf, UNKNOWN } from "./asks.ts";

export function removal({ album }: World<QbittorrentClient>): Step[] {
  return [
    post("delete without deleteFiles", "torrents/delete", { hashes: UNKNOWN }),
    post("delete an unknown one", "torrents/delete", { hashes: UNKNOWN, deleteFiles: "true" }),
    post("delete", "torrents/delete", { hashes: MAGNET_HASH, deleteFiles: "false" }),
    post("delete with files", "torrents/delete", { hashes: album.infoHash, deleteFiles: "true" }),
    get(
      "what is left",
      "torrents/info",
      { sort: "name" },
      {
        until: (answer) => rowsOf(answer).length === 2,
        values: (answer) => rowsOf(answer).map(({ name }) => name),
      },
    ),
  ];
}
