/** The engine as the main thread has it: requests go out, reports come in, and nobody here ever waits for it to answer a read. */
import type { Worker } from "node:worker_threads";
import { TorrentialError } from "@torrential/core";
import { startThread } from "@torrential/node";
import type { EngineData, EngineQuestion, EngineReport, EngineRequest } from "./messages.ts";

const ENTRY = {
  source: new URL("./engine-worker.ts", import.meta.url),
  published: new URL("./engine-worker.js", import.meta.url),
};
/** PROMISES F24: a shutdown takes ten seconds at most; the engine gives its own parts eight. */
const CLOSE_TIMEOUT_MS = 9_000;

/** Everything that may come of its own accord once the thread runs. */
export type EngineNews = Exclude<EngineReport, { type: "ready" | "refused" | "answer" | "closed" }>;

export interface EngineThreadOptions {
  readonly onNews: (news: EngineNews) => void;
  /** The thread died: nothing can be promised any more. */
  readonly onCrash: (error: Error) => void;
}

interface Waiting {
  readonly resolve: (value: Uint8Array | number | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** What the service needs of an engine; a test may have another one. */
export interface EnginePort {
  send(request: Exclude<EngineRequest, { type: "ask" | "close" }>): void;
  /** Rejects with the TorrentialError that the engine gave. */
  ask(question: EngineQuestion): Promise<Uint8Array | number | undefined>;
}

export class EngineThread implements EnginePort {
  readonly #worker: Worker;
  readonly #options: EngineThreadOptions;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #isClosing = false;
  #port = 0;
  #closed: (() => void) | undefined;

  private constructor(worker: Worker, options: EngineThreadOptions) {
    this.#worker = worker;
    this.#options = options;
  }

  /** Resolves when the engine listens. Throws what `createClient` throws. */
  static async start(data: EngineData, options: EngineThreadOptions): Promise<EngineThread> {
    const thread = new EngineThread(startThread(ENTRY, "engine", data), options);
    await thread.#open();
    return thread;
  }

  /** Where peers reach us. */
  get port(): number {
    return this.#port;
  }

  send(request: Exclude<EngineRequest, { type: "ask" }>): void {
    this.#worker.postMessage(request);
  }

  ask(question: EngineQuestion): Promise<Uint8Array | number | undefined> {
    if (this.#isClosing) return Promise.reject(new TorrentialError("closing", "The daemon is stopping"));
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ type: "ask", id, question } satisfies EngineRequest);
    });
  }

  /** Stops every torrent cleanly and ends the thread, by force after nine seconds. */
  async close(): Promise<void> {
    this.#isClosing = true;
    let timer: NodeJS.Timeout | undefined;
    const closed = new Promise<void>((resolve) => {
      this.#closed = resolve;
      timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    });
    this.send({ type: "close" });
    await closed;
    clearTimeout(timer);
    this.#failAll("The daemon is stopping");
    await this.#worker.terminate();
  }

  #open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#worker.on("message", (report: EngineReport) => {
        if (report.type === "ready") {
          this.#port = report.port;
          resolve();
        } else if (report.type === "refused") {
          this.#isClosing = true;
          reject(new TorrentialError(report.code, report.message));
        } else this.#handle(report);
      });
      this.#worker.on("error", (error) => {
        reject(error);
        this.#handleEnd(error instanceof Error ? error : new Error(String(error)));
      });
      this.#worker.on("exit", (code) => this.#handleEnd(new Error(`The engine's thread ended with code ${code}`)));
    });
  }

  #handle(report: Exclude<EngineReport, { type: "ready" | "refused" }>): void {
    if (report.type === "closed") this.#closed?.();
    else if (report.type !== "answer") this.#options.onNews(report);
    else {
      const waiting = this.#waiting.get(report.id);
      this.#waiting.delete(report.id);
      if (report.answer.ok) waiting?.resolve(report.answer.value);
      else waiting?.reject(new TorrentialError(report.answer.code, report.answer.message));
    }
  }

  #handleEnd(error: Error): void {
    this.#failAll(error.message);
    this.#closed?.();
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#options.onCrash(error);
  }

  #failAll(why: string): void {
    for (const { reject } of this.#waiting.values()) reject(new TorrentialError("closing", why));
    this.#waiting.clear();
  }
}
