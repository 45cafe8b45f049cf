import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { DiskErrorClass } from "@torrential/engine";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { classifyDiskError, toDiskError } from "./errors.ts";
import { commitAll, commitOf, file, makeFolder, makeStore, type TestFolder, openExecutor } from "./test-store.ts";
import { fileCalls } from "./transfer.ts";

let folder: TestFolder;
let root = "";
beforeEach(() => {
  folder = makeFolder();
  root = join(folder.path, "root");
  mkdirSync(root);
});
afterEach(() => {
  for (const mounted of mounts.splice(0)) spawnSync("umount", ["-l", mounted]);
  folder.remove();
});

const mounts: string[] = [];

/** Mounts on `target`; false where this is not allowed. */
function mount(target: string, ...options: string[]): boolean {
  mkdirSync(target, { recursive: true });
  if (spawnSync("mount", [...options, target]).status !== 0) return false;
  mounts.push(target);
  return true;
}

const canMount = spawnSync("unshare", ["-m", "true"]).status === 0 && process.getuid?.() === 0;

/** What the one commit of a torrent with these files ends with. */
function commitInto(
  path: string,
  files: readonly string[] = ["a"],
): { class: DiskErrorClass; message: string } | "committed" {
  const store = makeStore(
    path,
    files.map((each) => file(each, 100)),
    100 * files.length,
  );
  const { run } = openExecutor(store);
  const [done] = run(commitOf(store, 0));
  if (done?.type === "committed") return "committed";
  if (done?.type !== "failed") throw new Error(`got ${done?.type}`);
  return done.error;
}

describe("disk faults, names and links", () => {
  it("refuses a folder that is a link out of the root, and writes nothing behind it", () => {
    const outside = join(folder.path, "outside");
    mkdirSync(outside);
    symlinkSync(outside, join(root, "dir"));
    expect(commitInto(root, ["dir/a"])).toMatchObject({
      class: "corrupt",
      message: expect.stringContaining("leads out of"),
    });
    expect(commitInto(root, ["dir/deeper/a"])).toMatchObject({ class: "corrupt" });
    expect(readdirSync(outside)).toEqual([]);
  });

  it("follows a link to a folder that stays in the root", () => {
    mkdirSync(join(root, "real"));
    symlinkSync("real", join(root, "dir"));
    expect(commitInto(root, ["dir/a"])).toBe("committed");
    expect(readdirSync(join(root, "real"))).toEqual(["a"]);
  });

  it("does not follow a link in the place of a file, even inside the root", () => {
    writeFileSync(join(root, "target"), "precious");
    symlinkSync("target", join(root, "a"));
    expect(commitInto(root)).toMatchObject({ class: "corrupt" });
    expect(readFileSync(join(root, "target"), "utf8")).toBe("precious");
  });

  it("does not follow a link that came after the store was opened", () => {
    writeFileSync(join(folder.path, "outside"), "precious");
    const store = makeStore(root, [file("a", 100)], 100);
    const { run } = openExecutor(store);
    symlinkSync(join(folder.path, "outside"), join(root, "a"));
    expect(run(commitOf(store, 0))).toMatchObject([
      { type: "failed", error: { class: "corrupt", message: expect.stringContaining("symbolic link") } },
    ]);
    expect(
      run({ type: "read", job: 1, store: 1, piece: 0, begin: 0, extent: { segment: 0, offset: 100, length: 8 } }),
    ).toMatchObject([{ type: "failed", error: { class: "corrupt" } }]);
    expect(readFileSync(join(folder.path, "outside"), "utf8")).toBe("precious");
  });

  it("does not make a file behind a dangling link", () => {
    symlinkSync(join(folder.path, "outside"), join(root, "dir"));
    expect(commitInto(root, ["dir/a"])).toMatchObject({ class: "corrupt" });
    expect(existsSync(join(folder.path, "outside"))).toBe(false);
  });

  it("refuses a FIFO without hanging", () => {
    spawnSync("mkfifo", [join(root, "a")]);
    expect(commitInto(root)).toMatchObject({
      class: "corrupt",
      message: expect.stringContaining("not a regular file"),
    });
  });

  it.each([
    ["a folder in the place of a file", () => mkdirSync(join(root, "a")), ["a"], "corrupt"],
    ["a file in the place of a folder", () => writeFileSync(join(root, "dir"), ""), ["dir/a"], "corrupt"],
    [
      "a file in the place of a folder higher up",
      () => writeFileSync(join(root, "dir"), ""),
      ["dir/deep/a"],
      "corrupt",
    ],
    ["a name that is too long", () => {}, ["x".repeat(256)], "too-long"],
    ["a folder's name that is too long", () => {}, [`${"x".repeat(256)}/a`], "too-long"],
    ["a path that climbs", () => {}, ["../a"], "corrupt"],
    ["an empty name", () => {}, ["dir//a"], "corrupt"],
  ])("says %s", (_, prepare, files, diskClass) => {
    prepare();
    const result = commitInto(root, files);
    expect(result).toMatchObject({ class: diskClass, message: expect.stringContaining(".") });
    expect(readdirSync(folder.path)).toEqual(["root"]);
  });

  it("says that the root is a file", () => {
    writeFileSync(join(folder.path, "file"), "");
    expect(commitInto(join(folder.path, "file"))).toMatchObject({
      class: "corrupt",
      message: expect.stringContaining("is not a folder"),
    });
  });

  it("does not delete through a link, nor a link in a file's place", () => {
    const store = makeStore(root, [file("dir/a", 100), file("b", 100)], 200);
    const { run } = openExecutor(store);
    commitAll(store, run);
    const outside = join(folder.path, "outside");
    renameSync(join(root, "dir"), outside);
    symlinkSync(outside, join(root, "dir"));
    expect(run({ type: "close", job: 1, store: 1, deleteFiles: true })).toMatchObject([
      { type: "failed", error: { class: "corrupt" } },
    ]);
    expect(existsSync(join(outside, "a"))).toBe(true);
  });
});

describe("disk faults, devices", () => {
  it("makes nothing where the root used to be", () => {
    const store = makeStore(root, [file("a", 100), file("b", 100)], 100);
    const { run } = openExecutor(store);
    run(commitOf(store, 0));
    rmSync(root, { recursive: true });
    expect(run(commitOf(store, 1))).toMatchObject([
      { type: "failed", error: { class: "gone", message: expect.stringContaining(root) } },
    ]);
    expect(existsSync(root)).toBe(false);
  });

  it.runIf(canMount)("makes nothing under an unmounted drive", () => {
    expect(mount(root, "-t", "tmpfs", "none")).toBe(true);
    const store = makeStore(root, [file("a", 100), file("b", 100)], 100);
    const { run, close } = openExecutor(store);
    run(commitOf(store, 0));
    close();
    spawnSync("umount", ["-l", root]);
    expect(run(commitOf(store, 1))).toMatchObject([
      { type: "failed", error: { class: "gone", message: expect.stringContaining("another device") } },
    ]);
    expect(readdirSync(root)).toEqual([]);
  });

  it.runIf(canMount)("says that the disk is full, and goes on when there is room again", () => {
    const full = join(folder.path, "full");
    expect(mount(full, "-t", "tmpfs", "-o", "size=64k", "none")).toBe(true);
    writeFileSync(join(full, "ballast"), new Uint8Array(40_000));
    const store = makeStore(full, [file("a", 40_000)], 40_000);
    const { run } = openExecutor(store);
    expect(run(commitOf(store, 0))).toMatchObject([
      { type: "failed", error: { class: "full", message: expect.stringContaining("the disk is full (ENOSPC)") } },
    ]);
    unlinkSync(join(full, "ballast"));
    expect(run(commitOf(store, 0))).toMatchObject([{ type: "committed" }]);
    expect(readFileSync(join(full, "a")).equals(store.content)).toBe(true);
  });

  it.runIf(canMount)("says that the disk is read-only, and still reads", () => {
    expect(commitInto(root)).toBe("committed");
    const readOnly = join(folder.path, "read-only");
    expect(mount(readOnly, "--bind", "-o", "ro", root)).toBe(true);
    spawnSync("mount", ["-o", "remount,bind,ro", readOnly]);
    const store = makeStore(readOnly, [file("a", 100), file("b", 100)], 100);
    const { run } = openExecutor(store);
    expect(run(commitOf(store, 1))).toMatchObject([{ type: "failed", error: { class: "read-only" } }]);
    expect(
      run({ type: "read", job: 1, store: 1, piece: 0, begin: 0, extent: { segment: 0, offset: 0, length: 100 } }),
    ).toMatchObject([{ type: "read" }]);
  });

  it.each<[string, DiskErrorClass]>([
    ["ENOSPC", "full"],
    ["EDQUOT", "full"],
    ["ENODEV", "gone"],
    ["ESTALE", "gone"],
    ["EACCES", "denied"],
    ["EPERM", "denied"],
    ["EROFS", "read-only"],
    ["EIO", "io"],
    ["EMFILE", "busy"],
    ["EBUSY", "busy"],
    ["ENAMETOOLONG", "too-long"],
    ["EUNHEARD", "io"],
  ])("takes a write's %s as %s, with the file's name", (code, diskClass) => {
    const store = makeStore(root, [file("a", 100)], 100);
    const refuse = (): number => {
      throw Object.assign(new Error("refused"), { code });
    };
    const { run } = openExecutor(store, { ...fileCalls, write: refuse, writev: refuse });
    expect(run(commitOf(store, 0))).toMatchObject([
      { type: "failed", error: { class: diskClass, message: expect.stringContaining(join(root, "a")) } },
    ]);
  });
});

describe("disk errors", () => {
  it("make a sentence of anything", () => {
    expect(toDiskError(new Error("odd"), "read a")).toEqual({ class: "io", message: "Could not read a: Error: odd." });
    expect(classifyDiskError("text")).toBe("io");
  });
});
