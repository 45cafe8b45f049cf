/**
 * From the bytes of a torrent file, or of an info dictionary alone, to a checked Metainfo.
 *
 * The info-hash is taken over the dictionary as received, never over one encoded again. So the order of keys changes
 * nothing here, and it is not checked: torrents with unsorted keys are in use, and libtorrent loads them. Repeated keys
 * and numbers with two spellings are refused, since clients would disagree about their meaning. Bytes after the outer
 * dictionary (editors add a newline) belong to nothing and are ignored, as in libtorrent.
 */
import { decodeBencode, decodeBencodePrefix } from "../bencode/decode.ts";
import { BDict, type BValue } from "../bencode/value.ts";
import { fromUtf8, toHex, utf8 } from "../bytes.ts";
import { sha1, sha256 } from "../crypto.ts";
import { assert, TorrentialError } from "../errors.ts";
import { BLOCK_LENGTH } from "../geometry.ts";
import { infoHashFromBytes, infoHashV2FromBytes } from "../ids.ts";
import { makeSafeName, makeSafePaths, type SafePath } from "../safe-path.ts";
import {
  describeGot,
  invalid,
  needBytes,
  needInt,
  optionalByteStrings,
  optionalText,
  overLimit,
  textBytes,
} from "./fields.ts";
import { readFilesV1 } from "./files-v1.ts";
import { alignToPieces, readFilesV2 } from "./files-v2.ts";
import { mergeHybrid } from "./hybrid.ts";
import type { Metainfo, MetainfoOptions, OuterMetainfo, TorrentFile } from "./metainfo.ts";
import { readOuter, readSimilar } from "./outer.ts";
import { checkPieceLayers, readPieceLayers } from "./piece-layers.ts";
import { type RawFile, totalLength } from "./raw-file.ts";

/** Largest torrent file, in bytes. libtorrent: load_torrent_limits::max_buffer_size. */
export const METAINFO_MAX_BYTES: number = 10 * 1024 * 1024;

/** Largest info dictionary from peers (BEP 9), in bytes. libtorrent has 30 MiB as well. */
export const INFO_MAX_BYTES: number = 30 * 1024 * 1024;

/** Most pieces of a torrent. libtorrent: load_torrent_limits::max_pieces. */
export const PIECE_COUNT_MAX = 2_097_152;

const PIECE_LENGTH_MAX_V1 = 2 ** 30;
const PIECE_LENGTH_MAX_V2 = 2 ** 29;
const SHA1_LENGTH = 20;

/** Reads a torrent file. Throws "metainfo-invalid" or "metainfo-limit". */
export function parseMetainfo(bytes: Uint8Array, options: MetainfoOptions = {}): Metainfo {
  if (bytes.length > METAINFO_MAX_BYTES) {
    throw overLimit("file", `got ${bytes.length} bytes, at most ${METAINFO_MAX_BYTES} are accepted`);
  }
  // The caller's buffer may be used again; everything below is a view of this copy.
  const owned = bytes.slice();
  const outer = decode(() => decodeBencodePrefix(owned, { anyKeyOrder: true }).value);
  if (!(outer instanceof BDict)) throw invalid("file", `got ${describeGot(outer)}, wanted a dictionary`);
  const info = outer.get("info");
  const infoBytes = outer.rawOf("info");
  if (!(info instanceof BDict) || infoBytes === undefined) {
    throw invalid("info", `got ${describeGot(info)}, wanted a dictionary`);
  }
  const around = readOuter(outer);
  return buildMetainfo(info, infoBytes, { ...around, pieceLayers: readPieceLayers(outer) }, options);
}

/**
 * Reads an info dictionary alone, as it comes from peers (BEP 9) or from our own store. Piece layers, when given, are
 * checked and must be complete; without them `pieceLayers` is empty. Throws "metainfo-invalid" or "metainfo-limit".
 */
export function parseInfo(infoBytes: Uint8Array, outer: OuterMetainfo = {}, options: MetainfoOptions = {}): Metainfo {
  if (infoBytes.length > INFO_MAX_BYTES) {
    throw overLimit("info", `got ${infoBytes.length} bytes, at most ${INFO_MAX_BYTES} are accepted`);
  }
  const owned = infoBytes.slice();
  const info = decode(() => decodeBencode(owned, { anyKeyOrder: true }));
  if (!(info instanceof BDict)) throw invalid("info", `got ${describeGot(info)}, wanted a dictionary`);
  return buildMetainfo(info, owned, outer, options);
}

function decode(run: () => BValue): BValue {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof TorrentialError)) throw cause;
    const code = cause.code === "bencode-limit" ? "metainfo-limit" : "metainfo-invalid";
    throw new TorrentialError(code, `torrent: ${cause.message}`, { cause });
  }
}

function buildMetainfo(info: BDict, infoBytes: Uint8Array, outer: OuterMetainfo, options: MetainfoOptions): Metainfo {
  const kind = readKind(info);
  const infoName = textBytes(info, "name") ?? needBytes(info, "name");
  if (infoName.length === 0) throw invalid("name", "it is empty");
  const pieceLength = readPieceLength(info, kind);
  const { files: rawFiles, isSingleFile, nameBytes } = readFiles(info, kind, { nameBytes: infoName, pieceLength });
  const name = makeSafeName(nameBytes, options);
  const lengthBytes = totalLength(rawFiles);
  if (lengthBytes === 0) throw invalid("total length", "got 0, wanted at least one byte");
  const pieceCount = countPieces(lengthBytes, pieceLength);
  const pieceHashes = kind === "v2" ? new Uint8Array(0) : readPieceHashes(info, pieceCount);
  const layers = outer.pieceLayers;
  return {
    kind,
    infoHashV1: kind === "v2" ? undefined : infoHashFromBytes(sha1(infoBytes)),
    infoHashV2: kind === "v1" ? undefined : infoHashV2FromBytes(sha256(infoBytes)),
    infoBytes,
    name,
    isSingleFile,
    lengthBytes,
    pieceLength,
    pieceCount,
    pieceHashes,
    files: placeFiles(rawFiles, { name, isSingleFile }, options),
    pieceLayers: layers === undefined || kind === "v1" ? new Map() : checkPieceLayers(layers, rawFiles, pieceLength),
    trackers: outer.trackers ?? [],
    webSeeds: outer.webSeeds ?? [],
    httpSeeds: outer.httpSeeds ?? [],
    nodes: outer.nodes ?? [],
    isPrivate: readPrivate(info),
    source: optionalText(info, "source"),
    comment: outer.comment,
    createdBy: outer.createdBy,
    creationDate: outer.creationDate,
    // BEP 38 allows both keys inside and outside the info dictionary.
    similar: [...new Set([...readSimilar(info.get("similar")), ...(outer.similar ?? [])])],
    collections: [...new Set([...readCollections(info), ...(outer.collections ?? [])])],
  };
}

// BEP 52: to be looked at first, so that a torrent of a later version is called that and not broken.
function readKind(info: BDict): Metainfo["kind"] {
  const version = info.get("meta version");
  if (version === undefined) return "v1";
  if (version !== 2) {
    const got = typeof version === "number" || typeof version === "bigint" ? String(version) : describeGot(version);
    throw invalid("meta version", `got ${got}, wanted 2 or none: another version of BitTorrent`);
  }
  return info.has("pieces") ? "hybrid" : "v2";
}

function readPieceLength(info: BDict, kind: Metainfo["kind"]): number {
  if (kind === "v1") return needInt(info, "piece length", { min: 1, max: PIECE_LENGTH_MAX_V1 });
  const pieceLength = needInt(info, "piece length", { min: BLOCK_LENGTH, max: PIECE_LENGTH_MAX_V2 });
  if (!Number.isInteger(Math.log2(pieceLength))) {
    throw invalid("piece length", `got ${pieceLength}, wanted a power of two in version 2`);
  }
  return pieceLength;
}

function readFiles(
  info: BDict,
  kind: Metainfo["kind"],
  torrent: { readonly nameBytes: Uint8Array; readonly pieceLength: number },
): { readonly files: readonly RawFile[]; readonly isSingleFile: boolean; readonly nameBytes: Uint8Array } {
  const { nameBytes } = torrent;
  if (kind === "v1") return { ...readFilesV1(info), nameBytes };
  const v2 = readFilesV2(info);
  if (kind === "hybrid") {
    const v1 = readFilesV1(info);
    return { files: mergeHybrid(v1, v2, torrent), isSingleFile: v1.isSingleFile, nameBytes };
  }
  // BEP 52: a tree of one file is that file, whatever the torrent is called; libtorrent takes its name as well.
  const only = v2.length === 1 ? v2[0]?.path : undefined;
  const files = alignToPieces(v2, torrent.pieceLength);
  return only?.length === 1
    ? { files, isSingleFile: true, nameBytes: only[0] ?? nameBytes }
    : { files, isSingleFile: false, nameBytes };
}

function countPieces(lengthBytes: number, pieceLength: number): number {
  const rest = lengthBytes % pieceLength;
  const pieceCount = (lengthBytes - rest) / pieceLength + (rest === 0 ? 0 : 1);
  if (pieceCount > PIECE_COUNT_MAX) {
    throw overLimit("pieces", `${lengthBytes} bytes make ${pieceCount}, at most ${PIECE_COUNT_MAX} are accepted`);
  }
  return pieceCount;
}

function readPieceHashes(info: BDict, pieceCount: number): Uint8Array {
  const hashes = needBytes(info, "pieces");
  if (hashes.length % SHA1_LENGTH !== 0) {
    throw invalid("pieces", `got ${hashes.length} bytes, wanted a multiple of ${SHA1_LENGTH}`);
  }
  if (hashes.length !== pieceCount * SHA1_LENGTH) {
    throw invalid("pieces", `got ${hashes.length / SHA1_LENGTH} hashes, wanted ${pieceCount}`);
  }
  return hashes;
}

function placeFiles(
  rawFiles: readonly RawFile[],
  torrent: { readonly name: string; readonly isSingleFile: boolean },
  options: MetainfoOptions,
): TorrentFile[] {
  const nameBytes = utf8(torrent.name);
  // Pad files are never made, so they must not take names from files that are: theirs are made apart.
  const named = rawFiles.filter((file) => !file.isPad);
  const paths = makeSafePaths(
    named.map((file) => (torrent.isSingleFile ? [nameBytes] : [nameBytes, ...file.path])),
    options,
  );
  let offsetBytes = 0;
  let nextPath = 0;
  return rawFiles.map((file) => {
    const path = file.isPad ? padPath(nameBytes, file) : paths[nextPath++];
    assert(path !== undefined, "metainfo: fewer paths than files");
    const placed: TorrentFile = {
      path,
      lengthBytes: file.lengthBytes,
      offsetBytes,
      isPad: file.isPad,
      isExecutable: file.isExecutable,
      isHidden: file.isHidden,
      symlink: file.symlink?.map((part) => makeSafeName(part, options)),
      piecesRoot: file.piecesRoot,
    };
    offsetBytes += file.lengthBytes;
    return placed;
  });
}

// BEP 47's recommended name. Equal ones do not matter.
function padPath(nameBytes: Uint8Array, file: RawFile): SafePath | undefined {
  return makeSafePaths([[nameBytes, utf8(".pad"), utf8(String(file.lengthBytes))]])[0];
}

// BEP 27 says private=1. Any other truth is taken for it too: mistaking a private torrent for a public one leaks it.
function readPrivate(info: BDict): boolean {
  const value = info.get("private");
  if (value instanceof Uint8Array) return toHex(value) === "31";
  return typeof value === "number" ? value !== 0 : typeof value === "bigint";
}

function readCollections(info: BDict): string[] {
  return optionalByteStrings(info.get("collections")).map((bytes) => fromUtf8(bytes, { lossy: true }));
}
