/** The library: a BitTorrent client to embed in a Node program. */
export {
  Client,
  type AddTorrentOptions,
  type ClientErrorCode,
  type ClientEvent,
  type ClientOptions,
  createClient,
} from "./client.ts";
export { type ByteRange, FileHandle } from "./file-stream.ts";
export { Torrent } from "./torrent-handle.ts";
export type {
  DiskErrorClass,
  EngineEvent,
  Lifecycle,
  PeerStatus,
  PieceOrder,
  RateLimits,
  TorrentStatus,
  TrackerStatus,
} from "@torrential/engine";
