/** The file list of version 1 (BEP 3, BEP 47). */
import { BDict, type BValue } from "../bencode/value.ts";
import { describeGot, invalid, needList } from "./fields.ts";
import { type RawFile, readRawFile } from "./raw-file.ts";

/** Files in order; a single file has an empty path. */
export function readFilesV1(info: BDict): { readonly files: RawFile[]; readonly isSingleFile: boolean } {
  // With both keys the list counts, as in libtorrent.
  if (!info.has("files")) {
    if (!info.has("length")) throw invalid("info", 'got neither "files" nor "length"');
    return { files: [readRawFile(info, "the file", [])], isSingleFile: true };
  }
  const list = needList(info, "files");
  if (list.length === 0) throw invalid("files", "the list is empty");
  return { files: list.map((item, index) => readListed(item, `file ${index}`)), isSingleFile: false };
}

function readListed(item: BValue, what: string): RawFile {
  if (!(item instanceof BDict)) throw invalid(what, `got ${describeGot(item)}, wanted a dictionary`);
  const file = readRawFile(item, what, []);
  // BEP 47: pad files may come without a path, and theirs is never used.
  return file.isPad ? file : { ...file, path: readPath(item, what) };
}

function readPath(dict: BDict, what: string): Uint8Array[] {
  const twin = dict.get("path.utf-8");
  const isTwinUsable = Array.isArray(twin) && twin.length > 0 && twin.every((part) => part instanceof Uint8Array);
  const parts = isTwinUsable ? twin : needList(dict, "path", `path of ${what}`);
  if (parts.length === 0) throw invalid(`path of ${what}`, "it is empty");
  return parts.map((part) => {
    if (part instanceof Uint8Array) return part;
    throw invalid(`path of ${what}`, `got ${describeGot(part)} in it, wanted strings`);
  });
}
