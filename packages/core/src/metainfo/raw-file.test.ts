import { describe, expect, it } from "vitest";
import { decodeBencode } from "../bencode/decode.ts";
import { encodeBencode } from "../bencode/encode.ts";
import { BDict } from "../bencode/value.ts";
import { utf8 } from "../bytes.ts";
import { readRawFile, totalLength } from "./raw-file.ts";

function read(fields: Parameters<typeof encodeBencode>[0]): ReturnType<typeof readRawFile> {
  const dict = decodeBencode(encodeBencode(fields));
  if (!(dict instanceof BDict)) throw new Error("not a dictionary");
  return readRawFile(dict, "file 7", []);
}

describe("raw file", () => {
  it("reads attributes in any order and ignores the rest (BEP 47)", () => {
    expect(read({ attr: "?hpx!", length: 1 })).toMatchObject({ isPad: true, isExecutable: true, isHidden: true });
    expect(read({ attr: 5, length: 1 })).toMatchObject({ isPad: false, isExecutable: false, isHidden: false });
  });

  it("gives a link no bytes, whatever it says", () => {
    expect(read({ attr: "lp", length: 9, "symlink path": ["a", 5] })).toMatchObject({
      lengthBytes: 0,
      isPad: false,
      symlink: [utf8("a")],
    });
    expect(read({ attr: "l" }).symlink).toEqual([]);
  });

  it("sums lengths exactly or not at all", () => {
    const big = read({ length: Number.MAX_SAFE_INTEGER });
    expect(totalLength([big])).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => totalLength([big, read({ length: 1 })])).toThrow("2^53-1");
    expect(() => read({})).toThrow("length of file 7: got nothing");
  });
});
