import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Committer } from "./committer.ts";
import { backUp, openDatabase } from "./database.ts";
import { Reserve } from "./reserve.ts";

let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "torrential-db-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const put = (key: string): { sql: string; params: readonly string[] } => ({
  sql: "INSERT INTO settings (key, value) VALUES (?, '1')",
  params: [key],
});

describe("committer", () => {
  it("takes a failed request back alone, whole", () => {
    const { db } = openDatabase({ folder, trust: "sound" });
    const outcomes = new Committer(db, new Reserve(folder)).commit([
      { id: 1, changes: [put("a")] },
      { id: 2, changes: [put("b"), put("a")] },
      { id: 3, changes: [put("c")] },
    ]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(db.prepare("SELECT key FROM settings ORDER BY key").all()).toEqual([{ key: "a" }, { key: "c" }]);
    db.close();
  });

  it("gives up the reserve when the disk is full, and writes what was promised", () => {
    const { db } = openDatabase({ folder, trust: "sound" });
    const reserve = new Reserve(folder, 1024 * 1024);
    reserve.take();
    const pages = Number(db.prepare("PRAGMA page_count").get()?.["page_count"]);
    db.exec(`PRAGMA max_page_count = ${pages}`);
    const release = reserve.release.bind(reserve);
    reserve.release = () => {
      db.exec("PRAGMA max_page_count = 100000");
      return release();
    };
    const big = { sql: "INSERT INTO store VALUES ('a', 'b', ?)", params: ["x".repeat(100_000)] };
    expect(new Committer(db, reserve).commit([{ id: 1, changes: [big] }])).toEqual([{ id: 1, ok: true }]);
    expect(release()).toBe(false);
    expect(new Committer(db, reserve).commit([])).toEqual([]);
    db.close();
  });

  it("says that the disk is full when there is no reserve left", () => {
    const { db } = openDatabase({ folder, trust: "sound" });
    db.exec(`PRAGMA max_page_count = ${Number(db.prepare("PRAGMA page_count").get()?.["page_count"])}`);
    const big = { sql: "INSERT INTO store VALUES ('a', 'b', ?)", params: ["x".repeat(100_000)] };
    expect(new Committer(db, new Reserve(folder)).commit([{ id: 1, changes: [big] }])).toMatchObject([
      { ok: false, class: "full" },
    ]);
    db.close();
  });

  it("copies the database whole", () => {
    const { db } = openDatabase({ folder, trust: "sound" });
    new Committer(db, new Reserve(folder)).commit([{ id: 1, changes: [put("kept")] }]);
    backUp(db, folder);
    backUp(db, folder);
    db.close();
    rmSync(join(folder, "state.db"));
    rmSync(join(folder, "state.db-wal"), { force: true });
    expect(openDatabase({ folder, trust: "suspect" }).notes).toEqual([]);
  });
});
