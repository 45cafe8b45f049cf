/** What people do on the page beside adding and removing, on one stage of real transfers. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findBarriers, missingChromium, openBrowser } from "../support/browser.ts";
import { DaemonProcess } from "../support/daemon-process.ts";
import { makeFixture } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { PageStage } from "../support/page-stage.ts";
import { PAGE_PASSWORD, visitPage, waitUntilLive } from "../support/page-visit.ts";
import { describeIf, missingProgram } from "../support/requirements.ts";
import { waitFor } from "../support/wait-for.ts";

/** Two daemons, their transfers and a film, on a busy machine. */
const STAGE_MS_MAX = 180_000;
const DOWNLOADED = { what: "the browser has the file" };

describeIf([missingChromium(), missingProgram("ffmpeg", ["-version"])], "on the page", () => {
  let browser: Browser;
  let stage: PageStage;

  beforeAll(async () => {
    [browser, stage] = await Promise.all([openBrowser(), PageStage.start({ hasFilm: true })]);
  }, STAGE_MS_MAX);

  afterAll(async () => {
    await browser.close();
    await stage[Symbol.asyncDispose]();
  });

  it("a film plays from where one seeks to, with subtitles, while it is downloaded", async () => {
    await using visit = await visitPage(browser, stage.daemon.url);
    const { page, problems } = visit;
    await page.getByRole("row", { name: /A film/ }).dblclick();
    await page.getByRole("tab", { name: "Files" }).click();
    await page.getByRole("button", { name: /^Play/ }).click();
    await page.locator("video").waitFor();
    const film = "document.querySelector('video')";
    await page.evaluate(`{ ${film}.muted = true; ${film}.currentTime = 40; }`);
    // Its policy forbids `waitForFunction`.
    await waitFor(() => page.evaluate(`${film}.currentTime >= 40 && ${film}.readyState >= 2`), {
      what: "the film is shown at 40 s",
    });
    for (const [name, words] of [
      ["en", "Subtitles (en)"],
      ["de", "Untertitel (de)"],
    ] as const) {
      await page.getByLabel("Subtitles").selectOption({ label: name });
      const shown = `[...${film}.textTracks].flatMap(({ mode, cues }) => (mode === "showing" ? [...cues] : []))[0]?.text`;
      await waitFor(async () => (await page.evaluate(shown)) === words, { what: `subtitles: ${words}` });
    }
    expect(problems).toEqual([]);
  });

  it("filters are kept as a view; a category is renamed and colored, and its torrents follow", async () => {
    await using visit = await visitPage(browser, stage.daemon.url);
    const { page, problems } = visit;
    const filters = page.getByRole("navigation", { name: "Filters" });
    await filters.getByRole("button", { name: /^linux/ }).click();
    await page.getByRole("button", { name: "Save this view" }).click();
    await page.getByLabel("Name of the view").fill("<b>Systems</b>");
    await page.keyboard.press("Enter");
    await filters.getByRole("button", { name: /^linux/ }).click();
    await page.getByText("A film").waitFor();
    await page.reload();
    await filters.getByRole("button", { name: "<b>Systems</b>", exact: true }).click();
    await page.getByText("A film").waitFor({ state: "detached" });
    expect(new URL(page.url()).searchParams.get("category")).toBe("linux");

    await page.getByRole("button", { name: "Edit categories" }).click();
    await page.getByRole("button", { name: "Edit linux" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("systems");
    await page.getByRole("button", { name: "#e5484d" }).click();
    await page.getByLabel("Download limit").fill("500");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "Edit systems" }).waitFor();
    await page.getByRole("button", { name: "Close" }).click();
    await filters.getByRole("button", { name: /^systems\s*3$/ }).click();
    const { client } = stage.daemon;
    const renamed = (await client.call("listCategories", {})).find(({ name }) => name === "systems");
    expect(renamed).toMatchObject({ color: "#e5484d", limits: { down: 500_000 } });
    expect((await client.call("listTorrents", { query: { category: "systems" } })).total).toBe(3);
    const nodes = async (): Promise<readonly string[]> =>
      (await client.call("showLimits", { query: {} })).nodes
        .filter(({ down }) => down.limitBytesPerSec === 500_000)
        .map(({ id }) => id);
    await waitFor(async () => (await nodes()).join() === "category:systems", { what: "its limit follows too" });

    await filters.getByRole("button", { name: /downloads/ }).click();
    expect(new URL(page.url()).searchParams.get("folder")).toContain("downloads");
    expect(problems).toEqual([]);
  });

  it("a torrent is made, and the file handed over", async () => {
    const data = stage.folder.folder("us", "downloads", "new things");
    writeFileSync(`${data}/one.txt`, "one");
    await using visit = await visitPage(browser, stage.daemon.url, { acceptDownloads: true });
    const { page, problems } = visit;
    await page.getByRole("button", { name: "Create a torrent" }).click();
    await page.getByLabel("File or folder").fill(data);
    await page.getByRole("textbox", { name: "Trackers" }).fill("http://127.0.0.1:1/announce");
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await page.getByRole("link", { name: "Download" }).click();
    const file = await (await download).path();
    await waitFor(() => existsSync(file), DOWNLOADED);
    expect(readFileSync(file, "latin1")).toMatch(/^d8:announce27:http:\/\/127.0.0.1:1\/announce/);
    await page.getByRole("button", { name: "Close" }).first().click();
    await page.getByRole("row", { name: /new things/ }).waitFor();
    expect(problems).toEqual([]);
  });

  it("several are looked into and added at once; one that is there gets the other's trackers", async () => {
    const fresh = makeFixture(stage.folder.folder("more"), { name: "more.bin", pieceLength: 32_768, files: 70_000 });
    const known = stage.fixtures.get("fedora-workstation-43.iso");
    const files = [fresh.torrentFile, known?.torrentFile ?? ""];
    await using visit = await visitPage(browser, stage.daemon.url);
    const { page } = visit;
    // What browsers keep from pages that come over plain HTTP from another machine.
    await page.evaluate("delete Crypto.prototype.randomUUID");
    await page.keyboard.press("a");
    await page.getByLabel("Torrent files").setInputFiles(files);
    await page.getByText("This torrent is in the list already.").waitFor();
    await page.getByLabel("Start at once").uncheck();
    for (const flag of ["In order, from", "First and last pieces", "Skip checking"])
      await page.getByLabel(flag).check();
    const sent = page.waitForRequest((request) => String(request.postData()).includes("skipCheck"));
    await page.getByRole("button", { name: "Add its trackers" }).click();
    await page.getByText("Its trackers were added.").waitFor();
    await page.getByRole("button", { name: "Unfold more.bin" }).click();
    await page.getByLabel("Priority of more.bin").selectOption("High");
    await page.getByRole("button", { name: "Add 1 torrent" }).click();
    await page.getByRole("row", { name: /more\.bin/ }).waitFor();
    const [file] = await stage.daemon.client.call("listFiles", { params: { ref: fresh.infoHash } });
    expect(file?.priority).toBe(7);
    const added = await stage.daemon.client.call("showTorrent", { params: { ref: fresh.infoHash } });
    expect(added).toMatchObject({ intent: "stop", isSequential: true, isFirstLast: true });
    expect((await sent).postDataJSON().options.skipCheck).toBe(true);
  });

  it("links and files are taken from what is dropped or pasted anywhere, and from the browser", async () => {
    await using visit = await visitPage(browser, stage.daemon.url);
    const { page } = visit;
    const magnet = `magnet:?xt=urn:btih:${"12".repeat(20)}&dn=<b>dropped</b>`;
    const { torrentBytes } = makeFixture(stage.folder.folder("dropped"), {
      name: "dropped.bin",
      pieceLength: 32_768,
      files: 40_000,
    });
    const base64 = torrentBytes.toString("base64");
    for (const type of ["drop", "paste"]) {
      await page.evaluate(`{
        const data = new DataTransfer();
        data.setData("text/plain", ${JSON.stringify(magnet)});
        const bytes = Uint8Array.from(atob("${base64}"), (char) => char.charCodeAt(0));
        data.items.add(new File([bytes], "dropped.torrent", { type: "application/x-bittorrent" }));
        const init = { bubbles: true, cancelable: true, clipboardData: data, dataTransfer: data };
        const event = ${type === "drop" ? "new DragEvent('drop', init)" : "new ClipboardEvent('paste', init)"};
        document.body.dispatchEvent(event);
      }`);
      await page.getByRole("dialog").getByText("<b>dropped</b>").waitFor();
      await page.getByRole("dialog").getByText("dropped.bin").first().waitFor();
      await page.getByRole("button", { name: "Add 2 torrents" }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    // How a browser calls the handler that `registerProtocolHandler` names.
    await page.goto(`${stage.daemon.url}/?add=${encodeURIComponent(magnet)}`);
    await page.getByRole("dialog").getByText("<b>dropped</b>").waitFor();
  });

  it("a long press chooses, and a tap opens where nothing is chosen", async () => {
    const viewport = { width: 360, height: 740 };
    await using visit = await visitPage(browser, stage.daemon.url, { viewport, hasTouch: true, isMobile: true });
    const { page } = visit;
    const rows = page.locator("[role=row][data-index]");
    await rows.nth(1).waitFor();
    const finger = { bubbles: true, pointerType: "touch", clientX: 50, clientY: 200 };
    await page.evaluate(
      `document.querySelector('[data-index="1"]').dispatchEvent(new PointerEvent("pointerdown", ${JSON.stringify(finger)}))`,
    );
    await page.locator("[role=row][aria-selected=true]").waitFor();
    await rows.nth(2).tap();
    await waitFor(async () => (await page.locator("[role=row][aria-selected=true]").count()) === 2, {
      what: "two are chosen",
    });
    await rows.nth(1).tap();
    await rows.nth(2).tap();
    await rows.nth(2).tap();
    await page.getByRole("region", { name: "Details" }).waitFor();
  });

  it("limits are changed in their tree, and the week is painted, while things move", async () => {
    await using visit = await visitPage(browser, `${stage.daemon.url}/?view=limits`);
    const { page, problems } = visit;
    const { client } = stage.daemon;
    // The tab says it where one looks at another page.
    await waitFor(async () => /^[↓↑] .* · Torrential$/.test(await page.title()), { what: "rates in the title" });
    await page.getByRole("button", { name: "Limits of Everything" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Download limit").selectOption("Fixed rate");
    await dialog.getByLabel("Rate").fill("123");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page
      .getByRole("row", { name: /Everything/ })
      .getByText("123 kB/s")
      .waitFor();
    expect((await client.call("showSettings", {})).values["limits.down"]).toBe(123_000);
    await page.getByRole("button", { name: "Limits of Everything" }).click();
    await dialog.getByLabel("Download limit").selectOption("No limit");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page
      .getByRole("row", { name: /Everything/ })
      .getByText("123 kB/s")
      .waitFor({ state: "detached" });

    const sideOf = async (part: string) =>
      (await client.call("showLimits", { query: { peersOf: known } })).nodes.find(({ id }) => id.includes(part))?.up;
    const known = stage.fixtures.get("archlinux-2026.11.01-x86_64.iso")?.infoHash ?? "";
    await page.getByRole("button", { name: "Unfold iso" }).click();
    await page.getByRole("button", { name: "Unfold archlinux-2026.11.01-x86_64.iso" }).first().click();
    await page.getByRole("button", { name: "Limits of archlinux-2026.11.01-x86_64.iso" }).first().click();
    await dialog.getByLabel("Upload limit").selectOption("Guarantee and ceiling");
    await dialog.getByLabel("At least").fill("20");
    await dialog.getByLabel("At most").fill("150");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(await sideOf(`torrent:${known}`)).toMatchObject({
      strategy: { type: "guarantee-and-ceiling", guaranteeBytesPerSec: 20_000, ceilingBytesPerSec: 150_000 },
      limitBytesPerSec: 150_000,
    });
    await page
      .getByRole("button", { name: /^Limits of 127\.0\.0\.1/ })
      .first()
      .click();
    await dialog.getByLabel("Upload limit").selectOption("By the week");
    await dialog.getByLabel("In the painted hours").fill("90");
    for (const day of ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]) {
      await dialog.getByRole("button", { name: `${day}, 0 o'clock` }).click();
    }
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    const { strategy } = (await sideOf(`peer:${known}`)) ?? {};
    expect(
      strategy?.type === "schedule" ? strategy.grid.map((name) => (name === "painted" ? 1 : 0)).indexOf(1) : -1,
    ).toBe(0);

    const monday = page.getByRole("button", { name: "Mon, 8 o'clock" });
    await monday.hover();
    await page.mouse.down();
    await page.getByRole("button", { name: "Mon, 10 o'clock" }).hover();
    await page.mouse.up();
    const schedule = async (): Promise<unknown> => (await client.call("showSettings", {})).values["limits.schedule"];
    await waitFor(async () => JSON.stringify(await schedule()).includes("08:00"), { what: "the week is kept" });
    await page.getByRole("button", { name: "Alternative limits" }).click();
    await waitFor(async () => (await client.call("showSession", {})).isAlternativeLimits, { what: "they are on" });
    expect(problems).toEqual([]);
  });

  it("the log is read at the level that one wants", async () => {
    await using visit = await visitPage(browser, `${stage.daemon.url}/?view=log`);
    const { page } = visit;
    await page.getByText("was added").first().waitFor();
    await page.getByRole("button", { name: "Log", exact: true }).last().click();
    await page.getByText("listening on").waitFor();
    await page.getByLabel("Write from").selectOption("debug");
    await waitFor(async () => (await stage.daemon.client.call("showLogLevels", {}))["*"] === "debug", {
      what: "the daemon writes more",
    });
    await page.getByLabel("Show from").selectOption("error");
    await page.getByText("listening on").waitFor({ state: "detached" });
  });
});

describeIf([missingChromium()], "the page of a daemon that is gone", () => {
  it("says so, how old everything is, and comes back when asked", async () => {
    using folder = new TestFolder("page-gone");
    const options = { stateDir: folder.at("state"), downloadDir: folder.folder("downloads") };
    const env = { TORRENTIAL_PASSWORD: PAGE_PASSWORD };
    const first = await DaemonProcess.start({ ...options, env });
    await using browser = await openBrowser();
    await using visit = await visitPage(browser, first.url, { bypassCSP: true });
    const { page } = visit;
    const { port } = new URL(first.url);
    await first.stop();
    await page.getByRole("alert").getByText("No connection to the daemon").waitFor();
    await page.getByText(/These numbers are \d+s old\. Next try in \d+s\./).waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await using _second = await DaemonProcess.start({ ...options, env, extra: ["--listen", `127.0.0.1:${port}`] });
    const back = page.getByText("Live", { exact: true }).or(page.getByRole("button", { name: "Log in" }));
    const retry = page.getByRole("button", { name: "Try now" });
    await retry.click().catch(() => undefined);
    await back.first().waitFor();
    if (await page.getByLabel("Password").isVisible()) {
      await page.getByLabel("Password").fill(PAGE_PASSWORD);
      await page.getByRole("button", { name: "Log in" }).click();
    }
    await waitUntilLive(page);
    await page.getByRole("alert").waitFor({ state: "detached" });
  });
});
