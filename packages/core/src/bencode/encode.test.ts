import { describe, expect, it } from "vitest";
import { fromLatin1, utf8 } from "../bytes.ts";
import { decodeBencode } from "./decode.ts";
import { type BInput, encodeBencode } from "./encode.ts";

function encodeText(value: BInput): string {
  return fromLatin1(encodeBencode(value));
}

describe("bencode encoding", () => {
  it.each<[string, BInput]>([
    ["i0e", 0],
    ["i0e", -0],
    ["i-5e", -5],
    ["i18446744073709551616e", 2n ** 64n],
    ["0:", ""],
    ["2:\u00c3\u00a9", "é"],
    ["3:abc", utf8("abc")],
    ["le", []],
    ["li1e1:ae", [1, "a"]],
    ["de", {}],
    ["d1:ai1e1:bi2ee", { b: 2, a: 1, c: undefined }],
    ["d1:Bi1e1:ai2e2:aai3ee", { aa: 3, a: 2, B: 1 }],
    [
      "d1:\u0080i1e1:\u00ffi2ee",
      new Map([
        ["\u00ff", 2],
        ["\u0080", 1],
      ]),
    ],
  ])("writes %j", (text, value) => {
    expect(encodeText(value)).toBe(text);
  });

  it("sorts keys of records by their UTF-8 bytes", () => {
    // By UTF-16 unit U+1F600 (d83d…) would come before U+FF5E.
    expect(encodeText({ "\u{1f600}": 1, "\uff5e": 2 }).indexOf("\u00ef")).toBe(3);
  });

  it("grows for long values", () => {
    const long = new Uint8Array(100_000).fill(7);
    expect(decodeBencode(encodeBencode([long, long]))).toEqual([long, long]);
  });

  it("refuses numbers that are not exact integers", () => {
    for (const value of [1.5, Number.NaN, Infinity, 2 ** 53])
      expect(() => encodeBencode(value)).toThrow("exact integer");
  });
});
