/** The daemon's page in a real browser, with real transfers. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findBarriers, missingChromium, openBrowser } from "../support/browser.ts";
import { DaemonProcess } from "../support/daemon-process.ts";
import { PAGE_PASSWORD, visitPage } from "../support/page-visit.ts";
import { describeIf } from "../support/requirements.ts";
import { runTorrential } from "../support/torrential.ts";
import { waitFor } from "../support/wait-for.ts";
import { Scene } from "./setup.ts";

describeIf([missingChromium()], "the page", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser.close();
  });

  it("adds a file, downloads it, shows why and what, removes it, and takes that back", async () => {
    await using scene = Scene.make("page-flow");
    await using seed = await scene.startSeed();
    await using daemon = await startDaemon(scene);
    await using visit = await visitPage(browser, daemon.url, { bypassCSP: true });
    const { page, problems } = visit;
    await page.getByText("No torrents yet").waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await page.getByRole("button", { name: "Add torrents" }).click();
    await page.getByLabel("Torrent files").setInputFiles(scene.fixture.torrentFile);
    await page.getByText(/of .*, 1 file/).waitFor();
    await page.getByRole("button", { name: "Add 1 torrent" }).click();
    const row = page.getByRole("row", { name: /data\.bin/ });
    await row.dblclick();
    await page.getByRole("tab", { name: "Peers" }).click();
    await page.getByLabel("Add peer").fill(seed.hostPort);
    await page.getByRole("button", { name: "Add peer" }).click();
    await row.getByText("Seeding").waitFor();
    await page.getByRole("tab", { name: "Why isn't it faster?" }).click();
    await page.getByRole("tab", { name: "Files" }).click();
    await page.getByRole("treeitem").getByText("data.bin").waitFor();
    await row.click();
    await page.getByRole("button", { name: "Remove…" }).click();
    await page.getByLabel("Delete the files too").check();
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByRole("button", { name: "Undo" }).click();
    let seen: unknown;
    await waitFor(
      async () => {
        seen = [
          (await daemon.client.call("listTorrents", {})).torrents,
          await page.getByRole("status").allInnerTexts(),
        ];
        return await row.getByText("Seeding").isVisible();
      },
      { what: () => `it seeds again; there is ${JSON.stringify(seen)}` },
    );
    expect(problems).toEqual([]);
  });

  it("works by keyboard alone, and on a narrow screen", async () => {
    await using scene = Scene.make("page-keys");
    await using daemon = await startDaemon(scene);
    await daemon.verb("add", scene.fixture.torrentFile, "--paused");
    await using visit = await visitPage(browser, daemon.url, { viewport: { width: 360, height: 740 } });
    const { page, problems } = visit;
    const grid = page.getByRole("grid", { name: "Torrents" });
    await grid.getByText("data.bin").waitFor();
    await grid.focus();
    await page.keyboard.press("ArrowDown");
    await page.locator("[role=row][aria-selected=true]").waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Details" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("region", { name: "Details" }).waitFor({ state: "detached" });
    const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    expect(overflow).toBeLessThanOrEqual(0);
    expect(problems).toEqual([]);
  });

  it("shows markup in strangers' strings as text", async () => {
    await using scene = Scene.make("page-markup");
    await using daemon = await startDaemon(scene);
    const evil = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`;
    const folder = scene.folder.folder("evil");
    writeFileSync(join(folder, evil.replaceAll("/", "_")), "x");
    const torrent = scene.folder.at("evil.torrent");
    const made = await runTorrential([
      "create",
      folder,
      "-o",
      torrent,
      "--comment",
      evil,
      "--tracker",
      "http://127.0.0.1:1/announce?<b>",
    ]);
    expect(made.code).toBe(0);
    await daemon.verb("add", torrent, "--paused", "--tag", "<i>tag</i>");
    await using visit = await visitPage(browser, daemon.url);
    const { page, problems } = visit;
    // What peers and trackers say of themselves.
    const peer = { endpoint: evil, client: evil, source: evil, progress: 0, downRate: 0, upRate: 0, uploadedBytes: 0 };
    await page.route("**/peers", (route) => route.fulfill({ json: [{ ...peer, downloadedBytes: 0 }] }));
    const tracker = { id: 1, tier: 0, url: evil, state: "failing", message: evil };
    await page.route(/\/trackers\?/, (route) => route.fulfill({ json: [tracker] }));
    await page.getByRole("row", { name: /evil/ }).dblclick();
    for (const tab of ["Overview", "Files", "Trackers", "Events", "Peers"]) {
      await page.getByRole("tab", { name: tab }).click();
      await page.getByRole("tabpanel").waitFor();
      // No event names what is in a torrent.
      if (tab !== "Events") await page.getByRole("tabpanel").getByText("<img src=x").first().waitFor();
    }
    await page.getByRole("button", { name: /<i>tag/ }).waitFor();
    expect(await page.evaluate("window.hacked")).toBeUndefined();
    expect(await page.locator('img:not([src="./icon.svg"])').count()).toBe(0);
    expect(problems).toEqual([]);
  });
});

function startDaemon(scene: Scene): Promise<DaemonProcess> {
  const env = { TORRENTIAL_PASSWORD: PAGE_PASSWORD };
  return DaemonProcess.start({ stateDir: scene.stateDir, downloadDir: scene.saveDir, env });
}
