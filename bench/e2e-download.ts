/**
 * A download over loopback from a libtorrent seed into a file: our command next to a libtorrent leecher, taking turns.
 *
 * flow MB/s counts from the first byte that leaves the seed to the client's word that all is verified, the same for
 * both; wall s also has the start of the process. CPU is all that the client's process has used, its start included
 * for ours. Data is compared after every run.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestClient, waitUntilComplete } from "../test/support/clients/client.ts";
import { LibtorrentClient } from "../test/support/clients/libtorrent.ts";
import { differences, digestOf } from "../test/support/digest.ts";
import { type Fixture, makeFixture } from "../test/support/fixtures.ts";
import { TestFolder } from "../test/support/folder.ts";
import { enterNamespace } from "../test/support/namespace.ts";
import { TorrentialRun } from "../test/support/torrential.ts";
import { waitFor } from "../test/support/wait-for.ts";
import { Meter } from "./lib/meter.ts";
import { useInstalledCommand } from "./lib/installed-command.ts";
import { type BenchOptions, readOptions } from "./lib/options.ts";
import { type Measured, type Run, formatNumber, formatTable } from "./lib/table.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const SEED_ADDRESS = "198.18.0.10";
const CLIENT_ADDRESS = "198.18.0.11";
const COLUMNS = ["flow MB/s", "wall s", "CPU s/GiB", "peak anon MiB", "peak RSS MiB", "loop p99 ms", "others %"];

interface Place {
  readonly torrent: Fixture;
  readonly folder: TestFolder;
  readonly saveDir: string;
  readonly seed: LibtorrentClient;
  readonly options: BenchOptions;
}

/** Resolves when the client has everything; `pid` is what to measure. */
type Contestant = (place: Place) => Promise<{ measured: Measured }>;

const CONTESTANTS: Readonly<Record<string, Contestant>> = {
  torrential: downloadWithTorrential,
  libtorrent: downloadWithLibtorrent,
};

async function downloadWithTorrential(place: Place): Promise<{ measured: Measured }> {
  const { torrent, seed, saveDir, folder, options } = place;
  const args = [
    "-o",
    saveDir,
    "--state",
    folder.at("state"),
    "--bind",
    CLIENT_ADDRESS,
    "--port",
    "0",
    "--no-trackers",
    "--seed",
  ];
  const env = options.nodeOptions === undefined ? {} : { NODE_OPTIONS: options.nodeOptions };
  await using run = new TorrentialRun(
    ["download", torrent.torrentFile, ...args, "--peer", `${seed.address}:${seed.port}`],
    { env },
  );
  const meter = new Meter(run.process.pid, { isNew: true, load: [seed.pid] });
  const firstByteMs = firstByteOf(seed, torrent);
  await run.waitForStatus((it) => it.state === "seeding", "the whole", 300_000);
  const doneMs = performance.now();
  const usage = meter.end();
  // The first one with data still has the start of the process in it.
  const loopDelays = run.statuses
    .filter((it) => it.state === "downloading" && it.verified > 0)
    .slice(1)
    .flatMap((it) => it.loopDelayP99Ms ?? []);
  await run.stop();
  return {
    measured: {
      ...describeUsage(usage, torrent),
      "flow MB/s": flowOf(torrent, doneMs - (await firstByteMs)),
      "loop p99 ms": loopDelays.length > 0 ? Math.max(...loopDelays) : NaN,
    },
  };
}

async function downloadWithLibtorrent(place: Place): Promise<{ measured: Measured }> {
  const { torrent, seed, saveDir, folder } = place;
  await using client = new LibtorrentClient({ workDir: folder.folder("leecher"), address: CLIENT_ADDRESS });
  await client.start();
  const meter = new Meter(client.pid, { isNew: false, load: [seed.pid] });
  const firstByteMs = firstByteOf(seed, torrent);
  await client.addTorrent({ torrent, saveDir, isSeed: false, isAnnouncing: false, peers: [seed] });
  await waitUntilComplete(client, torrent, 300_000);
  const doneMs = performance.now();
  const usage = meter.end();
  await client.stop();
  return { measured: { ...describeUsage(usage, torrent), "flow MB/s": flowOf(torrent, doneMs - (await firstByteMs)) } };
}

async function firstByteOf(seed: LibtorrentClient, torrent: Fixture): Promise<number> {
  await waitFor(async () => (await seed.statusOf(torrent)).uploaded > 0, { what: "the seed to send", intervalMs: 10 });
  return performance.now();
}

function flowOf(torrent: Fixture, durationMs: number): number {
  return torrent.lengthBytes / durationMs / 1000;
}

function describeUsage(usage: ReturnType<Meter["end"]>, torrent: Fixture): Measured {
  return {
    "wall s": usage.seconds,
    "CPU s/GiB": (usage.cpuSeconds / torrent.lengthBytes) * GIB,
    "peak anon MiB": usage.peakAnonymousBytes / MIB,
    "peak RSS MiB": usage.peakResidentBytes / MIB,
    "others %": usage.othersPercent,
  };
}

/** One download by one client, from a seed of its own, into a folder of its own. */
async function measure(client: string, torrent: Fixture, root: TestFolder, options: BenchOptions): Promise<Run> {
  using folder = new TestFolder("bench-run");
  await using seed: TestClient & LibtorrentClient = new LibtorrentClient({
    workDir: folder.folder("seed"),
    address: SEED_ADDRESS,
  });
  await seed.start();
  await seed.addTorrent({ torrent, saveDir: torrent.dataDir, isSeed: true, isAnnouncing: false });
  const saveDir = folder.folder("saved");
  warmMemory(saveDir, torrent.lengthBytes);
  const contestant = CONTESTANTS[client];
  if (contestant === undefined)
    throw new Error(`No such client: ${client}; there are ${Object.keys(CONTESTANTS).join(", ")}`);
  const { measured } = await contestant({ torrent, folder, saveDir, seed, options });
  const wrong = differences(digestOf(torrent, saveDir), digestOf(torrent, torrent.dataDir));
  if (wrong.length > 0) throw new Error(`${client} left other bytes in ${root.path}: ${wrong.join("; ")}`);
  return { client, measured };
}

/** A virtual machine pays for the first touch of each page that it gave back to its host: let nobody's run pay it. */
function warmMemory(folder: string, lengthBytes: number): void {
  const path = join(folder, "warm-up");
  const bytes = Buffer.alloc(MIB, 1);
  for (let written = 0; written < lengthBytes * 1.25; written += MIB) writeFileSync(path, bytes, { flag: "a" });
  rmSync(path);
}

enterNamespace();
useInstalledCommand();
const options = readOptions({ sizeMib: 1024, runs: 5 });
using root = new TestFolder("bench");
const torrent = makeFixture(root.path, { name: "bench.bin", pieceLength: MIB, files: options.lengthBytes });
const runs: Run[] = [];
for (let turn = 1; turn <= options.runs; turn++) {
  for (const client of options.clients) {
    const run = await measure(client, torrent, root, options);
    runs.push(run);
    const shown = COLUMNS.map((column) => `${column} ${formatNumber(run.measured[column] ?? NaN)}`).join(", ");
    process.stderr.write(`[${turn}/${options.runs}] ${client}: ${shown}\n`);
  }
}
process.stdout.write(
  `\nDownload of ${options.lengthBytes / MIB} MiB from libtorrent, ${options.runs} runs\n\n${formatTable(options.clients, runs, COLUMNS)}\n`,
);
