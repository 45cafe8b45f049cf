import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StateLock } from "./lock.ts";

let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "torrential-lock-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const lockFile = (): string => join(folder, "running.lock");

/** The lock as another process would have left it. */
function forge(change: Record<string, unknown>): void {
  const lock = StateLock.acquire(folder);
  const owner = JSON.parse(readFileSync(lockFile(), "utf8")) as Record<string, unknown>;
  lock.release();
  writeFileSync(lockFile(), JSON.stringify({ ...owner, ...change }));
}

describe("state lock", () => {
  it("is clean the first time and after a release", () => {
    const first = StateLock.acquire(join(folder, "new"));
    expect(first.wasUnclean).toBe(false);
    first.release();
    expect(StateLock.acquire(join(folder, "new")).wasUnclean).toBe(false);
  });

  it("refuses a second owner and names the first", () => {
    const first = StateLock.acquire(folder);
    expect(() => StateLock.acquire(folder)).toThrow(`process ${process.pid}`);
    first.release();
    StateLock.acquire(folder).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ["of a process that is gone", { pid: spawnSync("true").pid, startTicks: "" }],
    ["of an earlier boot", { bootId: "0000" }],
    ["whose process id was given to another", { startTicks: "1" }],
    ["that is torn", undefined],
  ])("takes over a lock %s, as unclean", (_, change) => {
    if (change === undefined) writeFileSync(lockFile(), '{"pid":');
    else forge(change);
    const lock = StateLock.acquire(folder);
    expect(lock.wasUnclean).toBe(true);
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("does not release what another process has taken over", () => {
    const lock = StateLock.acquire(folder);
    writeFileSync(lockFile(), "another");
    lock.release();
    expect(existsSync(lockFile())).toBe(true);
  });

  it("refuses a folder that everybody can write to", () => {
    chmodSync(folder, 0o777);
    expect(() => StateLock.acquire(folder)).toThrow("can be written by others");
  });

  it("says which folder it could not take", () => {
    writeFileSync(join(folder, "file"), "");
    expect(() => StateLock.acquire(join(folder, "file"))).toThrow(join(folder, "file"));
  });
});
