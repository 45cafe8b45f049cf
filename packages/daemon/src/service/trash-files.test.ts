import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildMetainfo, parseInfoHash, partPath } from "@torrential/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { deleteTrash, moveToTrash, type RemovedTorrent, restoreFromTrash } from "./trash-files.ts";

const infoHash = parseInfoHash("00".repeat(20));
const PART = partPath(infoHash, 1).join("/");

let base: string;
let root: string;
let removed: RemovedTorrent;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "torrential-trash-"));
  root = join(base, "downloads");
  const files = ["a", "sub/b", "sub/deep/c"].map((path) => ({ path: path.split("/"), lengthBytes: 1 }));
  const torrent = buildMetainfo({
    name: "album",
    files,
    pieceLength: 16_384,
    pieceHashes: new Uint8Array(20),
  });
  removed = { torrent, record: { infoHash, currentFolder: root, layout: "original", renames: { 0: "album/renamed" } } };
  for (const path of ["album/renamed", "album/sub/b", "album/sub/deep/c", "album/theirs", PART]) put(path);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function put(path: string, text = path): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function everything(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

const ALL = [PART, "album/renamed", "album/sub/b", "album/sub/deep/c", "album/theirs"];

it("takes the torrent's files alone, its parts too, and brings them back", async () => {
  await moveToTrash(removed);
  const trash = `.torrential-trash/${infoHash}`;
  const taken = [PART, "album/renamed", "album/sub/b", "album/sub/deep/c"].map((path) => `${trash}/${path}`);
  expect(everything(root)).toEqual([...taken, "album/theirs"]);
  expect(readdirSync(join(root, "album"))).toEqual(["theirs"]);
  await restoreFromTrash(removed);
  expect(everything(root)).toEqual(ALL);
  expect(readdirSync(root)).toEqual([`.${infoHash}.parts`, "album"]);
});

it("deletes what is in the trash, and its folders", async () => {
  await moveToTrash(removed);
  put("album/sub/b", "new");
  await deleteTrash(removed);
  expect(everything(root)).toEqual(["album/sub/b", "album/theirs"]);
  expect(readdirSync(root)).toEqual(["album"]);
});

it("brings nothing back over a file that came to lie there meanwhile", async () => {
  await moveToTrash(removed);
  put("album/sub/b", "another's");
  await expect(restoreFromTrash(removed)).rejects.toMatchObject({
    code: "conflict",
    message: `${join(root, "album/sub/b")} exists already and is not overwritten`,
  });
  expect(readFileSync(join(root, "album/sub/b"), "utf8")).toBe("another's");
  expect(readdirSync(join(root, "album")).toSorted()).toEqual(["sub", "theirs"]);
  rmSync(join(root, "album/sub/b"));
  await restoreFromTrash(removed);
  expect(everything(root)).toEqual(ALL);
});

it("follows no link out of the folder, neither way", async () => {
  const outside = join(base, "outside");
  renameSync(join(root, "album/sub"), outside);
  symlinkSync(outside, join(root, "album/sub"));
  await moveToTrash(removed);
  expect(everything(outside)).toEqual(["b", "deep/c"]);

  const trash = join(root, ".torrential-trash", infoHash, "album/sub");
  symlinkSync(outside, trash);
  await deleteTrash(removed);
  expect(everything(outside)).toEqual(["b", "deep/c"]);
});

it("does not bring files back through a link", async () => {
  await moveToTrash(removed);
  symlinkSync(base, join(root, "album/sub"));
  await expect(restoreFromTrash(removed)).rejects.toMatchObject({ code: "conflict" });
  expect(readdirSync(base)).toEqual(["downloads"]);
});
