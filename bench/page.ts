/**
 * The page with many torrents: `node --conditions=torrential-source bench/page.ts [torrents] [active] [updates]`. Real server,
 * real page, Debian's Chromium; the torrents are made up, and each update changes all active ones, which stand on top of the
 * list. Prints when the first rows are there, how long frames last while one scrolls, what the page loads, and its
 * memory before and after the updates: 3,600 of them are an hour's.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { readPage } from "@torrential/daemon";
import type { CDPSession, Page } from "playwright-core";
import { type FakeService, makeTorrent } from "../packages/daemon/src/test-support/fake-service.ts";
import { HttpWorld } from "../packages/daemon/src/test-support/http-world.ts";
import { openBrowser } from "../test/support/browser.ts";
import { PAGE_PASSWORD, visitPage } from "../test/support/page-visit.ts";

const PAGE = join(import.meta.dirname, "..", "packages", "torrential", "dist", "page");
const torrents = Number(process.argv[2] ?? 10_000);
const active = Number(process.argv[3] ?? 200);
const updates = Number(process.argv[4] ?? 3_600);
const UPDATES_PER_SECOND = 100;
const SCROLL_FRAMES = 400;
/** A wheel in a hurry, a scroll bar that is dragged. */
const SCROLL_STEPS_PX = [60, 200];
const LOADS = 5;
const MIB = 1_048_576;

function fill(service: FakeService): void {
  for (let id = 1; id <= torrents; id++) {
    const isActive = id > torrents - active;
    const torrent = makeTorrent(id, {
      name: `${id % 3 === 0 ? "A rather long name of an open data set" : "file"} ${id}.iso`,
      state: isActive ? "downloading" : "seeding",
      isComplete: !isActive,
      progress: isActive ? 0.5 : 1,
      tags: [`t${id % 10}`],
      category: `c${id % 7}`,
    });
    service.byHash.set(torrent.infoHash, torrent);
  }
}

/** What an engine would tell once a second. */
function update(service: FakeService, tick: number): void {
  service.revision += 1;
  const fields = ["downRate", "upRate", "progress", "etaMs", "verifiedBytes"] as const;
  const changed = new Map<string, ReadonlySet<string>>();
  for (let id = torrents - active + 1; id <= torrents; id++) {
    const { infoHash } = makeTorrent(id);
    const before = service.byHash.get(infoHash);
    if (before === undefined) continue;
    const downRate = 10_000 + ((id * 7919 + tick * 104_729) % 1_000_000);
    const progress = ((tick + id) % 1_000) / 1_000;
    const next = { ...before, downRate, upRate: downRate / 3, progress, etaMs: downRate, revision: service.revision };
    service.byHash.set(infoHash, next);
    changed.set(infoHash, new Set(fields));
  }
  service.tell({ changed: changed as never, topics: new Set(["session"]) });
}

async function run<T>(page: Page, expression: string): Promise<T> {
  return await page.evaluate<T>(expression);
}

async function measureLoads(page: Page): Promise<string> {
  const times: number[] = [];
  for (let load = 0; load < LOADS; load++) {
    await page.reload();
    await page.waitForFunction("window.firstRowAt !== undefined");
    times.push(await run(page, "window.firstRowAt"));
  }
  return times
    .toSorted((a, b) => a - b)
    .map((time) => Math.round(time))
    .join(", ");
}

/** When the first row with a name was there, in the page's own time. */
const WATCH_FIRST_ROW = `new MutationObserver((_, observer) => {
  if (document.querySelector("[data-index] [role=gridcell] .truncate") === null) return;
  observer.disconnect();
  requestAnimationFrame(() => { window.firstRowAt = performance.now(); });
}).observe(document, { childList: true, subtree: true });`;

/** Up and down the list, so many pixels a frame; returns what each frame took. */
const makeScroll = (stepPx: number): string => `new Promise((resolve) => {
  const grid = document.querySelector("[role=grid]");
  const frames = [];
  let last = performance.now();
  const step = () => {
    const now = performance.now();
    frames.push(now - last);
    last = now;
    grid.scrollTop += frames.length < ${SCROLL_FRAMES / 2} ? ${stepPx} : -${stepPx};
    if (frames.length < ${SCROLL_FRAMES}) requestAnimationFrame(step);
    else resolve(frames.slice(1));
  };
  requestAnimationFrame(step);
})`;

async function measureScroll(page: Page, session: CDPSession, stepPx: number): Promise<string> {
  const before = await readCosts(session);
  const frames = (await run<number[]>(page, makeScroll(stepPx))).toSorted((a, b) => a - b);
  const after = await readCosts(session);
  const costs = COSTS.map((name) => `${name} ${((1_000 * (after[name] - before[name])) / SCROLL_FRAMES).toFixed(2)}`);
  const at = (share: number): string => (frames[Math.floor(frames.length * share)] ?? 0).toFixed(1);
  const smooth = frames.filter((frame) => frame <= 20).length / frames.length;
  return `${(smooth * 100).toFixed(1)} % of frames ≤ 20 ms; p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)} ms; main thread, ms a frame: ${costs.join(", ")}`;
}

/** Of the main thread's own time, so that a busy machine changes them little. */
const COSTS = ["TaskDuration", "ScriptDuration", "RecalcStyleDuration", "LayoutDuration"] as const;

/** Seconds since the page began. */
async function readCosts(session: CDPSession): Promise<Readonly<Record<(typeof COSTS)[number], number>>> {
  const { metrics } = await session.send("Performance.getMetrics");
  const of = (wanted: string): number => metrics.find(({ name }) => name === wanted)?.value ?? 0;
  return {
    TaskDuration: of("TaskDuration"),
    ScriptDuration: of("ScriptDuration"),
    RecalcStyleDuration: of("RecalcStyleDuration"),
    LayoutDuration: of("LayoutDuration"),
  };
}

async function measureMemory(session: CDPSession): Promise<string> {
  await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  const of = (wanted: string): number => metrics.find(({ name }) => name === wanted)?.value ?? 0;
  const heap = (of("JSHeapUsedSize") / MIB).toFixed(1);
  return `JS heap ${heap} MiB, ${of("Nodes")} nodes, the page's process ${privateMib()} MiB of its own`;
}

/** Memory that the renderers of the browser share with nobody, the largest: that of the page. */
function privateMib(): number {
  const own = readdirSync("/proc").flatMap((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--type=renderer")) return [];
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
      const kib = [...rollup.matchAll(/^Private_\w+:\s+(\d+)/gm)].reduce((sum, [, size]) => sum + Number(size), 0);
      return [Math.round(kib / 1_024)];
    } catch {
      // It is no process, or gone.
      return [];
    }
  });
  return Math.max(0, ...own);
}

await using world = await HttpWorld.start({}, { files: readPage(PAGE), firstPassword: PAGE_PASSWORD });
fill(world.service);
await using browser = await openBrowser();
await using visit = await visitPage(browser, world.url, { bypassCSP: true, viewport: { width: 1440, height: 900 } });
const { page } = visit;
const session = await page.context().newCDPSession(page);
await session.send("Performance.enable", { timeDomain: "threadTicks" });
let scripts = 0;
page.on("response", (response) => {
  if (!new URL(response.url()).pathname.endsWith(".js")) return;
  void response.body().then((body) => {
    scripts += gzipSync(body).length;
  });
});
await page.addInitScript(WATCH_FIRST_ROW);
await page.reload();
await page.waitForFunction("window.firstRowAt !== undefined");
await delay(1_000);
console.log(`first load: ${(scripts / 1_000).toFixed(0)} kB of scripts, gzipped`);
console.log(`first rows of ${torrents} after ms: ${await measureLoads(page)}`);

let tick = 0;
const ticking = setInterval(() => update(world.service, tick++), 1_000);
await delay(2_000);
for (const stepPx of SCROLL_STEPS_PX) {
  console.log(
    `scrolling ${stepPx} px a frame, ${active} active, an update a second: ${await measureScroll(page, session, stepPx)}`,
  );
}
clearInterval(ticking);
console.log(`before: ${await measureMemory(session)}`);

let received = 0;
await session.send("Network.enable");
session.on("Network.dataReceived", ({ dataLength }) => {
  received += dataLength;
});
const startedAt = performance.now();
for (let done = 0; done < updates; done++) {
  update(world.service, tick++);
  await delay(Math.max(0, startedAt + (done * 1_000) / UPDATES_PER_SECOND - performance.now()));
}
await delay(2_000);
console.log(`${updates} updates in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
console.log(`after: ${await measureMemory(session)}`);
const rows = await run<number>(page, "document.querySelectorAll('[data-index]').length");
console.log(`${(received / updates / 1_000).toFixed(1)} kB an update on the wire; ${rows} rows in the page`);
console.log(visit.problems.length === 0 ? "no errors on the page" : visit.problems.join("\n"));
