/**
 * A torrent as every API shows it: flat, plain data, JSON as it stands. Absent is undefined. Sizes in bytes, rates in
 * bytes per second, points in time in milliseconds since 1970, durations in milliseconds.
 */
import type { InfoHash } from "@torrential/core";

export type TorrentState =
  /** Known, not yet handed to the engine after the daemon's start. */
  | "loading"
  | "stopped"
  /** Waits for its turn: to download or to seed, see `isComplete`. */
  | "queued"
  | "checking"
  /** A magnet link without its info dictionary. */
  | "metadata"
  | "downloading"
  /** All that is wanted is here, but not all there is. */
  | "finished"
  | "seeding"
  | "moving"
  | "stopping"
  | "error"
  /** Its root is not mounted; comes back by itself. */
  | "storage-missing"
  /** Could not be loaded; `error` says why. Only remove, export and start (to try again) work. */
  | "quarantined";

/** What the user wants of it, whatever the queue makes of that. */
export type RunIntent = "stop" | "start" | "force";

export interface TorrentProblem {
  /** "full", "gone", "denied", "read-only", "io", "corrupt", "too-long", "busy", "missing", "metadata", "internal". */
  readonly code: string;
  /** One sentence. */
  readonly message: string;
  /** What the user can do, one sentence. */
  readonly remedy: string;
}

/** "global": as the level above says (tag, category, then settings); "none": without limit. */
export type ShareLimit = number | "global" | "none";
export type ShareAction = "stop" | "remove" | "remove-data" | "super-seed";

export interface ShareLimits {
  readonly ratio: ShareLimit;
  readonly seedingTimeMs: ShareLimit;
  /** Without upload for so long while seeding. */
  readonly idleTimeMs: ShareLimit;
  readonly match: "any" | "all" | "global";
  readonly action: ShareAction | "global";
}

/** Bytes per second; undefined for no limit. */
export interface RateLimit {
  readonly down?: number | undefined;
  readonly up?: number | undefined;
}

export interface TorrentView {
  /** Small, from 1, never used again: not after removal, not after a restart. */
  readonly id: number;
  /** 40 hex digits; for v2 only the first 40 of its hash. The key of everything. */
  readonly infoHash: InfoHash;
  readonly infoHashV1: string | undefined;
  /** 64 hex digits. */
  readonly infoHashV2: string | undefined;
  /** Given by the user, else by the torrent, else by the magnet link, else the info-hash. */
  readonly name: string;
  readonly state: TorrentState;
  readonly intent: RunIntent;
  readonly problem: TorrentProblem | undefined;
  /** Last thing that its trackers complained of. */
  readonly trackerMessage: string | undefined;
  readonly hasMetadata: boolean;
  readonly isPrivate: boolean;
  /** All that is wanted is here. */
  readonly isComplete: boolean;
  /** Running, and nothing moved for a minute. */
  readonly isStalled: boolean;
  /** Stopped because it reached its share limits. */
  readonly isLimitReached: boolean;
  /** From 1; 0 when it is not in the queue (complete, or the queue is off). */
  readonly queuePosition: number;

  /** All files, pad files apart. */
  readonly sizeBytes: number;
  readonly wantedBytes: number;
  /** Of the wanted, verified and on disk. */
  readonly verifiedBytes: number;
  /** `verifiedBytes / wantedBytes`, 1 when nothing is wanted. */
  readonly progress: number;
  /** 0 to 1 while checking, moving or fetching metadata. */
  readonly stateProgress: number | undefined;
  readonly fileCount: number;
  readonly pieceCount: number;
  readonly piecesHave: number;
  readonly pieceLength: number;

  readonly downRate: number;
  readonly upRate: number;
  /** Payload, over all runs. */
  readonly downloadedBytes: number;
  readonly uploadedBytes: number;
  readonly wastedBytes: number;
  /** Since the daemon started. */
  readonly sessionDownloadedBytes: number;
  readonly sessionUploadedBytes: number;
  /** Uploaded by downloaded, or by size where nothing was downloaded; undefined when that is 0 too. */
  readonly ratio: number | undefined;
  readonly etaMs: number | undefined;

  /** Connected. */
  readonly peers: number;
  readonly seeds: number;
  /** As the trackers say; undefined when none did. */
  readonly swarmPeers: number | undefined;
  readonly swarmSeeds: number | undefined;
  /** Distributed copies. */
  readonly availability: number;

  readonly addedAtMs: number;
  readonly startedAtMs: number | undefined;
  readonly completedAtMs: number | undefined;
  /** Payload moved last. */
  readonly activeAtMs: number | undefined;
  /** A whole copy was seen last. */
  readonly seenCompleteAtMs: number | undefined;
  readonly activeTimeMs: number;
  readonly seedingTimeMs: number;
  readonly nextAnnounceAtMs: number | undefined;

  /** Where it lies when complete, and now. Absolute. */
  readonly folder: string;
  readonly currentFolder: string;
  readonly incompleteFolder: string | undefined;
  /** The single file, or the torrent's folder. */
  readonly contentPath: string;
  readonly category: string | undefined;
  /** Sorted. */
  readonly tags: readonly string[];
  /** Its folder follows its category. */
  readonly isAutoManaged: boolean;

  readonly limits: RateLimit;
  readonly shareLimits: ShareLimits;
  /** Weight against other torrents: -1 low, 0 normal, 1 high. */
  readonly priority: -1 | 0 | 1;
  readonly isSequential: boolean;
  readonly isFirstLast: boolean;
  readonly isSuperSeeding: boolean;
  /** Undefined for the default. */
  readonly peersMax: number | undefined;

  /** URL of the tracker that answered last, else the first; without its secrets. */
  readonly tracker: string | undefined;
  readonly trackerCount: number;
  readonly comment: string | undefined;
  readonly createdBy: string | undefined;
  readonly createdAtMs: number | undefined;
  /** Of the read model when this last changed. */
  readonly revision: number;
}

export interface FileView {
  readonly index: number;
  /** Below `currentFolder`, joined by "/". */
  readonly path: string;
  readonly sizeBytes: number;
  readonly verifiedBytes: number;
  readonly progress: number;
  /** 0 unwanted, 1 to 7; 4 is normal. */
  readonly priority: number;
  readonly isPad: boolean;
  /** Inclusive. */
  readonly firstPiece: number;
  readonly lastPiece: number;
}

export interface TrackerView {
  /** Small, from 1, unique in the torrent; not an index. */
  readonly id: number;
  /** With its secrets: APIs redact unless asked. */
  readonly url: string;
  readonly tier: number;
  readonly state: "working" | "failing" | "waiting" | "updating" | "disabled";
  readonly message: string | undefined;
  readonly seeders: number | undefined;
  readonly leechers: number | undefined;
  readonly downloads: number | undefined;
  readonly peers: number | undefined;
  readonly lastAnnounceAtMs: number | undefined;
  readonly nextAnnounceAtMs: number | undefined;
}

export interface PeerView {
  /** "address:port", IPv6 in brackets. The key. */
  readonly endpoint: string;
  readonly address: string;
  readonly port: number;
  readonly client: string;
  readonly isOutgoing: boolean;
  readonly isEncrypted: boolean;
  readonly isUtp: boolean;
  readonly isSeed: boolean;
  readonly source: string | undefined;
  readonly progress: number;
  readonly downRate: number;
  readonly upRate: number;
  readonly downloadedBytes: number;
  readonly uploadedBytes: number;
  readonly amChoking: boolean;
  readonly amInterested: boolean;
  readonly peerChoking: boolean;
  readonly peerInterested: boolean;
  readonly isSnubbed: boolean;
  readonly outstandingRequests: number;
}

export interface WebSeedView {
  readonly url: string;
  readonly state: "idle" | "active" | "failed";
  readonly downRate: number;
  readonly message: string | undefined;
}

/** Pieces as one looks at them; each array or bitmap has `count` entries. */
export interface PiecesView {
  readonly count: number;
  readonly lengthBytes: number;
  /** Bit 7 of byte 0 is piece 0. */
  readonly have: Uint8Array;
  /** Pieces under way. */
  readonly inFlight: readonly number[];
  /** Connected peers that have it, 255 at most; empty while stopped. */
  readonly availability: Uint8Array;
}

/** Why it is no faster: what the engine was waiting for, as shares of the last minute. */
export interface ReasonView {
  readonly direction: "down" | "up";
  readonly code: string;
  /** 0 to 1; those of a direction add up to 1. */
  readonly share: number;
  /** How often it began. */
  readonly count: number;
  readonly sentence: string;
  /** Empty where nothing can be done. */
  readonly remedy: string;
}
