import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { HttpWorld } from "../test-support/http-world.ts";
import { addOtherPages, readPage } from "./page-files.ts";

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

describe("pages of others", () => {
  const none = { qbittorrent: "", transmission: "", transmissionPath: "/transmission/rpc" };

  it("stand in place of ours or beside it, and nothing but their own files is served", async () => {
    const folder = mkdtempSync(join(tmpdir(), "torrential-pages-"));
    try {
      for (const name of ["vue/public/assets", "web"]) mkdirSync(join(folder, name), { recursive: true });
      writeFileSync(join(folder, "vue/public/index.html"), "vue");
      writeFileSync(join(folder, "vue/public/assets/a.mjs"), "1");
      writeFileSync(join(folder, "vue/secret.js"), "secret");
      symlinkSync("../secret.js", join(folder, "vue/public/link.js"));
      writeFileSync(join(folder, "web/index.html"), "web");
      const pages = { ...none, qbittorrent: join(folder, "vue"), transmission: join(folder, "web") };
      const files = addOtherPages(new Map(), pages);
      await using world = await HttpWorld.start({}, { files });
      const ask = async (path: string): Promise<readonly [number, string]> => {
        const { status, text } = await world.ask({ path });
        return [status, text];
      };
      expect(await ask("/")).toEqual([200, "vue"]);
      expect(await ask("/assets/a.mjs")).toEqual([200, "1"]);
      expect(await ask("/transmission/web/")).toEqual([200, "web"]);
      for (const path of [
        "/../secret.js",
        "/%2e%2e/secret.js",
        "/assets/..%2f..%2fsecret.js",
        "/link.js",
        "/secret.js",
      ]) {
        const [status, text] = await ask(path);
        expect([path, status >= 400, text.includes("secret.js") ? "" : text]).not.toContain("secret");
        expect(status).toBeGreaterThanOrEqual(400);
      }
      const { headers } = await world.ask({ path: "/" });
      const policy = String(headers["content-security-policy"]);
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("style-src 'self' 'unsafe-inline'");
      expect(policy).toContain("font-src 'self' data:");
      expect(policy).toContain("frame-ancestors 'none'");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("must have an index.html", () => {
    expect(() => addOtherPages(new Map(), { ...none, qbittorrent: "/no/such/folder" })).toThrow(/holds no index.html/);
  });
});
