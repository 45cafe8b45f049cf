/** What is asked about one torrent: properties, files, trackers, web seeds, pieces, the torrent file. */
import { parseMetainfo } from "@torrential/core";
import type { FileView, PiecesView } from "../../service/torrent-view.ts";
import { type Handler, json, QbError } from "./http.ts";
import type { Params } from "./params.ts";
import {
  ETA_INFINITE,
  peersTotal,
  popularityOf,
  progressOf,
  ratioOf,
  seconds,
  secondsUntil,
  seedsTotal,
} from "./torrent-object.ts";
import { requireTorrent } from "./torrent-refs.ts";
import { describeSources, describeTrackers } from "./tracker-rows.ts";

const CONNECTIONS_DEFAULT = 100;

export const properties: Handler = ({ params }, { service }) => {
  const view = requireTorrent(params, service);
  const runSeconds = seconds(view.activeTimeMs);
  const downSeconds = runSeconds - seconds(view.seedingTimeMs);
  return json({
    addition_date: seconds(view.addedAtMs),
    comment: view.comment ?? "",
    completion_date: view.completedAtMs === undefined ? -1 : seconds(view.completedAtMs),
    created_by: view.createdBy ?? "",
    creation_date: view.createdAtMs === undefined ? -1 : seconds(view.createdAtMs),
    dl_limit: view.limits.down ?? -1,
    dl_speed: Math.round(view.downRate),
    dl_speed_avg: downSeconds > 0 ? Math.floor(view.downloadedBytes / downSeconds) : -1,
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
    progress: progressOf(view),
    popularity: popularityOf(view),
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
    up_speed_avg: runSeconds > 0 ? Math.floor(view.uploadedBytes / runSeconds) : -1,
  });
};

export const files: Handler = async ({ params }, { service }) => {
  const view = requireTorrent(params, service);
  const { infoHash, isComplete } = view;
  const chosen = pick(describeFiles(service.torrents.files(infoHash), view), params);
  if (isComplete || chosen.length === 0) return json(chosen);
  const { availability } = await service.torrents.pieces(infoHash);
  return json(chosen.map((row) => ({ ...row, availability: shareOf(row.piece_range, availability) })));
};

/** How much of a range of pieces some connected peer has, from 0 to 1. */
function shareOf([first, last]: FileRow["piece_range"], availability: Uint8Array): number {
  const counts = availability.subarray(first, last + 1);
  return counts.reduce((sum, peers) => sum + (peers > 0 ? 1 : 0), 0) / (last + 1 - first);
}

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
  /** First and last. */
  readonly piece_range: readonly [number, number];
  readonly [key: string]: unknown;
}

/** Availability is -1 where nobody is asked, as for a torrent that is complete. Whether it is, the first row says. */
export function describeFiles(
  views: readonly FileView[],
  { isComplete }: { readonly isComplete: boolean },
): readonly FileRow[] {
  return views
    .filter(({ isPad }) => !isPad)
    .map((file, index) => ({
      index,
      ...(index === 0 ? { is_seed: isComplete } : {}),
      name: file.path,
      size: file.sizeBytes,
      progress: file.progress,
      priority: theirPriority(file.priority),
      availability: -1,
      piece_range: [file.firstPiece, file.lastPiece] as const,
    }));
}

/** 0 skip, 1 normal, 6 high, 7 maximal; ours has 4 as normal. */
export function theirPriority(ours: number): number {
  if (ours === 0) return 0;
  return ours <= 4 ? 1 : ours === 7 ? 7 : 6;
}

export const trackers: Handler = async ({ params }, { service }) => {
  const { infoHash } = requireTorrent(params, service);
  const peers = await service.torrents.peers(infoHash);
  return json([...describeSources(infoHash, { service, peers }), ...describeTrackers(infoHash, service)]);
};

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
  const body = service.torrents.metainfo(infoHash);
  return { status: 200, contentType: "application/x-bittorrent", body, fileName: `${infoHash}.torrent` };
};

/** Swarms that want certificates: there are none here. */
export const sslParameters: Handler = ({ params }, { service }) => {
  requireTorrent(params, service);
  return json({ ssl_certificate: "", ssl_private_key: "", ssl_dh_params: "" });
};

export const setSslParameters: Handler = ({ params }, { service }) => {
  for (const name of ["hash", "ssl_certificate", "ssl_private_key", "ssl_dh_params"]) params.required(name);
  requireTorrent(params, service);
  throw new QbError(415, "SSL torrents are not supported");
};
