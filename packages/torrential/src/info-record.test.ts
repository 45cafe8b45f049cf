import { readFileSync } from "node:fs";
import { parseMagnet, parseMetainfo } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { toInfoRecord } from "./info-record.ts";
import { describeLoaded } from "./info-text.ts";

const KEYS =
  "source ok kind infoHashV1 infoHashV2 name length pieceLength pieces files trackers webSeeds private comment createdBy creationDate";

function load(name: string): ReturnType<typeof parseMetainfo> {
  return parseMetainfo(readFileSync(new URL(`../../core/test/fixtures/${name}.torrent`, import.meta.url)));
}

const MAGNET = parseMagnet(
  `magnet:?xt=urn:btih:${"a".repeat(40)}&dn=x%1b%5b2J&tr=http://a.example/announce&x.pe=1.2.3.4:5`,
);

describe("the record of a torrent", () => {
  it.each(["v1-multi", "v2-multi", "hybrid-multi"])("of %s has every promised field", (name) => {
    const record = toInfoRecord({ type: "torrent", source: "s", metainfo: load(name) });
    expect(Object.keys(record)).toEqual(expect.arrayContaining(KEYS.split(" ")));
    const [file] = load(name).files;
    expect(record).toMatchObject({ files: expect.arrayContaining([expect.objectContaining({ path: file?.path })]) });
  });

  it("of a magnet link has the same fields", () => {
    const record = toInfoRecord({ type: "magnet", source: "s", magnet: MAGNET });
    expect(Object.keys(record)).toEqual(expect.arrayContaining(KEYS.split(" ")));
    expect(record).toMatchObject({ ok: true, kind: "v1", trackers: [["http://a.example/announce"]] });
  });
});

describe("the text of a torrent", () => {
  it("says name, hash, size and files", () => {
    const text = describeLoaded({ type: "torrent", source: "s", metainfo: load("hybrid-multi") });
    expect(text).toMatch(/^s\n {2}name {9}\S/);
    expect(text).toMatch(/info-hash {4}[0-9a-f]{40}\n {2}info-hash v2 [0-9a-f]{64}\n/);
    expect(text).toMatch(/\n {2}magnet {7}magnet:\?xt=/);
  });

  it("is free of what a terminal acts upon", () => {
    const text = describeLoaded({ type: "magnet", source: "s\u001b[2J", magnet: MAGNET });
    expect(text).toMatch(/^[^\p{Cc}]*(\n[^\p{Cc}]*)*$/u);
    expect(text).toContain("1.2.3.4:5");
  });
});
