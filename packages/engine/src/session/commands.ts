/** What the engine can be told to do, as plain data. */
import type { Endpoint, InfoHash, Metainfo } from "@torrential/core";
import type { PieceOrder } from "../picker/picker.ts";
import type { PeerSource } from "../swarm/peer-list.ts";

/** Bytes per second; undefined for no limit. */
export interface RateLimits {
  readonly down?: number | undefined;
  readonly up?: number | undefined;
}

export interface AddOptions {
  readonly metainfo: Metainfo;
  /** The folder that holds the torrent's file or folder. Absolute. */
  readonly root: string;
  /** By file index: 0 unwanted, 4 normal, 7 first; files beyond the end are normal. */
  readonly filePriorities?: readonly number[];
  readonly order?: PieceOrder;
  /** BEP 16, when all is there at the start: tell each peer of one piece at a time, so that little is sent twice. */
  readonly superSeed?: boolean;
  readonly limits?: RateLimits;
  /** Instead of the torrent's own; empty for none. */
  readonly trackers?: readonly (readonly string[])[];
  readonly peers?: readonly Endpoint[];
  /** The journal and partial pieces as `StateCommand`s left them. */
  readonly journal?: Uint8Array | undefined;
  readonly partials?: Uint8Array | undefined;
  /** Believe nothing: read and hash whatever is there. */
  readonly recheck?: boolean;
  /** Verify what is there, then rest: no peers, no trackers. */
  readonly checkOnly?: boolean;
}

export type Command =
  | ({ readonly type: "add"; readonly start: boolean } & AddOptions)
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
  | { readonly type: "set-file-priorities"; readonly infoHash: InfoHash; readonly priorities: readonly number[] }
  | { readonly type: "set-order"; readonly infoHash: InfoHash; readonly order: PieceOrder }
  /** Without `infoHash`: of the whole session. */
  | { readonly type: "set-limits"; readonly infoHash: InfoHash | undefined; readonly limits: RateLimits }
  /** Lifts a ban: the key is an address, or address:port. */
  | { readonly type: "unban"; readonly infoHash: InfoHash; readonly key: string }
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
  /** A reader is near: these pieces are wanted soon, each `stepMs` later than the one before. */
  | {
      readonly type: "read-ahead";
      readonly infoHash: InfoHash;
      readonly first: number;
      readonly end: number;
      readonly stepMs: number;
    }
  | { readonly type: "cancel-read"; readonly request: number; readonly infoHash: InfoHash };
