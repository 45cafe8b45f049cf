/** A daemon under test: its service, called from here by name. */
import { join } from "node:path";
import type {
  AddRequest,
  AddResult,
  BulkResult,
  FileView,
  HistoryEvent,
  TorrentPage,
  TorrentView,
} from "@torrential/daemon";
import { type ExitStatus, TestProcess } from "./process.ts";
import { waitFor, within } from "./wait-for.ts";

const DRIVER = join(import.meta.dirname, "daemon-driver.ts");

/** The daemon refused. */
export class DriverError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly code?: string;
  readonly message?: string;
}

export interface DaemonRunOptions {
  readonly stateDir: string;
  /** `key=value`. */
  readonly settings?: readonly string[];
}

export class DaemonRun implements AsyncDisposable {
  readonly process: TestProcess;
  readonly stateDir: string;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #ready: Promise<unknown>;
  #lastId = 0;
  #rest = "";

  constructor({ stateDir, settings = [] }: DaemonRunOptions) {
    this.stateDir = stateDir;
    const args = [
      "--conditions=torrential-source",
      DRIVER,
      stateDir,
      "network.bind=127.0.0.1",
      "network.port=0",
      ...settings,
    ];
    this.#ready = this.#expect(0);
    this.#ready.catch(() => undefined);
    this.process = new TestProcess(process.execPath, args);
    this.process.onStdout((text) => this.#handleText(text));
    void this.process.exit.then((status) => this.#handleExit(status));
  }

  /** Throws a DriverError when it refused to start. */
  static async start(options: DaemonRunOptions): Promise<DaemonRun> {
    const run = new DaemonRun(options);
    try {
      await run.ready();
      return run;
    } catch (error) {
      await run.process.kill();
      throw error;
    }
  }

  ready(): Promise<unknown> {
    return within(this.#ready, { what: "the daemon to be ready", deadlineMs: 60_000 });
  }

  /** Calls a function of the service: "torrents.add". */
  async call<T>(call: string, ...args: readonly unknown[]): Promise<T> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = this.#expect(id);
    this.process.write(`${JSON.stringify({ id, call, args }, replace)}\n`);
    return (await within(answer, {
      what: `an answer to ${call}; stderr: ${this.process.stderr.slice(-500)}`,
      deadlineMs: 60_000,
    })) as T;
  }

  add(bytes: Uint8Array, request: Partial<AddRequest> = {}): Promise<AddResult> {
    return this.call("torrents.add", {
      ...request, // A Buffer would turn itself into JSON before anyone is asked.
      source: { type: "file", bytes: new Uint8Array(bytes) },
    });
  }

  get(ref: string | number): Promise<TorrentView | undefined> {
    return this.call("torrents.get", ref);
  }

  list(query: object = {}): Promise<TorrentPage> {
    return this.call("torrents.list", query);
  }

  files(ref: string): Promise<readonly FileView[]> {
    return this.call("torrents.files", ref);
  }

  setIntent(refs: readonly (string | number)[], intent: string): Promise<BulkResult> {
    return this.call("torrents.setIntent", refs, intent);
  }

  history(): Promise<readonly HistoryEvent[]> {
    return this.call("history.latest", {});
  }

  /** The first view that fits. */
  async waitFor(ref: string, isWanted: (view: TorrentView) => boolean, what: string): Promise<TorrentView> {
    let last: TorrentView | undefined;
    return await waitFor(
      async () => {
        last = await this.get(ref);
        return last !== undefined && isWanted(last) ? last : undefined;
      },
      { what: () => `${what}; it is ${JSON.stringify(last)}`, deadlineMs: 60_000 },
    );
  }

  /** SIGTERM, as a supervisor would. */
  async stop(): Promise<ExitStatus> {
    this.process.signal("SIGTERM");
    return await this.process.waitForExit(15_000);
  }

  async kill(): Promise<void> {
    await this.process.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.kill();
  }

  #expect(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #handleText(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const { id, value, code, message }: Answer = JSON.parse(line, revive);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (code === undefined) waiting?.resolve(value);
      else waiting?.reject(new DriverError(code, message ?? ""));
    }
  }

  #handleExit(status: ExitStatus): void {
    const error = new Error(
      `the daemon ended with ${JSON.stringify(status)}; stderr: ${this.process.stderr.slice(-1000)}`,
    );
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function revive(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("base64" in value) || typeof value.base64 !== "string")
    return value;
  return new Uint8Array(Buffer.from(value.base64, "base64"));
}

function replace(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value;
}
