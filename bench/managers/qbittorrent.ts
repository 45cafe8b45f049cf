/** Debian's qbittorrent-nox, driven by its WebUI API. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findFreePort } from "../../test/support/free-port.ts";
import { TestProcess } from "../../test/support/process.ts";
import { waitFor } from "../../test/support/wait-for.ts";
import type { MadeTorrent } from "../lib/many-torrents.ts";
import { inBatches, type Manager } from "./manager.ts";

const SEEDING: ReadonlySet<string> = new Set(["uploading", "stalledUP", "forcedUP"]);

export class QbittorrentManager implements Manager {
  readonly name = "qbittorrent";
  readonly #folder: string;
  readonly #downloads: string;
  #process: TestProcess | undefined;
  #port = 0;

  constructor(folders: { readonly stateDir: string; readonly downloadDir: string }) {
    this.#folder = folders.stateDir;
    this.#downloads = folders.downloadDir;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** "http://127.0.0.1:1234": what clients put before "/api/v2". */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const folder = join(this.#folder, "qBittorrent", "config");
    mkdirSync(folder, { recursive: true });
    this.#port = await findFreePort("127.0.0.1");
    const peerPort = await findFreePort("127.0.0.1");
    const lines = [
      "[LegalNotice]",
      "Accepted=true",
      "[BitTorrent]",
      `Session\\Port=${peerPort}`,
      "Session\\InterfaceAddress=127.0.0.1",
      "Session\\DHTEnabled=false",
      "Session\\LSDEnabled=false",
      "Session\\PeXEnabled=false",
      "Session\\QueueingSystemEnabled=false",
      "Session\\BTProtocol=TCP",
      `Session\\DefaultSavePath=${this.#downloads}`,
      "[Preferences]",
      "WebUI\\Address=127.0.0.1",
      `WebUI\\Port=${this.#port}`,
      "WebUI\\LocalHostAuth=false",
      "WebUI\\UseUPnP=false",
      "",
    ];
    writeFileSync(join(folder, "qBittorrent.conf"), lines.join("\n"));
    this.#process = new TestProcess("qbittorrent-nox", [`--profile=${this.#folder}`], { env: { HOME: this.#folder } });
    await waitFor(async () => await this.#get("app/version").then(Boolean, () => false), {
      what: () => `qbittorrent starts; ${this.#process?.tail()}`,
      deadlineMs: 300_000,
    });
  }

  async add(torrents: readonly MadeTorrent[]): Promise<void> {
    await inBatches(torrents, 50, async (batch) => {
      const form = new FormData();
      form.set("savepath", this.#downloads);
      // It checks one a second.
      form.set("skip_checking", "true");
      for (const { name, torrent } of batch) form.append("torrents", new Blob([torrent]), `${name}.torrent`);
      const response = await fetch(`http://127.0.0.1:${this.#port}/api/v2/torrents/add`, {
        method: "POST",
        body: form,
      });
      if (!response.ok) throw new Error(`qbittorrent: ${response.status}`);
      await response.text();
    });
  }

  async countSeeds(): Promise<number> {
    const torrents: readonly { readonly state: string }[] = JSON.parse(await this.#get("torrents/info"));
    return torrents.filter(({ state }) => SEEDING.has(state)).length;
  }

  async listAll(): Promise<void> {
    await this.#get("torrents/info");
  }

  async stop(): Promise<void> {
    this.#process?.signal("SIGTERM");
    await this.#process?.waitForExit(120_000);
  }

  async #get(path: string): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/api/v2/${path}`);
    if (!response.ok) throw new Error(`qbittorrent ${path}: ${response.status}`);
    return await response.text();
  }
}
