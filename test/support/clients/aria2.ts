/** aria2c, driven by its JSON-RPC. */
import { join } from "node:path";
import type { Fixture } from "../fixtures.ts";
import { findFreePort } from "../free-port.ts";
import { TestProcess } from "../process.ts";
import { waitFor } from "../wait-for.ts";
import {
  type AddOptions,
  type ClientOptions,
  type TestClient,
  type TorrentProgress,
  startWithRetries,
} from "./client.ts";

interface RpcDownload {
  readonly status: string;
  readonly totalLength: string;
  readonly completedLength: string;
  readonly seeder?: string;
  readonly verifiedLength?: string;
  readonly verifyIntegrityPending?: string;
  readonly errorMessage?: string;
}

const RPC_ADDRESS = "127.0.0.1";
const KEYS = [
  "status",
  "totalLength",
  "completedLength",
  "seeder",
  "verifiedLength",
  "verifyIntegrityPending",
  "errorMessage",
];

export class Aria2Client implements TestClient {
  readonly name = "aria2";
  readonly address: string;
  readonly #workDir: string;
  readonly #speaksUdp: boolean;
  readonly #ids = new Map<string, string>();
  #process: TestProcess | undefined;
  #port = 0;
  #rpcPort = 0;

  constructor(options: ClientOptions & { readonly speaksUdp?: boolean }) {
    this.address = options.address;
    this.#speaksUdp = options.speaksUdp ?? false;
    this.#workDir = options.workDir;
  }

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    await startWithRetries(async () => {
      this.#port = await findFreePort(this.address);
      this.#rpcPort = await findFreePort(RPC_ADDRESS);
      this.#process = new TestProcess("aria2c", this.#arguments(), {
        env: { HOME: this.#workDir },
        logFile: join(this.#workDir, "aria2.log"),
      });
      await waitFor(async () => await this.#isUp(), { what: () => `aria2 did not start; ${this.#process?.tail()}` });
    });
  }

  /** It trusts nothing that it finds: what is there is hashed first. */
  async addTorrent(options: AddOptions): Promise<void> {
    const metainfo = options.torrent.torrentBytes.toString("base64");
    const settings = { dir: options.saveDir, "check-integrity": options.isSeed ? "true" : "false" };
    this.#ids.set(options.torrent.infoHash, await this.#call<string>("addTorrent", metainfo, [], settings));
  }

  async progressOf(torrent: Fixture): Promise<TorrentProgress> {
    const found = await this.#call<RpcDownload>("tellStatus", this.#ids.get(torrent.infoHash), KEYS);
    if (found.status === "error") throw new Error(`aria2: ${found.errorMessage}`);
    const isChecking = found.verifiedLength !== undefined || found.verifyIntegrityPending !== undefined;
    const isWhole = found.totalLength !== "0" && found.completedLength === found.totalLength && found.seeder === "true";
    return { completedBytes: Number(found.completedLength), isComplete: isWhole && !isChecking };
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.kill();
  }

  #arguments(): string[] {
    const options: Record<string, string | number> = {
      "enable-rpc": "true",
      "rpc-listen-port": this.#rpcPort,
      "rpc-max-request-size": "64M",
      "listen-port": this.#port,
      interface: this.address,
      // It speaks to UDP trackers only through the socket of its DHT.
      "enable-dht": String(this.#speaksUdp),
      "dht-listen-port": this.#port,
      "dht-file-path": join(this.#workDir, "dht.dat"),
      "enable-dht6": "false",
      "bt-enable-lpd": "false",
      "enable-peer-exchange": "false",
      "disable-ipv6": "true",
      "file-allocation": "none",
      "bt-max-open-files": 500,
      "max-concurrent-downloads": 1000,
      "seed-ratio": "0.0",
      "bt-detach-seed-only": "false",
      "allow-overwrite": "true",
      "auto-save-interval": 0,
      "console-log-level": "error",
      "show-console-readout": "false",
      "summary-interval": 0,
      dir: this.#workDir,
    };
    return ["--no-conf", ...Object.entries(options).map(([key, value]) => `--${key}=${value}`)];
  }

  async #isUp(): Promise<boolean> {
    if (this.#process?.status !== undefined) throw new Error(`aria2 left at its start; ${this.#process.tail()}`);
    return await this.#call("getVersion").then(
      () => true,
      () => false,
    );
  }

  async #call<T>(method: string, ...params: readonly unknown[]): Promise<T> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: "test", method: `aria2.${method}`, params });
    const response = await fetch(`http://${RPC_ADDRESS}:${this.#rpcPort}/jsonrpc`, { method: "POST", body });
    const reply: { result: T; error?: { message: string } } = JSON.parse(await response.text());
    if (reply.error !== undefined) throw new Error(`aria2 ${method}: ${reply.error.message}`);
    return reply.result;
  }
}
