import { describe, expect, it } from "vitest";
import { utf8 } from "../bytes.ts";
import { mergeHybrid } from "./hybrid.ts";
import type { RawFile } from "./raw-file.ts";

const ROOT = "ab".repeat(32);
const TORRENT = { nameBytes: utf8("name"), pieceLength: 16_384 };

function file(path: readonly string[], lengthBytes: number, more: Partial<RawFile> = {}): RawFile {
  const plain = { isPad: false, isExecutable: false, isHidden: false, symlink: undefined, piecesRoot: undefined };
  return { ...plain, path: path.map(utf8), lengthBytes, ...more };
}

const pad = file([], 6384, { isPad: true });
const v1 = [file(["a"], 10_000), pad, file(["d", "b"], 5)];
const v2 = [file(["a"], 10_000, { piecesRoot: ROOT }), file(["d", "b"], 5, { piecesRoot: ROOT })];

describe("hybrid torrents", () => {
  it("keep the v1 layout and take the v2 roots", () => {
    const merged = mergeHybrid({ files: v1, isSingleFile: false }, v2, TORRENT);
    expect(merged.map((item) => [item.lengthBytes, item.isPad, item.piecesRoot])).toEqual([
      [10_000, false, ROOT],
      [6384, true, undefined],
      [5, false, ROOT],
    ]);
  });

  it("match a single file by the torrent's name", () => {
    const single = { files: [file([], 5)], isSingleFile: true };
    expect(mergeHybrid(single, [file(["name"], 5)], TORRENT)).toHaveLength(1);
    expect(() => mergeHybrid(single, [file(["other"], 5)], TORRENT)).toThrow('v1 names it "name", v2 "other"');
  });

  it.each<[string, readonly RawFile[], readonly RawFile[]]>([
    ["v1 lists it, v2 does not", v1, v2.slice(0, 1)],
    ["v1 lists 1, v2 lists 2", v1.slice(0, 1), v2],
    ["v1 gives it 10000 bytes, v2 9999", v1, [file(["a"], 9999), ...v2.slice(1)]],
    ['v2 "d/c"', v1, [...v2.slice(0, 1), file(["d", "c"], 5)]],
    ['v2 "d/b/c"', v1, [...v2.slice(0, 1), file(["d", "b", "c"], 5)]],
    ["wanted the start of a piece", v1.filter((item) => !item.isPad), v2],
    ["a link in one version only", v1, [...v2.slice(0, 1), file(["d", "b"], 5, { symlink: [] })]],
  ])("are refused when %s", (message, first, second) => {
    const run = (): unknown => mergeHybrid({ files: first, isSingleFile: false }, second, TORRENT);
    expect(run).toThrow(expect.objectContaining({ code: "metainfo-invalid" }));
    expect(run).toThrow(message);
  });
});
