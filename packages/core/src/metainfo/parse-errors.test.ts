import { describe, expect, it } from "vitest";
import { type BInput, encodeBencode } from "../bencode/encode.ts";
import { concatBytes, toHex, utf8 } from "../bytes.ts";
import { sha1 } from "../crypto.ts";
import { METAINFO_MAX_BYTES, parseInfo, parseMetainfo } from "./parse.ts";

type Fields = Record<string, BInput | undefined>;

const SINGLE: Fields = { length: 20_000, name: "a.bin", "piece length": 16_384, pieces: new Uint8Array(40) };

function withInfo(info: Fields, outer: Fields = {}): Uint8Array {
  return encodeBencode({ ...outer, info });
}

function withFiles(files: BInput): Uint8Array {
  return withInfo({ ...SINGLE, length: undefined, files });
}

function expectInvalid(bytes: Uint8Array, message: string): void {
  expect(() => parseMetainfo(bytes)).toThrow(expect.objectContaining({ code: "metainfo-invalid" }));
  expect(() => parseMetainfo(bytes)).toThrow(message);
}

describe("torrent parsing", () => {
  it.each<[string, Fields]>([
    ["name: got nothing, wanted a string", { name: undefined }],
    ["name: got an integer, wanted a string", { name: 5 }],
    ["name: it is empty", { name: "" }],
    ["piece length: got nothing, wanted an integer", { "piece length": undefined }],
    ["piece length: got 0, wanted 1 to 1073741824", { "piece length": 0 }],
    ["piece length: got 1073741825", { "piece length": 2 ** 30 + 1 }],
    ["piece length: got -1", { "piece length": -1 }],
    ["piece length: got a string", { "piece length": "16384" }],
    ["pieces: got nothing", { pieces: undefined }],
    ["pieces: got 41 bytes, wanted a multiple of 20", { pieces: new Uint8Array(41) }],
    ["pieces: got 1 hashes, wanted 2", { pieces: new Uint8Array(20) }],
    ["pieces: got 3 hashes, wanted 2", { pieces: new Uint8Array(60) }],
    ['info: got neither "files" nor "length"', { length: undefined }],
    ["length of the file: got -1, wanted 0 to 9007199254740991", { length: -1 }],
    ["length of the file: got 9007199254740992", { length: 2n ** 53n }],
    ["total length: got 0", { length: 0, pieces: "" }],
    ["meta version: got 3, wanted 2", { "meta version": 3 }],
    ["meta version: got 1, wanted 2", { "meta version": 1 }],
    ["meta version: got a string", { "meta version": "2" }],
  ])("says %s", (message, change) => {
    expectInvalid(withInfo({ ...SINGLE, ...change }), message);
  });

  it.each<[string, BInput]>([
    ["files: got an integer, wanted a list", 5],
    ["files: the list is empty", []],
    ["file 0: got an integer, wanted a dictionary", [5]],
    ["length of file 0: got nothing", [{ path: ["a"] }]],
    [
      "length of file 1: got -5",
      [
        { length: 20_000, path: ["a"] },
        { length: -5, path: ["b"] },
      ],
    ],
    ["path of file 0: got nothing, wanted a list", [{ length: 20_000 }]],
    ["path of file 0: it is empty", [{ length: 20_000, path: [] }]],
    ["path of file 0: got an integer in it", [{ length: 20_000, path: ["a", 5] }]],
    [
      "total length: got",
      [
        { length: Number.MAX_SAFE_INTEGER, path: ["a"] },
        { length: 1, path: ["b"] },
      ],
    ],
  ])("says %s", (message, files) => {
    expectInvalid(withFiles(files), message);
  });

  it.each([
    ["", "got the end"],
    ["le", "file: got a list, wanted a dictionary"],
    ["de", "info: got nothing, wanted a dictionary"],
    ["d4:infolee", "info: got a list"],
    ["d4:infod4:name1:aee", "piece length: got nothing"],
    ["d4:infod4:name1:a4:name1:bee", 'key "name" is repeated'],
    ["d4:infod6:lengthi020000eee", "leading zeros"],
  ])("refuses %j: %s", (text, message) => {
    expectInvalid(utf8(text), message);
  });

  it("keeps to its limits", () => {
    const limit = expect.objectContaining({ code: "metainfo-limit" });
    expect(() => parseMetainfo(new Uint8Array(METAINFO_MAX_BYTES + 1))).toThrow(limit);
    expect(() => parseMetainfo(withInfo({ ...SINGLE, length: 2_097_153, "piece length": 1 }))).toThrow(limit);
    expect(() => parseMetainfo(utf8("l".repeat(1000)))).toThrow(limit);
    const path = Array.from({ length: 101 }, () => "a");
    expect(() => parseMetainfo(withFiles([{ length: 20_000, path }]))).toThrow(limit);
  });

  it("hashes the info dictionary as received, in any order, and ignores what follows the file", () => {
    const info = concatBytes([
      utf8("d4:name5:a.bin6:lengthi20000e12:piece lengthi16384e6:pieces40:"),
      new Uint8Array(40),
      utf8("e"),
    ]);
    const file = concatBytes([utf8("d4:info"), info, utf8("8:announce12:http://a.b/xe\r\n")]);
    const metainfo = parseMetainfo(file);
    expect(metainfo.infoHashV1).toBe(toHex(sha1(info)));
    expect(metainfo.infoBytes).toEqual(info);
    expect(metainfo.trackers).toEqual([["http://a.b/x"]]);
    expect(() => parseInfo(concatBytes([info, utf8("\n")]))).toThrow("after the value");
  });

  it("does not share memory with its input", () => {
    const input = withInfo(SINGLE);
    const metainfo = parseMetainfo(input);
    const info = metainfo.infoBytes.slice();
    input.fill(0xff);
    expect(metainfo.infoBytes).toEqual(info);
  });

  it("prefers the utf-8 twins and decodes the rest lossily", () => {
    const bad = Uint8Array.of(0xd6, 0xd0);
    const files = [{ length: 20_000, path: [bad], "path.utf-8": ["中"] }];
    const info = { ...SINGLE, length: undefined, files, name: bad, "name.utf-8": "中文", source: bad };
    const metainfo = parseMetainfo(withInfo(info, { comment: bad, "comment.utf-8": "说明", "created by": bad }));
    expect(metainfo.files[0]?.path).toEqual(["中文", "中"]);
    expect([metainfo.name, metainfo.comment, metainfo.createdBy, metainfo.source]).toEqual([
      "中文",
      "说明",
      "\ufffd\ufffd",
      "\ufffd\ufffd",
    ]);
  });

  it("gives equal paths different names, and pad files take none", () => {
    const files = [
      { attr: "p", length: 1000, path: ["real"] },
      { length: 9000, path: ["real"] },
      { length: 9000, path: ["real"] },
      { attr: "p", length: 1000 },
    ];
    const metainfo = parseMetainfo(withFiles(files));
    expect(metainfo.files.map((file) => [file.isPad, file.path.join("/"), file.offsetBytes])).toEqual([
      [true, "a.bin/.pad/1000", 0],
      [false, "a.bin/real", 1000],
      [false, "a.bin/real (1)", 10_000],
      [true, "a.bin/.pad/1000", 19_000],
    ]);
  });

  it("marks links, executables and hidden files; a link has no bytes and stays inside", () => {
    const files = [
      { attr: "xh", length: 20_000, path: ["a"] },
      { attr: "l", path: ["l"], "symlink path": ["..", "/etc/passwd"] },
    ];
    const [first, link] = parseMetainfo(withFiles(files)).files;
    expect(first).toMatchObject({ isExecutable: true, isHidden: true, symlink: undefined });
    expect(link).toMatchObject({ lengthBytes: 0, symlink: ["_", "_etc_passwd"] });
  });

  it.each<[BInput | undefined, boolean]>([
    [undefined, false],
    [0, false],
    [1, true],
    [2, true],
    ["1", true],
    ["0", false],
  ])("takes private=%j for %j", (value, expected) => {
    expect(parseMetainfo(withInfo({ ...SINGLE, private: value })).isPrivate).toBe(expected);
  });

  it("collects similar torrents and collections from both places (BEP 38)", () => {
    const hash = new Uint8Array(20).fill(0xab);
    const info = { ...SINGLE, similar: [hash, "short"], collections: ["x"] };
    const metainfo = parseMetainfo(withInfo(info, { similar: [hash], collections: ["x", "y"] }));
    expect(metainfo.similar).toEqual(["ab".repeat(20)]);
    expect(metainfo.collections).toEqual(["x", "y"]);
  });
});
