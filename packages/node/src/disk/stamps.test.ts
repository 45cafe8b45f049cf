import { closeSync, futimesSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileStamps } from "./stamps.ts";

let folder: string;
let fd: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stamps-"));
  fd = openSync(join(folder, "file"), "w+");
  futimesSync(fd, 1_000, 1_000);
});

afterEach(() => {
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

describe("file stamps", () => {
  it("tell a change of somebody else's from one of ours", () => {
    const stamps = new FileStamps(FileStamps.allocate(1));
    stamps.remember(0, 1_000_000);
    expect(stamps.isUnchanged(0, fd)).toBe(true);
    stamps.write(0, fd, () => writeSync(fd, "ours"));
    expect(stamps.isUnchanged(0, fd)).toBe(true);
    futimesSync(fd, 2_000, 2_000);
    expect(stamps.isUnchanged(0, fd)).toBe(false);
  });

  it("are shared: what one thread wrote is ours to all", () => {
    const shared = FileStamps.allocate(1);
    const [one, other] = [new FileStamps(shared), new FileStamps(shared)];
    expect(other.isUnchanged(0, fd)).toBe(true);
    one.write(0, fd, () => futimesSync(fd, 3_000, 3_000));
    expect(other.isUnchanged(0, fd)).toBe(true);
  });

  it("accuse nobody while a thread writes", () => {
    const shared = FileStamps.allocate(1);
    const [one, other] = [new FileStamps(shared), new FileStamps(shared)];
    one.remember(0, 1_000_000);
    one.write(0, fd, () => {
      futimesSync(fd, 4_000, 4_000);
      expect(other.isUnchanged(0, fd)).toBe(true);
    });
  });
});
