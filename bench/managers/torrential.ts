/** `torrential daemon`, driven over HTTP. */
import { DaemonProcess } from "../../test/support/daemon-process.ts";
import type { MadeTorrent } from "../lib/many-torrents.ts";
import { inBatches, type Manager } from "./manager.ts";

const FILES_AT_ONCE = 50;
const FIELDS = [
  "name",
  "state",
  "progress",
  "sizeBytes",
  "downRate",
  "upRate",
  "ratio",
  "etaMs",
  "peers",
  "seeds",
  "addedAtMs",
  "folder",
];

export class TorrentialManager implements Manager {
  readonly name = "torrential";
  readonly #stateDir: string;
  readonly #downloadDir: string;
  #daemon: DaemonProcess | undefined;
  #batches = 0;

  constructor(folders: { readonly stateDir: string; readonly downloadDir: string }) {
    this.#stateDir = folders.stateDir;
    this.#downloadDir = folders.downloadDir;
  }

  get daemon(): DaemonProcess {
    if (this.#daemon === undefined) throw new Error("it was not started");
    return this.#daemon;
  }

  get pid(): number {
    return this.daemon.process.pid;
  }

  async start(): Promise<void> {
    this.#daemon = await DaemonProcess.start({ stateDir: this.#stateDir, downloadDir: this.#downloadDir });
  }

  async add(torrents: readonly MadeTorrent[]): Promise<void> {
    await inBatches(torrents, FILES_AT_ONCE, async (batch) => {
      const form = new FormData();
      this.#batches += 1;
      form.set("options", JSON.stringify({ intent: "start", tags: [`t${this.#batches % 10}`] }));
      for (const { name, torrent } of batch) form.append("file", new Blob([torrent]), `${name}.torrent`);
      const { results } = await this.daemon.client.upload(form);
      const failed = results.find(({ status }) => status !== "added");
      if (failed !== undefined) throw new Error(`torrential: ${JSON.stringify(failed)}`);
    });
  }

  async countSeeds(): Promise<number> {
    const { states } = await this.daemon.client.call("countTorrents", { query: {} });
    return states["seeding"] ?? 0;
  }

  async listAll(): Promise<void> {
    await this.get(`/torrents?limit=10000&fields=${FIELDS.join("&fields=")}`);
  }

  /** Reads an answer and throws it away. */
  async get(path: string): Promise<void> {
    const { url, token } = this.daemon;
    const response = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    await response.arrayBuffer();
  }

  async stop(): Promise<void> {
    await this.daemon.stop();
  }
}
