/** What a verification means for each file of a torrent. */
import { Geometry, type Metainfo, type TorrentFile } from "@torrential/core";
import type { PieceVerdict, VerifyResult } from "@torrential/node";

export type FileState =
  | "ok"
  /** There is no such file. */
  | "missing"
  /** It ends too early. */
  | "short"
  /** Some of its bytes are wrong. */
  | "bad"
  /** All that can be judged is right; the rest shares a piece with a file that is not. */
  | "unproven";

export interface FileReport {
  readonly file: TorrentFile;
  readonly state: FileState;
  /** Bytes of it in pieces that passed. */
  readonly verifiedBytes: number;
  /** On disk; -1 when there is none. */
  readonly foundBytes: number;
}

/** One report for each file but pad files, in the torrent's order. */
export function reportFiles(metainfo: Metainfo, result: VerifyResult): FileReport[] {
  const geometry = new Geometry(metainfo);
  const isWhole = metainfo.files.map(
    (file, index) => file.isPad || (result.found[index]?.lengthBytes ?? -1) >= file.lengthBytes,
  );
  return metainfo.files.flatMap((file, index) => {
    if (file.isPad) return [];
    const foundBytes = result.found[index]?.lengthBytes ?? -1;
    const { verifiedBytes, badPieces } = judgePieces(file, geometry, result.pieces);
    const isBlameless = badPieces.every((piece) => touchesIncomplete(piece, metainfo, geometry, isWhole));
    return [{ file, state: stateOf(file, foundBytes, badPieces.length, isBlameless), verifiedBytes, foundBytes }];
  });
}

function stateOf(file: TorrentFile, foundBytes: number, badPieces: number, isBlameless: boolean): FileState {
  if (foundBytes < 0) return "missing";
  if (foundBytes < file.lengthBytes) return "short";
  if (badPieces === 0) return "ok";
  return isBlameless ? "unproven" : "bad";
}

function judgePieces(
  file: TorrentFile,
  geometry: Geometry,
  pieces: readonly PieceVerdict[],
): { readonly verifiedBytes: number; readonly badPieces: readonly number[] } {
  const { first, end } = geometry.piecesOf(file.offsetBytes, file.lengthBytes);
  const badPieces: number[] = [];
  let verifiedBytes = 0;
  for (let piece = first; piece < end; piece++) {
    if (pieces[piece] !== "passed") {
      badPieces.push(piece);
      continue;
    }
    const begin = Math.max(file.offsetBytes, geometry.pieceOffset(piece));
    const stop = Math.min(
      file.offsetBytes + file.lengthBytes,
      geometry.pieceOffset(piece) + geometry.pieceLengthOf(piece),
    );
    verifiedBytes += stop - begin;
  }
  return { verifiedBytes, badPieces };
}

function touchesIncomplete(
  piece: number,
  metainfo: Metainfo,
  geometry: Geometry,
  isWhole: readonly boolean[],
): boolean {
  const begin = geometry.pieceOffset(piece);
  const end = begin + geometry.pieceLengthOf(piece);
  return metainfo.files.some(
    (file, index) => isWhole[index] === false && file.offsetBytes < end && file.offsetBytes + file.lengthBytes > begin,
  );
}
