/**
 * `torrentcreator/…` (5.x) over the daemon's jobs: made torrents are fetched, and never written to a path that a client
 * names (PROMISES C4). What is made is v1, whatever format was asked for.
 */
import { isAbsolute } from "node:path";
import type { CreateTorrentJob, Job } from "@torrential/api";
import { TorrentialError } from "@torrential/core";
import { type Handler, json, QbError, DONE } from "./http.ts";
import type { Params } from "./params.ts";

/** Throws TorrentialError "not-found", "conflict", "busy" or "path-refused". */
export interface CreationJobs {
  list(): readonly Job[];
  get(id: string): Job;
  result(id: string): Uint8Array;
  create(request: CreateTorrentJob): Promise<Job>;
  cancel(id: string): void;
}

/** The jobs, and what was asked of them: a job itself does not tell. */
export class TorrentCreator {
  readonly jobs: CreationJobs;
  readonly #requests = new Map<string, CreateTorrentJob>();

  constructor(jobs: CreationJobs) {
    this.jobs = jobs;
  }

  async create(request: CreateTorrentJob): Promise<string> {
    const { id } = await this.jobs.create(request);
    const present = new Set(this.jobs.list().map((job) => job.id));
    for (const known of this.#requests.keys()) if (!present.has(known)) this.#requests.delete(known);
    this.#requests.set(id, request);
    return id;
  }

  /** Of a job that another API began, nothing but its path is known. */
  requestOf({ id, path }: Job): CreateTorrentJob {
    return this.#requests.get(id) ?? { path };
  }

  /** Those that were ended are as if they had never been. */
  list(): readonly Job[] {
    return this.jobs.list().filter(({ status }) => status !== "cancelled");
  }

  /** Ends it where it runs, and forgets it. */
  delete(id: string): void {
    if (this.jobs.get(id).status === "running") this.jobs.cancel(id);
    this.jobs.cancel(id);
    this.#requests.delete(id);
  }
}

const PIECE_LENGTH_MIN = 16_384;
const PIECE_LENGTH_MAX = 134_217_728;

export const addTask: Handler = async ({ params }, { creator }) => {
  const path = params.required("sourcePath");
  if (!isAbsolute(path)) throw new QbError(409, "The source path must be absolute");
  if ((params.text("torrentFilePath") ?? "") !== "") {
    throw new QbError(409, "A torrent is fetched when it is made; it cannot be written to a path");
  }
  const taskID = await refuse(() => creator.create(readRequest(path, params)));
  return json({ taskID });
};

function readRequest(path: string, params: Params): CreateTorrentJob {
  const trackers = readTiers(params);
  const webSeeds = urlsOf(params, "urlSeeds").filter((url) => url !== "");
  const [comment, source, pieceLength] = [params.text("comment"), params.text("source"), readPieceLength(params)];
  return {
    path,
    isPrivate: params.bool("private") ?? false,
    seed: params.bool("startSeeding") ?? true,
    ...(trackers.length === 0 ? {} : { trackers }),
    ...(webSeeds.length === 0 ? {} : { webSeeds }),
    ...(comment === undefined || comment === "" ? {} : { comment: comment.slice(0, 10_000) }),
    ...(source === undefined || source === "" ? {} : { source: source.slice(0, 200) }),
    ...(pieceLength === undefined ? {} : { pieceLength }),
  };
}

/** 0 and less: as it sees fit. Throws QbError 409 for what no torrent has. */
function readPieceLength(params: Params): number | undefined {
  const length = params.int("pieceSize") ?? 0;
  if (length <= 0) return undefined;
  if (length < PIECE_LENGTH_MIN || length > PIECE_LENGTH_MAX || Math.log2(length) % 1 !== 0) {
    throw new QbError(409, `A piece of ${length} bytes: it is a power of two from 16 KiB to 128 MiB`);
  }
  return length;
}

/** An empty one between two begins another tier. */
function readTiers(params: Params): string[][] {
  const tiers: string[][] = [[]];
  for (const url of urlsOf(params, "trackers")) {
    if (url === "") tiers.push([]);
    else tiers.at(-1)?.push(url);
  }
  return tiers.filter((tier) => tier.length > 0);
}

function urlsOf(params: Params, name: string): readonly string[] {
  return (params.text(name) ?? "").split("|").map((url) => decode(url).trim());
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

export const taskStatus: Handler = async ({ params }, { creator }) => {
  const id = params.text("taskID") ?? "";
  const jobs = creator.list().filter((job) => id === "" || job.id === id);
  if (id !== "" && jobs.length === 0) throw new QbError(404, "Not Found");
  return json(jobs.map((job) => describeJob(job, creator.requestOf(job))));
};

function describeJob(job: Job, request: CreateTorrentJob): object {
  const { trackers, webSeeds, comment, source } = request;
  return {
    taskID: job.id,
    sourcePath: job.path,
    pieceSize: request.pieceLength ?? 0,
    private: request.isPrivate ?? false,
    timeAdded: textDate(job.createdAtMs),
    format: "v1",
    status: statusOf(job),
    ...(comment === undefined ? {} : { comment }),
    ...(source === undefined ? {} : { source }),
    // None is one that is empty, as there.
    trackers: (trackers ?? [[""]])
      .map((tier) => tier.join("|"))
      .join("||")
      .split("|"),
    urlSeeds: webSeeds ?? [""],
    ...(isQueued(job) ? {} : { timeStarted: textDate(job.createdAtMs) }),
    ...(job.finishedAtMs === undefined ? {} : { timeFinished: textDate(job.finishedAtMs) }),
    ...(job.status === "failed" ? { errorMessage: job.message ?? "" } : {}),
    ...(job.status === "running" && !isQueued(job)
      ? { progress: Math.floor((job.doneBytes / job.totalBytes) * 100) }
      : {}),
  };
}

/** "Wed Nov 25 17:38:37 2026", local time: Qt's text date. */
function textDate(ms: number): string {
  const date = new Date(ms);
  const day = date.toLocaleDateString("en", { weekday: "short" });
  const month = date.toLocaleDateString("en", { month: "short" });
  const time = date.toLocaleTimeString("en", { hourCycle: "h23" });
  return `${day} ${month} ${date.getDate()} ${time} ${date.getFullYear()}`;
}

function isQueued({ status, totalBytes }: Job): boolean {
  return status === "running" && totalBytes === 0;
}

function statusOf(job: Job): "Queued" | "Running" | "Finished" | "Failed" {
  if (job.status === "running") return isQueued(job) ? "Queued" : "Running";
  return job.status === "done" ? "Finished" : "Failed";
}

export const torrentFile: Handler = async ({ params }, { creator }) => {
  const id = params.required("taskID");
  const body = await refuse(() => creator.jobs.result(id));
  return { status: 200, contentType: "application/x-bittorrent", body, fileName: `${id}.torrent` };
};

export const deleteTask: Handler = async ({ params }, { creator }) => {
  const id = params.required("taskID");
  await refuse(() => creator.delete(id));
  return DONE;
};

const MESSAGES: ReadonlyMap<string, readonly [status: 403 | 404 | 409, message: string]> = new Map([
  ["not-found", [404, "Not Found"]],
  ["busy", [409, "Too many active tasks"]],
  ["path-refused", [403, "The source path does not lie under a root of downloads"]],
  ["conflict", [409, "Torrent creation is still unfinished."]],
  ["invalid", [409, "This cannot be made into a torrent"]],
]);

async function refuse<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const known = error instanceof TorrentialError ? MESSAGES.get(error.code) : undefined;
    if (known === undefined) throw error;
    throw new QbError(...known);
  }
}
