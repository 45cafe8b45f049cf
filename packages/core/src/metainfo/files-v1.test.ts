import { describe, expect, it } from "vitest";
import { decodeBencode } from "../bencode/decode.ts";
import { type BInput, encodeBencode } from "../bencode/encode.ts";
import { BDict } from "../bencode/value.ts";
import { utf8 } from "../bytes.ts";
import { readFilesV1 } from "./files-v1.ts";

function read(info: Record<string, BInput>): ReturnType<typeof readFilesV1> {
  const dict = decodeBencode(encodeBencode(info));
  if (!(dict instanceof BDict)) throw new Error("not a dictionary");
  return readFilesV1(dict);
}

describe("v1 file list", () => {
  it("takes a list over a length", () => {
    const files = [{ length: 1, path: ["a", "b"] }];
    expect(read({ files, length: 5 })).toMatchObject({
      isSingleFile: false,
      files: [{ lengthBytes: 1, path: [utf8("a"), utf8("b")] }],
    });
    expect(read({ length: 5 })).toMatchObject({ isSingleFile: true, files: [{ lengthBytes: 5, path: [] }] });
  });

  it("ignores a utf-8 path that is not usable", () => {
    for (const twin of [[], 5, "x", [5]]) {
      const files = [{ length: 1, path: ["a"], "path.utf-8": twin }];
      expect(read({ files }).files[0]?.path).toEqual([utf8("a")]);
    }
  });
});
