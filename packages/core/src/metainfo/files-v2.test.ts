import { describe, expect, it } from "vitest";
import { decodeBencode } from "../bencode/decode.ts";
import { type BInput, encodeBencode } from "../bencode/encode.ts";
import { BDict } from "../bencode/value.ts";
import { fromUtf8 } from "../bytes.ts";
import { alignToPieces, readFilesV2 } from "./files-v2.ts";

const ROOT = new Uint8Array(32).fill(0xab);

function read(tree: BInput): ReturnType<typeof readFilesV2> {
  const dict = decodeBencode(encodeBencode({ "file tree": tree }));
  if (!(dict instanceof BDict)) throw new Error("not a dictionary");
  return readFilesV2(dict);
}

function leaf(length: number): BInput {
  return { "": length === 0 ? { length } : { length, "pieces root": ROOT } };
}

describe("v2 file tree", () => {
  it("lists files in the order of the tree", () => {
    const files = read({ b: { z: leaf(1), a: leaf(0), d: { x: leaf(2) } }, a: leaf(3), empty: {} });
    expect(files.map((file) => [file.path.map((part) => fromUtf8(part)).join("/"), file.lengthBytes])).toEqual([
      ["a", 3],
      ["b/a", 0],
      ["b/d/x", 2],
      ["b/z", 1],
    ]);
    expect(files[0]?.piecesRoot).toBe("ab".repeat(32));
    expect(files[1]?.piecesRoot).toBeUndefined();
  });

  it("has no pad files", () => {
    const tree = { a: { "": { attr: "p", length: 1, "pieces root": ROOT } } };
    expect(read(tree)[0]?.isPad).toBe(false);
  });

  it.each<[string, BInput]>([
    ["file tree: got an integer", 5],
    ["its root is a file", leaf(1)],
    ["it has no files", { a: { b: {} } }],
    ['entry "a": got a string', { a: "x" }],
    ["a file that is also a folder", { a: { "": { length: 0 }, b: leaf(1) } }],
    ["file 0: got an integer, wanted a dictionary", { a: { "": 5 } }],
    ["length of file 0: got nothing", { a: { "": {} } }],
    ["pieces root of file 0: got nothing", { a: { "": { length: 1 } } }],
    ["pieces root of file 0: got 31 bytes, wanted 32", { a: { "": { length: 1, "pieces root": new Uint8Array(31) } } }],
  ])("refuses: %s", (message, tree) => {
    expect(() => read(tree)).toThrow(expect.objectContaining({ code: "metainfo-invalid" }));
    expect(() => read(tree)).toThrow(message);
  });

  it("pads between files that have bytes, and not after the last of them", () => {
    const files = read({ a: leaf(10), b: leaf(0), c: leaf(16), d: leaf(5), e: leaf(0) });
    expect(alignToPieces(files, 16).map((file) => [file.isPad, file.lengthBytes])).toEqual([
      [false, 10],
      [true, 6],
      [false, 0],
      [false, 16],
      [false, 5],
      [false, 0],
    ]);
  });
});
