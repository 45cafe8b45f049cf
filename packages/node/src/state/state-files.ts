/** Journals and small files of one state folder, on a thread of their own: a hung data disk must not stop them. */
import type { Worker } from "node:worker_threads";
import { TorrentialError } from "@torrential/core";
import type { DiskErrorClass } from "@torrential/engine";
import { startThread } from "../thread.ts";
import type { StateAnswer, StateCall, StateRequest, StateResult } from "./messages.ts";

const ENTRY = {
  source: new URL("./worker.ts", import.meta.url),
  published: new URL("./state-worker.js", import.meta.url),
};

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
  #nextId = 1;
  #isClosed = false;

  constructor(folder: string) {
    this.#folder = folder;
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
    const worker = (this.#worker ??= this.#start());
    const id = this.#nextId++;
    const result = await new Promise<StateResult>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, call } satisfies StateRequest);
    });
    if (result.type === "failed") throw new StateError(result.class, result.message);
    return result;
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
