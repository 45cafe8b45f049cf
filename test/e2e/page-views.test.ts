/**
 * Every view of the page beside real transfers, in light and dark: axe finds nothing, nothing runs over the side, and a
 * picture at each width is kept in `.cache/screenshots` to be looked at.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findBarriers, missingChromium, openBrowser } from "../support/browser.ts";
import { PageStage } from "../support/page-stage.ts";
import { PAGE_VIEWS, type PageView } from "../support/page-views.ts";
import { visitPage, waitUntilSettled } from "../support/page-visit.ts";
import { describeIf, missingProgram } from "../support/requirements.ts";

const PICTURES = join(import.meta.dirname, "..", "..", ".cache", "screenshots");
/** Two daemons, their transfers and a film, on a busy machine. */
const STAGE_MS_MAX = 180_000;
const WIDE = { width: 1440, height: 900 };
const SIZES = [WIDE, { width: 768, height: 1024 }, { width: 360, height: 740 }];

describeIf([missingChromium(), missingProgram("ffmpeg", ["-version"])], "views of the page", () => {
  let browser: Browser;
  let stage: PageStage;
  let infoHash = "";
  let moving = "";

  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    [browser, stage] = await Promise.all([openBrowser(), PageStage.start({ hasFilm: true })]);
    infoHash = [...stage.fixtures.values()].find(({ files }) => files.length > 1)?.infoHash ?? "";
    moving = stage.fixtures.get("debian-13.2.0-amd64-netinst.iso")?.infoHash ?? "";
  }, STAGE_MS_MAX);

  afterAll(async () => {
    await browser.close();
    await stage[Symbol.asyncDispose]();
  });

  const open = async (page: Page, view: PageView): Promise<void> => {
    await page.setViewportSize(WIDE);
    await page.goto(`${stage.daemon.url}/${view.path.replace("HASH", infoHash).replace("MOVING", moving)}`);
    await waitUntilSettled(page);
    await view.open?.(page);
  };

  /** At each width; returns what is wrong. */
  const look = async (page: Page, name: string): Promise<readonly string[]> => {
    const wrong: string[] = [...(await findBarriers(page))];
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await page.screenshot({ path: join(PICTURES, `${name}-${size.width}.jpg`), type: "jpeg", quality: 85 });
      const over = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      if (Number(over) > 0) wrong.push(`${size.width} px: ${String(over)} px too wide`);
    }
    // Narrow pages have other parts, but the same colors.
    if (!name.endsWith("dark")) wrong.push(...(await findBarriers(page)));
    return wrong.map((each) => `${name}: ${each}`);
  };

  it("have no barriers and fit, in light and dark", { timeout: 300_000 }, async () => {
    await using visit = await visitPage(browser, stage.daemon.url, { bypassCSP: true });
    const wrong: string[] = [];
    for (const view of PAGE_VIEWS) {
      await visit.page.emulateMedia({ colorScheme: "light" });
      await open(visit.page, view);
      wrong.push(...(await look(visit.page, `${view.name}-light`)));
      await visit.page.emulateMedia({ colorScheme: "dark" });
      await visit.page.setViewportSize(WIDE);
      wrong.push(...(await look(visit.page, `${view.name}-dark`)));
    }
    expect([...wrong, ...visit.problems]).toEqual([]);
  });

  it("read from right to left where a language does, without motion where none is wanted", async () => {
    const options = { reducedMotion: "reduce", bypassCSP: true } as const;
    await using visit = await visitPage(browser, stage.daemon.url, options);
    for (const view of PAGE_VIEWS.filter(({ name }) => ["torrents", "details-files", "settings"].includes(name))) {
      await open(visit.page, view);
      await visit.page.evaluate("document.documentElement.dir = 'rtl'");
      expect(await look(visit.page, `rtl-${view.name}`)).toEqual([]);
    }
    const moving = `[...document.querySelectorAll("*")].filter((element) => {
      const { transitionDuration, animationName } = getComputedStyle(element);
      return transitionDuration !== "0s" || animationName !== "none";
    }).length`;
    expect(await visit.page.evaluate(moving)).toBe(0);
  });
});
