/** Debian's transmission-daemon, driven by its RPC. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findFreePort } from "../../test/support/free-port.ts";
import { TestProcess } from "../../test/support/process.ts";
import { waitFor } from "../../test/support/wait-for.ts";
import type { MadeTorrent } from "../lib/many-torrents.ts";
import { inBatches, type Manager } from "./manager.ts";

const SEEDING = 6;
const FIELDS = [
  "id",
  "name",
  "status",
  "percentDone",
  "totalSize",
  "rateDownload",
  "rateUpload",
  "uploadRatio",
  "eta",
  "peersConnected",
  "addedDate",
  "downloadDir",
];

export class TransmissionManager implements Manager {
  readonly name = "transmission";
  readonly #folder: string;
  readonly #downloads: string;
  #process: TestProcess | undefined;
  #port = 0;
  #session = "";

  constructor(folders: { readonly stateDir: string; readonly downloadDir: string }) {
    this.#folder = folders.stateDir;
    this.#downloads = folders.downloadDir;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async start(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true });
    this.#port = await findFreePort("127.0.0.1");
    const settings = {
      "bind-address-ipv4": "127.0.0.1",
      "peer-port": await findFreePort("127.0.0.1"),
      "rpc-bind-address": "127.0.0.1",
      "rpc-port": this.#port,
      "rpc-whitelist-enabled": false,
      "dht-enabled": false,
      "lpd-enabled": false,
      "utp-enabled": false,
      "port-forwarding-enabled": false,
      "download-queue-enabled": false,
      "seed-queue-enabled": false,
      "queue-stalled-enabled": false,
      "download-dir": this.#downloads,
    };
    writeFileSync(join(this.#folder, "settings.json"), JSON.stringify(settings));
    this.#process = new TestProcess("transmission-daemon", ["-f", "-g", this.#folder], { env: { HOME: this.#folder } });
    await waitFor(async () => await this.#call("session-get", {}).then(Boolean, () => false), {
      what: () => `transmission starts; ${this.#process?.tail()}`,
      deadlineMs: 300_000,
    });
  }

  async add(torrents: readonly MadeTorrent[]): Promise<void> {
    await inBatches(torrents, 8, async (batch) => {
      await Promise.all(
        batch.map(async ({ torrent }) => {
          const metainfo = Buffer.from(torrent).toString("base64");
          await this.#call("torrent-add", { metainfo, "download-dir": this.#downloads, paused: false });
        }),
      );
    });
    // It does not look for files that are there by itself.
    await this.#call("torrent-verify", {});
  }

  async countSeeds(): Promise<number> {
    const { torrents = [] } = await this.#call("torrent-get", { fields: ["status", "leftUntilDone"] });
    return torrents.filter(({ status, leftUntilDone }) => status === SEEDING && leftUntilDone === 0).length;
  }

  async listAll(): Promise<void> {
    await this.#call("torrent-get", { fields: FIELDS });
  }

  async stop(): Promise<void> {
    this.#process?.signal("SIGTERM");
    await this.#process?.waitForExit(120_000);
  }

  async #call(
    method: string,
    args: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly torrents?: readonly { readonly status: number; readonly leftUntilDone: number }[] }> {
    for (;;) {
      const response = await fetch(`http://127.0.0.1:${this.#port}/transmission/rpc`, {
        method: "POST",
        headers: { "x-transmission-session-id": this.#session },
        body: JSON.stringify({ method, arguments: args }),
      });
      this.#session = response.headers.get("x-transmission-session-id") ?? this.#session;
      const text = await response.text();
      if (response.status === 409) continue;
      const reply = JSON.parse(text);
      if (reply.result !== "success") throw new Error(`transmission ${method}: ${reply.result}`);
      return reply.arguments;
    }
  }
}
