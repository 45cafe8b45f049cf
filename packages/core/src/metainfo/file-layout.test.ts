import { describe, expect, it } from "vitest";
import { buildMetainfo } from "../create.ts";
import { arrangeFiles, layoutFolder } from "./file-layout.ts";
import type { Metainfo } from "./metainfo.ts";
import { parseMetainfo } from "./parse.ts";

function torrent(name: string, paths: readonly (readonly string[])[] | undefined): Metainfo {
  const files = paths === undefined ? { lengthBytes: 10 } : { files: paths.map((path) => ({ path, lengthBytes: 10 })) };
  return parseMetainfo(buildMetainfo({ name, ...files, pieceLength: 16_384, pieceHashes: new Uint8Array(20) }));
}

describe("a layout of files", () => {
  const many = torrent("album", [["a"], ["cd 1", "b"]]);
  const single = torrent("film.mkv", undefined);

  it.each([
    [many, "original", ["album/a", "album/cd 1/b"], "album"],
    [many, "subfolder", ["album/a", "album/cd 1/b"], "album"],
    [many, "no-subfolder", ["a", "cd 1/b"], undefined],
    [single, "original", ["film.mkv"], undefined],
    [single, "subfolder", ["film/film.mkv"], "film"],
    [single, "no-subfolder", ["film.mkv"], undefined],
    [torrent(".hidden", undefined), "subfolder", [".hidden/.hidden"], ".hidden"],
    [torrent("none", undefined), "subfolder", ["none/none"], "none"],
  ] as const)("%#: of %o as %s", (metainfo, layout, paths, folder) => {
    expect(arrangeFiles(metainfo, layout).map((path) => path.join("/"))).toEqual(paths);
    expect(layoutFolder(metainfo, layout)).toBe(folder);
  });
});
