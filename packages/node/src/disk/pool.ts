/**
 * The disk threads. Jobs of one piece go to one thread, in order; `sync` and deletion have a thread of their own, so
 * that fdatasync blocks nothing. Nothing here goes through Node's shared pool (PROMISES, faults 5).
 *
 * A thread that has been silent for half a minute hangs in its disk (F05): another takes its place, and whatever is on that
 * disk fails at once until the thread has come back.
 */
import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { sep } from "node:path";
import type { Worker } from "node:worker_threads";
import type { DiskDone, DiskJob, StoreId } from "@torrential/engine";
import { startThread } from "../thread.ts";
import { DiskThread } from "./disk-thread.ts";
import { FileStamps } from "./stamps.ts";
import type { FromThread, ThreadJob, ThreadOptions, ToThread } from "./messages.ts";

const HANDLES_MAX = 40; // PROMISES "Limits to start from": open files.
const BATCH_JOBS_MAX = 32; // A thread that idles gets work before the turn ends.
const GROUP_BYTES = 1 << 20; // Neighbours within a mebibyte share a thread: one read checks them, the file grows in order.
const TICK_MS = 5_000;
const PATIENCE_TICKS = 6; // PROMISES F05: stuck after 30 s.
const SYNC_PATIENCE_TICKS = 36; // What is dirty of a slow disk may take minutes.
const CLOSE_TIMEOUT_MS = 5_000; // PROMISES F05: shutdown within 10 s even with a hung disk.

const ENTRY = {
  source: new URL("./worker.ts", import.meta.url),
  published: new URL("./disk-worker.js", import.meta.url),
};

export interface DiskPoolOptions {
  /** Threads that hash, read and write; by default from the number of cores, 1 to 4. One more syncs. */
  readonly workers?: number;
  /** Answers, in the order a thread gave them; called from the event loop, never from within `submit`. */
  readonly onDone: (done: readonly DiskDone[]) => void;
  /** A thread died of a bug of ours or of memory. The pool is then of no use. */
  readonly onCrash: (error: Error) => void;
}

type JobOf<Type extends DiskJob["type"]> = Extract<DiskJob, { readonly type: Type }>;

interface StoreState {
  /** Said again to a thread that starts later, or has let go. */
  opening: JobOf<"open"> & { readonly stamps: SharedArrayBuffer };
  readonly piecesPerGroup: number;
  /** Threads that still have to let go, and what follows then. */
  releasing: { left: number; readonly job: JobOf<"close" | "relayout"> } | undefined;
  /** While its layout changes: what came since, in order. */
  held: DiskJob[] | undefined;
}

export class DiskPool {
  readonly #options: DiskPoolOptions;
  readonly #threads: DiskThread[];
  readonly #threadOptions: ThreadOptions;
  /** Started when it is first needed: who seeds never syncs. */
  #syncThread: DiskThread | undefined;
  readonly #stores = new Map<StoreId, StoreState>();
  readonly #segments: Extract<ToThread, { type: "segment" }>[] = [];
  /** Roots of disks that hang, by the thread that hangs in them. */
  readonly #stuck = new Map<DiskThread, string>();
  readonly #watchdog: NodeJS.Timeout;
  /** Answers of our own, on their way. */
  #failed: DiskDone[] = [];
  #pending = 0;
  /** Pieces on their way to disk, by job. */
  readonly #commits = new Map<number, number>();
  #commitBytes = 0;
  #flushing: NodeJS.Immediate | undefined;
  /** A read waits to be sent. */
  #hasReads = false;
  #closing: Promise<void> | undefined;

  constructor(options: DiskPoolOptions) {
    this.#options = options;
    const count = options.workers ?? defaultWorkerCount();
    this.#threadOptions = {
      handlesMax: Math.max(4, Math.floor(HANDLES_MAX / count)),
      digestKey: new Uint8Array(randomBytes(32)),
    };
    this.#threads = Array.from({ length: count }, (_, index) => this.#start(`disk-${index}`, this.#threadOptions));
    this.#watchdog = setInterval(() => this.handleTick(), TICK_MS);
    this.#watchdog.unref();
  }

  /** Jobs without an answer yet (`hash-drop` never gets one and does not count). */
  get pending(): number {
    return this.#pending;
  }

  /** Of pieces that are to be hashed and written. */
  get queuedBytes(): number {
    return this.#commitBytes;
  }

  /** Tells every thread of a slab segment. Before the first job that names it. */
  addSegment(index: number, buffer: SharedArrayBuffer): void {
    const message = { type: "segment", index, buffer } satisfies ToThread;
    this.#segments.push(message);
    for (const { worker } of this.#threads) worker.postMessage(message);
  }

  /** Takes a job; it leaves for its thread with the others of this turn, or at `flush()`. */
  submit(job: DiskJob): void {
    if (job.type !== "hash-drop") this.#pending++;
    if (job.type === "commit")
      this.#noteCommit(
        job.job,
        job.extents.reduce((sum, { length }) => sum + length, 0),
      );
    const held = this.#stores.get(job.store)?.held;
    if (held === undefined) this.#route(job);
    else held.push(job);
  }

  #route(job: DiskJob): void {
    const root = job.type === "open" ? job.root : this.#stores.get(job.store)?.opening.root;
    const stuckRoot = root === undefined ? undefined : this.#stuckRootOf(root);
    if (stuckRoot !== undefined) return this.#refuse(job, stuckRoot);
    switch (job.type) {
      case "open":
        return this.#open(job);
      case "sync":
      case "find-copy":
      case "copy":
      case "seal-copy":
      case "drop-copy":
        return this.#send(this.#syncer(), job);
      case "close":
      case "relayout":
        return this.#release(job);
      case "make-empty":
        return this.#send(this.#threadOf(job.store, 0), job);
      case "hash-ahead":
      case "hash-drop":
      case "commit":
      case "read":
      case "check":
        return this.#send(this.#threadOf(job.store, job.piece), job);
    }
  }

  /** Sends what was submitted, now. */
  flush(): void {
    if (this.#flushing !== undefined) clearImmediate(this.#flushing);
    this.#flushing = undefined;
    this.#hasReads = false;
    for (const thread of this.#running) thread.post();
  }

  /**
   * Sends what was submitted if a read is among it. A socket that takes what it is given asks for the next at once, before
   * the turn ends: reads that waited for that began when there was nothing left to send (1,800 MB/s to one leecher, not 2,300).
   */
  flushReads(): void {
    if (this.#hasReads) this.flush();
  }

  /** Looks whether a thread hangs; called every five seconds. */
  handleTick(): void {
    for (const thread of [...this.#running]) if (thread.handleTick()) this.#replace(thread);
  }

  /** Lets the threads finish what they have, closes their files and ends them; a thread that hangs is cut off. */
  close(): Promise<void> {
    this.flush();
    clearInterval(this.#watchdog);
    this.#closing ??= Promise.all(this.#running.map(({ worker }) => endThread(worker))).then(() => {});
    return this.#closing;
  }

  get #running(): readonly DiskThread[] {
    return this.#syncThread === undefined ? this.#threads : [...this.#threads, this.#syncThread];
  }

  #syncer(): DiskThread {
    if (this.#syncThread !== undefined) return this.#syncThread;
    const thread = this.#start("disk-sync", { ...this.#threadOptions, handlesMax: 1 }, SYNC_PATIENCE_TICKS);
    this.#syncThread = thread;
    this.#openAll(thread);
    return thread;
  }

  #start(name: string, data: ThreadOptions, patienceTicks: number = PATIENCE_TICKS): DiskThread {
    const worker = startThread(ENTRY, name, data);
    const thread = new DiskThread(worker, { patienceTicks });
    worker.on("message", (answers: FromThread) => this.#handleAnswers(answers, thread));
    worker.on("error", (error) => this.#options.onCrash(error instanceof Error ? error : new Error(String(error))));
    worker.on("exit", (code) => {
      if (thread.isAbandoned) this.#handleBack(thread);
      else if (this.#closing === undefined)
        this.#options.onCrash(new Error(`The disk thread ${name} ended with code ${code}.`));
    });
    return thread;
  }

  /** Tells a thread that begins of all stores but those on a disk that hangs. */
  #openAll(thread: DiskThread): void {
    for (const [store, { opening }] of this.#stores) {
      if (this.#stuckRootOf(opening.root) !== undefined) thread.missing.add(store);
      else this.#send(thread, { ...opening, isAnswered: false });
    }
  }

  // ---- disks that hang

  /** Another thread takes over what lies on other disks; the rest fails. */
  #replace(thread: DiskThread): void {
    const pending = thread.takePending();
    const root = pending[0] === undefined ? undefined : this.#stores.get(pending[0].store)?.opening.root;
    // Not a disk that we know of: it goes on waiting.
    if (root === undefined) return;
    thread.isAbandoned = true;
    this.#stuck.set(thread, root);
    const isSync = thread === this.#syncThread;
    const place = this.#threads.indexOf(thread);
    if (isSync) this.#syncThread = undefined;
    const successor = isSync ? this.#syncer() : this.#start(`disk-${place}`, this.#threadOptions);
    if (!isSync) {
      for (const message of this.#segments) successor.worker.postMessage(message);
      this.#threads[place] = successor;
      this.#openAll(successor);
    }
    // It ends as soon as the system lets go of it, before any job that follows.
    void thread.worker.terminate();
    for (const job of pending) {
      const own = this.#stores.get(job.store)?.opening.root;
      const stuckRoot = own === undefined ? undefined : this.#stuckRootOf(own);
      if (stuckRoot === undefined) this.#send(successor, job);
      else this.#fail(job, stuckRoot);
    }
  }

  /** The disk let go of the thread that hung in it. */
  #handleBack(thread: DiskThread): void {
    this.#stuck.delete(thread);
    if (this.#closing !== undefined) return;
    for (const each of this.#running) {
      for (const store of each.missing) {
        const opening = this.#stores.get(store)?.opening;
        if (opening !== undefined && this.#stuckRootOf(opening.root) !== undefined) continue;
        each.missing.delete(store);
        if (opening !== undefined) this.#send(each, { ...opening, isAnswered: false });
      }
    }
  }

  #stuckRootOf(root: string): string | undefined {
    for (const stuck of this.#stuck.values()) if (isWithin(root, stuck) || isWithin(stuck, root)) return stuck;
    return undefined;
  }

  /** A job for a disk that hangs. */
  #refuse(job: DiskJob, stuckRoot: string): void {
    if (job.type === "hash-drop") return;
    if (job.type === "close") this.#stores.delete(job.store);
    this.#fail(job, stuckRoot);
  }

  /** Closing ends well whatever the disk does: the descriptors go with their thread. */
  #fail(job: ThreadJob | DiskJob, stuckRoot: string): void {
    const { store } = job;
    const message = `The disk of ${stuckRoot} has not answered for half a minute.`;
    const isEnd = job.type === "close" || job.type === "release";
    const done: DiskDone = isEnd
      ? { type: "closed", job: job.job, store }
      : { type: "failed", job: job.job, store, error: { class: "gone", message } };
    if (this.#failed.length === 0) setImmediate(() => this.#tellFailed());
    this.#failed.push(done);
  }

  #tellFailed(): void {
    const failed = this.#failed;
    this.#failed = [];
    this.#forward(failed);
  }

  // ---- jobs

  #open(job: JobOf<"open">): void {
    const pieceHashes = new Uint8Array(new SharedArrayBuffer(job.pieceHashes.length));
    pieceHashes.set(job.pieceHashes);
    const opening = { ...job, pieceHashes, stamps: FileStamps.allocate(job.files.length) };
    const piecesPerGroup = Math.max(1, Math.floor(GROUP_BYTES / job.pieceLength));
    this.#stores.set(job.store, { opening, piecesPerGroup, releasing: undefined, held: undefined });
    const answering = this.#threadOf(job.store, 0);
    for (const thread of this.#running) this.#send(thread, { ...opening, isAnswered: thread === answering });
  }

  /** Every thread closes the store's files before the job runs: what the threads have of it comes first. */
  #release(job: JobOf<"close" | "relayout">): void {
    const state = this.#stores.get(job.store);
    if (state === undefined) return this.#send(this.#syncer(), job);
    if (job.type === "relayout") {
      this.#syncer();
      state.held = [];
    }
    state.releasing = { left: this.#threads.length, job };
    for (const thread of this.#threads) this.#send(thread, { type: "release", job: job.job, store: job.store });
  }

  #threadOf(store: StoreId, piece: number): DiskThread {
    const group = Math.floor(piece / (this.#stores.get(store)?.piecesPerGroup ?? 1));
    return this.#threads[(store + group) % this.#threads.length] ?? this.#syncer();
  }

  #send(thread: DiskThread, job: ThreadJob): void {
    thread.add(job);
    if (job.type === "read") this.#hasReads = true;
    if (thread.batchSize >= BATCH_JOBS_MAX) thread.post();
    else this.#flushing ??= setImmediate(() => this.flush());
  }

  #handleAnswers(answers: FromThread, thread: DiskThread): void {
    // What it still says was answered for it.
    if (thread.isAbandoned) return;
    for (const done of answers) thread.handleAnswer(done);
    this.#forward(answers);
  }

  #forward(answers: FromThread): void {
    const forwarded = answers.filter((done) => this.#isForEngine(done));
    if (forwarded.length === 0) return;
    this.#pending -= forwarded.length;
    for (const { job } of forwarded) this.#noteCommit(job, 0);
    this.#options.onDone(forwarded);
  }

  #noteCommit(job: number, bytes: number): void {
    this.#commitBytes += bytes - (this.#commits.get(job) ?? 0);
    if (bytes > 0) this.#commits.set(job, bytes);
    else this.#commits.delete(job);
  }

  /** False when the answer is not for the engine. */
  #isForEngine(done: DiskDone): boolean {
    const state = this.#stores.get(done.store);
    if (state?.releasing === undefined) return true;
    if (done.type === "closed") return this.#handleReleased(done.store, state);
    if (done.job === state.releasing.job.job) this.#handleRelaid(done, state);
    return true;
  }

  #handleReleased(store: StoreId, state: StoreState): boolean {
    const { releasing } = state;
    if (releasing === undefined) return true;
    releasing.left--;
    if (releasing.left > 0) return false;
    const { job } = releasing;
    if (job.type === "relayout") {
      this.#send(this.#syncer(), job);
      return false;
    }
    // What was opened there and has to be deleted is deleted by the thread that may take its time.
    const isLast = this.#syncThread === undefined && !job.deleteFiles && job.deleteAlternatives !== true;
    if (!isLast) this.#send(this.#syncer(), job);
    this.#stores.delete(store);
    return isLast;
  }

  /** The layout is the new one, or still the old one: the threads open it, and what waited goes on. */
  #handleRelaid(done: DiskDone, state: StoreState): void {
    const job = state.releasing?.job;
    const held = state.held ?? [];
    state.releasing = undefined;
    state.held = undefined;
    if (done.type === "relaid" && job?.type === "relayout") state.opening = relayout(state.opening, job);
    for (const thread of this.#threads) this.#send(thread, { ...state.opening, isAnswered: false });
    for (const each of held) this.#route(each);
  }
}

function relayout<Layout extends Pick<JobOf<"open">, "root" | "files">>(
  layout: Layout,
  job: JobOf<"relayout">,
): Layout {
  const files = [...layout.files];
  for (const { file, path } of job.places) {
    const known = files[file];
    if (known !== undefined) files[file] = { ...known, path };
  }
  return { ...layout, root: job.root, files };
}

/** `path` is `root` or below it. */
function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

async function endThread(worker: Worker): Promise<void> {
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  worker.postMessage({ type: "end" } satisfies ToThread);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
  });
  await Promise.race([ended, timeout]);
  clearTimeout(timer);
  // In a disk that hangs it ends when the system lets it.
  void worker.terminate();
}

/** One thread less than cores, 1 to 4: the engine's thread needs a core of its own. */
function defaultWorkerCount(): number {
  return Math.min(4, Math.max(1, availableParallelism() - 1));
}
