/** transmission-daemon, driven by its RPC. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fixture } from "../fixtures.ts";
import { findFreePort } from "../free-port.ts";
import { TestProcess } from "../process.ts";
import { waitFor } from "../wait-for.ts";
import {
  type AddOptions,
  type ClientOptions,
  type Discovery,
  type TestClient,
  type TorrentProgress,
  startWithRetries,
} from "./client.ts";

interface RpcTorrent {
  readonly status: number;
  readonly leftUntilDone: number;
  /** 1 is all. */
  readonly metadataPercentComplete: number;
  readonly haveValid: number;
  readonly error: number;
  readonly errorString: string;
}

const RPC_ADDRESS = "127.0.0.1";
const STATUS_SEED_QUEUED = 5;
const LOCAL_ERROR = 3;

export class TransmissionClient implements TestClient {
  readonly name = "transmission";
  readonly address: string;
  readonly #workDir: string;
  readonly #dhtBootstrap: ClientOptions["dhtBootstrap"];
  readonly #finds: readonly Discovery[];
  #process: TestProcess | undefined;
  #port = 0;
  #rpcPort = 0;
  #sessionId = "";

  constructor(options: ClientOptions) {
    this.address = options.address;
    this.#workDir = options.workDir;
    this.#dhtBootstrap = options.dhtBootstrap;
    this.#finds = options.finds ?? [];
  }

  get port(): number {
    return this.#port;
  }

  /** Where its RPC answers. */
  get rpcUrl(): string {
    return `http://${RPC_ADDRESS}:${this.#rpcPort}/transmission/rpc`;
  }

  async start(): Promise<void> {
    await startWithRetries(async () => {
      this.#port = await findFreePort(this.address);
      this.#rpcPort = await findFreePort(RPC_ADDRESS);
      if (this.#dhtBootstrap !== undefined) {
        const { address, port } = this.#dhtBootstrap;
        writeFileSync(join(this.#workDir, "dht.bootstrap"), `${address} ${port}\n`);
      }
      writeFileSync(join(this.#workDir, "settings.json"), JSON.stringify(this.#settings()));
      this.#process = new TestProcess("transmission-daemon", ["-f", "-g", this.#workDir], {
        env: { HOME: this.#workDir },
        logFile: join(this.#workDir, "transmission.log"),
      });
      await waitFor(async () => await this.#isUp(), {
        what: () => `transmission did not start; ${this.#process?.tail()}`,
      });
    });
  }

  async addTorrent(options: AddOptions): Promise<void> {
    const { magnet, torrent } = options;
    const what = magnet === undefined ? { metainfo: torrent.torrentBytes.toString("base64") } : { filename: magnet };
    await this.#call("torrent-add", { ...what, "download-dir": options.saveDir, paused: false });
  }

  async progressOf(torrent: Fixture): Promise<TorrentProgress> {
    const fields = ["status", "leftUntilDone", "haveValid", "error", "errorString", "metadataPercentComplete"];
    const reply = await this.#call<{ torrents: RpcTorrent[] }>("torrent-get", { ids: [torrent.infoHash], fields });
    const [found] = reply.torrents;
    if (found === undefined) throw new Error(`transmission does not have ${torrent.name}`);
    if (found.error === LOCAL_ERROR) throw new Error(`transmission: ${found.errorString}`);
    return {
      completedBytes: found.haveValid,
      isComplete:
        found.metadataPercentComplete === 1 && found.leftUntilDone === 0 && found.status >= STATUS_SEED_QUEUED,
    };
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.kill();
  }

  #settings(): Record<string, unknown> {
    return {
      ...(this.address.includes(":")
        ? { "bind-address-ipv6": this.address, "bind-address-ipv4": "127.0.0.1" }
        : { "bind-address-ipv4": this.address }),
      "peer-port": this.#port,
      "peer-port-random-on-start": false,
      "rpc-enabled": true,
      "rpc-bind-address": RPC_ADDRESS,
      "rpc-port": this.#rpcPort,
      "rpc-whitelist-enabled": false,
      "rpc-authentication-required": false,
      "dht-enabled": this.#dhtBootstrap !== undefined,
      "lpd-enabled": this.#finds.includes("lsd"),
      "pex-enabled": this.#finds.includes("pex"),
      "utp-enabled": false,
      "port-forwarding-enabled": false,
      encryption: 0,
      preallocation: 1,
      "download-queue-enabled": false,
      "seed-queue-enabled": false,
      "queue-stalled-enabled": false,
      "rename-partial-files": false,
      "upload-slots-per-torrent": 100,
    };
  }

  async #isUp(): Promise<boolean> {
    if (this.#process?.status !== undefined) throw new Error(`transmission left at its start; ${this.#process.tail()}`);
    return await this.#call("session-get", {}).then(
      () => true,
      () => false,
    );
  }

  /** The first answer to a new session is 409 with the id that every later request must carry. */
  async #call<T>(method: string, args: Readonly<Record<string, unknown>>): Promise<T> {
    const send = async (): Promise<Response> =>
      await fetch(this.rpcUrl, {
        method: "POST",
        headers: { "x-transmission-session-id": this.#sessionId },
        body: JSON.stringify({ method, arguments: args }),
      });
    let response = await send();
    if (response.status === 409) {
      this.#sessionId = response.headers.get("x-transmission-session-id") ?? "";
      response = await send();
    }
    const reply: { result: string; arguments: T } = JSON.parse(await response.text());
    if (reply.result !== "success") throw new Error(`transmission ${method}: ${reply.result}`);
    return reply.arguments;
  }
}
