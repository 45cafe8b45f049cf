import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { concatBytes, parseMetainfo, sha1 } from "@torrential/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { verifyTorrent } from "../verify.ts";
import { createTorrent } from "./create-torrent.ts";
import { listFiles } from "./list-files.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "torrential-create-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function bytesOf(lengthBytes: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: lengthBytes }, (_, index) => (index * 31 + (index >> 8) * seed + seed) & 0xff);
}

function write(path: string, bytes: Uint8Array): Uint8Array {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), bytes);
  return bytes;
}

function hashesOf(data: Uint8Array, pieceLength: number): Uint8Array {
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += pieceLength) hashes.push(sha1(data.subarray(at, at + pieceLength)));
  return concatBytes(hashes);
}

describe("listing", () => {
  it("takes regular files in the order of their bytes, and says what it leaves out", async () => {
    for (const name of ["tree/é", "tree/b/c", "tree/b.txt", "tree/B"]) write(name, bytesOf(3, 1));
    symlinkSync("b.txt", join(folder, "tree/link"));
    const list = await listFiles(join(folder, "tree"));
    expect(list.files.map((file) => file.path.join("/"))).toEqual(["B", "b.txt", "b/c", "é"]);
    expect(list.leftOut).toEqual([expect.stringMatching(/tree\/link was left out: it is a link\.$/)]);
    expect([list.name, list.isSingleFile]).toEqual(["tree", false]);
  });

  it("refuses what is not there, and what is empty", async () => {
    mkdirSync(join(folder, "empty"));
    await expect(listFiles(join(folder, "empty"))).rejects.toMatchObject({ code: "create-empty" });
    await expect(listFiles(join(folder, "gone"))).rejects.toMatchObject({ code: "disk-gone" });
  });

  it("refuses a name that no torrent can hold", async () => {
    mkdirSync(join(folder, "tree"));
    writeFileSync(Buffer.concat([Buffer.from(join(folder, "tree/")), Buffer.from([0xff, 0x41])]), "x");
    await expect(listFiles(join(folder, "tree"))).rejects.toMatchObject({ code: "create-name" });
  });
});

describe("a torrent that was made", () => {
  const shapes: readonly (readonly [string, number, readonly number[]])[] = [
    ["small pieces over many files", 16_384, [100_000, 0, 1, 16_384, 50_000, 700_001]],
    ["pieces of a mebibyte", 1 << 20, [2_500_000, 7]],
    ["a piece larger than a read", 1 << 22, [5_000_000]],
    ["one short piece", 65_536, [10]],
  ];
  it.each(shapes)("of %s has the hashes of its bytes", async (_, pieceLength, lengths) => {
    const data = lengths.map((length, index) => write(`tree/${index}`, bytesOf(length, index + 1)));
    const made = parseMetainfo(await createTorrent(join(folder, "tree"), { pieceLength, threads: 3 }));
    expect(Buffer.from(made.pieceHashes)).toEqual(Buffer.from(hashesOf(concatBytes(data), pieceLength)));
    expect(made.files.map((file) => file.lengthBytes)).toEqual(lengths);
  });

  it("of a single file has its name, and what was asked for around it", async () => {
    write("a.bin", bytesOf(40_000, 1));
    let hashed = 0;
    const bytes = await createTorrent(join(folder, "a.bin"), {
      trackers: [["http://a.example/announce"], ["udp://b.example:1"]],
      isPrivate: true,
      comment: "hello",
      source: "here",
      creationDate: 5,
      onProgress: (progress) => {
        hashed = progress.hashedBytes;
      },
    });
    expect(parseMetainfo(bytes)).toMatchObject({
      name: "a.bin",
      isSingleFile: true,
      lengthBytes: 40_000,
      trackers: [["http://a.example/announce"], ["udp://b.example:1"]],
      isPrivate: true,
      comment: "hello",
      source: "here",
      creationDate: 5,
    });
    expect(hashed).toBe(40_000);
  });

  it("is none when the data changed meanwhile", async () => {
    const path = join(folder, "a.bin");
    write("a.bin", bytesOf(40_000, 1));
    const touched = createTorrent(path, { onProgress: () => utimesSync(path, 1, 1) });
    await expect(touched).rejects.toMatchObject({ code: "file-changed" });
  });

  it("stops when it is told to", async () => {
    write("a.bin", bytesOf(40_000, 1));
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(createTorrent(join(folder, "a.bin"), { signal })).rejects.toThrow("enough");
  });
});

describe("verification", () => {
  it("tells right, wrong and absent pieces apart, and finds the files", async () => {
    for (const name of ["a", "b", "c"]) write(`tree/${name}`, bytesOf(40_000, 3));
    const metainfo = parseMetainfo(await createTorrent(join(folder, "tree"), { pieceLength: 16_384 }));
    expect(new Set((await verifyTorrent(metainfo, folder)).pieces)).toEqual(new Set(["passed"]));
    write("tree/a", bytesOf(40_000, 4));
    truncateSync(join(folder, "tree/c"), 10_000);
    const seen: number[] = [];
    const result = await verifyTorrent(metainfo, folder, { threads: 1, onPiece: (piece) => seen.push(piece) });
    expect(result.pieces).toEqual(["failed", "failed", "failed", "passed", "passed", "absent", "absent", "absent"]);
    expect(result.found.map((file) => file.lengthBytes)).toEqual([40_000, 40_000, 10_000]);
    expect(seen.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("fails with the disk's words", async () => {
    write("tree/a", bytesOf(40_000, 3));
    const metainfo = parseMetainfo(await createTorrent(join(folder, "tree")));
    rmSync(join(folder, "tree/a"));
    mkdirSync(join(folder, "tree/a"));
    await expect(verifyTorrent(metainfo, folder)).rejects.toMatchObject({ code: "disk-corrupt" });
  });
});
