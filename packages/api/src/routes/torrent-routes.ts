/** Routes of torrents, many and one. */
import { Type } from "typebox";
import { bulkResultSchema, removeQuerySchema, torrentActionSchema, torrentPatchSchema } from "../acting.ts";
import { addSourceSchema, addTorrentsReplySchema, addTorrentsSchema, torrentPreviewSchema } from "../adding.ts";
import { fileSchema, peerSchema, piecesSchema, reasonSchema, trackerSchema, webSeedSchema } from "../details.ts";
import {
  torrentCountsSchema,
  torrentFilterQuerySchema,
  torrentListQuerySchema,
  torrentListSchema,
} from "../listing.ts";
import { schemaOf } from "../schema.ts";
import { historyEventSchema, historyQuerySchema, ratePointsSchema, ratesQuerySchema } from "../session.ts";
import { torrentSchema } from "../torrent.ts";
import {
  endpointsSchema,
  fileParamsSchema,
  filePrioritiesSchema,
  listOf,
  queuePositionSchema,
  renamePathSchema,
  secretsQuerySchema,
  tiersSchema,
  torrentParamsSchema,
  urlsSchema,
} from "./params.ts";
import type { RouteFacts, Routes } from "./route.ts";

/** 10 MiB of torrent file, a third more in base64, and what stands around it. */
const TORRENT_BODY_BYTES_MAX = 14_680_064;
/** A hundred thousand refs. */
const BULK_BODY_BYTES_MAX = 5_242_880;

const read = { group: "torrents", access: "read" } as const satisfies Partial<RouteFacts>;
const control = { group: "torrents", access: "control" } as const satisfies Partial<RouteFacts>;
const params = torrentParamsSchema;

export const MANY_TORRENTS_ROUTES: Routes<
  "listTorrents" | "countTorrents" | "addTorrents" | "previewTorrent" | "actOnTorrents" | "banPeers"
> = {
  listTorrents: {
    ...read,
    summary: "List torrents: filtered, sorted, a page at a time, the fields that you choose",
    query: torrentListQuerySchema,
    reply: torrentListSchema,
    hasEtag: true,
  },
  countTorrents: {
    ...read,
    summary: "Count torrents by state, category, tag and tracker",
    query: torrentFilterQuerySchema,
    reply: torrentCountsSchema,
  },
  addTorrents: {
    group: "torrents",
    access: "add",
    summary: "Add torrents: files, magnet links, URLs",
    description:
      "As JSON, or as multipart/form-data: every file part is a .torrent, a part `urls` holds magnet links and URLs " +
      "a line each, a part `options` holds the options as JSON. With one source that cannot be added, the answer is " +
      "its problem; with several, look at each result.",
    body: addTorrentsSchema,
    reply: addTorrentsReplySchema,
    takesMultipart: true,
    bodyBytesMax: TORRENT_BODY_BYTES_MAX,
    isIdempotent: true,
  },
  previewTorrent: {
    group: "torrents",
    access: "add",
    summary: "Say what a source holds, without adding it",
    body: addSourceSchema,
    reply: torrentPreviewSchema,
    bodyBytesMax: TORRENT_BODY_BYTES_MAX,
  },
  actOnTorrents: {
    ...control,
    summary: "Do one thing to many torrents",
    description: "Torrents that refused are in `failed`; the others are done.",
    body: torrentActionSchema,
    reply: bulkResultSchema,
    bodyBytesMax: BULK_BODY_BYTES_MAX,
  },
  banPeers: { ...control, summary: "Ban peers from every torrent", body: endpointsSchema },
};

export const TORRENT_ROUTES: Routes<
  | "showTorrent"
  | "updateTorrent"
  | "removeTorrent"
  | "restoreTorrent"
  | "moveInQueue"
  | "showMagnet"
  | "readMetainfo"
  | "showTorrentRates"
  | "listTorrentHistory"
> = {
  showTorrent: { ...read, summary: "Show a torrent", params, reply: torrentSchema, hasEtag: true },
  updateTorrent: {
    ...control,
    summary: "Change what a torrent is called, its labels and limits",
    params,
    body: torrentPatchSchema,
    reply: torrentSchema,
    hasEtag: true,
  },
  removeTorrent: { ...control, summary: "Remove a torrent", params, query: removeQuerySchema },
  restoreTorrent: { ...control, summary: "Undo a removal within the hour", params, reply: torrentSchema },
  moveInQueue: {
    ...control,
    summary: "Give a torrent another place in the queue",
    params,
    body: queuePositionSchema,
    reply: torrentSchema,
  },
  showMagnet: {
    ...read,
    access: "control",
    summary: "Show the magnet link, with the trackers' secrets",
    params,
    reply: schemaOf<{ readonly magnet: string }>()(Type.Object({ magnet: Type.String() })),
  },
  readMetainfo: {
    ...control,
    summary: "Read the .torrent file with the present trackers",
    params,
    bytes: "application/x-bittorrent",
  },
  showTorrentRates: {
    ...read,
    summary: "Show a torrent's rates over time",
    params,
    query: ratesQuerySchema,
    reply: ratePointsSchema,
  },
  listTorrentHistory: {
    ...read,
    summary: "List what happened to a torrent",
    params,
    query: historyQuerySchema,
    reply: listOf(historyEventSchema),
  },
};

export const DETAIL_ROUTES: Routes<
  | "listFiles"
  | "updateFiles"
  | "renamePath"
  | "readFile"
  | "listTrackers"
  | "replaceTrackers"
  | "listWebSeeds"
  | "replaceWebSeeds"
  | "listPeers"
  | "addPeers"
  | "showPieces"
  | "explainTorrent"
> = {
  listFiles: { ...read, summary: "List a torrent's files", params, reply: listOf(fileSchema) },
  updateFiles: {
    ...control,
    summary: "Choose which files come, and which come first",
    params,
    body: filePrioritiesSchema,
    reply: listOf(fileSchema),
    bodyBytesMax: BULK_BODY_BYTES_MAX,
  },
  renamePath: {
    ...control,
    summary: "Rename a file or folder of a torrent",
    params,
    body: renamePathSchema,
    reply: listOf(fileSchema),
  },
  readFile: {
    ...read,
    summary: "Read a file, while it is still being downloaded",
    description: "Takes one range; what is not here yet is downloaded first, and waited for.",
    params: fileParamsSchema,
    bytes: "application/octet-stream",
  },
  listTrackers: {
    ...read,
    summary: "List a torrent's trackers",
    params,
    query: secretsQuerySchema,
    reply: listOf(trackerSchema),
  },
  replaceTrackers: {
    ...control,
    summary: "Replace a torrent's trackers",
    params,
    body: tiersSchema,
    reply: listOf(trackerSchema),
  },
  listWebSeeds: { ...read, summary: "List a torrent's web seeds", params, reply: listOf(webSeedSchema) },
  replaceWebSeeds: {
    ...control,
    summary: "Replace a torrent's web seeds",
    params,
    body: urlsSchema,
    reply: listOf(webSeedSchema),
  },
  listPeers: { ...read, summary: "List connected peers", params, reply: listOf(peerSchema) },
  addPeers: {
    ...control,
    summary: "Connect to peers",
    params,
    body: endpointsSchema,
    reply: schemaOf<{ readonly added: number }>()(Type.Object({ added: Type.Integer() })),
  },
  showPieces: { ...read, summary: "Show which pieces are here", params, reply: piecesSchema },
  explainTorrent: {
    ...read,
    summary: "Say why a torrent is not faster",
    description: "What it waited for in the last minute, in words, the largest share of time first.",
    params,
    reply: listOf(reasonSchema),
  },
};
