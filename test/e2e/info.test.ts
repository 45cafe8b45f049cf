import { writeFileSync } from "node:fs";
import { buildMetainfo } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { bencode } from "../support/bencode.ts";
import { EXIT } from "../support/exit-codes.ts";
import { makeFixture } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { run } from "../support/process.ts";
import { describeIf, missingLibtorrent } from "../support/requirements.ts";
import { runTorrential, torrentialCommand } from "../support/torrential.ts";

type Line = Readonly<Record<string, unknown>>;

async function infoOf(sources: readonly string[]): Promise<{ code: number | undefined; lines: Line[] }> {
  const ended = await runTorrential(["info", ...sources, "--json"]);
  const lines = ended.stdout
    .trim()
    .split("\n")
    .map((line): Line => JSON.parse(line));
  return { code: ended.code, lines };
}

const PLAIN_FILE = { pad: false, executable: false, hidden: false };

describe("info --json", () => {
  it("says all of it through a pipe, however slowly that is read", async () => {
    using folder = new TestFolder("info-pipe");
    const files = Array.from({ length: 3_000 }, (_, i) => ({ path: ["d", `${i}-${"n".repeat(60)}`], lengthBytes: 1 }));
    const pieceHashes = new Uint8Array(20);
    const path = folder.at("many.torrent");
    writeFileSync(path, buildMetainfo({ name: "many", files, pieceLength: 16_384, pieceHashes }));
    // A real pipe, which takes 64 KiB; the one between this process and its child is a socket.
    const shell = '"$@" | (read -r -n 1 first; printf %s "$first"; cat)';
    const { stdout } = await run("bash", ["-c", shell, "bash", ...torrentialCommand(), "info", path, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, name: "many" });
    expect(JSON.parse(stdout).files).toHaveLength(3_000);
  });

  it("says everything about a torrent", async () => {
    using folder = new TestFolder("info");
    const files = [
      { path: ["a", "one.bin"], lengthBytes: 40_000 },
      { path: ["two.bin"], lengthBytes: 0 },
    ];
    const torrent = makeFixture(folder.path, {
      name: "naïve",
      pieceLength: 32_768,
      files,
      source: "here",
      isPrivate: true,
    });
    const { lines } = await infoOf([torrent.torrentFile]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      source: torrent.torrentFile,
      ok: true,
      kind: "v1",
      infoHashV1: torrent.infoHash,
      name: "naïve",
      length: 40_000,
      pieceLength: 32_768,
      pieces: 2,
      files: [
        { path: ["naïve", "a", "one.bin"], length: 40_000, ...PLAIN_FILE },
        { path: ["naïve", "two.bin"], length: 0, ...PLAIN_FILE },
      ],
      trackers: [],
      webSeeds: [],
      private: true,
    });
    expect(lines[0]?.["infoHashV2"] ?? undefined).toBeUndefined();
  });

  it("says what stands around the info dictionary", async () => {
    using folder = new TestFolder("info-outer");
    const info = { name: "a", "piece length": 16_384, pieces: Buffer.alloc(20), length: 5 };
    const outer = {
      announce: "http://one.example/announce",
      "announce-list": [["http://one.example/announce"], ["udp://two.example:6969", "http://three.example/announce"]],
      "url-list": ["https://mirror.example/a"],
      comment: "hello",
      "created by": "hand",
      "creation date": 1_700_000_000,
    };
    writeFileSync(folder.at("a.torrent"), bencode({ ...outer, info }));
    const { lines } = await infoOf([folder.at("a.torrent")]);
    const [first] = lines;
    expect(first).toMatchObject({
      comment: "hello",
      createdBy: "hand",
      creationDate: 1_700_000_000,
      webSeeds: ["https://mirror.example/a"],
    });
    expect(first?.["trackers"]).toEqual([
      ["http://one.example/announce"],
      expect.arrayContaining(["udp://two.example:6969", "http://three.example/announce"]),
    ]);
  });

  it("gives a bad source a line of its own and goes on", async () => {
    using folder = new TestFolder("info-mixed");
    const torrent = makeFixture(folder.path, { name: "good.bin", pieceLength: 16_384, files: 99 });
    writeFileSync(folder.at("bad.torrent"), "spam");
    const { code, lines } = await infoOf([folder.at("bad.torrent"), torrent.torrentFile, folder.at("missing.torrent")]);
    expect(lines.map((it) => [it["source"], it["ok"]])).toEqual([
      [folder.at("bad.torrent"), false],
      [torrent.torrentFile, true],
      [folder.at("missing.torrent"), false],
    ]);
    expect(lines[0]?.["error"]).toEqual({ code: expect.any(String), message: expect.stringContaining("bad.torrent") });
    expect(code).not.toBe(EXIT.done);
  });

  it("says what a magnet says", async () => {
    const hash = "c12fe1c06bba254a9dc9f519b335aa7c1367a88a";
    const { code, lines } = await infoOf([
      `magnet:?xt=urn:btih:${hash}&dn=some+name&tr=http%3A%2F%2Fone.example%2Fannounce`,
    ]);
    expect(code).toBe(EXIT.done);
    expect(lines[0]).toMatchObject({
      ok: true,
      kind: "v1",
      infoHashV1: hash,
      name: "some name",
      trackers: [["http://one.example/announce"]],
    });
  });
});

describe("info", () => {
  it("prints for people: the name, the size, the hash, the files", async () => {
    using folder = new TestFolder("info-text");
    const torrent = makeFixture(folder.path, { name: "good.bin", pieceLength: 16_384, files: 99_999 });
    const ended = await runTorrential(["info", torrent.torrentFile]);
    expect(ended).toMatchObject({ code: EXIT.done, stderr: "" });
    expect(ended.stdout).toContain("good.bin");
    expect(ended.stdout).toContain(torrent.infoHash);
  });
});

const MAKE = `
import libtorrent as lt, sys, os, json
out, root, flag = sys.argv[1:4]
fs = lt.file_storage()
lt.add_files(fs, root)
t = lt.create_torrent(fs, 16384, int(flag))
lt.set_piece_hashes(t, os.path.dirname(root))
open(out, "wb").write(lt.bencode(t.generate()))
h = lt.torrent_info(out).info_hashes()
print(json.dumps([str(h.v1), str(h.v2)]))
`;

describeIf([missingLibtorrent()], "info of what libtorrent made", () => {
  const kinds: readonly (readonly [string, number])[] = [
    ["v1", 64],
    ["v2", 32],
    ["hybrid", 0],
  ];
  it.each(kinds)("%s: the same hashes", async (kind, flag) => {
    using folder = new TestFolder("info-libtorrent");
    const files = [
      { path: ["a"], lengthBytes: 50_000 },
      { path: ["b", "c"], lengthBytes: 20_000 },
    ];
    const source = makeFixture(folder.path, { name: "tree", pieceLength: 16_384, files });
    const out = folder.at(`${kind}.torrent`);
    const made = await run("/usr/bin/python3", ["-c", MAKE, out, `${source.dataDir}/tree`, String(flag)]);
    expect(made.code).toBe(0);
    const [v1, v2]: [string, string] = JSON.parse(made.stdout);
    const { lines } = await infoOf([out]);
    expect(lines[0]).toMatchObject({ ok: true, kind, name: "tree" });
    const isZero = (hash: string): boolean => /^0+$/.test(hash);
    expect(lines[0]?.["infoHashV1"] ?? undefined).toBe(isZero(v1) ? undefined : v1);
    expect(lines[0]?.["infoHashV2"] ?? undefined).toBe(isZero(v2) ? undefined : v2);
  });
});
