/** What people change on the page: selections, columns, files, trackers, settings, access; by pointer and by keyboard. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findBarriers, missingChromium, openBrowser } from "../support/browser.ts";
import { DaemonProcess } from "../support/daemon-process.ts";
import { makeFixture } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { PAGE_PASSWORD, visitPage, waitUntilLive } from "../support/page-visit.ts";
import { describeIf } from "../support/requirements.ts";
import { waitFor } from "../support/wait-for.ts";

const NEW_PASSWORD = "staple donkey lamp";
const NAMES = ["alpha", "beta", "gamma", "delta"];

describeIf([missingChromium()], "changes on the page", () => {
  let browser: Browser;
  let folder: TestFolder;
  let daemon: DaemonProcess;

  beforeAll(async () => {
    folder = new TestFolder("page-edits");
    const options = { stateDir: folder.at("state"), downloadDir: folder.folder("downloads") };
    const env = { TORRENTIAL_PASSWORD: PAGE_PASSWORD };
    [browser, daemon] = await Promise.all([openBrowser(), DaemonProcess.start({ ...options, env })]);
    for (const name of NAMES) {
      const files = [
        { path: ["one.txt"], lengthBytes: 40_000 },
        { path: ["more", "two.txt"], lengthBytes: 1_000 },
      ];
      const { torrentBytes } = makeFixture(folder.folder(name), { name, pieceLength: 16_384, files });
      const source = { type: "file", base64: torrentBytes.toString("base64") } as const;
      await daemon.client.call("addTorrents", { body: { sources: [source], options: { intent: "stop" } } });
    }
  });

  afterAll(async () => {
    await browser.close();
    await daemon[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const rowOf = (page: Page, name: string) => page.getByRole("row", { name: new RegExp(name) });
  const chosen = (page: Page): Promise<number> => page.locator("[role=row][aria-selected=true]").count();
  const statesOf = async (): Promise<readonly (string | undefined)[]> => {
    const query = { sort: "name", fields: ["intent" as const] };
    return (await daemon.client.call("listTorrents", { query })).torrents.map(({ intent }) => intent);
  };

  it("reach several torrents that were chosen with ctrl, shift or all at once", async () => {
    await using visit = await visitPage(browser, `${daemon.url}/?sort=name`);
    const { page, problems } = visit;
    await rowOf(page, "alpha").click();
    await rowOf(page, "delta").click({ modifiers: ["Shift"] });
    await waitFor(async () => (await chosen(page)) === 3, { what: "alpha to delta are chosen" });
    await rowOf(page, "beta").click({ modifiers: ["Control"] });
    expect(await chosen(page)).toBe(2);
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await waitFor(async () => (await statesOf()).join() === "start,stop,start,stop", { what: "two were started" });
    await rowOf(page, "gamma").click({ button: "right" });
    await page.getByRole("menuitem", { name: "Start", exact: true }).click();
    await waitFor(async () => (await statesOf())[3] === "start", { what: "gamma was started from its menu" });
    await page.getByRole("grid").focus();
    await page.keyboard.press("Control+a");
    await page.keyboard.press("p");
    await waitFor(async () => (await statesOf()).every((intent) => intent === "stop"), { what: "all were stopped" });
    expect(problems).toEqual([]);
  });

  it("choose, order and size columns, and stay", async () => {
    await using visit = await visitPage(browser, daemon.url);
    const { page } = visit;
    const heads = (): Promise<string[]> => page.getByRole("columnheader").allInnerTexts();
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("checkbox", { name: "Folder" }).check();
    await page.getByRole("checkbox", { name: "Ratio" }).uncheck();
    await page.keyboard.press("Escape");
    await page
      .getByRole("button", { name: "Size", exact: true })
      .dragTo(page.getByRole("button", { name: "State", exact: true }));
    const edge = page.getByRole("separator", { name: "Width of column State" });
    const before = Number(await edge.getAttribute("aria-valuenow"));
    await edge.focus();
    await page.keyboard.press("ArrowRight");
    await page.reload();
    await rowOf(page, "alpha").waitFor();
    const shown = await heads();
    expect(shown.slice(0, 3)).toEqual(["Name", "Size", "State"]);
    expect([shown.includes("Folder"), shown.includes("Ratio")]).toEqual([true, false]);
    expect(Number(await edge.getAttribute("aria-valuenow"))).toBe(before + 16);
  });

  it("reach files and trackers of a torrent", async () => {
    await using visit = await visitPage(browser, daemon.url);
    const { page, problems } = visit;
    await rowOf(page, "alpha").dblclick();
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await rowOf(page, "alpha").getByText("Downloading").waitFor();
    await page.getByRole("tab", { name: "Files" }).click();
    const box = page.getByRole("checkbox", { name: "Download two.txt" });
    await box.click();
    await waitFor(async () => !(await box.isChecked()), { what: "two.txt is not wanted" });
    await page.getByLabel("Priority of one.txt").selectOption("High");
    await page.getByRole("button", { name: "Rename alpha/one.txt" }).click();
    await page.getByLabel("New path in the torrent").fill("alpha/first.txt");
    await page.keyboard.press("Enter");
    await page.getByText("first.txt").waitFor();
    const ref = new URL(page.url()).searchParams.get("torrent") ?? "";
    const files = await daemon.client.call("listFiles", { params: { ref } });
    expect(files.map(({ path, priority }) => [path, priority])).toEqual([
      ["alpha/first.txt", 7],
      ["alpha/more/two.txt", 0],
    ]);
    await page.getByRole("tab", { name: "Trackers" }).click();
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page.getByRole("textbox", { name: "Trackers" }).fill("http://127.0.0.1:1/a\n\nudp://127.0.0.1:1");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("cell", { name: "udp://127.0.0.1:1" }).waitFor();
    const tiers = (await daemon.client.call("listTrackers", { params: { ref }, query: {} })).map(({ tier }) => tier);
    expect(tiers).toEqual([0, 1]);
    expect(problems).toEqual([]);
  });

  it("reach how a torrent runs, and when its seeding ends; its name and hash can be copied over plain HTTP", async () => {
    await using visit = await visitPage(browser, daemon.url);
    const { page, problems } = visit;
    const dialog = page.getByRole("dialog");
    const choose = async (...items: readonly string[]): Promise<void> => {
      await rowOf(page, "beta").click({ button: "right" });
      for (const name of items) await page.getByRole("menuitem", { name, exact: true }).click();
    };
    await choose("Options…");
    await dialog.getByLabel("Name").fill("<u>beta</u>");
    await dialog.getByLabel("Weight against other torrents").selectOption("High");
    await dialog.getByLabel("Most peers at once").fill("7");
    await dialog.getByLabel("In order, from first to last").check();
    await dialog.getByRole("button", { name: "Save" }).click();
    await rowOf(page, "<u>beta</u>").waitFor();
    await choose("Limits…");
    await dialog.getByLabel("Stop seeding after").selectOption("1d");
    await dialog.getByLabel("Then", { exact: true }).selectOption("Remove");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    const query = { text: "beta", fields: ["priority", "peersMax", "isSequential", "shareLimits"] as const };
    const seen = async () => (await daemon.client.call("listTorrents", { query })).torrents[0];
    await waitFor(async () => (await seen())?.shareLimits?.action === "remove", { what: "its limits are kept" });
    expect(await seen()).toMatchObject({ priority: 1, peersMax: 7, isSequential: true });
    expect((await seen())?.shareLimits?.seedingTimeMs).toBe(86_400_000);

    await page.evaluate(`{
      Object.defineProperty(window, "isSecureContext", { value: false });
      document.addEventListener("copy", () => { window.copied = document.activeElement.value; });
    }`);
    await choose("Copy", "Name");
    await page.getByText("It is in the clipboard").waitFor();
    expect(await page.evaluate("window.copied")).toBe("<u>beta</u>");
    expect(problems).toEqual([]);
  });

  it("size the details by keyboard and pointer, and stay", async () => {
    await using visit = await visitPage(browser, daemon.url);
    const { page } = visit;
    await rowOf(page, "alpha").dblclick();
    const splitter = page.getByRole("separator", { name: "Height of the details" });
    const height = async (): Promise<number> => Number(await splitter.getAttribute("aria-valuenow"));
    expect(await height()).toBe(45);
    await splitter.focus();
    await page.keyboard.press("ArrowUp");
    expect(await height()).toBe(50);
    const box = await splitter.boundingBox();
    await page.mouse.move((box?.x ?? 0) + 50, (box?.y ?? 0) + 4);
    await page.mouse.down();
    await page.mouse.move((box?.x ?? 0) + 50, (box?.y ?? 0) + 154);
    await page.mouse.up();
    const dragged = await height();
    expect(dragged).toBeLessThan(40);
    await page.reload();
    await page.getByRole("region", { name: "Details" }).waitFor();
    expect(await height()).toBe(dragged);
  });

  it("reach settings by a search, and say what is refused", async () => {
    await using visit = await visitPage(browser, `${daemon.url}/?view=settings`);
    const { page } = visit;
    await page.getByLabel("Search settings").fill("downloads at once");
    const field = page.getByLabel("Downloads at once");
    await field.fill("7");
    await page.keyboard.press("Enter");
    const values = async () => (await daemon.client.call("showSettings", {})).values;
    await waitFor(async () => (await values())["queue.downloads_max"] === 7, { what: "the setting is kept" });
    await field.fill("-5");
    await page.keyboard.press("Enter");
    await page.getByText(/queue\.downloads_max/).waitFor();
    expect((await values())["queue.downloads_max"]).toBe(7);
    await page.getByLabel("Search settings").fill("there is no such thing");
    await page.getByText("No such setting").waitFor();
  });

  it("give tokens away and take them back; magnet links come here, in another language if one wants", async () => {
    await using visit = await visitPage(browser, `${daemon.url}/?view=settings`);
    const { page } = visit;
    await page.getByLabel("Name of the token").fill("<i>script</i>");
    await page.getByLabel("What it may do").selectOption("Read");
    await page.getByRole("button", { name: "Make a token" }).click();
    const token = page.getByText("Copy it now, it is shown once:").locator("code");
    const sudo = page.getByRole("dialog").getByLabel("Password");
    await token.or(sudo).first().waitFor();
    if (await sudo.isVisible()) {
      await sudo.fill(PAGE_PASSWORD);
      await page.keyboard.press("Enter");
    }
    const authorization = `Bearer ${await token.innerText()}`;
    const ask = async (): Promise<number> =>
      (await fetch(`${daemon.url}/api/v1/session`, { headers: { authorization } })).status;
    expect(await ask()).toBe(200);
    await page
      .getByRole("row", { name: /<i>script/ })
      .getByRole("button", { name: "Revoke" })
      .click();
    await waitFor(async () => (await ask()) === 401, { what: "the token is void" });
    await page.getByText("this one", { exact: true }).waitFor();

    await page.evaluate("navigator.registerProtocolHandler = (scheme, url) => { window.registered = [scheme, url]; }");
    await page.getByRole("button", { name: "Open magnet links with this page" }).click();
    expect(await page.evaluate("window.registered")).toEqual(["magnet", `${daemon.url}/?add=%s`]);
    for (const [code, title, port] of [
      ["de", "Einstellungen", "Port für Peers"],
      ["fr", "Réglages", "Port pour les pairs"],
    ] as const) {
      await page.locator("select").first().selectOption(code);
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
      expect(await page.evaluate("document.documentElement.lang")).toBe(code);
      await page.getByLabel(port, { exact: true }).waitFor();
    }
  });

  it("need no pointer: adding, choosing, looking, labelling, removing, and taking that back", async () => {
    await using visit = await visitPage(browser, `${daemon.url}/?sort=name`);
    const { page, problems } = visit;
    const tabTo = async (what: string): Promise<void> => {
      const name = `document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent`;
      for (let tabs = 0; tabs < 60; tabs++) {
        if (String(await page.evaluate(name)).trim() === what) return;
        await page.keyboard.press("Tab");
      }
      throw new Error(`60 tabs do not lead to ${what}`);
    };
    await page.keyboard.press("a");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.type(`magnet:?xt=urn:btih:${"34".repeat(20)}&dn=zulu`);
    await page.getByRole("button", { name: "Add 1 torrent" }).waitFor();
    await tabTo("Add 1 torrent");
    await page.keyboard.press("Enter");
    await rowOf(page, "zulu").waitFor();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await tabTo("Torrents");
    while ((await page.evaluate("document.activeElement?.getAttribute('role')")) !== "grid") {
      await page.keyboard.press("Tab");
      await tabTo("Torrents");
    }
    await page.keyboard.press("End");
    await page.locator("[role=row][aria-selected=true]", { hasText: "zulu" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Details" }).waitFor();
    await tabTo("Overview");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.getByText("No metadata yet").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("region", { name: "Details" }).waitFor({ state: "detached" });
    await page.getByRole("grid").focus();
    await page.keyboard.press("Delete");
    await tabTo("Remove");
    await page.keyboard.press("Enter");
    await rowOf(page, "zulu").waitFor({ state: "detached" });
    await tabTo("Undo");
    await page.keyboard.press("Enter");
    await rowOf(page, "zulu").waitFor();
    expect(problems).toEqual([]);
  });

  // The last: it changes the password.
  it("let nobody in with another password; a new one ends other sessions, and one can end them by hand", async () => {
    await using visit = await visitPage(browser, `${daemon.url}/?view=settings`);
    await using other = await visitPage(browser, daemon.url, { bypassCSP: true });
    await using third = await visitPage(browser, daemon.url);
    const { page } = visit;
    const logIn = async (on: Page, password: string): Promise<void> => {
      await on.getByLabel("Password").fill(password);
      await on.getByRole("button", { name: "Log in" }).click();
    };
    await other.page.getByRole("button", { name: "Log out" }).click();
    await logIn(other.page, "wrong horse battery");
    await other.page.getByText("User name or password is wrong.").waitFor();
    expect(await findBarriers(other.page)).toEqual([]);
    await logIn(other.page, PAGE_PASSWORD);
    await waitUntilLive(other.page);

    const sessions = page.getByRole("button", { name: "End", exact: true });
    await page.reload();
    await sessions.first().click();
    await page.getByLabel("New password").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "Set the password" }).click();
    const done = page.getByText("The password is set");
    const sudo = page.getByRole("dialog").getByLabel("Password");
    await done.or(sudo).first().waitFor();
    if (await sudo.isVisible()) {
      await sudo.fill(PAGE_PASSWORD);
      await page.keyboard.press("Enter");
    }
    await done.waitFor();
    for (const ended of [other, third]) {
      await ended.page.reload();
      await logIn(ended.page, NEW_PASSWORD);
      await waitUntilLive(ended.page);
    }
  });
});
