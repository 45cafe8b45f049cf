/** A torrent as seen from outside: a snapshot, plain data. */
import type { Endpoint, InfoHash } from "@torrential/core";
import type { Transport } from "../ports/network.ts";
import type { Ban } from "../swarm/bans.ts";
import type { PeerSource, SourceCount } from "../swarm/peer-list.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { TrackerStatus } from "./tracker.ts";

export interface TorrentStatus {
  readonly infoHash: InfoHash;
  readonly name: string;
  /** The folder that holds the torrent's file or folder. */
  readonly root: string;
  readonly state: Lifecycle;
  /** Bytes of the wanted files. */
  readonly wantedBytes: number;
  /** Of those, verified and in their files. */
  readonly verifiedBytes: number;
  readonly piecesHave: number;
  readonly pieceCount: number;
  /** Bytes per second over the last 3 s, payload only. */
  readonly downRate: number;
  readonly upRate: number;
  /** Payload, over all runs. */
  readonly uploadedBytes: number;
  readonly downloadedBytes: number;
  /** Of this run: payload that was thrown away. */
  readonly wastedBytes: number;
  readonly peers: number;
  readonly seeds: number;
  readonly knownPeers: number;
  /** Where those that are known and those that are connected came from. */
  readonly sources: Readonly<Partial<Record<PeerSource, SourceCount>>>;
  readonly distributedCopies: number;
  readonly trackers: readonly TrackerStatus[];
  /** BEP 16. */
  readonly isSuperSeeding: boolean;
  readonly bans: readonly Ban[];
  /** Why no more was asked of peers, counted. */
  readonly refusals: Readonly<Record<string, number>>;
}

/** What is known of each piece: copies, plain data. */
export interface PiecesStatus {
  /** Bit 7 of byte 0 is piece 0. */
  readonly have: Uint8Array;
  /** Pieces of which some blocks are here or asked for. */
  readonly inFlight: readonly number[];
  /** Connected peers that have it, by piece, 255 at most; empty while nobody is connected. */
  readonly availability: Uint8Array;
}

export interface FileStatus {
  /** Below the root; also while nobody wants it, and its blocks are kept elsewhere. */
  readonly path: readonly string[];
  readonly lengthBytes: number;
  readonly verifiedBytes: number;
  /** 0 unwanted, 4 normal, 7 first. */
  readonly priority: number;
  /** It is zeros that fill up a piece, and never on disk. */
  readonly isPad: boolean;
}

export interface PeerStatus {
  readonly endpoint: Endpoint;
  readonly transport: Transport;
  readonly source: PeerSource;
  readonly client: string;
  readonly isOutgoing: boolean;
  readonly isSeed: boolean;
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
  readonly requestWindow: number;
}
