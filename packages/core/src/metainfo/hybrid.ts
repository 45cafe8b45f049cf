/** Hybrid torrents (BEP 52) say everything twice. Both must describe the same bytes, or peers of the two kinds disagree. */
import { equalBytes, fromUtf8 } from "../bytes.ts";
import { invalid } from "./fields.ts";
import type { RawFile } from "./raw-file.ts";

/** The v1 list with the roots of the v2 files. Throws where names, lengths, order or alignment differ. */
export function mergeHybrid(
  v1: { readonly files: readonly RawFile[]; readonly isSingleFile: boolean },
  v2: readonly RawFile[],
  torrent: { readonly nameBytes: Uint8Array; readonly pieceLength: number },
): RawFile[] {
  const merged: RawFile[] = [];
  let offset = 0;
  let matched = 0;
  for (const file of v1.files) {
    const other = file.isPad ? undefined : v2[matched++];
    if (!file.isPad) {
      const path = v1.isSingleFile ? [torrent.nameBytes] : file.path;
      checkSame({ ...file, path }, other, matched - 1);
      if (file.lengthBytes > 0 && offset % torrent.pieceLength !== 0) {
        throw invalid(`hybrid file ${matched - 1}`, `v1 has it at byte ${offset}, wanted the start of a piece`);
      }
    }
    merged.push({ ...file, piecesRoot: other?.piecesRoot });
    offset += file.lengthBytes;
  }
  if (matched !== v2.length) throw invalid("hybrid files", `v1 lists ${matched}, v2 lists ${v2.length}`);
  return merged;
}

function checkSame(v1: RawFile, v2: RawFile | undefined, index: number): void {
  const what = `hybrid file ${index}`;
  if (v2 === undefined) throw invalid(what, "v1 lists it, v2 does not");
  if (v1.lengthBytes !== v2.lengthBytes) {
    throw invalid(what, `v1 gives it ${v1.lengthBytes} bytes, v2 ${v2.lengthBytes}`);
  }
  const isSamePath =
    v1.path.length === v2.path.length && v1.path.every((part, i) => equalBytes(part, v2.path[i] ?? new Uint8Array(0)));
  if (!isSamePath) throw invalid(what, `v1 names it ${showPath(v1.path)}, v2 ${showPath(v2.path)}`);
  if ((v1.symlink === undefined) !== (v2.symlink === undefined))
    throw invalid(what, "it is a link in one version only");
}

function showPath(path: readonly Uint8Array[]): string {
  const text = path.map((part) => fromUtf8(part, { lossy: true })).join("/");
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}
