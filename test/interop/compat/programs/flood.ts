/** Flood: a server of its own with a page; what its page asks it is asked here, and it asks the client behind it. */
import { findFreePort } from "../../../support/free-port.ts";
import { TestProcess } from "../../../support/process.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { packageFile } from "./packages.ts";
import type { Endpoint, Program, Shown } from "./program.ts";

const HOST = "127.0.0.1";

interface FloodTorrent {
  readonly hash: string;
  readonly name: string;
  readonly percentComplete: number;
  readonly status: readonly string[];
  readonly tags: readonly string[];
  readonly directory: string;
}

/** `runDir` is a folder of its own. */
export async function openFlood(
  api: "qbittorrent" | "transmission",
  endpoint: Endpoint,
  runDir: string,
): Promise<Program> {
  const port = await findFreePort(HOST);
  const { url, user, password } = endpoint;
  const behind =
    api === "qbittorrent"
      ? ["--qburl", url, "--qbuser", user, "--qbpass", password]
      : ["--trurl", `${url}/transmission/rpc`, "--truser", user, "--trpass", password];
  const options = ["--auth", "none", "--host", HOST, "--port", String(port), "--rundir", runDir, ...behind];
  const server = new TestProcess(process.execPath, [packageFile("flood", "dist", "index.js"), ...options]);
  const flood = new FloodPage(`http://${HOST}:${port}/api/`);
  await waitFor(() => flood.open(), { what: () => `flood is up; ${server.tail()}`, intervalMs: 100 });
  const add = { isBasePath: false, isCompleted: false, isSequential: false, isInitialSeeding: false, start: false };
  return {
    name: `flood (${api})`,
    wantsFolders: api === "qbittorrent",
    addFile: ({ torrentBytes }, folder) =>
      flood.post("torrents/add-files", {
        ...add,
        files: [torrentBytes.toString("base64")],
        destination: folder,
        tags: [],
      }),
    addMagnet: (uri, folder) => flood.post("torrents/add-urls", { ...add, urls: [uri], destination: folder, tags: [] }),
    addUrl: (from, folder) => flood.post("torrents/add-urls", { ...add, urls: [from], destination: folder, tags: [] }),
    list: async () =>
      Object.values((await flood.get<{ torrents: Record<string, FloodTorrent> }>("torrents")).torrents).map(toShown),
    label: (hash, label) => flood.send("PATCH", "torrents/tags", { hashes: [hash], tags: [label] }),
    move: (hash, folder) =>
      flood.post("torrents/move", {
        hashes: [hash],
        destination: folder,
        moveFiles: true,
        isBasePath: false,
        isCheckHash: false,
      }),
    verify: (hash) => flood.post("torrents/check-hash", { hashes: [hash] }),
    stop: (hash) => flood.post("torrents/stop", { hashes: [hash] }),
    start: (hash) => flood.post("torrents/start", { hashes: [hash] }),
    remove: (hash, { withData }) => flood.post("torrents/delete", { hashes: [hash], deleteData: withData }),
    [Symbol.asyncDispose]: async () => {
      await server.kill();
    },
  };
}

/** What its page would ask. */
class FloodPage {
  readonly #url: string;
  #cookie = "";

  constructor(url: string) {
    this.#url = url;
  }

  /** False until it answers and says that the client behind it does. */
  async open(): Promise<boolean> {
    try {
      const response = await fetch(`${this.#url}auth/verify`);
      this.#cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
      await response.text();
      const { isConnected } = await this.get<{ isConnected: boolean }>("client/connection-test");
      return isConnected;
    } catch {
      // It does not listen yet.
      return false;
    }
  }

  async get<T>(path: string): Promise<T> {
    return JSON.parse(await this.send("GET", path)) as T;
  }

  post(path: string, body: object): Promise<string> {
    return this.send("POST", path, body);
  }

  async send(method: string, path: string, body?: object): Promise<string> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { cookie: this.#cookie, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`flood: ${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
    return text;
  }
}

function toShown({ hash, name, percentComplete, status, tags, directory }: FloodTorrent): Shown {
  return {
    hash: hash.toLowerCase(),
    name,
    progress: percentComplete / 100,
    isStopped: status.includes("stopped"),
    labels: tags,
    folder: directory,
  };
}
