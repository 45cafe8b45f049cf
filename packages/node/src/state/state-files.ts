/** Journals and small files of one state folder, on a thread of their own: a hung data disk must not stop them. */
import type { Worker } from "node:worker_threads";
import { TorrentialError } from "@torrential/core";
import type { DiskErrorClass } from "@torrential/engine";
import { startThread } from "../thread.ts";
import { StateAnswerer } from "./answerer.ts";
import type { StateAnswer, StateCall, StateRequest, StateResult } from "./messages.ts";

const ENTRY = {
  source: new URL("./worker.ts", import.meta.url),
  published: new URL("./state-worker.js", import.meta.url),
};

/**
 * A thread takes 30 ms of CPU and 50 ms of time to start, and a download reads four names that are not there before it
 * may begin. So the first calls are answered at once, in the caller's thread, which has just opened the folder's lock
 * there, too. The first that writes starts the thread, or whoever reads more than a few torrents need.
 */
const READS_AT_ONCE_MAX = 16;

/** The state folder refused. `diskClass` says why, as for payload. */
export class StateError extends TorrentialError<"state-failed"> {
  readonly diskClass: DiskErrorClass;

  constructor(diskClass: DiskErrorClass, message: string) {
    super("state-failed", message);
    this.name = "StateError";
    this.diskClass = diskClass;
  }
}

interface Waiting {
  readonly resolve: (result: StateResult) => void;
  readonly reject: (error: Error) => void;
}

/** All calls run in the order they were made, and reject with a `StateError`. The folder is made (0700) by the first one. */
export class StateFiles {
  readonly #folder: string;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  readonly #atOnce: StateAnswerer;
  #readsAtOnceLeft = READS_AT_ONCE_MAX;
  #nextId = 1;
  #isClosed = false;

  constructor(folder: string) {
    this.#folder = folder;
    this.#atOnce = new StateAnswerer(folder);
  }

  /** Whether the thread was needed yet. */
  get hasThread(): boolean {
    return this.#worker !== undefined;
  }

  /** Appends to the journal of `key`; resolved when it is on disk. A failed append leaves the journal as it was. */
  async append(key: string, bytes: Uint8Array): Promise<void> {
    await this.#call({ type: "append", name: key, bytes });
  }

  /** Replaces the journal of `key`; resolved when it is on disk. */
  async replace(key: string, bytes: Uint8Array): Promise<void> {
    await this.#call({ type: "replace", name: key, bytes });
  }

  /** Removes the journal of `key`; none is fine. */
  async remove(key: string): Promise<void> {
    await this.#call({ type: "remove", name: key });
  }

  /** Undefined when there is none, or none that can be read: then what is on disk is hashed again. */
  async readJournal(key: string): Promise<Uint8Array | undefined> {
    const result = await this.#call({ type: "read-journal", name: key });
    return result.type === "bytes" ? result.bytes : undefined;
  }

  /** Writes a small file (`<info-hash>.torrent`, settings) atomically. Names are letters, digits, "-", "_" and ".". */
  async writeFile(name: string, bytes: Uint8Array): Promise<void> {
    await this.#call({ type: "write", name, bytes });
  }

  /** Undefined when there is no such file. */
  async readFile(name: string): Promise<Uint8Array | undefined> {
    const result = await this.#call({ type: "read", name });
    return result.type === "bytes" ? result.bytes : undefined;
  }

  /** Removes a small file; none is fine. */
  async removeFile(name: string): Promise<void> {
    await this.#call({ type: "delete", name });
  }

  /** The names of the small files, sorted. */
  async listFiles(): Promise<readonly string[]> {
    const result = await this.#call({ type: "list" });
    return result.type === "names" ? result.names : [];
  }

  /** Waits for the calls under way, then ends the thread. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    const last = this.#worker === undefined ? undefined : this.#call({ type: "list" }).catch(() => undefined);
    this.#isClosed = true;
    await last;
    await this.#worker?.terminate();
  }

  async #call(call: StateCall): Promise<StateResult> {
    if (this.#isClosed)
      throw new StateError("gone", `The state folder ${this.#folder} was closed before "${call.type}".`);
    const result = this.#isForNow(call) ? this.#atOnce.answer(call) : await this.#ask(call);
    if (result.type === "failed") throw new StateError(result.class, result.message);
    return result;
  }

  /** Once there is a thread everything goes to it, so that calls stay in order. */
  #isForNow({ type }: StateCall): boolean {
    if (this.#worker !== undefined || this.#readsAtOnceLeft === 0) return false;
    const isReading = type === "list" || type === "read" || type === "read-journal";
    if (isReading) this.#readsAtOnceLeft--;
    return isReading;
  }

  #ask(call: StateCall): Promise<StateResult> {
    const worker = (this.#worker ??= this.#start());
    const id = this.#nextId++;
    return new Promise<StateResult>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, call } satisfies StateRequest);
    });
  }

  #start(): Worker {
    const worker = startThread(ENTRY, "state", this.#folder);
    worker.on("message", ({ id, result }: StateAnswer) => {
      this.#waiting.get(id)?.resolve(result);
      this.#waiting.delete(id);
    });
    const failAll = (why: string): void => {
      for (const { reject } of this.#waiting.values())
        reject(new StateError("io", `The state thread for ${this.#folder} ended: ${why}.`));
      this.#waiting.clear();
      this.#worker = undefined;
    };
    worker.on("error", (error) => failAll(String(error)));
    worker.on("exit", (code) => failAll(`code ${code}`));
    return worker;
  }
}
