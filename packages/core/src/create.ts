/** Making a v1 torrent file (BEP 3, 12, 19, 27) from what was hashed elsewhere. */
import { type BInput, encodeBencode } from "./bencode/encode.ts";
import { TorrentialError } from "./errors.ts";
import { BLOCK_LENGTH } from "./geometry.ts";
import { PIECE_COUNT_MAX } from "./metainfo/parse.ts";

/** One file to list, in the order in which it was hashed. */
export interface NewTorrentFile {
  /** Below the torrent's folder, at least one element. */
  readonly path: readonly string[];
  readonly lengthBytes: number;
  readonly isExecutable?: boolean;
}

/** What a torrent file is made of: either `files`, or `lengthBytes` of a single file. */
export interface NewTorrent {
  readonly name: string;
  readonly files?: readonly NewTorrentFile[];
  readonly lengthBytes?: number;
  readonly pieceLength: number;
  /** 20 bytes a piece. */
  readonly pieceHashes: Uint8Array;
  /** Tiers in order. */
  readonly trackers?: readonly (readonly string[])[];
  readonly webSeeds?: readonly string[];
  readonly isPrivate?: boolean;
  readonly comment?: string;
  readonly source?: string;
  readonly createdBy?: string;
  /** Seconds since 1970. */
  readonly creationDate?: number;
}

// Up to 2,048 pieces: a torrent file of at most 40 KiB of hashes, and a piece that still arrives quickly.
const PIECE_COUNT_AIM = 2048;

// Larger pieces cost a peer too much when one fails; only a torrent that would pass the limit of pieces gets them.
const PIECE_LENGTH_USUAL_MAX = 16 * 1024 * 1024;

/** A power of two from 16 KiB: about 1,000 to 2,000 pieces, and not above 16 MiB while the limit of pieces allows. */
export function choosePieceLength(lengthBytes: number): number {
  let pieceLength = BLOCK_LENGTH;
  while (pieceLength < PIECE_LENGTH_USUAL_MAX && lengthBytes > pieceLength * PIECE_COUNT_AIM) pieceLength *= 2;
  while (lengthBytes > pieceLength * PIECE_COUNT_MAX) pieceLength *= 2;
  return pieceLength;
}

/** The bytes of a torrent file. Throws "metainfo-invalid" when sizes, hashes or names do not fit together. */
export function buildMetainfo(torrent: NewTorrent): Uint8Array {
  checkNewTorrent(torrent);
  const trackers = (torrent.trackers ?? []).filter((tier) => tier.length > 0);
  const webSeeds = torrent.webSeeds ?? [];
  return encodeBencode({
    announce: trackers[0]?.[0],
    // BEP 12: one tracker needs no list.
    "announce-list": trackers.flat().length > 1 ? trackers : undefined,
    comment: torrent.comment,
    "created by": torrent.createdBy,
    "creation date": torrent.creationDate,
    info: {
      files: torrent.files?.map(listFile),
      length: torrent.files === undefined ? torrent.lengthBytes : undefined,
      name: torrent.name,
      "piece length": torrent.pieceLength,
      pieces: torrent.pieceHashes,
      private: torrent.isPrivate === true ? 1 : undefined,
      source: torrent.source,
    },
    "url-list": webSeeds.length > 0 ? webSeeds : undefined,
  });
}

function listFile(file: NewTorrentFile): BInput {
  return { attr: file.isExecutable === true ? "x" : undefined, length: file.lengthBytes, path: file.path };
}

function checkNewTorrent(torrent: NewTorrent): void {
  const { files, lengthBytes, pieceLength, pieceHashes } = torrent;
  if ((files === undefined) === (lengthBytes === undefined))
    throw invalid('wanted exactly one of "files" and "lengthBytes"');
  const lengths = files?.map((file) => file.lengthBytes) ?? [lengthBytes ?? 0];
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (!lengths.every((length) => Number.isSafeInteger(length) && length >= 0) || !Number.isSafeInteger(total)) {
    throw invalid("a length is not an exact size");
  }
  if (total === 0) throw invalid("it has no bytes");
  if (!Number.isSafeInteger(pieceLength) || pieceLength < 1) throw invalid(`piece length: got ${pieceLength}`);
  const rest = total % pieceLength;
  const hashesLength = ((total - rest) / pieceLength + (rest === 0 ? 0 : 1)) * 20;
  if (pieceHashes.length !== hashesLength) {
    throw invalid(`piece hashes: got ${pieceHashes.length} bytes, wanted ${hashesLength}`);
  }
  for (const element of [torrent.name, ...(files ?? []).flatMap((file) => file.path)]) checkElement(element);
  if (files?.some((file) => file.path.length === 0) === true) throw invalid("a file has no path");
}

function checkElement(element: string): void {
  if (element === "" || element === "." || element === ".." || element.includes("/")) {
    throw invalid(`name ${JSON.stringify(element.slice(0, 80))} cannot be a file or folder`);
  }
}

function invalid(problem: string): TorrentialError {
  return new TorrentialError("metainfo-invalid", `new torrent: ${problem}`);
}
