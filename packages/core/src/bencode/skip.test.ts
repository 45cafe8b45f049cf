import { describe, expect, it } from "vitest";
import { utf8 } from "../bytes.ts";
import { skipKeyText, skipValue } from "./skip.ts";

describe("walking over bencode", () => {
  it.each(["i-12e", "0:", "3:eee", "le", "de", "lli1eed1:a2:eeee", "d1:ad1:bleee"])("finds the end of %s", (text) => {
    expect(skipValue(utf8(`xx${text}i1e`), 2)).toBe(2 + text.length);
  });

  it("reads a key", () => {
    expect(skipKeyText(utf8("d3:abci1ee"), 1)).toEqual({ key: "abc", end: 6 });
  });
});
