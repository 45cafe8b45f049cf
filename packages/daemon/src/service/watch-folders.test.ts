import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ServiceError } from "./errors.ts";
import type { AddRequest, TorrentsService } from "./service.ts";
import { WatchFolders } from "./watch-folders.ts";

let folder: string;
let added: AddRequest["source"][];
let told: string[];
let watch: WatchFolders;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "torrential-watch-"));
  added = [];
  told = [];
  const add: TorrentsService["add"] = async ({ source }) => {
    added.push(source);
    throw new ServiceError("duplicate", "It is here already");
  };
  const settings = { "watch.folders": [{ path: folder }] };
  watch = new WatchFolders(
    { settings: () => settings, history: { add: ({ message }) => void told.push(message) } },
    { add },
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Written long ago. */
function put(name: string, text = name): void {
  writeFileSync(join(folder, name), text);
  utimesSync(join(folder, name), 1, 1);
}

it("takes settled files alone, and gives them another name", async () => {
  put("a.torrent", "bytes");
  put("b.MAGNET", " magnet:?x \n");
  put("c.txt");
  writeFileSync(join(folder, "fresh.torrent"), "not whole");
  await watch.tick();
  expect(added).toEqual([
    { type: "file", bytes: new Uint8Array(Buffer.from("bytes")) },
    { type: "magnet", uri: "magnet:?x" },
  ]);
  expect(readdirSync(folder).toSorted()).toEqual(["a.torrent.added", "b.MAGNET.added", "c.txt", "fresh.torrent"]);
});

it("says once that a file cannot be put aside, and takes it again when it is written anew", async () => {
  put("a.torrent");
  mkdirSync(join(folder, "a.torrent.added", "in the way"), { recursive: true });
  for (let n = 0; n < 3; n++) await watch.tick();
  expect(told).toEqual([
    `${join(folder, "a.torrent")}: It is here already`,
    expect.stringContaining(`Could not rename ${join(folder, "a.torrent")}: `),
  ]);
  utimesSync(join(folder, "a.torrent"), 2, 2);
  await watch.tick();
  expect(added).toHaveLength(2);
});

it("gets to every file, however many stay", async () => {
  for (let n = 0; n < 120; n++) {
    put(`${n}.torrent`);
    mkdirSync(join(folder, `${n}.torrent.added`));
    writeFileSync(join(folder, `${n}.torrent.added`, "in the way"), "");
  }
  await watch.tick();
  expect(added).toHaveLength(100);
  await watch.tick();
  expect(added).toHaveLength(120);
});
