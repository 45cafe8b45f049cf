/** `torrential add`: files, magnet links and URLs, to the daemon. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  type AddedTorrent,
  type AddOptions,
  type AddSource,
  type AddTorrents,
  type ApiClient,
  ApiError,
} from "@torrential/api";
import { METAINFO_MAX_BYTES, TorrentialError } from "@torrential/core";
import { toDiskError } from "@torrential/node";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { kindOfSource } from "../../source.ts";
import { toLine } from "../../text.ts";
import { type RemoteOptions, withDaemon } from "../connect.ts";
import { printResult } from "../output.ts";
import { PRIORITIES } from "./order.ts";

export interface AddVerbOptions extends RemoteOptions {
  readonly folder?: string;
  readonly category?: string;
  readonly tag: readonly string[];
  readonly paused?: boolean;
  readonly force?: boolean;
  readonly top?: boolean;
  readonly sequential?: boolean;
  readonly firstAndLast?: boolean;
  readonly skipCheck?: boolean;
  readonly layout?: NonNullable<AddOptions["layout"]>;
  readonly incompleteFolder?: string;
  readonly stopWhen?: NonNullable<AddOptions["stopWhen"]>;
  readonly priority?: keyof typeof PRIORITIES;
  readonly peersMax?: number;
  readonly superSeed?: boolean;
  readonly name?: string;
  readonly tracker: readonly string[];
  readonly cookie?: string;
  readonly maxDown?: number;
  readonly maxUp?: number;
  readonly merge?: boolean;
}

export async function runAdd(sources: readonly string[], options: AddVerbOptions): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  await withDaemon(options, async (client) => {
    for (const source of sources) {
      const body = { sources: [await readSource(source, options)], options: toAddOptions(options) };
      const { status, torrent, problem } = await addOne(client, body);
      if (torrent === undefined) exitCode = EXIT.failed;
      const name = torrent === undefined ? source : `${torrent.id} ${torrent.name}`;
      const words = problem === undefined ? `${status} ${toLine(name)}` : `${toLine(name)}: ${toLine(problem.detail)}`;
      if (problem !== undefined && options.json !== true) process.stderr.write(`torrential: ${words}\n`);
      else printResult({ source, status, torrent, problem }, [words], options);
    }
  });
  return exitCode;
}

/** One that is refused keeps the others from nothing; a daemon that refuses us altogether does. */
async function addOne(client: ApiClient, body: AddTorrents): Promise<AddedTorrent> {
  try {
    const { results } = await client.call("addTorrents", { body });
    return results[0] ?? { status: "failed" };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status === 401 || error.status === 403) throw error;
    return { status: error.code === "duplicate" ? "duplicate" : "failed", problem: error.problem };
  }
}

async function readSource(source: string, { cookie }: AddVerbOptions): Promise<AddSource> {
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(source)) return { type: "magnet", uri: source };
  switch (kindOfSource(source)) {
    case "magnet":
      return { type: "magnet", uri: source };
    case "url":
      return { type: "url", url: source, ...(cookie === undefined ? {} : { cookie }) };
    case "file":
      return { type: "file", base64: (await readTorrent(source)).toString("base64") };
  }
}

async function readTorrent(path: string): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new TorrentialError("source-unreadable", toDiskError(cause, `read ${path}`).message, { cause });
  }
  if (bytes.length <= METAINFO_MAX_BYTES) return bytes;
  throw new TorrentialError(
    "source-unreadable",
    `${path}: got ${bytes.length} bytes, wanted ${METAINFO_MAX_BYTES} at most`,
  );
}

/** The daemon's own settings stand for what is not said. */
function toAddOptions(options: AddVerbOptions): AddOptions {
  const { folder, category, tag, paused, force, top, sequential, firstAndLast, skipCheck, maxDown, maxUp, merge } =
    options;
  return {
    ...(folder === undefined ? {} : { folder: resolve(folder) }),
    ...(category === undefined ? {} : { category }),
    ...(tag.length === 0 ? {} : { tags: tag }),
    ...(paused === true ? { intent: "stop" } : force === true ? { intent: "force" } : {}),
    ...(top === true ? { isQueueTop: true } : {}),
    ...(sequential === true ? { isSequential: true } : {}),
    ...(firstAndLast === true ? { isFirstLast: true } : {}),
    ...(skipCheck === true ? { skipCheck: true } : {}),
    ...(maxDown === undefined && maxUp === undefined ? {} : { limits: { down: maxDown, up: maxUp } }),
    ...toWishes(options),
    ...(merge === true ? { onDuplicate: "merge-trackers" } : {}),
  };
}

function toWishes(options: AddVerbOptions): Partial<AddOptions> {
  const { layout, incompleteFolder, stopWhen, priority, peersMax, superSeed, name, tracker } = options;
  return {
    ...(layout === undefined ? {} : { layout }),
    ...(incompleteFolder === undefined
      ? {}
      : { incompleteFolder: incompleteFolder === "" ? "" : resolve(incompleteFolder) }),
    ...(stopWhen === undefined ? {} : { stopWhen }),
    ...(priority === undefined ? {} : { priority: PRIORITIES[priority] }),
    ...(peersMax === undefined ? {} : { peersMax }),
    ...(superSeed === true ? { isSuperSeeding: true } : {}),
    ...(name === undefined ? {} : { name }),
    ...(tracker.length === 0 ? {} : { trackers: tracker.map((url) => [url]) }),
  };
}
