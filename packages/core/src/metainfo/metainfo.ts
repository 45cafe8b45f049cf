/** What a torrent is, as read from its metainfo: versions 1 (BEP 3), 2 (BEP 52) and both at once. */
import type { HostPort } from "../endpoint.ts";
import type { InfoHash, InfoHashV2 } from "../ids.ts";
import type { SafePath } from "../safe-path.ts";

/** One entry of a torrent's file list. */
export interface TorrentFile {
  /** Below the download folder: the torrent's name first, except that a single file has only its name. */
  readonly path: SafePath;
  readonly lengthBytes: number;
  /** Where it starts in the bytes that pieces are cut from; pad files count. */
  readonly offsetBytes: number;
  /** BEP 47: zeros that fill up a piece. Never made on disk. */
  readonly isPad: boolean;
  readonly isExecutable: boolean;
  readonly isHidden: boolean;
  /** BEP 47: where a link points, from the torrent's folder; made safe, never made on disk by default. */
  readonly symlink: readonly string[] | undefined;
  /** BEP 52: root of the file's hash tree, 64 hex digits; undefined for v1 and for files without bytes. */
  readonly piecesRoot: string | undefined;
}

/** A checked torrent. Byte fields are views of one private copy of the input. */
export interface Metainfo {
  readonly kind: "v1" | "v2" | "hybrid";
  readonly infoHashV1: InfoHash | undefined;
  readonly infoHashV2: InfoHashV2 | undefined;
  /** The info dictionary exactly as received: what the info-hashes are made of. */
  readonly infoBytes: Uint8Array;
  /** One safe path element. */
  readonly name: string;
  readonly isSingleFile: boolean;
  /** All files, pad files too; those that v2 implies between files are in the list, none follows the last file. */
  readonly lengthBytes: number;
  readonly pieceLength: number;
  readonly pieceCount: number;
  /** v1: 20 bytes a piece; empty for v2. */
  readonly pieceHashes: Uint8Array;
  readonly files: readonly TorrentFile[];
  /** v2: by root (64 hex digits), the hashes of the layer where one node is one piece, 32 bytes each; checked. */
  readonly pieceLayers: ReadonlyMap<string, Uint8Array>;
  /** Tiers in order; each URL once, http, https, udp, ws or wss (BEP 12). */
  readonly trackers: readonly (readonly string[])[];
  /** BEP 19: http or https. */
  readonly webSeeds: readonly string[];
  /** BEP 17: http or https. */
  readonly httpSeeds: readonly string[];
  /** BEP 5. */
  readonly nodes: readonly HostPort[];
  /** BEP 27. */
  readonly isPrivate: boolean;
  readonly source: string | undefined;
  readonly comment: string | undefined;
  readonly createdBy: string | undefined;
  /** Seconds since 1970. */
  readonly creationDate: number | undefined;
  /** BEP 38: info-hashes of torrents that share files, 40 hex digits. */
  readonly similar: readonly string[];
  /** BEP 38. */
  readonly collections: readonly string[];
}

/** What stands outside the info dictionary, for callers that have that dictionary alone. */
export type OuterMetainfo = Partial<
  Pick<
    Metainfo,
    | "trackers"
    | "webSeeds"
    | "httpSeeds"
    | "nodes"
    | "comment"
    | "createdBy"
    | "creationDate"
    | "pieceLayers"
    | "similar"
    | "collections"
  >
>;

/** How names are made safe, and nothing else. */
export interface MetainfoOptions {
  /** Names must also suit Windows. */
  readonly windows?: boolean;
}
