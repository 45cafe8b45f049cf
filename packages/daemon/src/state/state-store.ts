/**
 * The state on disk, as the main thread has it: writes go to the thread that owns the database and resolve when they are
 * on disk; reads are made here, through a connection that can only read.
 */
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Worker } from "node:worker_threads";
import { TorrentialError } from "@torrential/core";
import { startThread } from "@torrential/node";
import { ServiceError } from "../service/errors.ts";
import { DATABASE_NAME } from "./database.ts";
import type { Change, DatabaseAnswer, DatabaseRequest, OpenData } from "./messages.ts";

const ENTRY = {
  source: new URL("./database-worker.ts", import.meta.url),
  published: new URL("./database-worker.js", import.meta.url),
};
/** A start that waits longer than this for its database has none. */
const OPEN_TIMEOUT_MS = 120_000;

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export type Row = Readonly<Record<string, unknown>>;

export class StateStore {
  readonly folder: string;
  readonly notes: readonly string[];
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #statements = new Map<string, StatementSync>();
  readonly #db: DatabaseSync;
  #lastId = 0;
  #isClosed = false;
  /** Why the last write failed; undefined while writes succeed. */
  #problem: string | undefined;

  private constructor(worker: Worker, data: OpenData, notes: readonly string[]) {
    this.folder = data.folder;
    this.notes = notes;
    this.#worker = worker;
    this.#db = new DatabaseSync(join(data.folder, DATABASE_NAME), { readOnly: true, timeout: 5_000 });
    worker.on("message", (answer: DatabaseAnswer) => this.#handleAnswer(answer));
    const handleEnd = (why: string): void => this.#failAll(`The database thread ended: ${why}`);
    worker.on("error", (error) => handleEnd(String(error)));
    worker.on("exit", (code) => handleEnd(`code ${code}`));
  }

  /** Opens or makes the state in a folder that the caller has locked. Throws TorrentialError "state-newer" or "state-unwritable". */
  static async open(data: OpenData): Promise<StateStore> {
    const worker = startThread(ENTRY, "database", data);
    const answer = await firstAnswer(worker);
    if (answer.type === "opened") return new StateStore(worker, data, answer.notes);
    await worker.terminate();
    const said =
      answer.type === "refused" ? answer : { code: "state-unwritable", message: "The database did not open" };
    throw new TorrentialError(said.code, said.message);
  }

  /** Changes are refused for now: the disk is full or read-only. A sentence, or undefined. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** All of the changes or none. Resolves when they are on disk; rejects with "state-unwritable" or "closing". */
  async write(...changes: readonly Change[]): Promise<void> {
    if (changes.length > 0) await this.#ask({ type: "write", id: this.#nextId(), changes });
  }

  backUp(): Promise<void> {
    return this.#ask({ type: "back-up", id: this.#nextId() });
  }

  all(sql: string, ...params: readonly SQLInputValue[]): readonly Row[] {
    return this.#prepare(sql).all(...params);
  }

  get(sql: string, ...params: readonly SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...params);
  }

  /** What was asked before is written first. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    // The last connection to close is the one that may tidy up.
    this.#statements.clear();
    this.#db.close();
    const closed = this.#ask({ type: "close", id: this.#nextId() });
    this.#isClosed = true;
    // A disk that is full cannot be asked to tidy up: what was answered is in the write-ahead log.
    await closed.catch(() => undefined);
    await this.#worker.terminate();
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #ask(request: DatabaseRequest): Promise<void> {
    if (this.#isClosed) return Promise.reject(new ServiceError("closing", "The daemon is stopping"));
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject });
      this.#worker.postMessage(request);
    });
  }

  #handleAnswer(answer: DatabaseAnswer): void {
    if (answer.type === "opened" || answer.type === "refused") return;
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.type === "done") {
      this.#problem = undefined;
      waiting?.resolve();
      return;
    }
    this.#problem = `The state in ${this.folder} cannot be written (${answer.class}): ${answer.message}`;
    waiting?.reject(new ServiceError("state-unwritable", this.#problem));
  }

  #failAll(why: string): void {
    if (!this.#isClosed) this.#problem = why;
    for (const { reject } of this.#waiting.values()) reject(new ServiceError("state-unwritable", why));
    this.#waiting.clear();
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }
}

function firstAnswer(worker: Worker): Promise<DatabaseAnswer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new TorrentialError("state-unwritable", `The state database did not open within ${OPEN_TIMEOUT_MS} ms`));
    }, OPEN_TIMEOUT_MS);
    worker.once("message", (answer: DatabaseAnswer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    worker.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
