/** `torrential history`, `sessions`, `export` and `import`: what a daemon keeps. */
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { HistoryEvent, SessionEntry } from "@torrential/api";
import { TorrentialError } from "@torrential/core";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { formatCount } from "../../format.ts";
import { toLine } from "../../text.ts";
import { UsageError } from "../../values.ts";
import { type RemoteOptions, withDaemon } from "../connect.ts";
import { printResult, printRows } from "../output.ts";
import { resolveTorrent } from "../resolve.ts";
import type { Column } from "../table.ts";

const EVENTS_SHOWN = 50;

const HISTORY_COLUMNS: readonly Column<HistoryEvent>[] = [
  { title: "WHEN", text: ({ atMs }) => new Date(atMs).toISOString().slice(0, 19) },
  { title: "WHAT", text: ({ type }) => type },
  { title: "TORRENT", text: ({ infoHash }) => infoHash?.slice(0, 8) ?? "-" },
  { title: "MESSAGE", isElastic: true, text: ({ message }) => message },
];

export interface HistoryOptions extends RemoteOptions {
  readonly limit?: number;
}

/** The newest last, as in a log. */
export async function runHistory(text: string | undefined, options: HistoryOptions): Promise<ExitCode> {
  await withDaemon(options, async (client) => {
    const query = { limit: options.limit ?? EVENTS_SHOWN };
    const events =
      text === undefined
        ? await client.call("listHistory", { query })
        : await client.call("listTorrentHistory", { params: { ref: await resolveTorrent(client, text) }, query });
    printRows(events.toReversed(), HISTORY_COLUMNS, options);
  });
  return EXIT.done;
}

const SESSION_COLUMNS: readonly Column<SessionEntry>[] = [
  { title: "ID", text: ({ id }) => id },
  { title: "USER", text: ({ username }) => username },
  { title: "FROM", text: ({ address }) => address },
  { title: "SINCE", text: ({ createdAtMs }) => new Date(createdAtMs).toISOString().slice(0, 16) },
  { title: "USED", text: ({ lastUsedAtMs }) => new Date(lastUsedAtMs).toISOString().slice(0, 16) },
  { title: "PROGRAM", isElastic: true, text: ({ userAgent }) => userAgent },
];

/** "ls" or "end ID". */
export async function runSessions(action: string, id: string | undefined, options: RemoteOptions): Promise<ExitCode> {
  await withDaemon(options, async (client) => {
    if (action === "ls") return printRows(await client.call("listSessions", {}), SESSION_COLUMNS, options);
    if (action !== "end" || id === undefined) throw new UsageError("wanted `sessions ls` or `sessions end ID`");
    await client.call("revokeSession", { params: { session: id } });
    return printResult({ ended: id }, [`ended ${toLine(id)}`], options);
  });
  return EXIT.done;
}

/** "-" is stdout. */
export async function runExport(path: string, options: RemoteOptions): Promise<ExitCode> {
  await withDaemon(options, async (client) => {
    const { body } = await client.request("exportArchive", {});
    if (body === null) throw new TorrentialError("api-invalid", "the daemon sent nothing");
    const target = path === "-" ? process.stdout : createWriteStream(path, { flags: "wx", mode: 0o600 });
    try {
      await pipeline(Readable.fromWeb(body), target, { end: path !== "-" });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new TorrentialError("output-unwritable", `${path} cannot be written: ${why}`, { cause });
    }
    if (path !== "-") printResult({ path }, [`wrote ${toLine(path)}`], options);
  });
  return EXIT.done;
}

export async function runImport(path: string, options: RemoteOptions): Promise<ExitCode> {
  const body = await readDocument(path);
  return await withDaemon(options, async (client) => {
    const result = await client.call("importArchive", { body });
    const failures = result.failed.map(({ ref, message }) => `${toLine(String(ref))}: ${toLine(message)}`);
    printResult(result, [`imported ${formatCount(result.done.length, "torrent")}`, ...failures], options);
    return result.failed.length === 0 ? EXIT.done : EXIT.failed;
  });
}

async function readDocument(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    if (typeof value === "object" && value !== null) return { ...value };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TorrentialError("source-unreadable", `${path} cannot be read: ${why}`, { cause });
  }
  throw new TorrentialError("source-unreadable", `${path}: got something else than an export`);
}
