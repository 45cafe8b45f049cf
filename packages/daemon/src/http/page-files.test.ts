import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readPage } from "./page-files.ts";

describe("the page in memory", () => {
  it("has its files by path, index.html as /, and nothing of unknown type", () => {
    const folder = mkdtempSync(join(tmpdir(), "torrential-page-"));
    try {
      mkdirSync(join(folder, "assets"));
      writeFileSync(join(folder, "index.html"), "<p>");
      writeFileSync(join(folder, "assets", "app-1.js"), "1");
      writeFileSync(join(folder, "notes.xyz"), "?");
      const files = readPage(folder);
      expect([...files.keys()].toSorted()).toEqual(["/", "/assets/app-1.js"]);
      expect(files.get("/")).toMatchObject({ type: "text/html; charset=utf-8", isImmutable: false });
      expect(files.get("/assets/app-1.js")).toMatchObject({
        type: "text/javascript; charset=utf-8",
        isImmutable: true,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is empty where it was not built", () => {
    expect(readPage("/no/such/folder").size).toBe(0);
  });
});
