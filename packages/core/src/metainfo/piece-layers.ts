/** Piece layers of version 2 (BEP 52): untrusted until they hash up to the roots inside the info dictionary. */
import type { BDict } from "../bencode/value.ts";
import { equalBytes, fromHex, latin1, toHex } from "../bytes.ts";
import { BLOCK_LENGTH } from "../geometry.ts";
import { MERKLE_HASH_LENGTH, merkleRoot } from "../merkle.ts";
import { describeGot, invalid } from "./fields.ts";
import type { RawFile } from "./raw-file.ts";

/** The layers as written, by root in hex. Entries that are no strings of hashes are left out: they will be missed. */
export function readPieceLayers(outer: BDict): Map<string, Uint8Array> {
  const dict = outer.get("piece layers");
  const layers = new Map<string, Uint8Array>();
  // BEP 52 wants the key even when no file has a layer; libtorrent accepts its absence then, and so do we.
  if (dict === undefined) return layers;
  if (typeof dict !== "object" || dict instanceof Uint8Array || Array.isArray(dict)) {
    throw invalid("piece layers", `got ${describeGot(dict)}, wanted a dictionary`);
  }
  for (const [root, hashes] of dict) {
    if (hashes instanceof Uint8Array) layers.set(toHex(latin1(root)), hashes);
  }
  return layers;
}

/**
 * The layers that files need, each checked against its root. Throws for one that is missing, of the wrong size, or
 * false. Layers that no file needs are dropped.
 */
export function checkPieceLayers(
  layers: ReadonlyMap<string, Uint8Array>,
  files: readonly RawFile[],
  pieceLength: number,
): Map<string, Uint8Array> {
  const checked = new Map<string, Uint8Array>();
  const layer = Math.log2(pieceLength / BLOCK_LENGTH);
  for (const { piecesRoot, lengthBytes } of files) {
    // A file of one piece needs no layer: its root is the hash of that piece.
    if (piecesRoot === undefined || lengthBytes <= pieceLength) continue;
    const what = `piece layer of root ${piecesRoot}`;
    const hashes = layers.get(piecesRoot);
    if (hashes === undefined) throw invalid(what, "it is missing");
    const wanted = Math.ceil(lengthBytes / pieceLength) * MERKLE_HASH_LENGTH;
    if (hashes.length !== wanted) throw invalid(what, `got ${hashes.length} bytes, wanted ${wanted}`);
    if (checked.has(piecesRoot)) continue; // files with the same content share it
    if (!equalBytes(merkleRoot(hashes, layer), fromHex(piecesRoot)))
      throw invalid(what, "it does not hash to the root");
    checked.set(piecesRoot, hashes);
  }
  return checked;
}
