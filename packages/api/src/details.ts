/** What a single torrent can be asked beyond its row: files, trackers, peers, pieces, reasons. */
import { Type } from "typebox";
import { type SchemaOf, schemaOf, words } from "./schema.ts";

export interface TorrentFile {
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

export interface Tracker {
  /** Small, from 1, unique in the torrent; not an index. */
  readonly id: number;
  /** Without its secrets, unless they were asked for. */
  readonly url: string;
  readonly tier: number;
  readonly state: "working" | "failing" | "waiting" | "updating" | "disabled";
  readonly message?: string | undefined;
  readonly seeders?: number | undefined;
  readonly leechers?: number | undefined;
  readonly downloads?: number | undefined;
  readonly peers?: number | undefined;
  readonly lastAnnounceAtMs?: number | undefined;
  readonly nextAnnounceAtMs?: number | undefined;
}

export interface WebSeed {
  readonly url: string;
  readonly state: "idle" | "active" | "failed";
  readonly downRate: number;
  readonly message?: string | undefined;
}

export interface Peer {
  /** "address:port", IPv6 in brackets. The key. */
  readonly endpoint: string;
  readonly address: string;
  readonly port: number;
  readonly client: string;
  readonly isOutgoing: boolean;
  readonly isEncrypted: boolean;
  readonly isUtp: boolean;
  readonly isSeed: boolean;
  readonly source?: string | undefined;
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
  /** Why no more comes of it, or goes to it. */
  readonly reasons: readonly Reason[];
}

/** Bitmaps in base64, an entry for each piece. */
export interface Pieces {
  readonly count: number;
  readonly lengthBytes: number;
  readonly have: string;
  readonly inFlight: readonly number[];
  readonly availability: string;
}

/** What it waited for in the last minute. */
export interface Reason {
  readonly direction: "down" | "up";
  readonly code: string;
  /** Of "ticket": whose limit it is: "global", "torrent", "peer", or the name of a group. */
  readonly level?: string | undefined;
  /** 0 to 1; those of a direction add up to 1. */
  readonly share: number;
  /** How often it began. */
  readonly count: number;
  readonly sentence: string;
  /** Empty where nothing can be done. */
  readonly remedy: string;
}

const text = Type.String();
const count = Type.Integer({ minimum: 0 });
const rate = Type.Number({ minimum: 0, description: "Bytes per second." });
const flag = Type.Boolean();
const fraction = Type.Number({ minimum: 0, maximum: 1 });
const time = Type.Optional(Type.Number({ description: "Milliseconds since 1970." }));

export const fileSchema: SchemaOf<TorrentFile> = schemaOf<TorrentFile>()(
  Type.Object({
    index: count,
    path: Type.String({ description: 'Below the torrent\'s currentFolder, joined by "/".' }),
    sizeBytes: count,
    verifiedBytes: count,
    progress: fraction,
    priority: Type.Integer({ minimum: 0, maximum: 7, description: "0 unwanted, 1 to 7; 4 is normal." }),
    isPad: flag,
    firstPiece: count,
    lastPiece: Type.Integer({ description: "Inclusive." }),
  }),
);

export const trackerSchema: SchemaOf<Tracker> = schemaOf<Tracker>()(
  Type.Object({
    id: Type.Integer({ description: "Unique in the torrent; not an index." }),
    url: Type.String({ description: "Without its secrets, unless they were asked for." }),
    tier: count,
    state: words(["working", "failing", "waiting", "updating", "disabled"]),
    message: Type.Optional(text),
    seeders: Type.Optional(count),
    leechers: Type.Optional(count),
    downloads: Type.Optional(count),
    peers: Type.Optional(count),
    lastAnnounceAtMs: time,
    nextAnnounceAtMs: time,
  }),
);

export const webSeedSchema: SchemaOf<WebSeed> = schemaOf<WebSeed>()(
  Type.Object({
    url: text,
    state: words(["idle", "active", "failed"]),
    downRate: rate,
    message: Type.Optional(text),
  }),
);

export const reasonSchema: SchemaOf<Reason> = schemaOf<Reason>()(
  Type.Object({
    direction: words(["down", "up"]),
    code: text,
    level: Type.Optional(Type.String({ description: "Whose limit it waits for: global, torrent, peer or a group." })),
    share: fraction,
    count: Type.Integer({ minimum: 0, description: "How often it began." }),
    sentence: Type.String({ description: "The reason in words." }),
    remedy: Type.String({ description: "What can be done about it." }),
  }),
);

export const peerSchema: SchemaOf<Peer> = schemaOf<Peer>()(
  Type.Object({
    endpoint: Type.String({ description: '"address:port", IPv6 in brackets. The key.' }),
    address: text,
    port: Type.Integer({ minimum: 0, maximum: 65_535 }),
    client: text,
    isOutgoing: flag,
    isEncrypted: flag,
    isUtp: flag,
    isSeed: flag,
    source: Type.Optional(text),
    progress: fraction,
    downRate: rate,
    upRate: rate,
    downloadedBytes: count,
    uploadedBytes: count,
    amChoking: flag,
    amInterested: flag,
    peerChoking: flag,
    peerInterested: flag,
    isSnubbed: flag,
    outstandingRequests: count,
    reasons: Type.Array(Type.Unsafe<Reason>(reasonSchema), {
      description: "Why no more flows, in the last minute; largest share first.",
    }),
  }),
);

export const piecesSchema: SchemaOf<Pieces> = schemaOf<Pieces>()(
  Type.Object({
    count,
    lengthBytes: count,
    have: Type.String({ description: "Base64 of a bitmap; bit 7 of byte 0 is piece 0." }),
    inFlight: Type.Array(count),
    availability: Type.String({
      description: "Base64, a byte for each piece: connected peers that have it, 255 at most; empty while stopped.",
    }),
  }),
);
