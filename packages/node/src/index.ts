/** The library: a BitTorrent client to embed in a Node program. */
export {
  Client,
  type AddTorrentOptions,
  type ClientErrorCode,
  type ClientEvent,
  type ClientOptions,
  createClient,
} from "./client.ts";
export {
  createDht,
  Dht,
  dhtPublicKey,
  dhtTargetOfKey,
  type DhtFamilyStats,
  type DhtKey,
  type DhtOptions,
  type DhtPeers,
  type DhtRequestOptions,
  type DhtSettings,
  type DhtStats,
  type DhtValue,
} from "./dht/dht.ts";
export { type ByteRange, FileHandle } from "./file-stream.ts";
export { contentTypeOf } from "./stream-server/content-type.ts";
export { hostsOf, isHostAllowed } from "./stream-server/host-gate.ts";
export { serveFile, type StreamableFile } from "./stream-server/serve-file.ts";
export { StreamServer, type StreamServerOptions } from "./stream-server/stream-server.ts";
export { Torrent } from "./torrent-handle.ts";
export { toMonotonic, weekAnchor } from "./week-schedule.ts";
export { createTorrent, type CreateProgress, type CreateTorrentOptions } from "./create/create-torrent.ts";
export { verifyTorrent, type PieceVerdict, type VerifyOptions, type VerifyResult } from "./verify.ts";
export { errnoOf, toDiskError } from "./disk/errors.ts";
export { ensureFolder, ensureFolderSync } from "./disk/ensure-folder.ts";
export { StateLock } from "./state/lock.ts";
export { startThread, type ThreadEntry } from "./thread.ts";
export { fetchTorrentFile, type FetchTorrentOptions } from "./http/fetch-torrent.ts";
export { createTracker, type CreateTrackerOptions, type Tracker } from "./tracker-server/create-tracker.ts";
export type { SeenAnnounce, TrackerStats } from "@torrential/protocol";
export type { PortMapping } from "@torrential/protocol";
export { type PortMappingMode, PortMappings, type PortMappingsOptions } from "./portmap/port-mapping.ts";
export { redactUrl } from "./http/redact.ts";
export type { DhtReport } from "@torrential/protocol";
export { checkLimits, explainWhy } from "@torrential/engine";
export type {
  AnnounceTo,
  Ban,
  CommandResult,
  DiskErrorClass,
  Command as EngineCommand,
  EngineEvent,
  FileStatus,
  Lifecycle,
  PeerStatus,
  PieceOrder,
  PiecesStatus,
  GroupName,
  BanOrder,
  LimitNodeId,
  LimitOptions,
  LimitTreeNode,
  LimitTreeQuery,
  LimitTreeSide,
  ListedBan,
  LimitStrategy,
  RateLimits,
  SimpleLimit,
  Reachability,
  SlotCount,
  TorrentStatus,
  TorrentWhy,
  TrackerStatus,
  WhyReport,
  WhyShare,
} from "@torrential/engine";
