import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ensureFolder, ensureFolderSync } from "./ensure-folder.ts";
import { makeFolder, type TestFolder } from "./test-store.ts";

const WAYS = [
  { way: "ensureFolder", make: ensureFolder },
  { way: "ensureFolderSync", make: async (folder: string, mode?: number) => ensureFolderSync(folder, mode) },
];

let folder: TestFolder;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

it.each(WAYS)("$way makes a folder with its parents, in the mode asked for", async ({ make }) => {
  const path = join(folder.path, "a", "b", "c");
  await make(path, 0o700);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  await make(path, 0o700);
  mkdirSync(join(folder.path, "real"));
  symlinkSync(join(folder.path, "real"), join(folder.path, "link"));
  await make(join(folder.path, "link", "d"));
  expect(existsSync(join(folder.path, "real", "d"))).toBe(true);
});

it.each(WAYS)("$way says why it cannot", async ({ make }) => {
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  await expect(make(file)).rejects.toThrow("EEXIST");
  await expect(make(join(file, "a"))).rejects.toThrow("ENOTDIR");
  const dangling = join(folder.path, "dangling");
  symlinkSync(join(folder.path, "nowhere"), dangling);
  await expect(make(dangling)).rejects.toThrow("ENOENT");
  await expect(make(join(dangling, "a"))).rejects.toThrow("ENOENT");
});

it.runIf(existsSync("/proc/self")).each(WAYS)(
  "$way ends where a file system lets nobody make anything",
  async ({ make }) => {
    await expect(make("/proc/torrential/a")).rejects.toThrow("ENOENT");
  },
);
