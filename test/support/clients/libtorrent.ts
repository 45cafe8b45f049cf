/** libtorrent from Debian's python3-libtorrent, through a small helper of ours. */
import { join } from "node:path";
import type { Fixture } from "../fixtures.ts";
import { LineProcess } from "../line-process.ts";
import type { AddOptions, ClientOptions, TestClient, TorrentProgress } from "./client.ts";

export interface LibtorrentStatus extends TorrentProgress {
  /** Payload bytes that it handed to its peers, and got from them. */
  readonly uploaded: number;
  readonly downloaded: number;
  /** Bytes of pieces that failed their hash. */
  readonly failed: number;
  readonly redundant: number;
  readonly peers: number;
}

export interface LibtorrentAddOptions extends AddOptions {
  /** Bytes per second; 0 is unlimited. */
  readonly upLimit?: number;
  readonly downLimit?: number;
  /** Default: true. */
  readonly isAnnouncing?: boolean;
}

/** libtorrent's `alert_category::peer_log`. */
const PEER_LOG = 1 << 15;
const HELPER = join(import.meta.dirname, "..", "libtorrent-peer.py");

export class LibtorrentClient implements TestClient {
  readonly name = "libtorrent";
  readonly address: string;
  readonly #options: ClientOptions;
  #helper: LineProcess | undefined;
  #port = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.address = options.address;
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number {
    return this.#process.process.pid;
  }

  async start(): Promise<void> {
    this.#helper = new LineProcess("/usr/bin/python3", [HELPER, this.address, (this.#options.finds ?? []).join(",")], {
      logFile: join(this.#options.workDir, "libtorrent.log"),
    });
    const ready = await this.#helper.receive<{ port: number }>();
    this.#port = ready.port;
  }

  async addTorrent(options: LibtorrentAddOptions): Promise<void> {
    await this.#process.call({
      op: "add",
      torrent: options.torrent.torrentFile,
      ...(options.magnet === undefined ? {} : { magnet: options.magnet }),
      save: options.saveDir,
      trust: options.isSeed,
      announce: options.isAnnouncing ?? true,
      upLimit: options.upLimit ?? 0,
      downLimit: options.downLimit ?? 0,
      peers: (options.peers ?? []).map((peer) => [peer.address, peer.port]),
    });
  }

  async connect(torrent: Fixture, peer: { address: string; port: number }): Promise<void> {
    await this.#process.call({ op: "connect", infoHash: torrent.infoHash, peers: [[peer.address, peer.port]] });
  }

  async limitUpload(torrent: Fixture, rateBytesPerSec: number): Promise<void> {
    await this.#process.call({ op: "limit", infoHash: torrent.infoHash, upLimit: rateBytesPerSec });
  }

  /** Its settings, by libtorrent's names. */
  async configure(settings: Readonly<Record<string, number | boolean | string>>): Promise<void> {
    await this.#process.call({ op: "settings", settings });
  }

  /** Writes down the messages of its peers from now on. */
  async logPeers(): Promise<void> {
    await this.configure({ alert_mask: PEER_LOG, alert_queue_size: 100_000 });
  }

  /** Messages since the last call: direction and name, "==> SUGGEST" is one that it sent. */
  async takeLog(): Promise<readonly string[]> {
    const { messages } = await this.#process.call<{ messages: readonly string[] }>({ op: "log" });
    return messages;
  }

  async statusOf(torrent: Fixture): Promise<LibtorrentStatus> {
    return await this.#process.call<LibtorrentStatus>({ op: "status", infoHash: torrent.infoHash });
  }

  async progressOf(torrent: Fixture): Promise<TorrentProgress> {
    return await this.statusOf(torrent);
  }

  async stop(): Promise<void> {
    await this.#helper?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#helper?.[Symbol.asyncDispose]();
  }

  get #process(): LineProcess {
    if (this.#helper === undefined) throw new Error("libtorrent was not started");
    return this.#helper;
  }
}
