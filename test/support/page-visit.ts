/** The daemon's page, opened and logged into, with what went wrong in it. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

export const PAGE_PASSWORD = "correct horse battery";
const TIMEOUT_MS = 30_000;

export interface PageVisit extends AsyncDisposable {
  readonly page: Page;
  /** Errors in the console and in scripts, requests to other hosts. */
  readonly problems: readonly string[];
}

/** Resolves when it is live. */
export async function visitPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<PageVisit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(TIMEOUT_MS);
  const problems: string[] = [];
  context.on("console", (message) => {
    // The page asks who it is before the login, and for what was just removed or never saved: those answers are no faults.
    const isAnswer = /status of 40[149] /.test(message.text());
    if (message.type() === "error" && !isAnswer) problems.push(message.text());
  });
  context.on("weberror", (error) => problems.push(error.error().message));
  const { origin } = new URL(url);
  // The page speaks to the daemon that it came from, and to nobody else.
  context.on("request", (request) => {
    const asked = new URL(request.url());
    if (asked.protocol.startsWith("http") && asked.origin !== origin) problems.push(`a request to ${asked.origin}`);
  });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByLabel("Password").fill(PAGE_PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await waitUntilLive(page);
  return { page, problems, [Symbol.asyncDispose]: () => context.close() };
}

export async function waitUntilLive(page: Page): Promise<void> {
  await page.getByText("Live", { exact: true }).waitFor();
}

/** Nothing is on the way any more. */
export async function waitUntilSettled(page: Page): Promise<void> {
  await waitUntilLive(page);
  await page.locator("h1").first().waitFor({ state: "attached" });
  await page.waitForFunction("document.querySelector('[aria-busy=true]') === null");
  await page.getByText("Loading…").waitFor({ state: "detached" });
}
