/** `torrential queue`, `restore` and `set`: the order of torrents, removals undone, and what is wished of one. */
import { resolve } from "node:path";
import type { ApiClient, TorrentPatch } from "@torrential/api";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { type LimitOptions, toRateLimit, toShareLimits } from "../../share-options.ts";
import { toLine } from "../../text.ts";
import { UsageError } from "../../values.ts";
import { type RemoteOptions, withDaemon } from "../connect.ts";
import { printResult, printRows } from "../output.ts";
import { matchTorrent, resolveTorrent } from "../resolve.ts";
import type { Column } from "../table.ts";
import { type ActOptions, runAction } from "./act.ts";

const HOUR_MS = 3_600_000;
const EVENTS_MAX = 1000;

/** The last word is where to: "top", "up", "down", "bottom", or a place from 1 for one torrent. */
export async function runQueue(words: readonly string[], options: ActOptions): Promise<ExitCode> {
  const where = words.at(-1) ?? "";
  const texts = words.slice(0, -1);
  switch (where) {
    case "top":
    case "up":
    case "down":
    case "bottom":
      return await runAction(texts, { action: `queue-${where}` }, { options, done: "moved" });
    default:
  }
  const [text] = texts;
  if (!/^[1-9]\d{0,8}$/.test(where) || text === undefined || texts.length > 1)
    throw new UsageError("wanted torrents, then top, up, down or bottom; or one torrent and its place in the queue");
  return await withDaemon(options, async (client) => {
    const ref = await resolveTorrent(client, text);
    const torrent = await client.call("moveInQueue", { params: { ref }, body: { position: Number(where) } });
    printResult(torrent, [`${toLine(torrent.name)} is at ${torrent.queuePosition}`], options);
    return EXIT.done;
  });
}

interface Removed {
  /** Counts from 1, the newest first. */
  readonly id: number;
  readonly infoHash: string;
  readonly name: string;
  readonly atMs: number;
}

const REMOVED_COLUMNS: readonly Column<Removed>[] = [
  { title: "NAME", isElastic: true, text: ({ name }) => name },
  { title: "INFO-HASH", text: ({ infoHash }) => infoHash },
  { title: "REMOVED", text: ({ atMs }) => new Date(atMs).toISOString().slice(0, 19) },
];

/** Without a torrent: which there are. */
export async function runRestore(text: string | undefined, options: RemoteOptions): Promise<ExitCode> {
  await withDaemon(options, async (client) => {
    const removed = await listRemoved(client);
    if (text === undefined) return printRows(removed, REMOVED_COLUMNS, options);
    const isHash = /^[0-9a-f]{40}$/i.test(text);
    const infoHash = isHash ? text.toLowerCase() : matchTorrent(removed, text).infoHash;
    const torrent = await client.call("restoreTorrent", { params: { ref: infoHash } });
    return printResult(torrent, [`restored ${torrent.id} ${toLine(torrent.name)}`], options);
  });
  return EXIT.done;
}

/** Of the last hour, each once. */
async function listRemoved(client: ApiClient): Promise<readonly Removed[]> {
  const events = await client.call("listHistory", { query: { limit: EVENTS_MAX } });
  const found = new Map<string, Removed>();
  for (const { type, infoHash, atMs, message } of events) {
    if (type !== "removed" || infoHash === undefined || found.has(infoHash) || Date.now() - atMs > HOUR_MS) continue;
    const name = message.replace(/ was removed$/, "");
    found.set(infoHash, { id: found.size + 1, infoHash, name, atMs });
  }
  return [...found.values()];
}

export interface SetOptions extends ActOptions, LimitOptions {
  readonly name?: string;
  readonly category?: string;
  readonly comment?: string;
  readonly priority?: "low" | "normal" | "high";
  readonly peersMax?: number | "none";
  readonly incompleteFolder?: string;
  readonly sequential?: boolean;
  readonly firstAndLast?: boolean;
  readonly superSeed?: boolean;
  readonly followCategory?: boolean;
}

export const PRIORITIES = { low: -1, normal: 0, high: 1 } as const;

export async function runSet(texts: readonly string[], options: SetOptions): Promise<ExitCode> {
  const patch = toPatch(options);
  if (Object.keys(patch).length === 0) throw new UsageError("say what to set: --name, --category, --priority, …");
  return await runAction(texts, { action: "update", patch }, { options, done: "changed" });
}

function toPatch(options: SetOptions): TorrentPatch {
  const { name, category, comment, priority, peersMax, incompleteFolder } = options;
  const { sequential, firstAndLast, superSeed, followCategory } = options;
  const [limits, shareLimits] = [toRateLimit(options), toShareLimits(options)];
  return {
    ...(name === undefined ? {} : { name }),
    ...(category === undefined ? {} : { category: category === "" ? null : category }),
    ...(comment === undefined ? {} : { comment }),
    ...(priority === undefined ? {} : { priority: PRIORITIES[priority] }),
    ...(peersMax === undefined ? {} : { peersMax: peersMax === "none" ? null : peersMax }),
    ...(incompleteFolder === undefined
      ? {}
      : { incompleteFolder: incompleteFolder === "" ? "" : resolve(incompleteFolder) }),
    ...(sequential === undefined ? {} : { isSequential: sequential }),
    ...(firstAndLast === undefined ? {} : { isFirstLast: firstAndLast }),
    ...(superSeed === undefined ? {} : { isSuperSeeding: superSeed }),
    ...(followCategory === undefined ? {} : { isAutoManaged: followCategory }),
    ...(limits === undefined ? {} : { limits }),
    ...(shareLimits === undefined ? {} : { shareLimits }),
  };
}
