/** Takes out of a torrent at rest what is worth keeping while it sleeps. */
import type { AnnounceTotals } from "../torrent/announcer.ts";
import type { TorrentParts } from "../torrent/parts.ts";
import type { Estate } from "./dormant-torrent.ts";

export function makeEstate(parts: TorrentParts, announced: AnnounceTotals): Estate {
  const { options, files, wishes, peerList, dialling, sources, earlier } = parts;
  const { context, node } = options;
  const { layout, skipCheck } = options.add;
  return {
    infoHash: context.infoHash,
    out: context.out,
    node,
    peerList,
    dialling,
    sources,
    add: { root: files.layout.root, layout, skipCheck, ...wishes.options },
    name: context.metainfo.name,
    pieceCount: context.geometry.pieceCount,
    wantedBytes: wishes.progress.wantedBytes,
    totals: earlier.totals,
    announced,
  };
}
