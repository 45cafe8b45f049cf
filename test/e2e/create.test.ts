import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../support/exit-codes.ts";
import { type Fixture, makeFixture } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { run } from "../support/process.ts";
import { describeIf, missingLibtorrent, missingProgram } from "../support/requirements.ts";
import { runTorrential } from "../support/torrential.ts";

const KIB = 1024;
const FILES = [
  { path: ["b", "2.bin"], lengthBytes: 70_000 },
  { path: ["a.bin"], lengthBytes: 100_001 },
  { path: ["empty"], lengthBytes: 0 },
  { path: ["b", "1.bin"], lengthBytes: 33_000 },
];

function makeTree(folder: TestFolder): string {
  return join(
    makeFixture(folder.folder("source"), { name: "tree", pieceLength: 32 * KIB, files: FILES }).dataDir,
    "tree",
  );
}

type Info = Readonly<Record<string, unknown>>;

async function infoOf(torrentFile: string): Promise<Info> {
  const ended = await runTorrential(["info", torrentFile, "--json"]);
  return JSON.parse(ended.stdout);
}

describe("create", () => {
  it("makes a torrent of a folder that says what it was told to", async () => {
    using folder = new TestFolder("create");
    const out = folder.at("made.torrent");
    const words = ["-t", "http://one.example/announce", "-t", "http://two.example/announce,udp://three.example:6969"];
    const more = [
      "-w",
      "https://mirror.example/",
      "--private",
      "-c",
      "hello",
      "-s",
      "here",
      "-l",
      "32KiB",
      "--no-date",
    ];
    const ended = await runTorrential(["create", makeTree(folder), "-o", out, ...words, ...more]);
    expect(ended).toMatchObject({ code: EXIT.done, stderr: "" });
    expect(await infoOf(out)).toMatchObject({
      ok: true,
      kind: "v1",
      name: "tree",
      length: 203_001,
      pieceLength: 32 * KIB,
      trackers: [["http://one.example/announce"], ["http://two.example/announce", "udp://three.example:6969"]],
      webSeeds: ["https://mirror.example/"],
      private: true,
      comment: "hello",
    });
  });

  it("gives the same info-hash whatever the number of threads", async () => {
    using folder = new TestFolder("create-threads");
    const tree = makeTree(folder);
    const hashes: unknown[] = [];
    for (const threads of ["1", "4"]) {
      const out = folder.at(`${threads}.torrent`);
      await runTorrential(["create", tree, "-o", out, "--threads", threads, "-l", "16KiB"]);
      hashes.push((await infoOf(out))["infoHashV1"]);
    }
    expect(hashes[0]).toMatch(/^[0-9a-f]{40}$/);
    expect(hashes[1]).toBe(hashes[0]);
  });

  it("says the info-hash of a file as anyone would reckon it", async () => {
    using folder = new TestFolder("create-file");
    const fixture = makeFixture(folder.path, { name: "one.bin", pieceLength: 64 * KIB, files: 300_000 });
    const out = folder.at("one.torrent");
    const ended = await runTorrential(["create", join(fixture.dataDir, "one.bin"), "-o", out, "-l", "64KiB", "--json"]);
    expect(ended.code).toBe(EXIT.done);
    expect(ended.stdout).toContain(fixture.infoHash);
    expect((await infoOf(out))["infoHashV1"]).toBe(fixture.infoHash);
  });

  it("overwrites nothing unless it is forced to", async () => {
    using folder = new TestFolder("create-over");
    const out = folder.at("there.torrent");
    writeFileSync(out, "mine");
    const ended = await runTorrential(["create", makeTree(folder), "-o", out]);
    expect(ended.code).not.toBe(EXIT.done);
    expect(ended.stderr).toMatch(/^torrential: [^\n]*there\.torrent[^\n]*\n$/);
    expect(readFileSync(out, "utf8")).toBe("mine");
    expect(await runTorrential(["create", makeTree(folder), "-o", out, "--force"])).toMatchObject({ code: EXIT.done });
    expect((await infoOf(out))["ok"]).toBe(true);
  });

  it("says what is wrong when there is nothing to make it of", async () => {
    using folder = new TestFolder("create-nothing");
    const out = folder.at("out.torrent");
    const missing = await runTorrential(["create", folder.at("missing"), "-o", out]);
    const empty = await runTorrential(["create", folder.folder("empty"), "-o", out]);
    for (const ended of [missing, empty]) {
      expect(ended.code).not.toBe(EXIT.done);
      expect(ended.stderr).toMatch(/^torrential: [^\n]+\n$/);
    }
    expect(existsSync(out)).toBe(false);
  });

  it("makes what verify then finds whole", async () => {
    using folder = new TestFolder("create-verify");
    const tree = makeTree(folder);
    const out = folder.at("made.torrent");
    await runTorrential(["create", tree, "-o", out]);
    expect(await runTorrential(["verify", out, "-o", join(tree, "..")])).toMatchObject({ code: EXIT.done });
  });
});

/** Ours for a fixture's data, with its piece length. */
async function createLike(folder: TestFolder, fixture: Fixture): Promise<string> {
  const out = folder.at("ours.torrent");
  const words = ["-l", `${fixture.pieceLength / KIB}KiB`, "-t", "http://one.example/announce"];
  const ended = await runTorrential(["create", join(fixture.dataDir, fixture.name), "-o", out, ...words]);
  if (ended.code !== EXIT.done) throw new Error(ended.stderr);
  return out;
}

describeIf(
  [missingProgram("transmission-create", ["--version"]), missingProgram("transmission-show", ["--version"])],
  "create beside Transmission",
  () => {
    it("gives the info-hash that transmission-create gives, and transmission-show reads it", async () => {
      using folder = new TestFolder("create-transmission");
      const fixture = makeFixture(folder.folder("source"), { name: "one.bin", pieceLength: 64 * KIB, files: 300_001 });
      const theirs = folder.at("theirs.torrent");
      // 3.00 always writes private=0, which is part of the info dictionary: so both are made private.
      await run("transmission-create", [
        "-p",
        "-s",
        "64",
        "-t",
        "http://one.example/announce",
        "-o",
        theirs,
        join(fixture.dataDir, "one.bin"),
      ]);
      const ours = folder.at("ours.torrent");
      await runTorrential([
        "create",
        join(fixture.dataDir, "one.bin"),
        "-o",
        ours,
        "-l",
        "64KiB",
        "-p",
        "-t",
        "http://one.example/announce",
      ]);
      expect((await infoOf(ours))["infoHashV1"]).toBe((await infoOf(theirs))["infoHashV1"]);
      const shown = await run("transmission-show", [ours]);
      expect(shown.stdout).toContain(String((await infoOf(ours))["infoHashV1"]));
    });
  },
);

const REHASH = `
import libtorrent as lt, sys, os, json
ours, root = sys.argv[1:3]
info = lt.torrent_info(ours)
fs = lt.file_storage()
for i in range(info.num_files()):
    fs.add_file(info.files().file_path(i), info.files().file_size(i))
t = lt.create_torrent(fs, info.piece_length(), lt.create_torrent.v1_only)
lt.set_piece_hashes(t, os.path.dirname(root))
theirs = lt.torrent_info(lt.bencode(t.generate()))
print(json.dumps([str(info.info_hashes().v1), str(theirs.info_hashes().v1)]))
`;

describeIf([missingLibtorrent()], "create beside libtorrent", () => {
  it("gives the info-hash that libtorrent gives for the same files in the same order", async () => {
    using folder = new TestFolder("create-libtorrent");
    const fixture = makeFixture(folder.folder("source"), { name: "tree", pieceLength: 32 * KIB, files: FILES });
    const ours = await createLike(folder, fixture);
    const compared = await run("/usr/bin/python3", ["-c", REHASH, ours, join(fixture.dataDir, "tree")]);
    expect(compared).toMatchObject({ code: 0, stderr: "" });
    const [mine, theirs]: [string, string] = JSON.parse(compared.stdout);
    expect(mine).toBe(theirs);
    expect((await infoOf(ours))["infoHashV1"]).toBe(mine);
  });
});
