/** What is asked about one torrent: properties, files, trackers, web seeds, pieces, the torrent file. */
import { parseMetainfo } from "@torrential/core";
import type { FileView, PiecesView } from "../../service/torrent-view.ts";
import { type Handler, json, QbError } from "./http.ts";
import type { Params } from "./params.ts";
import { ETA_INFINITE, peersTotal, ratioOf, seconds, secondsUntil, seedsTotal } from "./torrent-object.ts";
import { requireTorrent } from "./torrent-refs.ts";
import { describeTrackers } from "./tracker-rows.ts";

const CONNECTIONS_DEFAULT = 100;

export const properties: Handler = ({ params }, { service }) => {
  const view = requireTorrent(params, service);
  const runSeconds = Math.max(1, seconds(view.activeTimeMs));
  return json({
    addition_date: seconds(view.addedAtMs),
    comment: view.comment ?? "",
    completion_date: view.completedAtMs === undefined ? -1 : seconds(view.completedAtMs),
    created_by: view.createdBy ?? "",
    creation_date: view.createdAtMs === undefined ? -1 : seconds(view.createdAtMs),
    dl_limit: view.limits.down ?? -1,
    dl_speed: Math.round(view.downRate),
    dl_speed_avg: Math.round(view.downloadedBytes / runSeconds),
    download_path: view.incompleteFolder ?? "",
    eta: view.etaMs === undefined || view.isComplete ? ETA_INFINITE : Math.ceil(view.etaMs / 1000),
    has_metadata: view.hasMetadata,
    hash: view.infoHash,
    infohash_v1: view.infoHashV1 ?? "",
    infohash_v2: view.infoHashV2 ?? "",
    is_private: view.isPrivate,
    last_seen: view.seenCompleteAtMs === undefined ? -1 : seconds(view.seenCompleteAtMs),
    name: view.name,
    nb_connections: view.peers,
    nb_connections_limit: view.peersMax ?? CONNECTIONS_DEFAULT,
    peers: view.peers - view.seeds,
    peers_total: peersTotal(view),
    piece_size: view.hasMetadata ? view.pieceLength : -1,
    pieces_have: view.hasMetadata ? view.piecesHave : -1,
    pieces_num: view.hasMetadata ? view.pieceCount : -1,
    popularity: 0,
    private: view.hasMetadata ? view.isPrivate : null,
    reannounce: secondsUntil(view.nextAnnounceAtMs),
    save_path: view.folder,
    seeding_time: seconds(view.seedingTimeMs),
    seeds: view.seeds,
    seeds_total: seedsTotal(view),
    share_ratio: ratioOf(view),
    time_elapsed: seconds(view.activeTimeMs),
    total_downloaded: view.downloadedBytes,
    total_downloaded_session: view.sessionDownloadedBytes,
    total_size: view.hasMetadata ? view.sizeBytes : -1,
    total_uploaded: view.uploadedBytes,
    total_uploaded_session: view.sessionUploadedBytes,
    total_wasted: view.wastedBytes,
    up_limit: view.limits.up ?? -1,
    up_speed: Math.round(view.upRate),
    up_speed_avg: Math.round(view.uploadedBytes / runSeconds),
  });
};

export const files: Handler = ({ params }, { service }) => {
  const view = requireTorrent(params, service);
  const all = describeFiles(service.torrents.files(view.infoHash), view);
  const rows = pick(all, params);
  const [first, ...others] = rows;
  return json(first === undefined ? [] : [{ ...first, is_seed: view.isComplete }, ...others]);
};

/** The rows of `indexes`; all without it. 409 for what is no index of a file. */
function pick(all: readonly FileRow[], params: Params): readonly FileRow[] {
  const asked = params.text("indexes")?.split("|");
  return asked === undefined ? all : asked.map((text) => rowAt(all, text));
}

function rowAt(all: readonly FileRow[], text: string): FileRow {
  if (!/^\d+$/.test(text)) throw new QbError(409, `"${text}" is not a valid file index.`);
  const row = all[Number(text)];
  if (row === undefined) throw new QbError(409, `Index ${text} is out of bounds.`);
  return row;
}

interface FileRow {
  readonly index: number;
  readonly [key: string]: unknown;
}

/** Availability is -1 where nobody is asked: a torrent that is complete. */
export function describeFiles(
  views: readonly FileView[],
  { isComplete }: { readonly isComplete: boolean },
): readonly FileRow[] {
  return views
    .filter(({ isPad }) => !isPad)
    .map((file, index) => ({
      index,
      name: file.path,
      size: file.sizeBytes,
      progress: file.progress,
      priority: theirPriority(file.priority),
      availability: isComplete ? -1 : file.progress,
      piece_range: [file.firstPiece, file.lastPiece],
    }));
}

/** 0 skip, 1 normal, 6 high, 7 maximal; ours has 4 as normal. */
export function theirPriority(ours: number): number {
  if (ours === 0) return 0;
  return ours <= 4 ? 1 : ours === 7 ? 7 : 6;
}

export const trackers: Handler = ({ params }, { service }) =>
  json(describeTrackers(requireTorrent(params, service).infoHash, service));

export const webSeeds: Handler = ({ params }, { service }) => {
  const { infoHash } = requireTorrent(params, service);
  return json(service.torrents.webSeeds(infoHash).map(({ url }) => ({ url })));
};

/** 0 is missing, 1 under way, 2 here. */
export const pieceStates: Handler = async ({ params }, { service }) => {
  const { infoHash, hasMetadata } = requireTorrent(params, service);
  return json(hasMetadata ? describePieces(await service.torrents.pieces(infoHash)) : []);
};

function describePieces({ count, have, inFlight }: PiecesView): readonly number[] {
  const states: number[] = Array.from({ length: count }, (_, piece) => {
    return ((have[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) === 0 ? 0 : 2;
  });
  for (const piece of inFlight) if (states[piece] === 0) states[piece] = 1;
  return states;
}

const HASH_LENGTH = 20;

export const pieceHashes: Handler = ({ params }, { service }) => {
  const { infoHash, hasMetadata } = requireTorrent(params, service);
  if (!hasMetadata) return json([]);
  const { pieceHashes: hashes } = parseMetainfo(service.torrents.metainfo(infoHash));
  const rows: string[] = [];
  for (let at = 0; at < hashes.length; at += HASH_LENGTH) {
    rows.push(Buffer.from(hashes.subarray(at, at + HASH_LENGTH)).toString("hex"));
  }
  return json(rows);
};

/** Refused with 409 while there is no metadata. */
export const exportTorrent: Handler = ({ params }, { service }) => {
  const { infoHash } = requireTorrent(params, service);
  return { status: 200, contentType: "application/x-bittorrent", body: service.torrents.metainfo(infoHash) };
};
