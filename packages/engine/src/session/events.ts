/** What the engine reports, as plain data. */
import type { Endpoint, InfoHash, Metainfo } from "@torrential/core";
import type { PeerErrorCode } from "@torrential/protocol";
import type { CloseReason } from "../ports/network.ts";
import type { Ban } from "../swarm/bans.ts";
import type { Lifecycle } from "../torrent/lifecycle.ts";

export type EngineEvent = { readonly infoHash: InfoHash } & TorrentEvent;

export type TorrentEvent =
  /** The lifecycle changed. */
  | { readonly type: "state"; readonly state: Lifecycle }
  /** What a magnet link stands for is known, and checked against its info-hash. The torrent goes on by itself. */
  | { readonly type: "metadata"; readonly metainfo: Metainfo }
  /** A piece passed its hash and is in its files. */
  | { readonly type: "piece-verified"; readonly piece: number }
  /** A piece failed its hash; `peers` are those that sent its blocks. */
  | { readonly type: "piece-failed"; readonly piece: number; readonly peers: readonly Endpoint[] }
  | { readonly type: "file-completed"; readonly file: number }
  | {
      readonly type: "peer-connected";
      readonly endpoint: Endpoint;
      readonly client: string;
      readonly isOutgoing: boolean;
    }
  | {
      readonly type: "peer-disconnected";
      readonly endpoint: Endpoint;
      readonly reason: DisconnectReason;
      readonly message: string;
    }
  /** `key`: what lifts the ban, the address or address:port that it is for. */
  | ({ readonly type: "peer-banned"; readonly endpoint: Endpoint } & Ban)
  | {
      readonly type: "announced";
      readonly url: string;
      readonly peers: number;
      readonly seeders: number | undefined;
      readonly leechers: number | undefined;
      readonly warning: string | undefined;
    }
  | { readonly type: "announce-failed"; readonly url: string; readonly code: string; readonly message: string }
  /** Its files are below another root. */
  | { readonly type: "moved"; readonly root: string }
  /** Some of its files have other names; all names, by file index, below the root. */
  | { readonly type: "renamed"; readonly paths: readonly (readonly string[])[] }
  /** Nobody needs it for now: its metadata is forgotten until somebody does. Its state stays. */
  | { readonly type: "asleep" }
  /** The torrent is gone from the engine. `problem`: why its files could not all be deleted. */
  | { readonly type: "removed"; readonly problem: string | undefined };

export type DisconnectReason =
  | CloseReason
  | PeerErrorCode
  | "idle"
  | "no-use"
  | "silent"
  | "banned"
  | "stopped"
  | "handshake-timeout"
  | "too-many"
  | "mute"
  /** BEP 27: a private torrent must not have found this peer, or has another tracker since. */
  | "private"
  /** We begin to super-seed (BEP 16): the peer knows too much, and is welcome to come again. */
  | "super-seeding";
