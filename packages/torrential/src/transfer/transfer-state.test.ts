import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseInfoHash, TorrentialError } from "@torrential/core";
import { expect, it } from "vitest";
import { openFirstFree, transferStateDirs } from "./transfer-state.ts";

const infoHash = parseInfoHash("ab".repeat(20));

it("begins with the first, or with the one that knows the torrent", () => {
  const base = mkdtempSync(join(tmpdir(), "torrential-shared-"));
  try {
    const [first, second, third] = ["1", "2", "3"].map((name) => join(base, "transfers", name)) as [
      string,
      string,
      string,
    ];
    expect(transferStateDirs(base, [infoHash]).slice(0, 3)).toEqual([first, second, third]);
    mkdirSync(third, { recursive: true });
    writeFileSync(join(third, `${infoHash}.resume`), "");
    expect(transferStateDirs(base, [infoHash]).slice(0, 3)).toEqual([third, first, second]);
  } finally {
    rmSync(base, { recursive: true });
  }
});

it("takes the first that is free, and passes on every other failure", async () => {
  const open = async (folder: string): Promise<string> => {
    if (folder.startsWith("taken")) throw new TorrentialError("state-locked", `${folder} is in use`);
    if (folder === "bad") throw new TorrentialError("state-unwritable", "cannot be written");
    return folder;
  };
  expect(await openFirstFree(["taken 1", "taken 2", "free", "other"], open)).toBe("free");
  await expect(openFirstFree(["taken 1", "bad", "free"], open)).rejects.toThrow("cannot be written");
  await expect(openFirstFree(["taken 1", "taken 2"], open)).rejects.toThrow("taken 2 is in use");
});
