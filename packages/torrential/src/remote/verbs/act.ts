/** `torrential start`, `stop`, `rm`, `recheck`, `reannounce`, `limit`, `move`, `tag` and `queue`: what is done to torrents. */
import { resolve } from "node:path";
import type { ApiClient, BulkResult, TorrentAction } from "@torrential/api";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { formatCount, formatRate } from "../../format.ts";
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

export interface LimitOptions extends ActOptions {
  readonly down?: number;
  readonly up?: number;
  /** Of everything together. */
  readonly global?: boolean;
  readonly alternative?: string;
}

/** Without a rate: none. */
export async function runLimit(texts: readonly string[], options: LimitOptions): Promise<ExitCode> {
  const { down, up, alternative } = options;
  if (alternative !== undefined) return await setAlternative(alternative, options);
  const limits = { ...(down === undefined ? {} : { down }), ...(up === undefined ? {} : { up }) };
  if (options.global === true) {
    return await withDaemon(options, async (client) => {
      await setGlobal(client, { down: down ?? 0, up: up ?? 0 });
      printResult({ limits }, [`limited to ${describeRate(down)} down, ${describeRate(up)} up`], options);
      return EXIT.done;
    });
  }
  return await runAction(texts, { action: "update", patch: { limits } }, { options, done: "limited" });
}

async function setGlobal(
  client: ApiClient,
  { down, up }: { readonly down: number; readonly up: number },
): Promise<void> {
  await client.call("updateSettings", { body: { "limits.down": down, "limits.up": up } });
}

function describeRate(rate: number | undefined): string {
  return rate === undefined ? "no limit" : formatRate(rate);
}

async function setAlternative(word: string, options: LimitOptions): Promise<ExitCode> {
  const wanted = new Map([
    ["on", true],
    ["off", false],
    ["schedule", null],
  ]);
  const isOn = wanted.get(word);
  if (isOn === undefined)
    throw new UsageError(`--alternative: got ${JSON.stringify(word)}, wanted on, off or schedule`);
  return await withDaemon(options, async (client) => {
    const session = await client.call("setAlternativeLimits", { body: { isOn } });
    printResult(session, [`alternative limits are ${session.isAlternativeLimits ? "on" : "off"}`], options);
    return EXIT.done;
  });
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
