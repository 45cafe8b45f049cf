/** rtorrent, driven by XML-RPC over SCGI on a socket in its work folder. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
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

export class RtorrentClient implements TestClient {
  readonly name = "rtorrent";
  readonly address: string;
  readonly #workDir: string;
  readonly #socket: string;
  #process: TestProcess | undefined;
  #port = 0;

  constructor(options: ClientOptions) {
    this.address = options.address;
    this.#workDir = options.workDir;
    this.#socket = join(options.workDir, "scgi");
  }

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    await startWithRetries(async () => {
      this.#port = await findFreePort(this.address);
      for (const folder of ["session", "downloads"]) mkdirSync(join(this.#workDir, folder), { recursive: true });
      rmSync(this.#socket, { force: true });
      const configuration = join(this.#workDir, "rtorrent.rc");
      writeFileSync(configuration, this.#configuration());
      this.#process = new TestProcess("rtorrent", ["-n", "-o", `import=${configuration}`], {
        cwd: this.#workDir,
        env: { HOME: this.#workDir, TERM: "dumb" },
        logFile: join(this.#workDir, "rtorrent.log"),
      });
      await waitFor(async () => await this.#isUp(), { what: () => `rtorrent did not start; ${this.#process?.tail()}` });
    });
  }

  async addTorrent(options: AddOptions): Promise<void> {
    await this.#call("load.raw_start", ["", options.torrent.torrentBytes, `d.directory.set="${options.saveDir}"`]);
  }

  async progressOf(torrent: Fixture): Promise<TorrentProgress> {
    const hash = torrent.infoHash.toUpperCase();
    const ask = async (method: string): Promise<string> => (await this.#call(method, [hash]))[0] ?? "";
    if (!(await this.#call("download_list", [""])).includes(hash)) return { completedBytes: 0, isComplete: false };
    const isComplete =
      (await ask("d.complete")) === "1" && (await ask("d.hashing")) === "0" && (await ask("d.is_active")) === "1";
    return { completedBytes: Number(await ask("d.completed_bytes")), isComplete };
  }

  async stop(): Promise<void> {
    await this.#process?.stop({ signal: "SIGINT" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.kill();
  }

  #configuration(): string {
    return `${[
      "system.daemon.set = true",
      `network.scgi.open_local = ${this.#socket}`,
      `session.path.set = ${this.#workDir}/session`,
      `directory.default.set = ${this.#workDir}/downloads`,
      `network.bind_address.set = ${this.address}`,
      `network.port_range.set = ${this.#port}-${this.#port}`,
      "network.port_random.set = no",
      "dht.mode.set = disable",
      "protocol.pex.set = no",
      "trackers.use_udp.set = no",
      "protocol.encryption.set = none",
      "pieces.hash.on_completion.set = no",
      "network.max_open_files.set = 600",
      "network.xmlrpc.size_limit.set = 16M",
      "throttle.max_uploads.set = 100",
      "system.umask.set = 0022",
    ].join("\n")}\n`;
  }

  async #isUp(): Promise<boolean> {
    if (this.#process?.status !== undefined) throw new Error(`rtorrent left at its start; ${this.#process.tail()}`);
    return await this.#call("system.client_version", []).then(
      () => true,
      () => false,
    );
  }

  /** The scalars of the answer, in order. */
  async #call(method: string, params: readonly (string | Uint8Array)[]): Promise<string[]> {
    const xml = await this.#exchange(encodeCall(method, params));
    const scalars = [...xml.matchAll(/<(?:string|i4|i8|int|boolean)>([^<]*)</g)].map((match) => match[1] ?? "");
    if (xml.includes("<fault>")) throw new Error(`rtorrent ${method}: ${scalars.join(" ")}`);
    return scalars;
  }

  #exchange(body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const head = `CONTENT_LENGTH\0${Buffer.byteLength(body)}\0SCGI\x001\0`;
      const chunks: Buffer[] = [];
      const socket = connect(this.#socket, () => socket.write(`${head.length}:${head},${body}`));
      socket.on("data", (chunk) => chunks.push(chunk));
      socket.once("error", reject);
      socket.once("close", () => resolve(Buffer.concat(chunks).toString()));
    });
  }
}

function encodeCall(method: string, params: readonly (string | Uint8Array)[]): string {
  const values = params.map((it) =>
    typeof it === "string"
      ? `<string>${escapeXml(it)}</string>`
      : `<base64>${Buffer.from(it).toString("base64")}</base64>`,
  );
  const list = values.map((value) => `<param><value>${value}</value></param>`).join("");
  return `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${list}</params></methodCall>`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
