/** What a torrent or magnet link says, in the shape that `info --json` promises. */
import type { Magnet, Metainfo } from "@torrential/core";
import type { Failure } from "./failure.ts";
import type { Loaded } from "./source.ts";

export type InfoRecord =
  | { readonly source: string; readonly ok: false; readonly error: Pick<Failure, "code" | "message"> }
  | ({ readonly source: string; readonly ok: true; readonly kind: "v1" | "v2" | "hybrid" } & Readonly<
      Record<string, unknown>
    >);

export function toInfoRecord(loaded: Loaded): InfoRecord {
  return loaded.type === "torrent"
    ? toTorrentRecord(loaded.source, loaded.metainfo)
    : toMagnetRecord(loaded.source, loaded.magnet);
}

function toTorrentRecord(source: string, metainfo: Metainfo): InfoRecord {
  return {
    source,
    ok: true,
    kind: metainfo.kind,
    infoHashV1: metainfo.infoHashV1,
    infoHashV2: metainfo.infoHashV2,
    name: metainfo.name,
    length: metainfo.lengthBytes,
    pieceLength: metainfo.pieceLength,
    pieces: metainfo.pieceCount,
    files: metainfo.files.map((file) => ({
      path: file.path,
      length: file.lengthBytes,
      pad: file.isPad,
      executable: file.isExecutable,
      hidden: file.isHidden,
      symlink: file.symlink,
      piecesRoot: file.piecesRoot,
    })),
    trackers: metainfo.trackers,
    webSeeds: metainfo.webSeeds,
    private: metainfo.isPrivate,
    comment: metainfo.comment,
    createdBy: metainfo.createdBy,
    creationDate: metainfo.creationDate,
    sourceTag: metainfo.source,
    httpSeeds: metainfo.httpSeeds,
    nodes: metainfo.nodes,
    similar: metainfo.similar,
    collections: metainfo.collections,
  };
}

/** A link has no files: what it does not say is null. */
function toMagnetRecord(source: string, magnet: Magnet): InfoRecord {
  return {
    source,
    ok: true,
    kind: magnet.infoHashV1 === undefined ? "v2" : magnet.infoHashV2 === undefined ? "v1" : "hybrid",
    infoHashV1: magnet.infoHashV1,
    infoHashV2: magnet.infoHashV2,
    name: magnet.name,
    length: undefined,
    pieceLength: undefined,
    pieces: undefined,
    files: undefined,
    trackers: magnet.trackers,
    webSeeds: magnet.webSeeds,
    private: undefined,
    comment: undefined,
    createdBy: undefined,
    creationDate: undefined,
    exactSources: magnet.exactSources,
    acceptableSources: magnet.acceptableSources,
    peers: magnet.peers,
    selectOnly: magnet.selectOnly,
  };
}
