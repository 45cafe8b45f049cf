import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeBencode } from "../bencode/decode.ts";
import { encodeBencode } from "../bencode/encode.ts";
import { BDict, type BValue } from "../bencode/value.ts";
import { parseMetainfo } from "./parse.ts";

const fixture = new Uint8Array(readFileSync(new URL("../../test/fixtures/v2-multi.torrent", import.meta.url)));

/** The fixture with other piece layers. */
function withLayers(change: (layers: Map<string, BValue>) => BValue | Map<string, BValue> | undefined): Uint8Array {
  const outer = decodeBencode(fixture);
  if (!(outer instanceof BDict)) throw new Error("not a dictionary");
  const entries = new Map<string, BValue | Map<string, BValue>>(outer);
  const changed = change(new Map(outer.getDict("piece layers") ?? []));
  if (changed === undefined) entries.delete("piece layers");
  else entries.set("piece layers", changed);
  return encodeBencode(entries as never);
}

function firstLayer(layers: Map<string, BValue>): [string, Uint8Array] {
  for (const [root, hashes] of layers) if (hashes instanceof Uint8Array) return [root, hashes];
  throw new Error("no layer");
}

describe("piece layers", () => {
  it("are kept by root when they hash to it", () => {
    const layers = parseMetainfo(fixture).pieceLayers;
    expect([...layers.keys()]).toEqual(["1f7674cca674e9fba8d832938351be42800f0fbcb68632660c88a80f4f428138"]);
    expect([...layers.values()][0]).toHaveLength(96);
  });

  it("are dropped when no file needs them", () => {
    const bytes = withLayers((layers) => layers.set("\0".repeat(32), new Uint8Array(64)));
    expect(parseMetainfo(bytes).pieceLayers.size).toBe(1);
  });

  it.each<[string, Parameters<typeof withLayers>[0]]>([
    ["it is missing", () => undefined],
    ["it is missing", () => new Map()],
    ["wanted a dictionary", () => 5],
    ["got 64 bytes, wanted 96", (layers) => layers.set(firstLayer(layers)[0], firstLayer(layers)[1].slice(0, 64))],
    ["does not hash to the root", (layers) => layers.set(firstLayer(layers)[0], new Uint8Array(96))],
    ["it is missing", (layers) => layers.set(firstLayer(layers)[0], 5)],
  ])("are refused: %s (%#)", (message, change) => {
    const bytes = withLayers(change);
    expect(() => parseMetainfo(bytes)).toThrow(expect.objectContaining({ code: "metainfo-invalid" }));
    expect(() => parseMetainfo(bytes)).toThrow(message);
  });
});
