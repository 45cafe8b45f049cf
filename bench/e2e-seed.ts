/**
 * Seeding over loopback to one and to eight leechers that discard what they get: our command next to libtorrent, taking
 * turns. Rate and CPU are those of a window of five seconds in which every leecher is served.
 */
import { join } from "node:path";
import { waitUntilComplete } from "../test/support/clients/client.ts";
import { LibtorrentClient } from "../test/support/clients/libtorrent.ts";
import { type Fixture, makeFixture } from "../test/support/fixtures.ts";
import { TestFolder } from "../test/support/folder.ts";
import { findFreePort } from "../test/support/free-port.ts";
import { LineProcess } from "../test/support/line-process.ts";
import { enterNamespace } from "../test/support/namespace.ts";
import { TorrentialRun } from "../test/support/torrential.ts";
import { Meter } from "./lib/meter.ts";
import { useInstalledCommand } from "./lib/installed-command.ts";
import { type BenchOptions, readOptions } from "./lib/options.ts";
import { type Measured, type Run, formatNumber, formatTable } from "./lib/table.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const ADDRESS = "198.18.0.11";
const WINDOW_SECONDS = 5;
const LEECHER_COUNTS = [1, 8];
const COLUMNS = ["MB/s", "CPU s/GiB", "served", "slowest ÷ fastest", "peak anon MiB", "loop p99 ms", "others %"];

/** Started, complete and listening. */
interface Seed extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  /** Largest so far; NaN when it does not say. */
  loopDelayP99Ms(): number;
}

async function startTorrential(torrent: Fixture, folder: TestFolder, options: BenchOptions): Promise<Seed> {
  const port = await findFreePort(ADDRESS);
  const place = [
    "-o",
    torrent.dataDir,
    "--state",
    folder.at("state"),
    "--bind",
    ADDRESS,
    "--port",
    String(port),
    "--no-trackers",
  ];
  const env = options.nodeOptions === undefined ? {} : { NODE_OPTIONS: options.nodeOptions };
  const run = new TorrentialRun(["seed", torrent.torrentFile, ...place], { env });
  await run.waitForStatus((it) => it.state === "seeding", "seeding");
  const loopDelayP99Ms = (): number =>
    Math.max(
      ...run.statuses
        .filter((it) => it.upRate > 0)
        .slice(1)
        .flatMap((it) => it.loopDelayP99Ms ?? []),
    );
  const leave = async (): Promise<void> => {
    await run.stop();
  };
  return { pid: run.process.pid, port, loopDelayP99Ms, [Symbol.asyncDispose]: leave };
}

async function startLibtorrent(torrent: Fixture, folder: TestFolder): Promise<Seed> {
  const client = new LibtorrentClient({ workDir: folder.folder("seed"), address: ADDRESS });
  await client.start();
  await client.addTorrent({ torrent, saveDir: torrent.dataDir, isSeed: true, isAnnouncing: false });
  await waitUntilComplete(client, torrent);
  const leave = async (): Promise<void> => await client.stop();
  return { pid: client.pid, port: client.port, loopDelayP99Ms: () => NaN, [Symbol.asyncDispose]: leave };
}

async function measure(client: string, leechers: number, torrent: Fixture, options: BenchOptions): Promise<Run> {
  using folder = new TestFolder("bench-run");
  await using seed =
    client === "libtorrent" ? await startLibtorrent(torrent, folder) : await startTorrential(torrent, folder, options);
  const words = [
    ADDRESS,
    seed.port,
    torrent.infoHash,
    torrent.lengthBytes,
    torrent.pieceLength,
    leechers,
    WINDOW_SECONDS,
  ].map(String);
  await using drain = new LineProcess(process.execPath, [join(import.meta.dirname, "lib", "drain.ts"), ...words], {
    logFile: folder.at("drain.log"),
  });
  await drain.receive();
  const meter = new Meter(seed.pid, { isNew: false, load: [drain.process.pid] });
  const got = await drain.receive<{ bytes: number; seconds: number; each: number[] }>();
  const usage = meter.end();
  const measured: Measured = {
    "MB/s": got.bytes / got.seconds / 1e6,
    "CPU s/GiB": (usage.cpuSeconds / got.bytes) * GIB,
    served: got.each.filter((bytes) => bytes > 0).length,
    "slowest ÷ fastest": Math.min(...got.each) / Math.max(...got.each),
    "peak anon MiB": usage.peakAnonymousBytes / MIB,
    "loop p99 ms": seed.loopDelayP99Ms(),
    "others %": usage.othersPercent,
  };
  return { client, measured };
}

enterNamespace();
useInstalledCommand();
const options = readOptions({ sizeMib: 1024, runs: 5 });
using root = new TestFolder("bench");
const torrent = makeFixture(root.path, { name: "bench.bin", pieceLength: MIB, files: options.lengthBytes });
for (const leechers of LEECHER_COUNTS) {
  const runs: Run[] = [];
  for (let turn = 1; turn <= options.runs; turn++) {
    for (const client of options.clients) {
      const run = await measure(client, leechers, torrent, options);
      runs.push(run);
      const shown = COLUMNS.map((column) => `${column} ${formatNumber(run.measured[column] ?? NaN)}`).join(", ");
      process.stderr.write(`[${turn}/${options.runs}] ${client}, ${leechers} leechers: ${shown}\n`);
    }
  }
  process.stdout.write(
    `\nSeeding ${options.lengthBytes / MIB} MiB to ${leechers}, ${options.runs} runs\n\n${formatTable(options.clients, runs, COLUMNS)}\n`,
  );
}
