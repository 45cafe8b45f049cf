import { describe, expect, it } from "vitest";
import { decodeBencode } from "../bencode/decode.ts";
import { BDict } from "../bencode/value.ts";
import { utf8 } from "../bytes.ts";
import { needBytes, needInt, needList, optionalByteStrings, optionalText, textBytes } from "./fields.ts";

function decodeDict(text: string): BDict {
  const value = decodeBencode(utf8(text));
  if (!(value instanceof BDict)) throw new Error("not a dictionary");
  return value;
}

const dict = decodeDict("d1:ii5e1:lle1:s1:x3:txt1:a9:txt.utf-81:be");
const RANGE = { min: 0, max: 5 };

describe("fields of a torrent", () => {
  it("are given when they are right", () => {
    expect(needInt(dict, "i", RANGE)).toBe(5);
    expect(needBytes(dict, "s")).toEqual(utf8("x"));
    expect(needList(dict, "l")).toEqual([]);
    expect(textBytes(dict, "txt")).toEqual(utf8("b"));
    expect([optionalText(dict, "s"), optionalText(dict, "i"), optionalText(dict, "absent")]).toEqual([
      "x",
      undefined,
      undefined,
    ]);
    expect(optionalByteStrings([utf8("a"), 5, utf8("b")])).toEqual([utf8("a"), utf8("b")]);
  });

  it.each([
    [() => needInt(dict, "s", RANGE), "torrent: s: got a string, wanted an integer"],
    [() => needInt(dict, "i", { min: 6, max: 7 }), "torrent: i: got 5, wanted 6 to 7"],
    [() => needBytes(dict, "absent", "this"), "torrent: this: got nothing, wanted a string"],
    [() => needList(dict, "i"), "torrent: i: got an integer, wanted a list"],
  ])("are named in errors (%#)", (run, message) => {
    expect(run).toThrow(expect.objectContaining({ code: "metainfo-invalid", message }));
  });
});
