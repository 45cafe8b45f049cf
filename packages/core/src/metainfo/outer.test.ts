import { describe, expect, it } from "vitest";
import { decodeBencode } from "../bencode/decode.ts";
import { type BInput, encodeBencode } from "../bencode/encode.ts";
import { BDict } from "../bencode/value.ts";
import { cleanSeeds, readOuter } from "./outer.ts";

function read(outer: Record<string, BInput>): ReturnType<typeof readOuter> {
  const dict = decodeBencode(encodeBencode(outer));
  if (!(dict instanceof BDict)) throw new Error("not a dictionary");
  return readOuter(dict);
}

const A = "http://a.example/announce";
const B = "udp://b.example:6969";
const C = "wss://c.example/";

describe("outer fields", () => {
  it.each<[string, Record<string, BInput>, string[][]]>([
    ["announce alone", { announce: A }, [[A]]],
    ["the list instead of announce", { announce: A, "announce-list": [[B], [C]] }, [[B], [C]]],
    ["announce when the list is of no use", { announce: A, "announce-list": [[], [""], ["gopher://x/"]] }, [[A]]],
    ["announce when the list is no list", { announce: A, "announce-list": "x" }, [[A]]],
    ["each URL once, tiers in order", { "announce-list": [[A, B, A], [B], [C, A]] }, [[A, B], [C]]],
    ["a bare string as a tier", { "announce-list": [A, [B]] }, [[A], [B]]],
    ["trimmed URLs", { announce: ` ${A}\r\n` }, [[A]]],
    ["nothing of the wrong type", { announce: 5, "announce-list": [5, [6]] }, []],
    ["no URL with spaces or controls inside", { announce: "http://a.example/\u0001x y" }, []],
    ["no monster", { announce: `http://a.example/${"x".repeat(5000)}` }, []],
  ])("take %s", (_what, outer, expected) => {
    expect(read(outer).trackers).toEqual(expected);
  });

  it("take web seeds from a string or a list, http and https only", () => {
    expect(read({ "url-list": "http://s.example/" }).webSeeds).toEqual(["http://s.example/"]);
    const list = ["https://s.example/", "", "ftp://s.example/", "file:///etc/passwd", "https://s.example/", 5];
    expect(read({ "url-list": list }).webSeeds).toEqual(["https://s.example/"]);
    expect(read({ httpseeds: ["http://s.example/seed.php"] }).httpSeeds).toEqual(["http://s.example/seed.php"]);
    expect(cleanSeeds(["javascript:alert(1)", "http://"])).toEqual([]);
  });

  it("take nodes that can be asked", () => {
    const nodes = [["router.example", 6881], ["::1", 1], ["1.2.3.4", 0], ["x", 70_000], ["a b", 1], 5, [], [6881, "x"]];
    expect(read({ nodes }).nodes).toEqual([
      { host: "router.example", port: 6881 },
      { host: "::1", port: 1 },
    ]);
  });

  it("leave out what makes no sense", () => {
    const outer = read({ comment: 5, "created by": [], "creation date": -1, nodes: 5, "url-list": 5, similar: 5 });
    expect(outer).toEqual({
      trackers: [],
      webSeeds: [],
      httpSeeds: [],
      nodes: [],
      comment: undefined,
      createdBy: undefined,
      creationDate: undefined,
      similar: [],
      collections: [],
    });
    expect(read({ "creation date": 2n ** 60n }).creationDate).toBeUndefined();
  });
});
