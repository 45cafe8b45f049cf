/** `torrential show`, `files`, `peers`, `trackers` and `why`: one torrent. */
import { formatHostPort, type HostPort, TorrentialError } from "@torrential/core";
import type { ApiClient, Peer, Reason, Torrent, TorrentFile, Tracker } from "@torrential/api";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { formatBytes, formatCount, formatDuration, formatPercent, formatRate } from "../../format.ts";
import { toJson, toLine } from "../../text.ts";
import { type RemoteOptions, withDaemon } from "../connect.ts";
import { printLine, printResult, printRows } from "../output.ts";
import { resolveTorrent } from "../resolve.ts";
import type { Column } from "../table.ts";

export async function runShow(text: string, options: RemoteOptions): Promise<ExitCode> {
  await withDaemon(options, async (client) => {
    const ref = await resolveTorrent(client, text);
    const torrent = await client.call("showTorrent", { params: { ref } });
    if (options.json === true) printLine(toJson(torrent));
    else for (const line of describe(torrent)) printLine(line);
  });
  return EXIT.done;
}

/** "Label:  value", a line each, what is absent left out. */
function describe(torrent: Torrent): string[] {
  const { verifiedBytes, wantedBytes, sizeBytes, problem, etaMs, ratio } = torrent;
  const date = (at: number | undefined): string | undefined =>
    at === undefined ? undefined : new Date(at).toISOString();
  const lines: readonly (readonly [string, string | undefined])[] = [
    ["Name", torrent.name],
    ["Id", String(torrent.id)],
    ["Info-hash", torrent.infoHash],
    ["State", torrent.state],
    ["Problem", problem === undefined ? undefined : `${problem.message} ${problem.remedy}`],
    ["Trackers say", torrent.trackerMessage],
    [
      "Size",
      `${formatBytes(sizeBytes)} in ${formatCount(torrent.fileCount, "file")}, ${formatCount(torrent.pieceCount, "piece")}`,
    ],
    [
      "Done",
      `${formatBytes(verifiedBytes)} of ${formatBytes(wantedBytes)}, ${formatPercent(verifiedBytes, wantedBytes)}`,
    ],
    ["Down", `${formatRate(torrent.downRate)}, ${formatBytes(torrent.downloadedBytes)} in all`],
    ["Up", `${formatRate(torrent.upRate)}, ${formatBytes(torrent.uploadedBytes)} in all`],
    ["Ratio", ratio?.toFixed(3)],
    ["ETA", etaMs === undefined ? undefined : formatDuration(etaMs / 1000)],
    ["Peers", `${torrent.peers}, of these ${torrent.seeds} seeds`],
    ["Folder", torrent.currentFolder],
    ["Category", torrent.category],
    ["Tags", torrent.tags.length === 0 ? undefined : torrent.tags.join(", ")],
    ["Added", date(torrent.addedAtMs)],
    ["Completed", date(torrent.completedAtMs)],
    ["Tracker", torrent.tracker],
    ["Comment", torrent.comment],
  ];
  return lines.flatMap(([label, value]) => (value === undefined ? [] : [`${`${label}:`.padEnd(14)}${toLine(value)}`]));
}

const FILE_COLUMNS: readonly Column<TorrentFile>[] = [
  { title: "#", isRight: true, text: ({ index }) => String(index) },
  { title: "PATH", isElastic: true, text: ({ path }) => path },
  { title: "SIZE", isRight: true, text: ({ sizeBytes }) => formatBytes(sizeBytes) },
  { title: "DONE", isRight: true, text: ({ verifiedBytes, sizeBytes }) => formatPercent(verifiedBytes, sizeBytes) },
  {
    title: "PRIORITY",
    text: ({ priority }) => (priority === 0 ? "skip" : priority === 4 ? "normal" : String(priority)),
  },
];

export interface FilesOptions extends RemoteOptions {
  readonly skip: readonly number[];
  readonly want: readonly number[];
  readonly first: readonly number[];
}

/** With choices, changes them first. */
export async function runFiles(text: string, options: FilesOptions): Promise<ExitCode> {
  await withDaemon(options, async (client) => {
    const ref = await resolveTorrent(client, text);
    const entries = [
      ...options.skip.map((index) => [index, 0] as const),
      ...options.want.map((index) => [index, 4] as const),
      ...options.first.map((index) => [index, 7] as const),
    ];
    const files =
      entries.length === 0
        ? await client.call("listFiles", { params: { ref } })
        : await client.call("updateFiles", { params: { ref }, body: { priorities: Object.fromEntries(entries) } });
    printRows(
      files.filter(({ isPad }) => !isPad),
      FILE_COLUMNS,
      options,
    );
  });
  return EXIT.done;
}

const PEER_COLUMNS: readonly Column<Peer>[] = [
  { title: "ENDPOINT", text: ({ endpoint }) => endpoint },
  { title: "CLIENT", isElastic: true, text: ({ client }) => client },
  { title: "DONE", isRight: true, text: ({ progress }) => formatPercent(progress, 1) },
  { title: "DOWN", isRight: true, text: ({ downRate }) => (downRate === 0 ? "-" : formatRate(downRate)) },
  { title: "UP", isRight: true, text: ({ upRate }) => (upRate === 0 ? "-" : formatRate(upRate)) },
  { title: "WHAT IT DOES", text: describePeer },
];

function describePeer({ amInterested, peerChoking, peerInterested, amChoking, isSnubbed }: Peer): string {
  const down = amInterested ? (peerChoking ? "makes us wait" : isSnubbed ? "keeps us waiting" : "serves us") : "";
  const up = peerInterested ? (amChoking ? "waits for us" : "is served") : "";
  return [down, up].filter((part) => part !== "").join(", ") || "idle";
}

export async function runPeers(
  text: string,
  options: RemoteOptions & { readonly add: readonly HostPort[] },
): Promise<ExitCode> {
  await withDaemon(options, async (client) => {
    const ref = await resolveTorrent(client, text);
    if (options.add.length > 0) {
      const endpoints = options.add.map(formatHostPort);
      const { added } = await client.call("addPeers", { params: { ref }, body: { endpoints } });
      return printResult({ added }, [`${formatCount(added, "peer")} to connect to`], options);
    }
    printRows(await client.call("listPeers", { params: { ref } }), PEER_COLUMNS, options);
  });
  return EXIT.done;
}

const TRACKER_COLUMNS: readonly Column<Tracker>[] = [
  { title: "TIER", isRight: true, text: ({ tier }) => String(tier) },
  { title: "URL", isElastic: true, text: ({ url }) => url },
  { title: "STATE", text: ({ state }) => state },
  { title: "SEEDS", isRight: true, text: ({ seeders }) => String(seeders ?? "-") },
  { title: "PEERS", isRight: true, text: ({ leechers }) => String(leechers ?? "-") },
  { title: "MESSAGE", text: ({ message = "" }) => message },
];

export async function runTrackers(
  text: string,
  options: RemoteOptions & { readonly secrets?: boolean },
): Promise<ExitCode> {
  await withDaemon(options, async (client) => {
    const ref = await resolveTorrent(client, text);
    const query = options.secrets === true ? { secrets: true } : {};
    printRows(await client.call("listTrackers", { params: { ref }, query }), TRACKER_COLUMNS, options);
  });
  return EXIT.done;
}

const REASON_COLUMNS: readonly Column<Reason>[] = [
  { title: "SHARE", isRight: true, text: ({ share }) => formatPercent(share, 1) },
  { title: "OF", text: ({ direction }) => direction },
  { title: "REASON", text: ({ sentence }) => sentence },
  { title: "WHAT HELPS", text: ({ remedy }) => remedy },
];

export interface WhyOptions extends RemoteOptions {
  /** Of this one alone. */
  readonly peer?: HostPort;
}

export async function runWhy(text: string, options: WhyOptions): Promise<ExitCode> {
  await withDaemon(options, async (client) => {
    const ref = await resolveTorrent(client, text);
    if (options.peer !== undefined)
      return printRows(await reasonsOf(client, ref, options.peer), REASON_COLUMNS, options);
    printRows(await client.call("explainTorrent", { params: { ref } }), REASON_COLUMNS, options);
    if (options.json === true || options.quiet === true) return;
    const peers = await client.call("listPeers", { params: { ref } });
    if (peers.length > 0) printLine(`\nConnected: ${describeSources(peers)}.`);
  });
  return EXIT.done;
}

async function reasonsOf(client: ApiClient, ref: string, peer: HostPort): Promise<readonly Reason[]> {
  const wanted = formatHostPort(peer);
  const found = (await client.call("listPeers", { params: { ref } })).find(({ endpoint }) => endpoint === wanted);
  if (found === undefined) throw new TorrentialError("peer-unknown", `the torrent is not connected to ${wanted}`);
  return found.reasons;
}

/** By who named them, most first: "3 peers (2 tracker, 1 dht)". Exported for its test. */
export function describeSources(peers: readonly Pick<Peer, "source">[]): string {
  const counts = new Map<string, number>();
  for (const { source = "unknown" } of peers) counts.set(source, (counts.get(source) ?? 0) + 1);
  const parts = [...counts].toSorted((a, b) => b[1] - a[1]).map(([source, number]) => `${number} ${source}`);
  return `${formatCount(peers.length, "peer")} (${parts.join(", ")})`;
}
