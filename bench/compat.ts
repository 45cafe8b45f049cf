/**
 * What clients of other APIs wait for at a daemon with many torrents, beside qbittorrent-nox in one run:
 *
 *   node bench/compat.ts --count 10000 --seconds 20     --names torrential  for ours alone
 *
 * 20 pollers ask for `sync/maindata` once a second, each in a session of its own. Then nothing changes and the size of a delta
 * is read; one torrent gets a tag, and it is read again. Ours is asked for all fields of all torrents by `torrent-get` too.
 * TORRENTIAL_COMMAND names a built command.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { makeReal, makeSparse, type MadeTorrent } from "./lib/many-torrents.ts";
import { cpuPercentOf, percentile, residentMibOf, secondsOf } from "./lib/process-cost.ts";
import { formatNumber } from "./lib/table.ts";
import type { Manager } from "./managers/manager.ts";
import { QbittorrentManager } from "./managers/qbittorrent.ts";
import { TorrentialManager } from "./managers/torrential.ts";

const POLLERS = 20;
const KIB = 1024;
const CALM_MS = 5_000;
/** Asked so often for a delta without changes: the smallest is the one in which nothing did. */
const QUIET_POLLS = 5;
const FIELD_LISTS = 3;
/** Every field of rpc-spec that a client of many torrents may ask for. */
const FIELDS = (
  "activityDate addedDate bandwidthPriority comment corruptEver creator dateCreated desiredAvailable doneDate " +
  "downloadDir downloadedEver downloadLimit downloadLimited editDate error errorString eta etaIdle files fileStats " +
  "hashString haveUnchecked haveValid honorsSessionLimits id isFinished isPrivate isStalled labels leftUntilDone " +
  "magnetLink manualAnnounceTime maxConnectedPeers metadataPercentComplete name peer-limit peers peersConnected " +
  "peersFrom peersGettingFromUs peersSendingToUs percentDone pieces pieceCount pieceSize priorities queuePosition " +
  "rateDownload rateUpload recheckProgress secondsDownloading secondsSeeding seedIdleLimit seedIdleMode " +
  "seedRatioLimit seedRatioMode sizeWhenDone startDate status trackers trackerStats totalSize torrentFile " +
  "uploadedEver uploadLimit uploadLimited uploadRatio wanted webseeds webseedsSendingToUs"
).split(" ");
/** Those that only the engine knows of each torrent. */
const FIELDS_OF_THE_ENGINE: ReadonlySet<string> = new Set(["peers", "peersFrom", "pieces"]);

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "10000" },
    seconds: { type: "string", default: "15" },
    names: { type: "string", default: "torrential,qbittorrent" },
  },
});
const count = Number(values.count);
const seconds = Number(values.seconds);
const folder = mkdtempSync(join(tmpdir(), "torrential-bench-"));
const downloadDir = join(folder, "downloads");
mkdirSync(downloadDir);

/** One client of qBittorrent's API, with its cookie and its place in the list of changes. */
class Poller {
  readonly #url: string;
  /** With every request: a token's cookie is a place in the list of changes, and no right. */
  readonly #authorization: Readonly<Record<string, string>>;
  #cookie = "";
  #rid = 0;

  constructor(url: string, authorization: string | undefined) {
    this.#url = `${url}/api/v2/`;
    this.#authorization = authorization === undefined ? {} : { authorization };
  }

  get #headers(): Readonly<Record<string, string>> {
    return { ...this.#authorization, cookie: this.#cookie };
  }

  async logIn(): Promise<void> {
    const asked = { method: "POST", headers: this.#authorization, body: new URLSearchParams() };
    const response = await fetch(`${this.#url}auth/login`, asked);
    await response.text();
    this.#cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
  }

  /** Bytes of the answer, and how long it took. */
  async poll(): Promise<{ readonly bytes: number; readonly ms: number }> {
    const startedAt = performance.now();
    const response = await fetch(`${this.#url}sync/maindata?rid=${this.#rid}`, { headers: this.#headers });
    const text = await response.text();
    const ms = performance.now() - startedAt;
    if (!response.ok) throw new Error(`sync/maindata: ${response.status} ${text.slice(0, 100)}`);
    this.#rid = Number(/"rid":(\d+)/.exec(text)?.[1]);
    return { bytes: Buffer.byteLength(text), ms };
  }

  async post(path: string, form: Readonly<Record<string, string>>): Promise<void> {
    const response = await fetch(this.#url + path, {
      method: "POST",
      headers: this.#headers,
      body: new URLSearchParams(form),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    await response.text();
  }
}

async function untilSeeding(manager: Manager): Promise<void> {
  while ((await manager.countSeeds()) < count) await delay(500);
}

function say(name: string, what: string, value: number, unit: string): void {
  console.log(`${name}: ${what}: ${formatNumber(value)} ${unit}`);
}

async function measure(manager: Manager, url: string, access: Access): Promise<void> {
  const { authorization, torrent } = access;
  const pollers = Array.from({ length: POLLERS }, () => new Poller(url, authorization));
  const first: number[] = [];
  for (const poller of pollers) {
    await poller.logIn();
    first.push((await poller.poll()).ms);
  }
  say(manager.name, "full answer, p50", percentile(first, 0.5), "ms");
  const waits: number[] = [];
  const loops: number[] = [];
  // As they come: at any moment of the second.
  const run = async (poller: Poller, index: number): Promise<void> => {
    await delay((1_000 * index) / POLLERS);
    for (let round = 0; round < seconds; round++) {
      const [{ ms }] = await Promise.all([poller.poll(), delay(1_000)]);
      waits.push(ms);
    }
  };
  const watch = async (): Promise<void> => {
    for (let round = 0; round < seconds; round++) {
      await delay(1_000);
      loops.push((await access.engineLoopP99Ms?.()) ?? NaN);
    }
  };
  const [cpu] = await Promise.all([cpuPercentOf(manager.pid, seconds), watch(), ...pollers.map(run)]);
  say(manager.name, `${POLLERS} pollers, p50`, percentile(waits, 0.5), "ms");
  say(manager.name, `${POLLERS} pollers, p99`, percentile(waits, 0.99), "ms");
  if (access.engineLoopP99Ms !== undefined) say(manager.name, "engine loop, worst p99", Math.max(...loops), "ms");
  say(manager.name, "CPU while polled", cpu, "% of a core");
  say(manager.name, "memory", residentMibOf(manager.pid), "MiB");
  await measureDeltas(manager.name, pollers, torrent);
}

async function measureDeltas(name: string, [poller]: readonly Poller[], torrent: MadeTorrent): Promise<void> {
  if (poller === undefined) return;
  const sizes: number[] = [];
  for (let n = 0; n < QUIET_POLLS; n++) {
    sizes.push((await poller.poll()).bytes);
    await delay(200);
  }
  say(name, "delta without a change, smallest", Math.min(...sizes), "bytes");
  say(name, "delta without a change, largest", Math.max(...sizes), "bytes");
  await poller.post("torrents/addTags", { hashes: torrent.infoHash, tags: "changed" });
  await delay(CALM_MS / 2);
  say(name, "delta with one change", (await poller.poll()).bytes, "bytes");
}

interface Access {
  readonly authorization: string | undefined;
  /** One to change. */
  readonly torrent: MadeTorrent;
  readonly engineLoopP99Ms?: () => Promise<number>;
}

async function measureOurs(): Promise<void> {
  const stateDir = join(folder, "state");
  const manager = new TorrentialManager({ stateDir, downloadDir });
  const journals = join(stateDir, "engine");
  mkdirSync(journals, { recursive: true, mode: 0o700 });
  const torrents = Array.from({ length: count }, (_, n) => makeSparse(n, { downloadDir, journals }));
  await manager.start();
  await manager.add(torrents);
  await untilSeeding(manager);
  await delay(CALM_MS);
  const { client, token, url } = manager.daemon;
  const [torrent] = torrents;
  if (torrent === undefined) return;
  const authorization = `Bearer ${token}`;
  const engineLoopP99Ms = async (): Promise<number> => (await client.call("showSession", {})).engineLoopP99Ms;
  await measure(manager, url, { authorization, torrent, engineLoopP99Ms });
  const fromService = FIELDS.filter((field) => !FIELDS_OF_THE_ENGINE.has(field));
  say("torrential", "torrent-get of what the daemon knows", await listFields(url, authorization, fromService), "s");
  say("torrential", "torrent-get of every field", await listFields(url, authorization, FIELDS), "s");
  await manager.stop();
}

/** The median of a few. */
async function listFields(url: string, authorization: string, fields: readonly string[]): Promise<number> {
  const ask = async (id: string): Promise<Response> =>
    await fetch(`${url}/transmission/rpc`, {
      method: "POST",
      headers: { authorization, "x-transmission-session-id": id },
      body: JSON.stringify({ method: "torrent-get", arguments: { fields } }),
    });
  const id = (await ask("")).headers.get("x-transmission-session-id") ?? "";
  const times: number[] = [];
  for (let n = 0; n < FIELD_LISTS; n++) times.push(await secondsOf(async () => (await ask(id)).arrayBuffer()));
  return percentile(times, 0.5);
}

async function measureTheirs(): Promise<void> {
  const manager = new QbittorrentManager({ stateDir: join(folder, "qbittorrent"), downloadDir });
  const torrents = Array.from({ length: count }, (_, n) => makeReal(`small-${n}`, downloadDir, 16 * KIB));
  await manager.start();
  await manager.add(torrents);
  await untilSeeding(manager);
  await delay(CALM_MS);
  const [torrent] = torrents;
  if (torrent !== undefined) await measure(manager, manager.url, { authorization: undefined, torrent });
  await manager.stop();
}

try {
  const names = values.names.split(",");
  console.log(`${count} torrents that seed, nobody connected`);
  if (names.includes("torrential")) await measureOurs();
  if (names.includes("qbittorrent")) await measureTheirs();
} finally {
  rmSync(folder, { recursive: true });
}
