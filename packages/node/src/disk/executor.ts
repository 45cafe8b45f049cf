/** Runs disk jobs one after the other, with synchronous calls: the whole of a worker thread but the thread. */
import { equalBytes } from "@torrential/core";
import type { DiskDone, ExtentRef, StoreId } from "@torrential/engine";
import { PieceChecker } from "./check.ts";
import { DiskFault, toDiskError } from "./errors.ts";
import { HandleCache } from "./handles.ts";
import { PieceHasher, digestBlocks } from "./hash.ts";
import type { ThreadJob, ThreadOptions } from "./messages.ts";
import { copyRange, dropCopy, findCopy, sealCopy } from "./relocate.ts";
import { Store } from "./store.ts";
import { StoreSyncer } from "./sync.ts";
import { fileCalls, type FileCalls } from "./transfer.ts";

type JobOf<Type extends ThreadJob["type"]> = Extract<ThreadJob, { readonly type: Type }>;

export class DiskExecutor {
  readonly #handles: HandleCache;
  readonly #digestKey: Uint8Array;
  readonly #calls: FileCalls;
  readonly #stores = new Map<StoreId, Store>();
  /** Why a store could not be opened: each of its jobs fails with these words. */
  readonly #broken = new Map<StoreId, DiskFault>();
  readonly #segments: SharedArrayBuffer[] = [];
  readonly #hasher = new PieceHasher();
  readonly #checker = new PieceChecker();
  readonly #syncer = new StoreSyncer();

  constructor(options: ThreadOptions, calls: FileCalls = fileCalls) {
    this.#handles = new HandleCache(options.handlesMax);
    this.#digestKey = options.digestKey;
    this.#calls = calls;
  }

  addSegment(index: number, buffer: SharedArrayBuffer): void {
    this.#segments[index] = buffer;
  }

  /** Runs the jobs in order; `report` gets each answer as soon as it is known. Never throws for what a disk does. */
  run(jobs: readonly ThreadJob[], report: (done: DiskDone) => void): void {
    for (let index = 0; index < jobs.length; index++) {
      const job = jobs[index];
      if (job === undefined) continue;
      if (job.type === "check") {
        const checks = this.#neighbours(jobs, index, job);
        for (const done of this.#check(checks)) report(done);
        index += checks.length - 1;
        continue;
      }
      const done = this.#attempt(job);
      if (done !== undefined) report(done);
    }
  }

  /** Closes every file. */
  close(): void {
    this.#handles.closeAll();
  }

  #attempt(job: Exclude<ThreadJob, JobOf<"check">>): DiskDone | undefined {
    try {
      return this.#runOne(job);
    } catch (error) {
      if (job.type === "hash-drop" || (job.type === "open" && !job.isAnswered)) return undefined;
      return fail(job, error);
    }
  }

  #runOne(job: Exclude<ThreadJob, JobOf<"check">>): DiskDone | undefined {
    const { store, job: id } = job;
    switch (job.type) {
      case "open":
        return this.#open(job);
      case "make-empty":
        this.#storeOf(store).makeEmpty(job.files);
        return { type: "made-empty", job: id, store };
      case "hash-ahead":
        this.#hasher.feed(store, job.piece, this.#views(job.extents));
        return { type: "hashed-ahead", job: id, store, piece: job.piece };
      case "hash-drop":
        this.#hasher.drop(store, job.piece);
        return undefined;
      case "commit":
        return this.#commit(job);
      case "read":
        this.#storeOf(store).readRange(job.piece, job.begin, this.#view(job.extent));
        return { type: "read", job: id, store, piece: job.piece };
      case "sync":
        this.#syncer.sync(this.#storeOf(store), job.pieces);
        return { type: "synced", job: id, store };
      case "release":
        this.#forget(store);
        return { type: "closed", job: id, store };
      case "relayout":
        this.#relayout(job);
        return { type: "relaid", job: id, store };
      case "find-copy":
      case "copy":
      case "seal-copy":
      case "drop-copy":
        return this.#relocate(job);
      case "close":
        return this.#close(job);
    }
  }

  #relayout(job: JobOf<"relayout">): void {
    this.#handles.closeStore(job.store);
    this.#storeOf(job.store).relayout(job.root, job.places);
    this.#syncer.forget(job.store);
  }

  #relocate(job: JobOf<"find-copy" | "copy" | "seal-copy" | "drop-copy">): DiskDone {
    const { job: id, file } = job;
    const store = this.#storeOf(job.store);
    const renaming = { from: store.placeOf(file), to: { root: job.root, path: job.path } };
    if (job.type === "find-copy")
      return { type: "copy-found", job: id, store: job.store, file, copy: findCopy(renaming) };
    const done = { job: id, store: job.store, file };
    if (job.type === "copy") {
      copyRange(renaming, job);
      return { type: "copied", ...done };
    }
    if (job.type === "drop-copy") {
      dropCopy(renaming);
      return { type: "copy-dropped", ...done };
    }
    sealCopy(renaming, store.files[file]?.isExecutable ?? false);
    return { type: "copy-sealed", ...done };
  }

  #open(job: JobOf<"open">): DiskDone | undefined {
    try {
      const store = new Store(job, this.#handles, this.#calls);
      this.#stores.set(job.store, store);
      return job.isAnswered ? { type: "opened", job: job.job, store: job.store, found: store.inspect() } : undefined;
    } catch (error) {
      const { class: diskClass, message } = toDiskError(error, describe(job));
      const fault = new DiskFault(diskClass, message);
      this.#stores.delete(job.store);
      this.#broken.set(job.store, fault);
      throw fault;
    }
  }

  // hot
  #commit(job: JobOf<"commit">): DiskDone {
    const { job: id, piece } = job;
    const store = this.#storeOf(job.store);
    const buffers = this.#views(job.extents);
    const hash = this.#hasher.finish(job.store, piece, buffers, job.hashedExtents);
    if (!equalBytes(hash, store.pieceHash(piece))) {
      return {
        type: "hash-failed",
        job: id,
        store: job.store,
        piece,
        blockDigests: digestBlocks(this.#digestKey, buffers),
      };
    }
    store.writePiece(piece, buffers);
    const blockDigests = job.wantBlockDigests ? digestBlocks(this.#digestKey, buffers) : undefined;
    return { type: "committed", job: id, store: job.store, piece, blockDigests };
  }

  #close(job: JobOf<"close">): DiskDone {
    const store = this.#stores.get(job.store);
    try {
      if (job.deleteFiles) store?.deleteFiles();
      else if (job.deleteAlternatives === true) store?.deleteAlternatives();
    } finally {
      this.#forget(job.store);
    }
    return { type: "closed", job: job.job, store: job.store };
  }

  /** The check jobs from `start` on whose pieces stand side by side and fit one read. */
  #neighbours(jobs: readonly ThreadJob[], start: number, first: JobOf<"check">): JobOf<"check">[] {
    const store = this.#stores.get(first.store);
    const countMax = store === undefined ? 1 : this.#checker.piecesPerRead(store);
    const checks = [first];
    while (checks.length < countMax) {
      const next = jobs[start + checks.length];
      if (next?.type !== "check" || next.store !== first.store || next.piece !== first.piece + checks.length) break;
      checks.push(next);
    }
    return checks;
  }

  #check(jobs: readonly JobOf<"check">[]): DiskDone[] {
    try {
      const first = jobs[0];
      if (first === undefined) return [];
      const results = this.#checker.check(this.#storeOf(first.store), first.piece, jobs.length);
      return jobs.map((job, index) => ({
        type: "checked",
        job: job.job,
        store: job.store,
        piece: job.piece,
        result: results[index] ?? "absent",
      }));
    } catch (error) {
      return jobs.map((job) => fail(job, error));
    }
  }

  #forget(store: StoreId): void {
    this.#handles.closeStore(store);
    this.#hasher.dropStore(store);
    this.#syncer.forget(store);
    this.#stores.delete(store);
    this.#broken.delete(store);
  }

  #storeOf(id: StoreId): Store {
    const store = this.#stores.get(id);
    if (store !== undefined) return store;
    throw this.#broken.get(id) ?? new DiskFault("io", `Store ${id} is not open.`);
  }

  #view(ref: ExtentRef): Uint8Array {
    const segment = this.#segments[ref.segment];
    if (segment === undefined)
      throw new DiskFault("io", `Slab segment ${ref.segment} is not known to the disk thread.`);
    return new Uint8Array(segment, ref.offset, ref.length);
  }

  #views(refs: readonly ExtentRef[]): Uint8Array[] {
    return refs.map((ref) => this.#view(ref));
  }
}

function fail(job: ThreadJob, error: unknown): DiskDone {
  return { type: "failed", job: job.job, store: job.store, error: toDiskError(error, describe(job)) };
}

/** What was tried, for the sentence about an error that says no file. */
function describe(job: ThreadJob): string {
  switch (job.type) {
    case "open":
      return `open the files in ${job.root}`;
    case "commit":
      return `write piece ${job.piece}`;
    case "read":
      return `read from piece ${job.piece}`;
    case "check":
      return `check piece ${job.piece}`;
    case "hash-ahead":
      return `hash piece ${job.piece}`;
    case "close":
      return "delete files";
    case "relayout":
      return `rename files in ${job.root}`;
    case "find-copy":
    case "copy":
    case "seal-copy":
    case "drop-copy":
      return `move ${job.path.join("/")} to ${job.root}`;
    case "hash-drop":
    case "make-empty":
    case "release":
    case "sync":
      return `do "${job.type}" for store ${job.store}`;
  }
}
