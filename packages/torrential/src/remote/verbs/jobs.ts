/** `torrential jobs`: torrents that a daemon makes of what lies under its roots. */
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { ApiClient, CreateTorrentJob, Job } from "@torrential/api";
import { TorrentialError } from "@torrential/core";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { formatPercent } from "../../format.ts";
import { toLine } from "../../text.ts";
import { UsageError } from "../../values.ts";
import { type RemoteOptions, withDaemon } from "../connect.ts";
import { printResult, printRows } from "../output.ts";
import type { Column } from "../table.ts";

const POLL_MS = 300;

const COLUMNS: readonly Column<Job>[] = [
  { title: "ID", text: ({ id }) => id },
  { title: "STATUS", text: ({ status }) => status },
  {
    title: "DONE",
    isRight: true,
    text: ({ doneBytes, totalBytes }) => (totalBytes === 0 ? "-" : formatPercent(doneBytes, totalBytes)),
  },
  { title: "PATH", isElastic: true, text: ({ path }) => path },
  { title: "MESSAGE", text: ({ message = "" }) => message },
];

export interface JobOptions extends RemoteOptions {
  readonly output?: string;
  readonly tracker: readonly (readonly string[])[];
  readonly webSeed: readonly string[];
  readonly private?: boolean;
  readonly comment?: string;
  readonly source?: string;
  readonly name?: string;
  readonly pieceLength?: number;
  readonly seed?: boolean;
}

/** "ls", "create PATH", "show ID", "save ID" or "cancel ID". */
export async function runJobs(action: string, what: string | undefined, options: JobOptions): Promise<ExitCode> {
  return await withDaemon(options, async (client) => {
    if (action === "ls") {
      printRows(await client.call("listJobs", {}), COLUMNS, options);
      return EXIT.done;
    }
    if (what === undefined)
      throw new UsageError("wanted `jobs ls`, `jobs create PATH`, or show, save or cancel with an id");
    if (action === "create") return await create(client, what, options);
    const params = { job: what };
    if (action === "show") {
      printRows([await client.call("showJob", { params })], COLUMNS, options);
    } else if (action === "save") {
      await save(client, what, options);
    } else if (action === "cancel") {
      await client.call("cancelJob", { params });
      printResult({ cancelled: what }, [`cancelled ${toLine(what)}`], options);
    } else {
      throw new UsageError(`jobs: got ${JSON.stringify(action)}, wanted ls, create, show, save or cancel`);
    }
    return EXIT.done;
  });
}

/** Waits for it with `--output`. */
async function create(client: ApiClient, path: string, options: JobOptions): Promise<ExitCode> {
  const made = await client.call("createTorrentFile", { body: toRequest(path, options) });
  if (options.output === undefined) {
    printResult(made, [`${made.id} is under way: \`torrential jobs show ${made.id}\``], options);
    return EXIT.done;
  }
  let job = made;
  while (job.status === "running") {
    await wait(POLL_MS);
    job = await client.call("showJob", { params: { job: made.id } });
  }
  if (job.status !== "done") {
    printResult(job, [`${toLine(path)}: ${toLine(job.message ?? job.status)}`], options);
    return EXIT.failed;
  }
  await save(client, made.id, options);
  return EXIT.done;
}

async function save(client: ApiClient, id: string, options: JobOptions): Promise<void> {
  if (options.output === undefined) throw new UsageError("say where to with --output");
  const response = await client.request("readJobResult", { params: { job: id } });
  const path = resolve(options.output);
  try {
    await writeFile(path, Buffer.from(await response.arrayBuffer()), { flag: "wx" });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TorrentialError("output-unwritable", `${path} cannot be written: ${why}`, { cause });
  }
  printResult({ job: id, path }, [`wrote ${toLine(path)}`], options);
}

function toRequest(path: string, options: JobOptions): CreateTorrentJob {
  const { tracker, webSeed, comment, source, name, pieceLength, seed } = options;
  return {
    path: resolve(path),
    ...(tracker.length === 0 ? {} : { trackers: tracker }),
    ...(webSeed.length === 0 ? {} : { webSeeds: webSeed }),
    ...(options.private === true ? { isPrivate: true } : {}),
    ...(comment === undefined ? {} : { comment }),
    ...(source === undefined ? {} : { source }),
    ...(name === undefined ? {} : { name }),
    ...(pieceLength === undefined ? {} : { pieceLength }),
    ...(seed === true ? { seed: true } : {}),
  };
}
