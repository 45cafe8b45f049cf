import { describe, expect, it } from "vitest";
import { utf8 } from "../bytes.ts";
import { decodeBencode } from "./decode.ts";
import { BDict, describeType } from "./value.ts";

function decodeDict(text: string): BDict {
  const value = decodeBencode(utf8(text), { lenient: true });
  if (!(value instanceof BDict)) throw new Error("not a dictionary");
  return value;
}

const dict = decodeDict("d1:bi18446744073709551616e1:dd1:xi1ee1:ii5e1:lli1ee1:s2:\u00e9e");

describe("decoded dictionary", () => {
  it("gives typed fields, undefined when absent", () => {
    expect(dict.getInt("i")).toBe(5);
    expect(dict.getString("s")).toBe("é");
    expect(dict.getBytes("s")).toEqual(utf8("é"));
    expect(dict.getList("l")).toEqual([1]);
    expect(dict.getDict("d")?.getInt("x")).toBe(1);
    expect([...dict.keys()]).toEqual(["b", "d", "i", "l", "s"]);
    expect([dict.size, dict.has("i"), dict.has("z")]).toEqual([5, true, false]);
    for (const get of ["getInt", "getString", "getBytes", "getList", "getDict"] as const) {
      expect(dict[get]("absent")).toBeUndefined();
    }
  });

  it.each([
    [() => dict.getInt("s"), 'key "s": got a string, wanted an integer'],
    [() => dict.getBytes("i"), 'key "i": got an integer, wanted a string'],
    [() => dict.getString("l"), 'key "l": got a list, wanted a string'],
    [() => dict.getList("d"), 'key "d": got a dictionary, wanted a list'],
    [() => dict.getDict("i"), "wanted a dictionary"],
    [() => dict.getInt("b"), "outside"],
    [() => dict.getInt("i", { min: 6 }), "got 5, wanted 6 to"],
    [() => dict.getInt("i", { max: 4 }), "to 4"],
  ])("names the key and both types when they differ (%#)", (run, message) => {
    expect(run).toThrow(expect.objectContaining({ code: "bencode-invalid" }));
    expect(run).toThrow(message);
  });

  it("gives the bytes of a value as received", () => {
    const nested = decodeDict("d1:ad2:xxli1ei-2e0:ee1:bi007e4:infod1:z1:e1:ai1eee");
    expect(nested.rawOf("a")).toEqual(utf8("d2:xxli1ei-2e0:ee"));
    expect(nested.rawOf("b")).toEqual(utf8("i007e"));
    expect(nested.rawOf("info")).toEqual(utf8("d1:z1:e1:ai1ee"));
    expect(nested.rawOf("absent")).toBeUndefined();
    expect(nested.getDict("info")?.rawOf("z")).toEqual(utf8("1:e"));
  });

  it("describes types for messages", () => {
    expect([1, 1n, utf8(""), [], dict].map(describeType)).toEqual([
      "an integer",
      "an integer",
      "a string",
      "a list",
      "a dictionary",
    ]);
  });
});
