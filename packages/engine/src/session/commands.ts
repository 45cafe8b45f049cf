/** What the engine can be told to do, as plain data. */
import type { Endpoint, FileLayout, InfoHash, Magnet, Metainfo, SafePath } from "@torrential/core";
import type { PortMapping } from "@torrential/protocol";
import type { RateLimits } from "../bandwidth/limit-strategy.ts";
import type { GroupName, LimitOptions } from "../bandwidth/limits.ts";
import type { SlotCount } from "../choker/choker.ts";
import type { PieceOrder } from "../picker/picker.ts";
import type { PeerSource } from "../swarm/peer-list.ts";
import type { BanOrder } from "../swarm/session-bans.ts";
import type { AnnounceTo } from "../torrent/announcer.ts";
import type { AddressVote } from "./external-address.ts";

export interface AddOptions {
  readonly metainfo: Metainfo;
  /** What it goes by, here and among peers, when that is not v1's: a link to v2 alone led to it (`swarmHashes`). */
  readonly infoHash?: InfoHash | undefined;
  /** The folder that holds the torrent's file or folder. Absolute. */
  readonly root: string;
  /** By file index: 0 unwanted, 4 normal, 7 first; files beyond the end are normal. */
  readonly filePriorities?: readonly number[];
  readonly order?: PieceOrder;
  /** Both ends of each wanted file before the rest, in either order: players look there first. */
  readonly firstAndLast?: boolean;
  /** BEP 16, when all is there at the start: tell each peer of one piece at a time, so that little is sent twice. */
  readonly superSeed?: boolean;
  /** How many peers are served at once; adaptive, the default: as many as the upload keeps busy. */
  readonly uploadSlots?: SlotCount;
  /** Connected at once; default 100. */
  readonly peersMax?: number | undefined;
  readonly limits?: RateLimits;
  /** Whose groups' limits bind it. */
  readonly tags?: readonly string[];
  /** Likewise; parts separated by "/". */
  readonly category?: string | undefined;
  /** Instead of the torrent's own; empty for none. */
  readonly trackers?: readonly (readonly string[])[];
  /** Default "first" (BEP 12). */
  readonly announceTo?: AnnounceTo;
  readonly peers?: readonly Endpoint[];
  /** The journal and partial pieces as `StateCommand`s left them. */
  readonly journal?: Uint8Array | undefined;
  readonly partials?: Uint8Array | undefined;
  /** The same of `<info-hash>.place`: names that were changed, a move that is not done. */
  readonly place?: Uint8Array | undefined;
  /** How its files lie below the root; default "original". The same at every start. */
  readonly layout?: FileLayout | undefined;
  /**
   * Believe that files of the right length are whole: a piece is hashed before it is first sent or read, and one that fails
   * stops the torrent. `recheck` goes before it.
   */
  readonly skipCheck?: boolean | undefined;
  /** Of a move that an earlier run did not end, and this one goes on with. */
  readonly moveBytesPerSec?: number | undefined;
  /** Believe nothing: read and hash whatever is there. */
  readonly recheck?: boolean;
  /** Verify what is there, then rest: no peers, no trackers. */
  readonly checkOnly?: boolean;
}

/** A torrent of which only a magnet link is known. Its info-hash is `magnetInfoHash(magnet)`. */
export interface AddMagnetOptions extends Omit<AddOptions, "metainfo"> {
  readonly magnet: Magnet;
  /** Names must also suit Windows. */
  readonly windows?: boolean;
}

export type Command =
  | ({ readonly type: "add"; readonly start: boolean } & AddOptions)
  /** Its metadata is fetched from peers; then it goes on as if it had been added with a torrent file. */
  | ({ readonly type: "add-magnet"; readonly start: boolean } & AddMagnetOptions)
  /** Its metadata is wanted; for a torrent that is awake nothing happens. */
  | { readonly type: "wake-up"; readonly infoHash: InfoHash }
  /** What a sleeping torrent needs to go on; see `SessionOptions.dormancy`. */
  | ({ readonly type: "wake"; readonly infoHash: InfoHash } & Pick<
      AddOptions,
      "metainfo" | "journal" | "partials" | "place"
    >)
  /** It cannot be had any more. `message`: a sentence. */
  | { readonly type: "wake-failed"; readonly infoHash: InfoHash; readonly message: string }
  | { readonly type: "start"; readonly infoHash: InfoHash }
  | { readonly type: "stop"; readonly infoHash: InfoHash }
  /**
   * Stops, then forgets: journal and torrent too, and with `deleteFiles` what the torrent made on disk. With `keepState`
   * the journal stays, so that the same torrent can be added again as it was.
   */
  | {
      readonly type: "remove";
      readonly infoHash: InfoHash;
      readonly deleteFiles: boolean;
      readonly keepState?: boolean;
    }
  | { readonly type: "recheck"; readonly infoHash: InfoHash }
  | {
      readonly type: "add-peers";
      readonly infoHash: InfoHash;
      readonly peers: readonly Endpoint[];
      readonly source: PeerSource;
    }
  /** Files below other names, which must be free; answered by `command-done`. */
  | {
      readonly type: "rename-files";
      readonly request: number;
      readonly infoHash: InfoHash;
      readonly files: readonly { readonly file: number; readonly path: SafePath }[];
    }
  /**
   * All files below another root, absolute: by rename, while peers stay, or to another device as a verified copy, with
   * the torrent at rest and `bytesPerSec` at most. Answered by `command-done`.
   */
  | {
      readonly type: "move-storage";
      readonly request: number;
      readonly infoHash: InfoHash;
      readonly root: string;
      readonly bytesPerSec?: number | undefined;
    }
  | { readonly type: "set-file-priorities"; readonly infoHash: InfoHash; readonly priorities: readonly number[] }
  | { readonly type: "set-order"; readonly infoHash: InfoHash; readonly order: PieceOrder }
  | { readonly type: "set-first-and-last"; readonly infoHash: InfoHash; readonly enabled: boolean }
  /** From the next rechoke on, 10 s at most. */
  | { readonly type: "set-upload-slots"; readonly infoHash: InfoHash; readonly slots: SlotCount }
  /** Connected at once; undefined for the default. */
  | { readonly type: "set-peers-max"; readonly infoHash: InfoHash; readonly peersMax: number | undefined }
  /** BEP 16, while all is here; peers that know too much for it are asked to come again. */
  | { readonly type: "set-super-seeding"; readonly infoHash: InfoHash; readonly enabled: boolean }
  /** Without `infoHash`: of the whole session. */
  | { readonly type: "set-limits"; readonly infoHash: InfoHash | undefined; readonly limits: RateLimits }
  | TrackerCommand
  /** Asks the trackers how many seed and download, in as few questions as can be. Without `infoHash`: for all torrents. */
  | { readonly type: "scrape"; readonly infoHash: InfoHash | undefined }
  /** Somebody says what our address is. */
  | ({ readonly type: "vote-external-address" } & AddressVote)
  /** What of our ports is mapped at the gateway now; replaces what was said before. */
  | { readonly type: "set-port-mappings"; readonly mappings: readonly PortMapping[] }
  /** Of one peer of a torrent, connected or not. */
  | {
      readonly type: "set-peer-limits";
      readonly infoHash: InfoHash;
      readonly endpoint: Endpoint;
      readonly limits: RateLimits;
    }
  /** Of all torrents of a label or tracker, all peers of the LAN or not, or of a transport; `{}` dissolves the group. */
  | { readonly type: "set-group-limits"; readonly group: GroupName; readonly limits: RateLimits }
  /** Its labels from now on: their limits bind it. */
  | {
      readonly type: "set-tags";
      readonly infoHash: InfoHash;
      readonly tags: readonly string[];
      readonly category?: string | undefined;
    }
  | ({ readonly type: "set-limit-options" } & LimitOptions)
  /** Keeps peers out of every torrent, and sends away those that are connected. */
  | { readonly type: "ban"; readonly bans: readonly BanOrder[] }
  /** Lifts a ban: the key is an address, or address:port. Without `infoHash`: of every torrent, and the user's. */
  | { readonly type: "unban"; readonly infoHash: InfoHash | undefined; readonly key: string }
  /** Reads bytes of a piece once it is verified, asking for it first; answered by `read-done`. */
  | {
      readonly type: "read";
      readonly request: number;
      readonly infoHash: InfoHash;
      readonly piece: number;
      readonly begin: number;
      readonly length: number;
      readonly deadlineMs: number;
    }
  /** A reader stands at byte `at` of the torrent and goes on to `end`: what it wants next is fetched first. */
  | {
      readonly type: "read-ahead";
      /** Chosen by the caller, never used twice. A seek is another reader. */
      readonly reader: number;
      readonly infoHash: InfoHash;
      readonly at: number;
      readonly end: number;
    }
  | { readonly type: "end-reader"; readonly reader: number; readonly infoHash: InfoHash }
  | { readonly type: "cancel-read"; readonly request: number; readonly infoHash: InfoHash };

/** What can be done to a torrent's trackers. */
export type TrackerCommand =
  /** Announces at once, back-offs or not; `min interval` holds unless told otherwise. Without `url`: to all in use. */
  | {
      readonly type: "reannounce";
      readonly infoHash: InfoHash;
      readonly url?: string | undefined;
      readonly ignoreMinInterval?: boolean | undefined;
    }
  | { readonly type: "set-announce-to"; readonly infoHash: InfoHash; readonly announceTo: AnnounceTo }
  /** New tiers behind those that are there. */
  | { readonly type: "add-trackers"; readonly infoHash: InfoHash; readonly trackers: readonly (readonly string[])[] }
  /** These are the trackers from now on; those that are dropped are told that we left. */
  | { readonly type: "set-trackers"; readonly infoHash: InfoHash; readonly trackers: readonly (readonly string[])[] }
  | { readonly type: "remove-tracker"; readonly infoHash: InfoHash; readonly url: string };
