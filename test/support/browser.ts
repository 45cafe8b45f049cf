/** Debian's Chromium, driven by playwright-core: pages as a user opens them. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";
import { type Missing, missingProgram } from "./requirements.ts";

const EXECUTABLE = "/usr/bin/chromium";
/** Without these it looks for its maker's hosts at every start. */
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function missingChromium(): Missing {
  return missingProgram(EXECUTABLE);
}

export function openBrowser(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: [...ARGS, ...more] });
}

/** What axe finds wrong on the page as it stands, one line each. */
export async function findBarriers(page: Page): Promise<readonly string[]> {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(axe);
  // A menu pops up beside the landmarks, not in one; that is how menus are made (ARIA practices, "Menu button").
  const run = `axe.run().then(({ violations }) => violations
    .map(({ id, nodes }) => ({ id, nodes: nodes.filter(({ target }) =>
      id !== "region" || document.querySelector(target.at(-1))?.closest("[role=menu]") == null) }))
    .filter(({ nodes }) => nodes.length > 0))`;
  const found = (await page.evaluate(run)) as readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
}
