import { describe, expect, it } from "vitest";
import { buildMetainfo, choosePieceLength, type NewTorrent } from "./create.ts";
import { parseMetainfo } from "./metainfo/parse.ts";

const KIB = 1024;
const TIB = 1024 ** 4;

describe("piece length", () => {
  it.each([
    [1, 16 * KIB],
    [32 * KIB * KIB, 16 * KIB],
    [32 * KIB * KIB + 1, 32 * KIB],
    [1024 ** 3, 512 * KIB],
    [100 * 1024 ** 3, 16 * KIB * KIB],
    [TIB, 16 * KIB * KIB],
    [32 * TIB, 16 * KIB * KIB],
    [33 * TIB, 32 * KIB * KIB],
  ])("for %i bytes is %i", (lengthBytes, pieceLength) => {
    expect(choosePieceLength(lengthBytes)).toBe(pieceLength);
  });
});

const SINGLE: NewTorrent = {
  name: "a.bin",
  lengthBytes: 40_000,
  pieceLength: 16_384,
  pieceHashes: new Uint8Array(60).fill(7),
};

describe("making torrents", () => {
  it("writes a single file that reads back", () => {
    const metainfo = parseMetainfo(
      buildMetainfo({
        ...SINGLE,
        trackers: [["http://a.example/announce", "http://b.example/announce"], ["udp://c.example:1"]],
        webSeeds: ["https://s.example/"],
        isPrivate: true,
        comment: "ü",
        source: "S",
        createdBy: "T",
        creationDate: 1_700_000_000,
      }),
    );
    expect(metainfo).toMatchObject({
      kind: "v1",
      name: "a.bin",
      isSingleFile: true,
      lengthBytes: 40_000,
      pieceCount: 3,
      pieceHashes: SINGLE.pieceHashes,
      trackers: [["http://a.example/announce", "http://b.example/announce"], ["udp://c.example:1"]],
      webSeeds: ["https://s.example/"],
      isPrivate: true,
      comment: "ü",
      source: "S",
      createdBy: "T",
      creationDate: 1_700_000_000,
    });
  });

  it("writes files in order, one tracker without a list", () => {
    const { lengthBytes: _, ...rest } = SINGLE;
    const files = [
      { path: ["b", "c.sh"], lengthBytes: 39_999, isExecutable: true },
      { path: ["a"], lengthBytes: 1 },
    ];
    const metainfo = parseMetainfo(buildMetainfo({ ...rest, files, trackers: [["http://a.example/"]] }));
    expect(metainfo.files.map((file) => [file.path.join("/"), file.lengthBytes, file.isExecutable])).toEqual([
      ["a.bin/b/c.sh", 39_999, true],
      ["a.bin/a", 1, false],
    ]);
    expect([metainfo.trackers, metainfo.isPrivate, metainfo.comment]).toEqual([
      [["http://a.example/"]],
      false,
      undefined,
    ]);
  });

  it.each<[string, Partial<NewTorrent>]>([
    ["exactly one", { files: [] }],
    ["wanted 40", { lengthBytes: 32_768 }],
    ["no bytes", { lengthBytes: 0 }],
    ["exact size", { lengthBytes: 1.5 }],
    ["piece length", { pieceLength: 0 }],
    ["cannot be", { name: ".." }],
    ["cannot be", { name: "" }],
    ["cannot be", { name: "a/b" }],
  ])("refuses what does not fit together: %s", (message, change) => {
    const run = (): unknown => buildMetainfo({ ...SINGLE, ...change });
    expect(run).toThrow(expect.objectContaining({ code: "metainfo-invalid" }));
    expect(run).toThrow(message);
  });
});
