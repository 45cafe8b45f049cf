import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileCalls } from "../disk/transfer.ts";
import { StateFiles } from "./state-files.ts";
import { StateFolder } from "./state-folder.ts";

let folder = "";
beforeEach(() => (folder = join(mkdtempSync(join(tmpdir(), "torrential-state-")), "state")));
afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("state files", () => {
  it("appends, replaces and removes journals in order", async () => {
    const files = new StateFiles(folder);
    void files.append("aa", bytes("one "));
    void files.append("aa", bytes("two"));
    void files.append("bb", bytes("old"));
    void files.replace("bb", bytes("new"));
    void files.append("cc", bytes("gone"));
    await files.remove("cc");
    expect(await files.readJournal("aa")).toEqual(bytes("one two"));
    expect(await files.readJournal("bb")).toEqual(bytes("new"));
    expect(await files.readJournal("cc")).toBeUndefined();
    await files.close();
  });

  it("starts its thread for the first write, or for many reads", async () => {
    const files = new StateFiles(folder);
    expect(await files.listFiles()).toEqual([]);
    expect(await files.readJournal("aa")).toBeUndefined();
    expect(files.hasThread).toBe(false);
    await files.writeFile("bb.torrent", bytes("x"));
    expect(files.hasThread).toBe(true);
    expect(await files.listFiles()).toEqual(["bb.torrent"]);
    await files.close();
    const reader = new StateFiles(folder);
    for (let read = 0; read < 17; read++) expect(await reader.readFile("bb.torrent")).toEqual(bytes("x"));
    expect(reader.hasThread).toBe(true);
    await reader.close();
  });

  it("keeps small files apart from journals", async () => {
    const files = new StateFiles(folder);
    await files.writeFile("aa.torrent", bytes("d4:infoe"));
    await files.append("aa", bytes("journal"));
    expect(await files.readFile("aa.torrent")).toEqual(bytes("d4:infoe"));
    expect(await files.readFile("bb.torrent")).toBeUndefined();
    expect(await files.listFiles()).toEqual(["aa.torrent"]);
    await files.removeFile("aa.torrent");
    expect(await files.listFiles()).toEqual([]);
    await files.close();
  });

  it("finishes what was asked before it closes, and refuses afterwards", async () => {
    const files = new StateFiles(folder);
    const saved = files.append("aa", bytes("x".repeat(100_000)));
    await files.close();
    await saved;
    expect(statSync(join(folder, "aa.resume")).size).toBe(100_000);
    await expect(files.append("aa", bytes("late"))).rejects.toMatchObject({ code: "state-failed" });
  });

  it("makes a private folder with private files", async () => {
    const files = new StateFiles(folder);
    await files.append("aa", bytes("x"));
    await files.writeFile("bb.torrent", bytes("x"));
    await files.close();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([0o600, 0o600]);
  });

  it("says what refused", async () => {
    writeFileSync(folder, "a file");
    const files = new StateFiles(folder);
    await expect(files.append("aa", bytes("x"))).rejects.toMatchObject({
      diskClass: "corrupt",
      message: expect.stringContaining(folder),
    });
    await files.close();
  });
});

describe("state folder", () => {
  it.each(["../x", "a/b", "", ".hidden", "a\0b"])("refuses the name %j, which could leave the folder", (name) => {
    expect(() => new StateFolder(folder).write(name, bytes("x"))).toThrow("state file name");
  });

  it("leaves a journal as it was when an append fails half-way", () => {
    new StateFolder(folder).append("aa", bytes("whole"));
    const full = new StateFolder(folder, {
      ...fileCalls,
      write: (fd, part, position) => {
        if (position === 5) return fileCalls.write(fd, part.subarray(0, 2), position);
        throw Object.assign(new Error("full"), { code: "ENOSPC" });
      },
    });
    expect(() => full.append("aa", bytes("torn"))).toThrow("full");
    expect(full.readJournal("aa")).toEqual(bytes("whole"));
  });

  it("keeps the old file when a new one can't be written", () => {
    const state = new StateFolder(folder);
    state.write("settings", bytes("old"));
    const full = new StateFolder(folder, {
      ...fileCalls,
      write: () => {
        throw Object.assign(new Error("full"), { code: "ENOSPC" });
      },
    });
    expect(() => full.write("settings", bytes("new"))).toThrow("full");
    expect(state.read("settings")).toEqual(bytes("old"));
    expect(readdirSync(folder)).toEqual(["settings"]);
  });

  it("removes temporary files of a crash, and reads the others past an unreadable journal", () => {
    mkdirSync(join(folder, "bad.resume"), { recursive: true });
    writeFileSync(join(folder, ".tmp-aa.resume"), "half");
    const state = new StateFolder(folder);
    state.append("aa", bytes("x"));
    expect(state.readJournal("aa")).toEqual(bytes("x"));
    expect(state.readJournal("bad")).toBeUndefined();
    expect(readdirSync(folder)).not.toContain(".tmp-aa.resume");
  });
});
