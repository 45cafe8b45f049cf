import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Bencodable, Pairs, Raw, bencode } from "../support/bencode.ts";
import { EXIT } from "../support/exit-codes.ts";
import { TestFolder } from "../support/folder.ts";
import { findFreePort } from "../support/free-port.ts";
import { runTorrential } from "../support/torrential.ts";

const HASH = Buffer.alloc(20, 7);
const GOOD = { name: "a", "piece length": 16_384, pieces: HASH, length: 5 };

function torrent(info: Readonly<Record<string, Bencodable>>): Buffer {
  return bencode({ info: { ...GOOD, ...info } });
}

function without(key: keyof typeof GOOD): Buffer {
  const { [key]: _, ...rest } = GOOD;
  return bencode({ info: rest });
}

/** Files that are no torrents, or none that can be trusted. */
const MALFORMED: readonly (readonly [string, Buffer])[] = [
  ["nothing at all", Buffer.alloc(0)],
  ["a web page", Buffer.from("<!DOCTYPE html><title>404</title>")],
  ["random bytes", Buffer.from("c0ffee00ff17", "hex")],
  ["half a torrent", torrent({}).subarray(0, 40)],
  ["a list", bencode([1, 2])],
  ["a hundred thousand open lists", Buffer.alloc(100_000, "l")],
  ["a string longer than the file", Buffer.from("d4:info99999999999:")],
  ["a number with a leading zero", bencode({ info: { ...GOOD, length: new Raw("i05e") } })],
  ["minus zero", bencode({ info: { ...GOOD, length: new Raw("i-0e") } })],
  [
    "a key twice",
    bencode(
      new Pairs([
        ["info", GOOD],
        ["info", GOOD],
      ]),
    ),
  ],
  ["no info dictionary", bencode({ announce: "http://127.0.0.1/announce" })],
  ["an info dictionary that is a string", bencode({ info: "hello" })],
  ["no piece length", without("piece length")],
  ["a piece length of zero", torrent({ "piece length": 0 })],
  ["a negative piece length", torrent({ "piece length": -16_384 })],
  ["a piece length beyond all bounds", torrent({ "piece length": 2 ** 40 })],
  ["no hashes", without("pieces")],
  ["hashes cut short", torrent({ pieces: HASH.subarray(1) })],
  ["too many hashes", torrent({ pieces: Buffer.concat([HASH, HASH]) })],
  ["too few hashes", torrent({ length: 1_000_000 })],
  ["a negative length", torrent({ length: -1 })],
  ["a length beyond 2^53", torrent({ length: 2n ** 60n })],
  ["no length and no files", without("length")],
  [
    "a file of negative length",
    bencode({ info: { name: "a", "piece length": 16_384, pieces: HASH, files: [{ length: -5, path: ["x"] }] } }),
  ],
  [
    "lengths that overflow together",
    bencode({
      info: {
        name: "a",
        "piece length": 16_384,
        pieces: HASH,
        files: [2n ** 53n - 1n, 2n ** 53n - 1n].map((length, i) => ({ length, path: [`${i}`] })),
      },
    }),
  ],
  [
    "a path that is no list",
    bencode({ info: { name: "a", "piece length": 16_384, pieces: HASH, files: [{ length: 5, path: "x" }] } }),
  ],
];

describe("a malformed torrent", () => {
  it.concurrent.each(MALFORMED)("%s is refused in one sentence, and nothing is made", async (_, bytes) => {
    using folder = new TestFolder("malformed");
    const source = folder.at("wrong.torrent");
    writeFileSync(source, bytes);
    const saveDir = folder.folder("saved");
    const ended = await runTorrential([
      "download",
      source,
      "-o",
      saveDir,
      "--state",
      folder.at("state"),
      "--no-trackers",
    ]);
    expect(ended).toMatchObject({ code: EXIT.badSource, stdout: "" });
    expect(ended.stderr).toMatch(/^torrential: [^\n]*wrong\.torrent[^\n]*\n$/);
    expect(readdirSync(saveDir)).toEqual([]);
  });

  it("is an error event with --json", async () => {
    using folder = new TestFolder("malformed-json");
    const source = folder.at("wrong.torrent");
    writeFileSync(source, "hello");
    const ended = await runTorrential([
      "download",
      source,
      "-o",
      folder.folder("saved"),
      "--state",
      folder.at("state"),
      "--json",
    ]);
    const events = ended.stdout
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(events).toContainEqual(
      expect.objectContaining({
        event: "error",
        code: expect.any(String),
        message: expect.stringContaining("wrong.torrent"),
      }),
    );
    expect(ended.code).toBe(EXIT.badSource);
  });
});

describe("a source", () => {
  const sources: readonly (readonly [string, (folder: TestFolder, closedPort: number) => string, number])[] = [
    ["that is not there", (folder) => folder.at("missing.torrent"), EXIT.badSource],
    ["that is a folder", (folder) => folder.folder("folder.torrent"), EXIT.badSource],
    ["that is a magnet without a hash", () => "magnet:?dn=nothing", EXIT.badSource],
    ["of a scheme that nobody knows", () => "gopher://127.0.0.1/x.torrent", EXIT.badSource],
    ["on a server that is not there", (_, port) => `http://127.0.0.1:${port}/x.torrent`, EXIT.network],
    ["at a port that no web server has", () => "http://127.0.0.1:22/x.torrent", EXIT.badSource],
  ];

  it.each(sources)("%s is refused in one sentence", async (_, make, code) => {
    using folder = new TestFolder("source");
    const ended = await runTorrential([
      "download",
      make(folder, await findFreePort("127.0.0.1")),
      "-o",
      folder.folder("saved"),
      "--state",
      folder.at("state"),
    ]);
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toMatch(/^torrential: [^\n]+\n$/);
  });

  it("larger than any torrent is refused without being read", async () => {
    using folder = new TestFolder("huge");
    const source = folder.at("huge.torrent");
    writeFileSync(source, "");
    const { truncateSync } = await import("node:fs");
    truncateSync(source, 2 ** 40);
    const ended = await runTorrential(["info", source]);
    expect(ended.code).toBe(EXIT.badSource);
    expect(ended.stderr).toContain("huge.torrent");
  });
});

describe("words that make no sense", () => {
  const lines: readonly (readonly [string, readonly string[]])[] = [
    ["no verb that we know", ["dowload", "x"]],
    ["no source", ["download"]],
    ["an unknown option", ["download", "x.torrent", "--fast"]],
    ["a rate that is none", ["download", "x.torrent", "--max-down", "quick"]],
    ["a port that is none", ["download", "x.torrent", "--port", "70000"]],
    ["a peer without a port", ["download", "x.torrent", "--peer", "127.0.0.1"]],
    ["a ratio that is none", ["download", "x.torrent", "--seed-ratio", "-1"]],
    ["an address that is none", ["download", "x.torrent", "--bind", "somewhere"]],
  ];

  it.concurrent.each(lines)("%s: one sentence and the code for usage", async (_, args) => {
    const ended = await runTorrential(args);
    expect(ended).toMatchObject({ code: EXIT.usage, stdout: "" });
    expect(ended.stderr).toMatch(/^torrential: /);
  });
});

describe("--verbose", () => {
  it("adds the cause to an error", async () => {
    using folder = new TestFolder("verbose");
    const args = ["download", folder.at("missing.torrent"), "-o", folder.path, "--state", folder.at("state")];
    const [short, long] = [await runTorrential(args), await runTorrential([...args, "--verbose"])];
    expect(long.code).toBe(short.code);
    expect(long.stderr.length).toBeGreaterThan(short.stderr.length);
    expect(long.stderr).toContain("ENOENT");
    expect(readdirSync(folder.path)).not.toContain(join("missing.torrent"));
  });
});
