/** Work that takes long, with progress: making torrents. One at a time, since each hashes with every core. */
import { randomBytes } from "node:crypto";
import { realpath } from "node:fs/promises";
import { basename, sep } from "node:path";
import type { CreateTorrentJob, Job } from "@torrential/api";
import { TorrentialError } from "@torrential/core";
import { createTorrent } from "@torrential/node";
import { Turns } from "../door/turns.ts";
import type { Service } from "../service/service.ts";

const JOBS_MAX = 32;
const WAITING_MAX = 16;

interface Entry {
  job: Job;
  readonly abort: AbortController;
  torrent: Uint8Array | undefined;
}

export interface JobsDeps {
  readonly service: Service;
  readonly version: string;
  /** Since 1970. */
  readonly now: () => number;
  readonly onChange: (job: Job) => void;
}

export class Jobs {
  readonly #deps: JobsDeps;
  /** Oldest first. */
  readonly #entries = new Map<string, Entry>();
  readonly #turns = new Turns({ atOnceMax: 1, waitingMax: WAITING_MAX });

  constructor(deps: JobsDeps) {
    this.#deps = deps;
  }

  list(): Job[] {
    return [...this.#entries.values()].map(({ job }) => job);
  }

  /** Throws "not-found". */
  get(id: string): Job {
    return this.#find(id).job;
  }

  /** The .torrent file that a job made. Throws "not-found" or "conflict". */
  result(id: string): Uint8Array {
    const { job, torrent } = this.#find(id);
    if (torrent === undefined)
      throw new TorrentialError("conflict", `job ${id} is ${job.status}, and has made nothing`);
    return torrent;
  }

  /** Starts when its turn comes. Throws "path-refused", "invalid" or "busy". */
  async create(request: CreateTorrentJob): Promise<Job> {
    const path = await this.#resolve(request.path);
    if (request.seed === true && request.name !== undefined && request.name !== basename(path))
      throw new TorrentialError("invalid", `seed: ${path} would have to be called ${request.name}, as in the torrent`);
    this.#makeRoom();
    const id = randomBytes(8).toString("hex");
    const job: Job = {
      id,
      type: "create-torrent",
      status: "running",
      path,
      doneBytes: 0,
      totalBytes: 0,
      createdAtMs: this.#deps.now(),
    };
    const entry: Entry = { job, abort: new AbortController(), torrent: undefined };
    this.#entries.set(id, entry);
    this.#turns.run(() => this.#work(entry, { ...request, path })).catch((error: unknown) => this.#fail(entry, error));
    return job;
  }

  /** Ends a running job, forgets another. Throws "not-found". */
  cancel(id: string): void {
    const entry = this.#find(id);
    if (entry.job.status === "running") {
      entry.abort.abort(new TorrentialError("cancelled", "cancelled"));
      this.#finish(entry, { status: "cancelled" });
    } else {
      this.#entries.delete(id);
    }
  }

  close(): void {
    for (const { abort } of this.#entries.values())
      abort.abort(new TorrentialError("closing", "the daemon is stopping"));
  }

  async #work(entry: Entry, request: CreateTorrentJob): Promise<void> {
    if (entry.job.status !== "running") return;
    const { trackers, webSeeds, isPrivate, comment, source, name, pieceLength } = request;
    const bytes = await createTorrent(request.path, {
      ...(trackers === undefined ? {} : { trackers }),
      ...(webSeeds === undefined ? {} : { webSeeds }),
      ...(isPrivate === undefined ? {} : { isPrivate }),
      ...(comment === undefined ? {} : { comment }),
      ...(source === undefined ? {} : { source }),
      ...(name === undefined ? {} : { name }),
      pieceLength,
      createdBy: `Torrential ${this.#deps.version}`,
      creationDate: Math.floor(this.#deps.now() / 1000),
      signal: entry.abort.signal,
      onProgress: ({ hashedBytes, lengthBytes }) => this.#progress(entry, hashedBytes, lengthBytes),
    });
    entry.torrent = bytes;
    const infoHash = request.seed === true ? await this.#seed(bytes, request.path) : undefined;
    this.#finish(entry, { status: "done", infoHash });
  }

  async #seed(bytes: Uint8Array, path: string): Promise<string> {
    const folder = path.slice(0, Math.max(1, path.lastIndexOf(sep)));
    const { torrent } = await this.#deps.service.torrents.add({
      source: { type: "file", bytes },
      folder,
      intent: "start",
    });
    return torrent.infoHash;
  }

  #progress(entry: Entry, doneBytes: number, totalBytes: number): void {
    if (entry.job.status !== "running") return;
    entry.job = { ...entry.job, doneBytes, totalBytes };
    this.#deps.onChange(entry.job);
  }

  #fail(entry: Entry, error: unknown): void {
    if (entry.job.status !== "running") return;
    this.#finish(entry, { status: "failed", message: error instanceof Error ? error.message : String(error) });
  }

  #finish(entry: Entry, end: Pick<Job, "status" | "infoHash" | "message">): void {
    if (entry.job.status !== "running") return;
    entry.job = { ...entry.job, ...end, finishedAtMs: this.#deps.now() };
    this.#deps.onChange(entry.job);
  }

  /** Where it really lies must be under a root (PROMISES C4). */
  async #resolve(path: string): Promise<string> {
    const refusal = new TorrentialError("path-refused", `${path} does not lie under a root of downloads`);
    const real = await realpath(path).catch(() => undefined);
    if (real === undefined) throw refusal;
    for (const root of this.#deps.service.folders.roots()) {
      const realRoot = await realpath(root).catch(() => root);
      if (real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) return real;
    }
    throw refusal;
  }

  #find(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new TorrentialError("not-found", `job ${JSON.stringify(id)}: there is none`);
    return entry;
  }

  #makeRoom(): void {
    if (this.#entries.size < JOBS_MAX) return;
    for (const [id, { job }] of this.#entries) {
      if (job.status === "running") continue;
      this.#entries.delete(id);
      return;
    }
    throw new TorrentialError("busy", `${JOBS_MAX} jobs are under way already`);
  }
}
