import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseInfo, parseMetainfo } from "./parse.ts";

/** What libtorrent 2.0.8 reads from the torrents that it made: `test/fixtures`. */
interface ExpectedTorrent {
  readonly name: string;
  readonly v1: string | null;
  readonly v2: string | null;
  readonly pieceLength: number;
  readonly pieceCount: number;
  readonly isPrivate: boolean;
  readonly files: readonly {
    readonly path: string;
    readonly length: number;
    readonly offset: number;
    readonly pad: boolean;
    readonly exe: boolean;
    readonly link: boolean;
    readonly root: string;
  }[];
}

const fixtures = new URL("../../test/fixtures/", import.meta.url);
const expectedTorrents: [string, ExpectedTorrent][] = Object.entries(
  JSON.parse(readFileSync(new URL("expected.json", fixtures), "utf8")),
);

function readFixture(label: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`${label}.torrent`, fixtures)));
}

describe("torrents made by libtorrent", () => {
  it.each(expectedTorrents)("reads %s as libtorrent does", (label, expected) => {
    const metainfo = parseMetainfo(readFixture(label));
    expect(metainfo.infoHashV1 ?? null).toBe(expected.v1);
    expect(metainfo.infoHashV2 ?? null).toBe(expected.v2);
    expect(metainfo.name).toBe(expected.name);
    expect(metainfo.pieceLength).toBe(expected.pieceLength);
    expect(metainfo.pieceCount).toBe(expected.pieceCount);
    expect(metainfo.isPrivate).toBe(expected.isPrivate);
    const files = expected.files.map((file) => ({
      path: file.pad ? undefined : file.path,
      length: file.length,
      offset: file.offset,
      isPad: file.pad,
      isExecutable: file.exe,
      isLink: file.link,
      root: /^0*$/.test(file.root) ? undefined : file.root,
    }));
    // libtorrent adds a pad behind the last file of a v2 torrent; BEP 52 has none there.
    if (metainfo.kind === "v2" && files.at(-1)?.isPad === true) files.pop();
    expect(
      metainfo.files.map((file) => ({
        path: file.isPad ? undefined : file.path.join("/"),
        length: file.lengthBytes,
        offset: file.offsetBytes,
        isPad: file.isPad,
        isExecutable: file.isExecutable,
        isLink: file.symlink !== undefined,
        root: file.piecesRoot,
      })),
    ).toEqual(files);
  });

  it.each(expectedTorrents)("reads the outer fields and the bare info dictionary of %s", (label) => {
    const metainfo = parseMetainfo(readFixture(label));
    expect(metainfo.trackers).toEqual([["http://tracker.example/announce"], ["udp://tracker.example:6969/announce"]]);
    expect(metainfo.webSeeds).toEqual(["https://seed.example/files/"]);
    expect(metainfo.nodes).toEqual([{ host: "router.example", port: 6881 }]);
    expect(metainfo.comment).toBe(`fixture ${label}`);
    expect(metainfo.createdBy).toBe("fixture maker");
    expect(metainfo.creationDate).toBe(1_700_000_000);
    const bare = parseInfo(metainfo.infoBytes);
    expect(bare.infoHashV1).toBe(metainfo.infoHashV1);
    expect(bare.infoHashV2).toBe(metainfo.infoHashV2);
    expect(bare.files).toEqual(metainfo.files);
    expect(bare.pieceLayers.size).toBe(0);
    expect(parseInfo(metainfo.infoBytes, metainfo)).toEqual(metainfo);
  });
});
