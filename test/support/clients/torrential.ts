/** Our own command as one client among the others: one process for each torrent. */
import { join } from "node:path";
import type { Fixture } from "../fixtures.ts";
import { findFreePort } from "../free-port.ts";
import { TorrentialRun } from "../torrential.ts";
import type { AddOptions, ClientOptions, Discovery, TestClient, TorrentProgress } from "./client.ts";

export class TorrentialClient implements TestClient {
  readonly name = "torrential";
  readonly address: string;
  readonly #workDir: string;
  readonly #dhtOptions: readonly string[];
  readonly #finds: readonly Discovery[];
  readonly #runs = new Map<string, TorrentialRun>();
  #port = 0;

  constructor(options: ClientOptions) {
    this.address = options.address;
    this.#workDir = options.workDir;
    const { dhtBootstrap: node } = options;
    this.#dhtOptions = node === undefined ? ["--no-dht"] : ["--dht-bootstrap", `${node.address}:${node.port}`];
    this.#finds = options.finds ?? [];
  }

  /** Of the torrent that was added last: each has its own. */
  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    // Each torrent starts a process of its own.
  }

  async addTorrent(options: AddOptions): Promise<void> {
    this.#port = await findFreePort(this.address);
    const { torrent, saveDir } = options;
    const verb = options.isSeed ? ["seed"] : ["download", "--seed"];
    const state = join(this.#workDir, `state-${torrent.infoHash}`);
    const place = ["-o", saveDir, "--state", state, "--bind", this.address, "--port", String(this.#port)];
    const lsd = this.#finds.includes("lsd") ? [] : ["--no-lsd"];
    const peers = (options.peers ?? []).flatMap((peer) => ["--peer", hostPort(peer)]);
    const source = options.magnet ?? torrent.torrentFile;
    const finds = [...lsd, ...peers, ...this.#dhtOptions];
    this.#runs.set(torrent.infoHash, new TorrentialRun([...verb, source, ...place, ...finds]));
  }

  async progressOf(torrent: Fixture): Promise<TorrentProgress> {
    const run = this.runOf(torrent);
    if (run.process.status !== undefined) throw new Error(`torrential left: ${run.describe()}`);
    return { completedBytes: run.status?.verified ?? 0, isComplete: run.status?.state === "seeding" };
  }

  runOf(torrent: Fixture): TorrentialRun {
    const run = this.#runs.get(torrent.infoHash);
    if (run === undefined) throw new Error(`torrential does not have ${torrent.name}`);
    return run;
  }

  /** Leaves one torrent; throws when it did not end well. */
  async stopTorrent(torrent: Fixture): Promise<void> {
    const run = this.runOf(torrent);
    this.#runs.delete(torrent.infoHash);
    try {
      await run.stop();
    } finally {
      await run[Symbol.asyncDispose]();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#runs.values()].map((run) => run.stop()));
    this.#runs.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#runs.values()].map((run) => run[Symbol.asyncDispose]()));
  }
}

export function hostPort({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
