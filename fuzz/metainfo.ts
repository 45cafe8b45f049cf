/** A torrent that parses adds up: lengths, offsets, pieces, and names that stay inside. */
import { buildMetainfo, type Metainfo, parseMetainfo } from "@torrential/core";

const PIECE_LENGTH = 16_384;

function makeSeed(files: readonly { readonly path: readonly string[]; readonly lengthBytes: number }[]): Uint8Array {
  const lengthBytes = files.reduce((sum, file) => sum + file.lengthBytes, 0);
  const pieceHashes = new Uint8Array(20 * Math.ceil(lengthBytes / PIECE_LENGTH)).fill(7);
  return buildMetainfo({
    name: "seed",
    files,
    pieceLength: PIECE_LENGTH,
    pieceHashes,
    trackers: [["http://a.example/announce"]],
  });
}

export const seeds: readonly Uint8Array[] = [
  makeSeed([{ path: ["a"], lengthBytes: 40_000 }]),
  makeSeed([
    { path: ["a"], lengthBytes: 1 },
    { path: ["b", "c"], lengthBytes: 0 },
    { path: ["b", "d"], lengthBytes: 20_000 },
  ]),
];

export function fuzz(input: Uint8Array): void {
  checkSum(parseMetainfo(input));
}

function checkSum(metainfo: Metainfo): void {
  let offset = 0;
  for (const file of metainfo.files) {
    if (metainfo.kind !== "v2" && file.offsetBytes !== offset)
      throw new Error("a file does not begin where the last one ends");
    if (file.path.length === 0 || file.path.some((part) => /^\.{0,2}$|[/\0]/.test(part)))
      throw new Error("a name leaves its folder");
    offset += file.lengthBytes;
  }
  if (metainfo.kind !== "v2" && offset !== metainfo.lengthBytes) throw new Error("files do not add up to the torrent");
}
