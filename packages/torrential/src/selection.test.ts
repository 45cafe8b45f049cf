import { readFileSync } from "node:fs";
import { buildMetainfo, type Metainfo, parseMetainfo } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { selectFiles } from "./selection.ts";

function makeTorrent(paths: readonly string[], name = "tree"): Metainfo {
  const files = paths.map((path) => ({ path: path.split("/"), lengthBytes: 1 }));
  return parseMetainfo(buildMetainfo({ name, files, pieceLength: 16_384, pieceHashes: new Uint8Array(20) }));
}

const TREE = makeTorrent(["docs/a.txt", "docs/deep/b.txt", "media/[x] c.mkv", ".hidden"]);

function chosen(torrent: Metainfo, ...globs: string[]): string[] {
  const priorities = selectFiles(torrent, globs);
  return torrent.files.filter((_, index) => (priorities[index] ?? 0) > 0).map((file) => file.path.slice(1).join("/"));
}

describe("--select", () => {
  it.each([
    ["docs/*.txt", ["docs/a.txt"]],
    ["tree/docs/*.txt", ["docs/a.txt"]],
    ["*.txt", ["docs/a.txt", "docs/deep/b.txt"]],
    ["docs", ["docs/a.txt", "docs/deep/b.txt"]],
    ["docs/", ["docs/a.txt", "docs/deep/b.txt"]],
    ["**/b.*", ["docs/deep/b.txt"]],
    ["[x] c.mkv", ["media/[x] c.mkv"]],
    ["media/[x] c.mkv", ["media/[x] c.mkv"]],
    ["*.{mkv,iso}", ["media/[x] c.mkv"]],
    [".hidden", [".hidden"]],
    ["tree", ["docs/a.txt", "docs/deep/b.txt", "media/[x] c.mkv", ".hidden"]],
  ])("%s fits", (glob, wanted) => {
    expect(chosen(TREE, glob)).toEqual(wanted);
  });

  it("adds up", () => {
    expect(chosen(TREE, "a.txt", "*.mkv")).toEqual(["docs/a.txt", "media/[x] c.mkv"]);
  });

  it("says what there is when nothing fits", () => {
    const many = makeTorrent(Array.from({ length: 8 }, (_, index) => `f${index}`));
    expect(() => selectFiles(many, ["*.iso"])).toThrow(
      "tree: no file fits --select *.iso; it has tree/f0, tree/f1, tree/f2, tree/f3, tree/f4 and 3 more",
    );
  });

  it("never wants pad files", () => {
    const hybrid = parseMetainfo(
      readFileSync(new URL("../../core/test/fixtures/hybrid-multi.torrent", import.meta.url)),
    );
    const priorities = selectFiles(hybrid, ["**"]);
    expect(hybrid.files.map((file) => !file.isPad)).toEqual(priorities.map((priority) => priority > 0));
    expect(hybrid.files.some((file) => file.isPad)).toBe(true);
  });
});
