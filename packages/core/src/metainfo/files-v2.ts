/** The file tree of version 2 (BEP 52). */
import { BDict, type BValue } from "../bencode/value.ts";
import { latin1, toHex } from "../bytes.ts";
import { describeGot, invalid, needBytes } from "./fields.ts";
import { type RawFile, readRawFile } from "./raw-file.ts";

interface OpenFolder {
  readonly path: readonly Uint8Array[];
  readonly entries: Iterator<[string, BValue]>;
}

/** Files in the order of the tree. Paths are below the torrent's folder, for single files too. */
export function readFilesV2(info: BDict): RawFile[] {
  const tree = info.get("file tree");
  if (!(tree instanceof BDict)) throw invalid("file tree", `got ${describeGot(tree)}, wanted a dictionary`);
  if (tree.has("")) throw invalid("file tree", "its root is a file, wanted a folder");
  const files: RawFile[] = [];
  const open: OpenFolder[] = [{ path: [], entries: tree.entries() }];
  for (let folder = open.at(-1); folder !== undefined; folder = open.at(-1)) {
    const next = folder.entries.next();
    if (next.done === true) {
      open.pop();
      continue;
    }
    const [key, node] = next.value;
    const path = [...folder.path, latin1(key)];
    if (!(node instanceof BDict)) {
      throw invalid(`file tree entry ${JSON.stringify(key)}`, `got ${describeGot(node)}, wanted a dictionary`);
    }
    if (node.has("")) files.push(readLeaf(node, `file ${files.length}`, path));
    else open.push({ path, entries: node.entries() });
  }
  if (files.length === 0) throw invalid("file tree", "it has no files");
  return files;
}

function readLeaf(node: BDict, what: string, path: readonly Uint8Array[]): RawFile {
  if (node.size !== 1) throw invalid(what, "got a file that is also a folder");
  const properties = node.get("");
  if (!(properties instanceof BDict)) {
    throw invalid(what, `got ${describeGot(properties)}, wanted a dictionary`);
  }
  // BEP 52 has no pad files: alignment is implied, and a file that calls itself one would have no data to check.
  const file: RawFile = { ...readRawFile(properties, what, path), isPad: false };
  if (file.lengthBytes === 0) return file;
  const root = needBytes(properties, "pieces root", `pieces root of ${what}`);
  if (root.length !== 32) throw invalid(`pieces root of ${what}`, `got ${root.length} bytes, wanted 32`);
  return { ...file, piecesRoot: toHex(root) };
}

/** Pads between files, so that each file with bytes starts a piece (BEP 52). None after the last of them. */
export function alignToPieces(files: readonly RawFile[], pieceLength: number): RawFile[] {
  const aligned: RawFile[] = [];
  const last = files.findLastIndex((file) => file.lengthBytes > 0);
  for (const [index, file] of files.entries()) {
    aligned.push(file);
    const filled = file.lengthBytes % pieceLength;
    if (filled > 0 && index < last) aligned.push(makePad(pieceLength - filled));
  }
  return aligned;
}

function makePad(lengthBytes: number): RawFile {
  return {
    path: [],
    lengthBytes,
    isPad: true,
    isExecutable: false,
    isHidden: false,
    symlink: undefined,
    piecesRoot: undefined,
  };
}
