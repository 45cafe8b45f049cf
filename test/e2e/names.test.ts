import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Bencodable } from "../support/bencode.ts";
import { digestTree } from "../support/digest.ts";
import { EXIT } from "../support/exit-codes.ts";
import { makeHostile } from "../support/fixtures.ts";
import { RawSeed } from "../support/raw-peer.ts";
import { Scene } from "./setup.ts";

/** Names that try to leave the folder, or to break whoever opens them. One file of 50,000 bytes each. */
const HOSTILE: readonly (readonly [string, Readonly<Record<string, Bencodable | undefined>>])[] = [
  [
    "climbs by its path",
    { length: undefined, name: "x", files: [{ length: 50_000, path: ["..", "..", "..", "evil"] }] },
  ],
  ["climbs by its name", { name: "../../evil" }],
  ["is called ..", { name: ".." }],
  ["is called .", { name: "." }],
  ["has no name", { name: "" }],
  ["is absolute", { name: "/tmp/torrential-evil" }],
  [
    "hides slashes in an element",
    { length: undefined, name: "x", files: [{ length: 50_000, path: ["a/../../../evil"] }] },
  ],
  [
    "hides backslashes in an element",
    { length: undefined, name: "x", files: [{ length: 50_000, path: ["..\\..\\evil"] }] },
  ],
  ["has a zero byte", { name: "evil\0.bin" }],
  ["is no UTF-8", { name: Buffer.from([0xff, 0xfe, 0x2f, 0x80]) }],
  ["turns its letters around", { name: "gpj.\u202Eexe" }],
  [
    "has an element of 5,000 bytes",
    { length: undefined, name: "x", files: [{ length: 50_000, path: ["é".repeat(2500)] }] },
  ],
  [
    "is two hundred folders deep",
    {
      length: undefined,
      name: "x",
      files: [{ length: 50_000, path: Array.from({ length: 200 }, (_, index) => `deep-${index}`.padEnd(40, "x")) }],
    },
  ],
];

describe("a torrent's name that", () => {
  it.concurrent.each(HOSTILE)("%s makes nothing outside the folder", async (_, info) => {
    await using scene = Scene.make("names", { files: 50_000 });
    const hostile = makeHostile(scene.folder.path, scene.fixture, info);
    await using seed = await RawSeed.start({ ...hostile, infoHash: hostile.infoHash });
    const outside = readdirSync(scene.folder.path);
    await using run = scene.start(["download", hostile.torrentFile, ...scene.placeOptions, "--peer", seed.hostPort]);
    const status = await run.waitForExit(20_000);
    expect(
      readdirSync(scene.folder.path).filter((it) => !outside.includes(it) && it !== "state" && it !== "saved"),
    ).toEqual([]);
    // Refused as bad data, or made under a name that is safe: then with the right content.
    if (status.code === EXIT.badSource) return;
    await run.expectExit(EXIT.done);
    const [wanted] = digestTree(join(scene.fixture.dataDir, "data.bin"));
    const made = digestTree(scene.saveDir).filter((it) => !it.startsWith(".torrential"));
    expect(made.map((it) => it.slice(it.lastIndexOf(" 50000 ")))).toEqual([
      wanted?.slice(wanted.lastIndexOf(" 50000 ")),
    ]);
    expect(made.every((it) => !/[\p{Cc}\u202E]/u.test(it))).toBe(true);
  });

  it("is taken twice gives two files", async () => {
    const files = ["a", "a", "A"].map((name) => ({ length: 10_000, path: [name] }));
    await using scene = Scene.make("twins", { files: 30_000 });
    const hostile = makeHostile(scene.folder.path, scene.fixture, { length: undefined, name: "twins", files });
    await using seed = await RawSeed.start(hostile);
    await using run = scene.start(["download", hostile.torrentFile, ...scene.placeOptions, "--peer", seed.hostPort]);
    await run.expectExit(EXIT.done);
    expect(readdirSync(join(scene.saveDir, "twins"))).toHaveLength(3);
  });
});

describe("a link in a torrent", () => {
  it("is never made", async () => {
    await using scene = Scene.make("link", { files: 50_000 });
    const files = [
      { length: 50_000, path: ["real"] },
      { length: 0, path: ["link"], attr: "l", "symlink path": ["..", "..", "..", "etc", "passwd"] },
    ];
    const hostile = makeHostile(scene.folder.path, scene.fixture, { length: undefined, name: "x", files });
    await using seed = await RawSeed.start(hostile);
    await using run = scene.start(["download", hostile.torrentFile, ...scene.placeOptions, "--peer", seed.hostPort]);
    await run.expectExit(EXIT.done);
    const made = readdirSync(join(scene.saveDir, "x")).map((name) => lstatSync(join(scene.saveDir, "x", name)));
    expect(made.some((it) => it.isSymbolicLink())).toBe(false);
  });
});
