/** A DHT node of libtorrent's, which can also seed and download what it finds there. */
import { join } from "node:path";
import { LineProcess } from "../line-process.ts";
import type { AddOptions, TestClient, TorrentProgress } from "./client.ts";
import type { Fixture } from "../fixtures.ts";

const HELPER = join(import.meta.dirname, "..", "libtorrent-dht.py");

export interface DhtClientOptions {
  readonly workDir: string;
  readonly address: string;
  /** A node to start from. */
  readonly bootstrap: { readonly address: string; readonly port: number };
}

export class LibtorrentDht implements TestClient {
  readonly name = "libtorrent";
  readonly address: string;
  readonly #helper: LineProcess;
  #port = 0;

  constructor({ workDir, address, bootstrap }: DhtClientOptions) {
    this.address = address;
    const start = `${bootstrap.address}:${bootstrap.port}`;
    this.#helper = new LineProcess("/usr/bin/python3", [HELPER, address, "0", start], {
      logFile: join(workDir, "libtorrent-dht.log"),
    });
  }

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    this.#port = (await this.#helper.receive<{ port: number }>()).port;
  }

  /** See the helper for its operations. */
  async call<T>(request: Readonly<Record<string, unknown>>): Promise<T> {
    return await this.#helper.call<T>(request);
  }

  async addTorrent({ torrent, saveDir, isSeed, magnet }: AddOptions): Promise<void> {
    const source = magnet === undefined ? { torrent: torrent.torrentFile } : { magnet };
    await this.call({ op: isSeed ? "seed" : "download", ...source, save: saveDir });
  }

  async progressOf(torrent: Fixture): Promise<TorrentProgress> {
    return await this.call<TorrentProgress>({ op: "status", target: torrent.infoHash });
  }

  async stop(): Promise<void> {
    await this.#helper.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#helper[Symbol.asyncDispose]();
  }
}
