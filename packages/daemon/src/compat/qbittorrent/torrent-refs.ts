/** `hashes` is one or several joined by "|", or "all"; those that are unknown are passed over. */
import type { Service } from "../../service/service.ts";
import type { TorrentView } from "../../service/torrent-view.ts";
import { QbError } from "./http.ts";
import type { Params } from "./params.ts";

/** Throws QbError 400 when the parameter is missing. */
export function selectTorrents(params: Params, { torrents }: Service, name = "hashes"): readonly TorrentView[] {
  if (params.required(name).trim().toLowerCase() === "all") return [...torrents.all()];
  return params.list(name, "|").flatMap((hash) => torrents.get(hash) ?? []);
}

export function selectHashes(params: Params, service: Service): readonly string[] {
  return selectTorrents(params, service).map(({ infoHash }) => infoHash);
}

/** Throws QbError 400 without `hash`, 404 for one that is not known. */
export function requireTorrent(params: Params, { torrents }: Service): TorrentView {
  const view = torrents.get(params.required("hash").trim());
  if (view === undefined) throw new QbError(404, "Not Found");
  return view;
}
