/** Files that change their place, while others are hostile: links swapped in, aliases of one folder, something in the way. */
import { spawnSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { copyRange, findCopy, type Renaming, renameAll, sealCopy } from "./relocate.ts";
import { makeFolder, type TestFolder } from "./test-store.ts";

const canMount = spawnSync("unshare", ["-m", "true"]).status === 0 && process.getuid?.() === 0;

let folder: TestFolder;
let [from, to] = ["", ""];
const mounts: string[] = [];

beforeEach(() => {
  folder = makeFolder();
  [from, to] = [join(folder.path, "from"), join(folder.path, "to")];
  for (const each of [join(from, "dir"), to]) mkdirSync(each, { recursive: true });
  writeFileSync(join(from, "dir", "a"), "ours a");
  writeFileSync(join(from, "b"), "ours b");
});

afterEach(() => {
  for (const mounted of mounts.splice(0)) spawnSync("umount", ["-l", mounted]);
  folder.remove();
});

function moves(...names: string[]): Renaming[] {
  return names.map((name) => {
    const path = name.split("/");
    return { from: { root: from, path }, to: { root: to, path } };
  });
}

function expectHere(): void {
  expect(readFileSync(join(from, "dir", "a"), "utf8")).toBe("ours a");
  expect(readFileSync(join(from, "b"), "utf8")).toBe("ours b");
}

describe("files that are moved by rename", () => {
  it("go all or none, and folders that were made for them go too", () => {
    writeFileSync(join(to, "b"), "theirs");
    expect(() => renameAll(moves("dir/a", "b"))).toThrow("exists already");
    expectHere();
    expect(readdirSync(to)).toEqual(["b"]);
    expect(readFileSync(join(to, "b"), "utf8")).toBe("theirs");
  });

  it.each([
    ["a folder", () => mkdirSync(join(to, "b"))],
    ["a link to a file", () => symlinkSync(join(from, "dir", "a"), join(to, "b"))],
    ["a link to nothing", () => symlinkSync("nothing", join(to, "b"))],
    ["another name of the same file", () => linkSync(join(from, "b"), join(to, "b"))],
  ])("do not take the place of %s", (_, prepare) => {
    prepare();
    expect(() => renameAll(moves("dir/a", "b"))).toThrow("exists already");
    expectHere();
    expect(readdirSync(to)).toEqual(["b"]);
  });

  it("do not follow a folder that is a link out of the new root", () => {
    const outside = join(folder.path, "outside");
    mkdirSync(outside);
    symlinkSync(outside, join(to, "dir"));
    expect(() => renameAll(moves("b", "dir/a"))).toThrow("leads out of");
    expectHere();
    expect(readdirSync(outside)).toEqual([]);
  });

  it("stay where they are when the new root is the old one by another name", () => {
    const alias = join(folder.path, "alias");
    symlinkSync(from, alias);
    to = alias;
    renameAll(moves("dir/a", "b"));
    expectHere();
  });

  it.runIf(canMount)("stay where they are when the new root is mounted from the old one", () => {
    expect(spawnSync("mount", ["--bind", from, to]).status).toBe(0);
    mounts.push(to);
    renameAll(moves("dir/a", "b"));
    expectHere();
  });
});

describe("files that are moved by copy", () => {
  it("are whole before they have their name, and what is there under it is found out", () => {
    const [move] = moves("b") as [Renaming];
    expect(findCopy(move)).toEqual({ type: "partial", copiedBytes: 0 });
    copyRange(move, { offset: 0, length: 4 });
    expect(readdirSync(to)).toEqual(["b.moving"]);
    expect(findCopy(move)).toEqual({ type: "partial", copiedBytes: 4 });
    copyRange(move, { offset: 4, length: 2 });
    sealCopy(move, false);
    expect(readdirSync(to)).toEqual(["b"]);
    expect(findCopy(move)).toEqual({ type: "there" });
    writeFileSync(join(to, "b"), "theirs, longer");
    expect(() => findCopy(move)).toThrow("exists already");
  });

  it("are never taken for their own copies", () => {
    const [move] = moves("b") as [Renaming];
    linkSync(join(from, "b"), join(to, "b"));
    expect(() => findCopy(move)).toThrow("same file");
  });

  it.each([
    ["a link in the place of the copy", () => symlinkSync(join(folder.path, "precious"), join(to, "b.moving"))],
    ["a folder in the place of the copy", () => mkdirSync(join(to, "b.moving"))],
    ["a FIFO in the place of the copy", () => spawnSync("mkfifo", [join(to, "b.moving")])],
  ])("do not write to %s", (_, prepare) => {
    writeFileSync(join(folder.path, "precious"), "precious");
    prepare();
    const [move] = moves("b") as [Renaming];
    expect(() => findCopy(move)).toThrow("not a regular file");
    expect(() => copyRange(move, { offset: 0, length: 6 })).toThrow(/ELOOP|EISDIR|regular file/);
    expect(readFileSync(join(folder.path, "precious"), "utf8")).toBe("precious");
    expectHere();
  });

  it("say so when the original was replaced or cut meanwhile", () => {
    const [move] = moves("b") as [Renaming];
    writeFileSync(join(from, "b"), "cut");
    expect(() => copyRange(move, { offset: 0, length: 6 })).toThrow("shorter than it was");
    expect(existsSync(join(to, "b"))).toBe(false);
  });
});
