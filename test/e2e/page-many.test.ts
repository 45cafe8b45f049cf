/** The page with more torrents than it shows: it holds what is in sight, and loads little. `bench/page.ts` measures. */
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { missingChromium, openBrowser } from "../support/browser.ts";
import { DaemonProcess } from "../support/daemon-process.ts";
import { TestFolder } from "../support/folder.ts";
import { PAGE_PASSWORD, visitPage } from "../support/page-visit.ts";
import { describeIf } from "../support/requirements.ts";
import { waitFor } from "../support/wait-for.ts";

const TORRENTS = 600;
/** A screen, what lies beyond its edges, and the steps in which windows move. */
const ROWS_MAX = 120;
/** kB of scripts in the first load, gzipped. */
const SCRIPTS_KB_MAX = 250;

describeIf([missingChromium()], "the page of many torrents", () => {
  it("holds and asks for the rows in sight alone, and loads few scripts", async () => {
    using folder = new TestFolder("page-many");
    const options = { stateDir: folder.at("state"), downloadDir: folder.folder("downloads") };
    await using daemon = await DaemonProcess.start({ ...options, env: { TORRENTIAL_PASSWORD: PAGE_PASSWORD } });
    for (let first = 0; first < TORRENTS; first += 100) await addMagnets(daemon, first);
    await using browser = await openBrowser();
    await using visit = await visitPage(browser, daemon.url);
    const { page, problems } = visit;
    const rows = page.locator("[data-index]");
    await page.getByText(`magnet ${TORRENTS - 1}`, { exact: true }).waitFor();
    expect(await rows.count()).toBeLessThan(ROWS_MAX);

    const windows: number[] = [];
    page.on("request", (request) => {
      if (request.method() !== "PUT" || !request.url().includes("/viewport")) return;
      const viewport: { readonly limit: number } = JSON.parse(request.postData() ?? "{}");
      windows.push(viewport.limit);
    });
    await page.getByRole("grid", { name: "Torrents" }).focus();
    await page.keyboard.press("End");
    await page.getByText("magnet 0", { exact: true }).waitFor();
    expect(await rows.count()).toBeLessThan(ROWS_MAX);
    expect(Math.max(...windows)).toBeLessThan(ROWS_MAX);

    let scripts = 0;
    let loading = 0;
    page.on("response", (response) => {
      if (!new URL(response.url()).pathname.endsWith(".js")) return;
      loading += 1;
      void response.body().then((body) => {
        scripts += gzipSync(body).length;
        loading -= 1;
      });
    });
    await page.reload();
    await page.getByText(`magnet ${TORRENTS - 1}`, { exact: true }).waitFor();
    await waitFor(() => loading === 0, { what: "all scripts are counted" });
    expect(scripts / 1_000).toBeGreaterThan(50);
    expect(scripts / 1_000).toBeLessThan(SCRIPTS_KB_MAX);
    expect(problems).toEqual([]);
  });
});

async function addMagnets(daemon: DaemonProcess, first: number): Promise<void> {
  const sources = Array.from({ length: 100 }, (_, index) => {
    const id = first + index;
    return { type: "magnet", uri: `magnet:?xt=urn:btih:${id.toString(16).padStart(40, "0")}&dn=magnet ${id}` } as const;
  });
  await daemon.client.call("addTorrents", { body: { sources, options: { intent: "stop" } } });
}
