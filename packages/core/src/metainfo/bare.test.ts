import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { encodeBareMetainfo, parseBareMetainfo } from "./bare.ts";
import { parseMetainfo } from "./parse.ts";

const load = (name: string): Uint8Array => readFileSync(new URL(`../../test/fixtures/${name}`, import.meta.url));

describe("torrent files from an info dictionary alone", () => {
  it.each(["v1-multi", "v2-multi", "hybrid-multi"])("read back as they were: %s", (name) => {
    const metainfo = { ...parseMetainfo(load(`${name}.torrent`)), trackers: [["http://a.test/announce"]] };
    const webSeeds = ["http://a.test/data"];
    const read = parseBareMetainfo(encodeBareMetainfo({ ...metainfo, webSeeds }));
    const { infoHashV1, infoHashV2, files, trackers } = metainfo;
    expect(read).toMatchObject({ infoHashV1, infoHashV2, files, trackers, webSeeds });
    expect(read.pieceLayers.size).toBe(0);
  });

  it("without trackers are torrent files still, for v1", () => {
    const metainfo = { ...parseMetainfo(load("v1-single.torrent")), trackers: [], webSeeds: [] };
    expect(parseMetainfo(encodeBareMetainfo(metainfo)).infoHashV1).toBe(metainfo.infoHashV1);
  });

  it("are refused when there is no info dictionary", () => {
    expect(() => parseBareMetainfo(Uint8Array.of(0x64, 0x65))).toThrow("no info dictionary");
  });
});
