/** What the main thread and the engine's thread say to each other: plain data, points in time since 1970. */
import type { HostPort, InfoHash } from "@torrential/core";
import type { WhyShare } from "@torrential/engine";
import type {
  AddTorrentOptions,
  ClientEvent,
  EngineCommand,
  PeerStatus,
  PiecesStatus,
  RateLimits,
  Reachability,
  TorrentStatus,
  TrackerStatus,
} from "@torrential/node";

/** How the thread starts. */
export interface EngineData {
  /** Journals and the engine's own lock live here. */
  readonly stateDir: string;
  readonly bind: string | undefined;
  readonly port: number;
  readonly diskThreads: number | undefined;
  readonly portMapping: boolean;
  readonly dht: { readonly enabled: boolean; readonly bootstrap?: readonly HostPort[] };
  readonly localDiscovery: boolean;
  readonly connectionsMax: number;
  readonly peersMax: number;
  readonly limits: RateLimits;
}

export type EngineRequest =
  /** Takes a torrent in, with the journal that it left: a whole .torrent file, or a magnet link while there is none. */
  | {
      readonly type: "load";
      readonly infoHash: InfoHash;
      readonly source: Uint8Array | string;
      readonly options: AddTorrentOptions;
    }
  /** Stops a torrent and lets it go; its journal stays. Ends in an "unloaded" report. */
  | { readonly type: "unload"; readonly infoHash: InfoHash; readonly deleteFiles: boolean; readonly keepState: boolean }
  | { readonly type: "command"; readonly command: EngineCommand }
  /** The answer to a "reload" report; undefined when there is none. */
  | { readonly type: "reloaded"; readonly infoHash: InfoHash; readonly source: Uint8Array | undefined }
  /** Details of a torrent are reported for a while. */
  | { readonly type: "watch"; readonly infoHash: InfoHash }
  | { readonly type: "ask"; readonly id: number; readonly question: EngineQuestion }
  /** Stops everything cleanly and ends. */
  | { readonly type: "close" };

export type EngineQuestion =
  | { readonly type: "fetch"; readonly url: string; readonly cookie: string | undefined }
  /** All files to another folder; answered when they are there. */
  | {
      readonly type: "move";
      readonly infoHash: InfoHash;
      readonly root: string;
      readonly bytesPerSec: number | undefined;
    }
  /** Answered with `LimitTreeNode`s, JSON in UTF-8. */
  | ({ readonly type: "limit-tree" } & LimitTreeQuestion)
  /** Answered with `ListedBan`s, JSON in UTF-8. */
  | { readonly type: "bans" }
  /** Answered with the present paths of all files, JSON in UTF-8. */
  | { readonly type: "rename"; readonly infoHash: InfoHash; readonly from: string; readonly to: string }
  | {
      readonly type: "open-stream";
      readonly infoHash: InfoHash;
      readonly file: number;
      readonly start: number;
      readonly end: number;
    }
  /** Answered with bytes, or with nothing at the end. */
  | { readonly type: "read-stream"; readonly stream: number }
  | { readonly type: "close-stream"; readonly stream: number };

export interface LimitTreeQuestion {
  readonly torrents: "busy" | "all";
  readonly peersOf?: InfoHash | undefined;
  /** This node alone. */
  readonly id?: string | undefined;
}

export type EngineAnswer =
  | { readonly ok: true; readonly value: Uint8Array | number | undefined }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** What a torrent's status is made of here: all but what nobody shows. */
export interface EngineStatus extends Omit<TorrentStatus, "bans" | "refusals" | "trackers"> {
  readonly trackers: readonly EngineTracker[];
}

export interface EngineTracker extends Pick<
  TrackerStatus,
  "url" | "tier" | "state" | "lastError" | "warning" | "peers" | "seeders" | "leechers" | "completed"
> {
  readonly nextAnnounceAtMs: number | undefined;
  readonly lastAnnounceAtMs: number | undefined;
}

export interface EngineWhy {
  readonly down: readonly WhyShare[];
  readonly up: readonly WhyShare[];
}

export interface EngineDetails {
  readonly infoHash: InfoHash;
  readonly peers: readonly PeerStatus[];
  readonly pieces: PiecesStatus;
  /** Why it is no faster, of the last minute, largest share first. */
  readonly why: EngineWhy;
  /** The same of each peer, in their order; fewer where they are not yet connected to its swarm. */
  readonly peersWhy: readonly EngineWhy[];
}

/** Undefined where the DHT is off. */
export interface EngineDht {
  /** In the routing tables of both families: those that answer, and those that were silent lately or did not. */
  readonly good: number;
  readonly bad: number;
  /** Why there is no node although one was wanted. */
  readonly problem: string | undefined;
}

/** Everything since the report before. */
export interface EngineUpdate {
  readonly type: "update";
  /** Of torrents whose status is another one. */
  readonly statuses: readonly EngineStatus[];
  /** Pieces of torrents that have more or fewer of them, but not all. */
  readonly pieces: readonly { readonly infoHash: InfoHash; readonly have: Uint8Array }[];
  readonly events: readonly ClientEvent[];
  /** Magnet links that became torrents: .torrent files made around what peers sent. */
  readonly metadata: readonly { readonly infoHash: InfoHash; readonly torrent: Uint8Array }[];
  readonly details: readonly EngineDetails[];
  /** 99th percentile since the report before, ms. */
  readonly loopP99Ms: number;
  /** Payload in memory, and how much of it is on its way to disk. */
  readonly memory: { readonly bufferBytes: number; readonly diskQueueBytes: number };
  /** Seeds that nobody is connected to, of which little is in memory. */
  readonly asleep: number;
  readonly reachability: Reachability;
  readonly dht: EngineDht | undefined;
}

export type EngineReport =
  | { readonly type: "ready"; readonly port: number }
  /** It did not start. */
  | { readonly type: "refused"; readonly code: string; readonly message: string }
  | EngineUpdate
  /** Journals can be written and the engine has forgotten it. `problem`: why its files could not all be deleted. */
  | { readonly type: "unloaded"; readonly infoHash: InfoHash; readonly problem: string | undefined }
  /** Its files were looked at: it runs, or is in trouble that its status tells. */
  | { readonly type: "settled"; readonly infoHash: InfoHash }
  /** A sleeping torrent is needed: its .torrent file is wanted. */
  | { readonly type: "reload"; readonly infoHash: InfoHash }
  | { readonly type: "load-failed"; readonly infoHash: InfoHash; readonly code: string; readonly message: string }
  | { readonly type: "answer"; readonly id: number; readonly answer: EngineAnswer }
  | { readonly type: "closed" };
