/** `torrential start`, `stop`, `rm`, `recheck`, `reannounce`, `move`, `tag` and `queue`: what is done to torrents. */
import { resolve } from "node:path";
import type { BulkResult, TorrentAction } from "@torrential/api";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { formatCount } from "../../format.ts";
import { toLine } from "../../text.ts";
import { UsageError } from "../../values.ts";
import { type RemoteOptions, withDaemon } from "../connect.ts";
import { printResult } from "../output.ts";
import { resolveTorrents } from "../resolve.ts";

export interface ActOptions extends RemoteOptions {
  /** Every torrent. */
  readonly all?: boolean;
}

/** What is done, to whomever. */
export type What = Omit<TorrentAction, "refs" | "filter">;

/** Does it to those that are named, and says what refused. */
export async function runAction(
  texts: readonly string[],
  what: What,
  { options, done }: { readonly options: ActOptions; readonly done: string },
): Promise<ExitCode> {
  if ((texts.length === 0) === (options.all !== true)) {
    throw new UsageError("name torrents by number, info-hash or words of the name, or say --all");
  }
  return await withDaemon(options, async (client) => {
    const target = options.all === true ? { filter: {} } : { refs: await resolveTorrents(client, texts) };
    const result = await client.call("actOnTorrents", { body: { ...what, ...target } });
    printBulk(result, done, options);
    return result.failed.length === 0 ? EXIT.done : EXIT.failed;
  });
}

function printBulk(result: BulkResult, done: string, options: RemoteOptions): void {
  const failures = result.failed.map(({ ref, message }) => `${toLine(String(ref))}: ${toLine(message)}`);
  printResult(result, [`${done} ${formatCount(result.done.length, "torrent")}`, ...failures], options);
}

export interface MoveOptions extends ActOptions {
  /** `--no-data` makes it false. */
  readonly data: boolean;
}

/** The last word is the folder. */
export async function runMove(words: readonly string[], options: MoveOptions): Promise<ExitCode> {
  const folder = words.at(-1);
  if (folder === undefined) throw new UsageError("name torrents, then the folder");
  const what = { action: "move", folder: resolve(folder), moveData: options.data } as const;
  return await runAction(words.slice(0, -1), what, { options, done: "moving" });
}
