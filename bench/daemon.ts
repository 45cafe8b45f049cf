/**
 * What a daemon with many torrents costs: `node --conditions=torrential-source bench/daemon.ts [torrents] [active]`.
 * Torrents are generated, of mixed sizes; the active ones run and find nobody. Prints how long adding, starting and stopping
 * took, memory, CPU while nothing happens, how long 20 clients wait for their lists, and the delay of both loops.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { encodeBencode } from "@torrential/core";
import type { SessionView, TorrentCounts } from "@torrential/daemon";
import { DaemonRun } from "../test/support/daemon.ts";

const KIB = 1024;
const PIECE_LENGTH = 256 * KIB;
/** Mixed sizes: 10 MiB to 375 MiB. */
const PIECE_COUNTS = [40, 200, 800, 1500];
const ADDS_AT_ONCE = 100;
const IDLE_SECONDS = 15;
const CLIENTS = 20;
const ROUNDS = 10;
/** Of the kernel's process times. */
const TICKS_PER_SECOND = 100;

const torrents = Number(process.argv[2] ?? 10_000);
const active = Number(process.argv[3] ?? 200);
const folder = mkdtempSync(join(tmpdir(), "torrential-bench-"));
const downloads = join(folder, "downloads");
mkdirSync(downloads);
const options = { stateDir: join(folder, "state"), settings: [`downloads.folder=${downloads}`] };

function makeTorrent(index: number): Uint8Array {
  const pieces = PIECE_COUNTS[index % PIECE_COUNTS.length] ?? 1;
  return encodeBencode({
    info: {
      length: PIECE_LENGTH * pieces,
      name: `file-${index}`,
      "piece length": PIECE_LENGTH,
      pieces: new Uint8Array(randomBytes(20 * pieces)),
    },
  });
}

function measure({ process: { pid } }: DaemonRun): { readonly rssMib: number; readonly cpuSeconds: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const rssKib = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  return { rssMib: Math.round(rssKib / KIB), cpuSeconds: ticks / TICKS_PER_SECOND };
}

async function timed(what: string, run: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now();
  await run();
  console.log(`${what}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

async function fill(): Promise<void> {
  const daemon = await DaemonRun.start(options);
  await timed(`add ${torrents}`, async () => {
    for (let first = 0; first < torrents; first += ADDS_AT_ONCE) {
      const indexes = Array.from({ length: Math.min(ADDS_AT_ONCE, torrents - first) }, (_, n) => first + n);
      await Promise.all(
        indexes.map((n) => daemon.add(makeTorrent(n), { intent: n < active ? "start" : "stop", tags: [`t${n % 10}`] })),
      );
    }
  });
  await timed("stop", () => daemon.stop());
}

async function waitUntilIn(daemon: DaemonRun): Promise<void> {
  for (;;) {
    const { states } = await daemon.call<TorrentCounts>("torrents.counts");
    if ((states.loading ?? 0) + (states.checking ?? 0) === 0) return;
    await delay(100);
  }
}

/** Every client lists once a second, as a page would. */
async function listFromManyClients(daemon: DaemonRun): Promise<void> {
  const waits: number[] = [];
  let engineMs = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const clients = Array.from({ length: CLIENTS }, async (_, client) => {
      const askedAt = performance.now();
      const sort = client % 2 === 0 ? "name" : "downRate";
      await daemon.list({ sort, filter: { tags: [`t${client % 10}`] }, limit: 50 });
      waits.push(performance.now() - askedAt);
    });
    await Promise.all([...clients, delay(1_000)]);
    engineMs = Math.max(engineMs, (await daemon.call<SessionView>("session.view")).engineLoopP99Ms);
  }
  waits.sort((a, b) => a - b);
  const at = (share: number): string => (waits[Math.floor(waits.length * share)] ?? 0).toFixed(1);
  console.log(
    `${CLIENTS} clients list: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms; engine loop p99 ${engineMs.toFixed(1)} ms at worst`,
  );
}

await fill();
const startedAt = performance.now();
const daemon = await DaemonRun.start(options);
console.log(`ready: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
await timed("until all that run do", () => waitUntilIn(daemon));
await delay(5_000);
const before = measure(daemon);
await delay(IDLE_SECONDS * 1_000);
const after = measure(daemon);
const cpuPercent = ((after.cpuSeconds - before.cpuSeconds) / IDLE_SECONDS) * 100;
console.log(`idle: ${after.rssMib} MiB, ${cpuPercent.toFixed(1)} % of a core`);
await listFromManyClients(daemon);
await timed("stop", () => daemon.stop());
rmSync(folder, { recursive: true });
