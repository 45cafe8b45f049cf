/**
 * What a daemon with many torrents costs.
 *
 *   node bench/daemon.ts --count 10000 --active 200      ours alone: seeds of mixed sizes, some of them transferring
 *   node bench/daemon.ts --count 1000 --others           beside transmission-daemon and qbittorrent-nox
 *
 * With `--folder DIR` what was made the first time stays there, so that the second run begins with a start; it wants the
 * same numbers, and the same TORRENTIAL_TEST_SEED. TORRENTIAL_COMMAND names a built command, which costs less than the sources.
 *
 * Beside others, `--add-only` ends when all are there, and the run after it, in the same folder, has the start and what follows:
 * adding takes Transmission minutes, in which nobody else needs to be quiet.
 *
 * Everything seeds and announces to nobody. With `--active` a second daemon downloads that many of them, slowly, while 20
 * clients list once a second over HTTP and 16 of them (as many as are let in) have an event stream.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { DaemonRun } from "../test/support/daemon.ts";
import { type MadeTorrent, makeReal, makeSparse } from "./lib/many-torrents.ts";
import { cpuPercentOf, cpuSecondsOf, percentile, residentMibOf, secondsOf } from "./lib/process-cost.ts";
import { formatNumber } from "./lib/table.ts";
import type { Manager } from "./managers/manager.ts";
import { QbittorrentManager } from "./managers/qbittorrent.ts";
import { TorrentialManager } from "./managers/torrential.ts";
import { TransmissionManager } from "./managers/transmission.ts";

const KIB = 1024;
const MIB = KIB * KIB;
const CLIENTS = 20;
const STREAMS = 16;
const LISTS = 20;
/** How long things calm down before something is measured: until what the start changed is saved, too. */
const CALM_DEFAULT = "25";
/** A leech takes it slowly: the transfers last as long as the measurement. */
const LEECH_RATE = 4 * MIB;

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "10000" },
    active: { type: "string", default: "200" },
    others: { type: "boolean", default: false },
    /** Which of them, by name. */
    names: { type: "string", default: "torrential,transmission,qbittorrent" },
    folder: { type: "string" },
    "add-only": { type: "boolean", default: false },
    /** Seconds. */
    calm: { type: "string", default: CALM_DEFAULT },
    /** Of each measurement. */
    seconds: { type: "string", default: "15" },
  },
});
const count = Number(values.count);
const seconds = Number(values.seconds);
const calmMs = 1_000 * Number(values.calm);
const folder = values.folder ?? mkdtempSync(join(tmpdir(), "torrential-bench-"));
const downloadDir = join(folder, "downloads");
const isMade = existsSync(downloadDir);
mkdirSync(downloadDir, { recursive: true });

async function untilSeeding(manager: Manager, wanted: number): Promise<void> {
  while ((await manager.countSeeds()) < wanted) await delay(200);
}

async function listTimes(manager: Manager): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < LISTS; n++) times.push(1_000 * (await secondsOf(() => manager.listAll())));
  return times;
}

// ---- ours alone

async function measureOurs(): Promise<void> {
  const stateDir = join(folder, "state");
  const real = Array.from({ length: Number(values.active) }, (_, n) => makeReal(`real-${n}`, downloadDir, 2 * MIB));
  const manager = new TorrentialManager({ stateDir, downloadDir });
  if (!isMade) await addAll(manager, real, join(stateDir, "engine"));
  say("start: ready", await secondsOf(() => manager.start()), "s");
  say("start: all seed", await secondsOf(() => untilSeeding(manager, count)), "s after that");
  await delay(calmMs);
  say("idle: CPU", await cpuPercentOf(manager.pid, seconds), "% of a core");
  say("idle: memory", residentMibOf(manager.pid), "MiB");
  await measureBusy(manager, real);
  say("stop", await secondsOf(() => manager.stop()), "s");
}

async function addAll(manager: TorrentialManager, real: readonly MadeTorrent[], journals: string): Promise<void> {
  mkdirSync(journals, { recursive: true, mode: 0o700 });
  const sparse = Array.from({ length: count - real.length }, (_, n) => makeSparse(n, { downloadDir, journals }));
  await manager.start();
  say("empty: memory", residentMibOf(manager.pid), "MiB");
  say("add", await secondsOf(() => manager.add([...sparse, ...real])), "s");
  say("until all seed", await secondsOf(() => untilSeeding(manager, count)), "s");
  say("stop", await secondsOf(() => manager.stop()), "s");
}

/** While a second daemon downloads, clients list and listen. */
async function measureBusy(manager: TorrentialManager, real: readonly MadeTorrent[]): Promise<void> {
  const { client } = manager.daemon;
  const { listenPort } = await client.call("showSession", {});
  const leechDir = mkdtempSync(join(tmpdir(), "torrential-leech-"));
  const settings = [`downloads.folder=${leechDir}`, `limits.down=${LEECH_RATE}`];
  await using leech = await DaemonRun.start({ stateDir: join(leechDir, "state"), settings });
  for (const { torrent, infoHash } of real) {
    await leech.add(torrent);
    await leech.call("torrents.addPeers", infoHash, [`127.0.0.1:${listenPort}`]);
  }
  const abort = new AbortController();
  let events = 0;
  const streams = Array.from({ length: STREAMS }, async (_, n) => {
    const viewport = { sort: n % 2 === 0 ? "name" : "-upRate", offset: 0, limit: 50 };
    const topics = ["torrents", "counts", "session"] as const;
    for await (const _event of client.events({ topics: [...topics], viewport, signal: abort.signal })) events += 1;
  });
  await listAtOnce(manager);
  await delay(calmMs / 5);
  const waits: number[] = [];
  const [engineMs, mainMs]: [number[], number[]] = [[], []];
  for (let round = 0; round < seconds; round++) {
    const [times] = await Promise.all([listAtOnce(manager), delay(1_000)]);
    waits.push(...times);
    const session = await client.call("showSession", {});
    engineMs.push(session.engineLoopP99Ms);
    mainMs.push(session.mainLoopP99Ms);
  }
  const { activeTorrents, upRate } = await client.call("showSession", {});
  abort.abort();
  await Promise.allSettled(streams);
  await leech.kill();
  rmSync(leechDir, { recursive: true });
  console.log(`busy: ${activeTorrents} torrents upload ${formatNumber(upRate / MIB)} MiB/s, ${events} events heard`);
  say("busy: lists of 50, p50", percentile(waits, 0.5), "ms");
  say("busy: lists of 50, p99", percentile(waits, 0.99), "ms");
  say("busy: engine loop, worst p99", Math.max(...engineMs), "ms");
  say("busy: main loop, worst p99", Math.max(...mainMs), "ms");
  say("busy: memory", residentMibOf(manager.pid), "MiB");
}

/** How long each client waited, ms. */
async function listAtOnce(manager: TorrentialManager): Promise<number[]> {
  const lists = Array.from({ length: CLIENTS }, async (_, n) => {
    const sort = n % 2 === 0 ? "name" : "-downRate";
    return 1_000 * (await secondsOf(() => manager.get(`/torrents?limit=50&sort=${sort}&tag=t${n % 10}`)));
  });
  return await Promise.all(lists);
}

function say(what: string, value: number, unit: string): void {
  console.log(`${what}: ${formatNumber(value)} ${unit}`);
}

// ---- beside others

interface Row {
  readonly name: string;
  readonly cells: readonly number[];
}

/** CPU is what tells on a machine that has other things to do. */
const COLUMNS = [
  "add s",
  "start s",
  "seed s",
  "CPU s until then",
  "stop s",
  "MiB",
  "KiB/torrent",
  "idle %",
  "list p50 ms",
  "list p99 ms",
  "CPU ms a list",
];

/** What a program that has nothing takes, and how long it took to have all. */
interface Added {
  readonly emptyMib: number;
  readonly seconds: number;
}

async function addToEmpty(manager: Manager, torrents: readonly MadeTorrent[]): Promise<Added> {
  const kept = join(folder, `${manager.name}.json`);
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, "utf8"));
  await manager.start();
  const emptyMib = residentMibOf(manager.pid);
  const seconds = await secondsOf(async () => {
    await manager.add(torrents);
    await untilSeeding(manager, torrents.length);
  });
  // What is added is saved a while later, by some.
  await delay(calmMs);
  await manager.stop();
  const added = { emptyMib, seconds };
  writeFileSync(kept, JSON.stringify(added));
  return added;
}

async function compare(manager: Manager, torrents: readonly MadeTorrent[]): Promise<Row> {
  const { emptyMib, seconds: add } = await addToEmpty(manager, torrents);
  const start = await secondsOf(() => manager.start());
  const seed = start + (await secondsOf(() => untilSeeding(manager, torrents.length)));
  const startCpu = cpuSecondsOf(manager.pid);
  await delay(calmMs);
  const idle = await cpuPercentOf(manager.pid, seconds);
  const mib = residentMibOf(manager.pid);
  const before = cpuSecondsOf(manager.pid);
  const lists = await listTimes(manager);
  const listCpu = (1_000 * (cpuSecondsOf(manager.pid) - before)) / LISTS;
  const stop = await secondsOf(() => manager.stop());
  const each = ((mib - emptyMib) * KIB) / torrents.length;
  return {
    name: manager.name,
    cells: [
      add,
      start,
      seed,
      startCpu,
      stop,
      mib,
      each,
      idle,
      percentile(lists, 0.5),
      percentile(lists, 0.99),
      listCpu,
    ],
  };
}

async function measureAll(): Promise<void> {
  const torrents = Array.from({ length: count }, (_, n) => makeReal(`small-${n}`, downloadDir, 64 * KIB));
  console.log(`${count} torrents of 64 KiB, seeding, nobody connected; lists are of all of them, 12 fields or more\n`);
  console.log(`| | ${COLUMNS.join(" | ")} |\n|---|${COLUMNS.map(() => "---").join("|")}|`);
  for (const Make of [TorrentialManager, TransmissionManager, QbittorrentManager]) {
    const manager = new Make({ stateDir: join(folder, Make.name), downloadDir });
    if (!values.names.split(",").includes(manager.name)) continue;
    if (values["add-only"]) {
      await addToEmpty(manager, torrents);
      continue;
    }
    const { name, cells } = await compare(manager, torrents);
    console.log(`| ${name} | ${cells.map(formatNumber).join(" | ")} |`);
  }
}

try {
  await (values.others ? measureAll() : measureOurs());
} finally {
  if (values.folder === undefined) rmSync(folder, { recursive: true });
}
