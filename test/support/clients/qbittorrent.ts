/** qbittorrent-nox, driven by its WebUI API (2.8 in 4.5), which lets loopback in without a password. */
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
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

interface ApiTorrent {
  readonly state: string;
  readonly progress: number;
  readonly completed: number;
}

const API_ADDRESS = "127.0.0.1";
const SEEDING_STATES: ReadonlySet<string> = new Set(["uploading", "stalledUP", "forcedUP"]);
const FAILED_STATES: ReadonlySet<string> = new Set(["error", "missingFiles"]);

export class QbittorrentClient implements TestClient {
  readonly name = "qbittorrent";
  readonly address: string;
  readonly #workDir: string;
  #process: TestProcess | undefined;
  #port = 0;
  #apiPort = 0;

  constructor(options: ClientOptions) {
    this.address = options.address;
    this.#workDir = options.workDir;
  }

  get port(): number {
    return this.#port;
  }

  /** What its endpoints are below. */
  get apiUrl(): string {
    return `http://${API_ADDRESS}:${this.#apiPort}/api/v2`;
  }

  /** As whoever is not on loopback reaches it, and must log in. */
  urlFrom(address: string): string {
    return `http://${address}:${this.#apiPort}`;
  }

  async start(): Promise<void> {
    await startWithRetries(async () => {
      this.#port = await findFreePort(this.address);
      this.#apiPort = await findFreePort(API_ADDRESS);
      const folder = join(this.#workDir, "qBittorrent", "config");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "qBittorrent.conf"), this.#configuration());
      this.#process = new TestProcess("qbittorrent-nox", [`--profile=${this.#workDir}`], {
        env: { HOME: this.#workDir },
        logFile: join(this.#workDir, "qbittorrent.log"),
      });
      await waitFor(async () => await this.#isUp(), {
        what: () => `qbittorrent did not start; ${this.#process?.tail()}`,
      });
    });
  }

  async addTorrent(options: AddOptions): Promise<void> {
    const form = new FormData();
    form.set("savepath", options.saveDir);
    form.set(
      "torrents",
      new Blob([Uint8Array.from(options.torrent.torrentBytes)]),
      basename(options.torrent.torrentFile),
    );
    await this.#call("torrents/add", form);
  }

  async progressOf(torrent: Fixture): Promise<TorrentProgress> {
    const found: ApiTorrent[] = JSON.parse(await this.#call(`torrents/info?hashes=${torrent.infoHash}`));
    const [it] = found;
    // Adding is not finished when the API says so.
    if (it === undefined) return { completedBytes: 0, isComplete: false };
    if (FAILED_STATES.has(it.state)) throw new Error(`qbittorrent: ${it.state}`);
    return { completedBytes: it.completed, isComplete: it.progress === 1 && SEEDING_STATES.has(it.state) };
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.kill();
  }

  #configuration(): string {
    const session: Record<string, string | number | boolean> = {
      Port: this.#port,
      Interface: "lo",
      InterfaceName: "lo",
      InterfaceAddress: this.address,
      DHTEnabled: false,
      LSDEnabled: false,
      PeXEnabled: false,
      BTProtocol: "TCP",
      Encryption: 2, // off
      QueueingSystemEnabled: false,
      Preallocation: false,
      GlobalMaxRatio: -1,
      RefreshInterval: 100,
      IgnoreLimitsOnLAN: false,
    };
    const preferences: Record<string, string | number | boolean> = {
      "WebUI\\Enabled": true,
      "WebUI\\Address": "*",
      "WebUI\\Port": this.#apiPort,
      "WebUI\\LocalHostAuth": false,
      "WebUI\\UseUPnP": false,
      "WebUI\\CSRFProtection": false,
      "WebUI\\HostHeaderValidation": false,
      "Connection\\ResolvePeerCountries": false,
    };
    const lines = (prefix: string, values: Record<string, unknown>): string =>
      Object.entries(values)
        .map(([key, value]) => `${prefix}${key}=${String(value)}\n`)
        .join("");
    return [
      "[LegalNotice]\nAccepted=true\n\n[Network]\nPortForwardingEnabled=false\n\n",
      `[Preferences]\n${lines("", preferences)}\n[BitTorrent]\n${lines("Session\\", session)}`,
    ].join("");
  }

  async #isUp(): Promise<boolean> {
    if (this.#process?.status !== undefined) throw new Error(`qbittorrent left at its start; ${this.#process.tail()}`);
    return await this.#call("app/version").then(
      () => true,
      () => false,
    );
  }

  async #call(path: string, form?: FormData): Promise<string> {
    const url = `${this.apiUrl}/${path}`;
    const response = await fetch(url, form === undefined ? {} : { method: "POST", body: form });
    const text = await response.text();
    if (!response.ok || text === "Fails.")
      throw new Error(`qbittorrent ${path}: HTTP ${response.status} ${text.slice(0, 100)}`);
    return text;
  }
}
