/** Every view of the page, and how one gets there. */
import type { Page } from "playwright-core";

export interface PageView {
  readonly name: string;
  /** Below the daemon's address; `HASH` stands for the torrent that is looked at, `MOVING` for one that takes long. */
  readonly path: string;
  /** What else to do before it is there. */
  readonly open?: (page: Page) => Promise<void>;
}

const TABS = ["overview", "why", "files", "trackers", "events"] as const;

export const PAGE_VIEWS: readonly PageView[] = [
  { name: "torrents", path: "" },
  // Before what moves has come to its end.
  { name: "details-peers", path: "?torrent=MOVING&tab=peers" },
  { name: "limits", path: "?view=limits", open: openGroup },
  { name: "limit", path: "?view=limits", open: (page) => press(page, "Limits of Everything") },
  { name: "nothing-found", path: "?text=nothing+is+called+this" },
  { name: "selection", path: "", open: chooseTwo },
  { name: "menu", path: "", open: openMenu },
  { name: "options", path: "", open: openOptions },
  ...TABS.map((tab) => ({ name: `details-${tab}`, path: `?torrent=HASH&tab=${tab}` })),
  { name: "add", path: `?add=${encodeURIComponent(`magnet:?xt=urn:btih:${"ab".repeat(20)}`)}`, open: waitForDialog },
  { name: "create", path: "", open: (page) => press(page, "Create a torrent") },
  { name: "labels", path: "", open: (page) => press(page, "Edit categories") },
  { name: "columns", path: "", open: (page) => press(page, "Columns") },
  { name: "remove", path: "", open: removeOne },
  { name: "keys", path: "", open: (page) => press(page, "Keyboard") },
  { name: "statistics", path: "?view=statistics" },
  { name: "events", path: "?view=log" },
  {
    name: "log",
    path: "?view=log",
    open: (page) => page.getByRole("button", { name: "Log", exact: true }).last().click(),
  },
  { name: "settings", path: "?view=settings" },
];

async function waitForDialog(page: Page): Promise<void> {
  await page.getByRole("dialog").waitFor();
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name }).first().click();
  await waitForDialog(page);
}

async function chooseTwo(page: Page): Promise<void> {
  const rows = page.locator("[role=row][data-index]");
  await rows.nth(1).click();
  await rows.nth(2).click({ modifiers: ["Control"] });
}

async function openMenu(page: Page): Promise<void> {
  await page.locator("[role=row][data-index]").nth(1).click({ button: "right" });
  await page.getByRole("menu").waitFor();
  await page.getByRole("menuitem", { name: "Copy", exact: true }).click();
  await page.getByRole("menuitem", { name: "Info-hash" }).waitFor();
}

async function openOptions(page: Page): Promise<void> {
  await page.locator("[role=row][data-index]").nth(1).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Options…" }).click();
  await page.getByLabel("Weight against other torrents").waitFor();
}

/** To the peers of a torrent that is moving. */
async function openGroup(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Unfold linux" }).click();
  const torrent = page.getByRole("row", { name: /\.iso/ }).first();
  await torrent.getByRole("button", { name: /^Unfold/ }).click();
  await page
    .getByRole("row", { name: /127\.0\.0\.1/ })
    .first()
    .waitFor();
}

async function removeOne(page: Page): Promise<void> {
  await page.locator("[role=row][data-index]").nth(1).click();
  await page.keyboard.press("Delete");
  await waitForDialog(page);
}
