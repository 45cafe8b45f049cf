/**
 * The disk threads of one process, over a volume. Jobs take virtual time and take effect at its end; those of one piece
 * keep their order, others may overtake each other. Memory is reached through the slab's shared segments only.
 */
import { BLOCK_LENGTH, createSha1, equalBytes, FileMap, sha1, type IncrementalHash } from "@torrential/core";
import type { DiskDone, DiskJob, ExtentRef, FoundFile, StoreFile } from "@torrential/engine";
import type { Clock } from "./clock.ts";
import { relayout, relayoutPartly, relocate, type StorePlaces } from "./disk-relocation.ts";
import type { SimRandom } from "./random.ts";
import { digestBlock, hashBytes } from "./trace.ts";
import { VolumeError, type Volume } from "./volume.ts";

export interface DiskOptions {
  readonly bytesPerSec: number;
  /** Of every job, before its bytes count. */
  readonly latencyMs: number;
  /** Up to this much more, by dice: what lets jobs overtake each other. */
  readonly jitterMs: number;
}

export const DEFAULT_DISK: DiskOptions = { bytesPerSec: 400_000_000, latencyMs: 0.2, jitterMs: 1 };

export interface DiskDeps {
  readonly clock: Clock;
  readonly random: SimRandom;
  readonly volume: Volume;
  readonly handleDone: (done: DiskDone) => void;
  readonly handleViolation: (message: string) => void;
}

interface Store extends StorePlaces {
  readonly map: FileMap;
  readonly pieceLength: number;
  readonly pieceHashes: Uint8Array;
  readonly lengthBytes: number;
}

interface Ahead {
  readonly hash: IncrementalHash;
  readonly extents: ExtentRef[];
}

interface Running {
  readonly job: DiskJob;
  /** Hash of the memory it was given, when it was given. */
  readonly memoryHash: number;
  /** For `sync`: what had been answered when it was asked. */
  readonly answeredSequence: number;
}

export class SimDisk {
  readonly #deps: DiskDeps;
  options: DiskOptions;
  readonly #segments: SharedArrayBuffer[] = [];
  readonly #stores = new Map<number, Store>();
  readonly #ahead = new Map<string, Ahead>();
  readonly #running = new Map<number, Running>();
  readonly #storeDoneAt = new Map<number, number>();
  /** When the last `relayout` of a store ends: what comes after it ends later. */
  readonly #relaidAt = new Map<number, number>();
  readonly #pieceDoneAt = new Map<string, number>();
  #freeAt = 0;
  #answeredSequence = 0;
  /** Pieces read back and hashed so far. */
  checkedPieces = 0;
  #isDead = false;

  constructor(deps: DiskDeps, options: DiskOptions = DEFAULT_DISK) {
    this.#deps = deps;
    this.options = options;
  }

  /** Jobs not yet answered. */
  get depth(): number {
    return this.#running.size;
  }

  addSegment(index: number, buffer: SharedArrayBuffer): void {
    if (index !== this.#segments.length)
      this.#deps.handleViolation(`slab segment ${index} came after ${this.#segments.length - 1}`);
    this.#segments.push(buffer);
  }

  submit(job: DiskJob): void {
    if (this.#isDead) return;
    const running: Running = { job, memoryHash: this.#hashMemory(job), answeredSequence: this.#answeredSequence };
    // Bytes that nobody has read yet must not be used yet.
    if (job.type === "read") this.#view(job.extent).fill(0xdb);
    this.#running.set(job.job, running);
    this.#deps.clock.schedule(this.#finishAt(job), () => this.#run(running));
  }

  /** The process ends with jobs under way: commits among them may have written nothing, a part, or all. */
  kill(): void {
    this.#isDead = true;
    for (const { job } of this.#running.values()) {
      if (job.type === "commit") this.#commitPartly(job);
      if (job.type === "relayout") this.#relayoutPartly(job);
    }
    this.#running.clear();
  }

  #finishAt(job: DiskJob): number {
    const { clock, random } = this.#deps;
    const { latencyMs, bytesPerSec, jitterMs } = this.options;
    this.#freeAt = Math.max(this.#freeAt, clock.now) + latencyMs + (this.#bytesOf(job) * 1000) / bytesPerSec;
    const at = Math.max(this.#freeAt + random.nextBetween(0, jitterMs), this.#relaidAt.get(job.store) ?? 0);
    const lastOfStoreAt = Math.max(at, this.#storeDoneAt.get(job.store) ?? 0);
    this.#storeDoneAt.set(job.store, lastOfStoreAt);
    if (job.type === "relayout") this.#relaidAt.set(job.store, lastOfStoreAt);
    if (job.type === "close" || job.type === "relayout") return lastOfStoreAt;
    if (!("piece" in job)) return at;
    const key = `${job.store}/${job.piece}`;
    const ordered = Math.max(at, this.#pieceDoneAt.get(key) ?? 0);
    this.#pieceDoneAt.set(key, ordered);
    return ordered;
  }

  #bytesOf(job: DiskJob): number {
    switch (job.type) {
      case "commit":
        return sumLengths(job.extents);
      case "read":
        return job.extent.length;
      case "check":
        return this.#stores.get(job.store)?.pieceLength ?? 0;
      case "copy":
        return 2 * job.length;
      default:
        return 0;
    }
  }

  #run(running: Running): void {
    if (this.#isDead) return;
    const { job } = running;
    this.#running.delete(job.job);
    if (this.#hashMemory(job) !== running.memoryHash && job.type !== "read") {
      this.#deps.handleViolation(`memory of disk job ${job.type} ${job.job} was changed while the disk had it`);
    }
    const done = this.#perform(running);
    if (done === undefined) return;
    if (done.type === "committed") this.#answeredSequence = this.#deps.volume.sequence;
    this.#deps.handleDone(done);
  }

  #perform(running: Running): DiskDone | undefined {
    const { job } = running;
    try {
      return this.#performUnsafely(running);
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      return { type: "failed", job: job.job, store: job.store, error: { class: error.class, message: error.message } };
    }
  }

  #performUnsafely(running: Running): DiskDone | undefined {
    const { job } = running;
    const { store } = job;
    switch (job.type) {
      case "open":
        return this.#open(job);
      case "make-empty":
        for (const file of job.files) this.#makeEmpty(store, file);
        return { type: "made-empty", job: job.job, store };
      case "hash-ahead":
        this.#hashAhead(job);
        return { type: "hashed-ahead", job: job.job, store, piece: job.piece };
      case "hash-drop":
        this.#ahead.delete(`${store}/${job.piece}`);
        return undefined;
      case "commit":
        return this.#commit(job);
      case "read":
        this.#read(store, job.piece, job.begin, this.#view(job.extent));
        return { type: "read", job: job.job, store, piece: job.piece };
      case "check":
        return { type: "checked", job: job.job, store, piece: job.piece, result: this.#check(store, job.piece) };
      case "sync":
        for (const path of this.#pathsUnder(store, job.pieces)) this.#deps.volume.sync(path, running.answeredSequence);
        return { type: "synced", job: job.job, store };
      case "relayout":
        relayout(this.#deps.volume, this.#storeOf(store), job);
        return { type: "relaid", job: job.job, store };
      case "find-copy":
      case "copy":
      case "seal-copy":
      case "drop-copy":
        return relocate(this.#deps.volume, this.#storeOf(store), job);
      case "close":
        for (const path of this.#pathsToDelete(job)) this.#deps.volume.remove(path);
        this.#stores.delete(store);
        return { type: "closed", job: job.job, store };
      default:
        return job satisfies never;
    }
  }

  #open(job: Extract<DiskJob, { type: "open" }>): DiskDone {
    const lengths = job.files.map((file) => file.lengthBytes);
    const store: Store = {
      root: job.root,
      files: job.files,
      map: new FileMap(lengths),
      pieceLength: job.pieceLength,
      pieceHashes: job.pieceHashes.slice(),
      lengthBytes: lengths.reduce((sum, length) => sum + length, 0),
    };
    const { volume } = this.#deps;
    if (volume.fault !== undefined)
      throw new VolumeError(volume.fault, `${job.root}: the disk refuses (${volume.fault})`);
    this.#stores.set(job.store, store);
    const found = job.files.map((file) => this.#find(store, file));
    return { type: "opened", job: job.job, store: job.store, found };
  }

  #find(store: Store, file: StoreFile): FoundFile {
    const { volume } = this.#deps;
    if (file.isPad) return { lengthBytes: file.lengthBytes, mtimeMs: 0 };
    const paths = [file.path, ...(file.alternatives ?? [])].map((path) => [store.root, ...path].join("/"));
    const place = paths.findIndex((path) => volume.file(path) !== undefined);
    const known = volume.file(paths[place] ?? "");
    if (known === undefined) return { lengthBytes: -1, mtimeMs: 0 };
    const { lengthBytes, mtimeMs } = known;
    return place === 0 ? { lengthBytes, mtimeMs } : { lengthBytes, mtimeMs, alternative: place - 1 };
  }

  /** The process dies while names change: each rename is all or nothing, the list of them is not. */
  #relayoutPartly(job: Extract<DiskJob, { type: "relayout" }>): void {
    const { random, volume } = this.#deps;
    try {
      relayoutPartly(volume, this.#storeOf(job.store), job, random.nextInt(job.places.length + 1));
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
    }
  }

  #makeEmpty(storeId: number, fileIndex: number): void {
    const store = this.#storeOf(storeId);
    const file = store.files[fileIndex];
    if (file !== undefined && file.lengthBytes === 0 && !file.isPad) this.#deps.volume.create(pathOf(store, file));
  }

  #hashAhead(job: Extract<DiskJob, { type: "hash-ahead" }>): void {
    const key = `${job.store}/${job.piece}`;
    const ahead = this.#ahead.get(key) ?? { hash: createSha1(), extents: [] };
    this.#ahead.set(key, ahead);
    for (const extent of job.extents) {
      ahead.hash.update(this.#view(extent));
      ahead.extents.push(extent);
    }
  }

  #commit(job: Extract<DiskJob, { type: "commit" }>): DiskDone {
    const { store, piece } = job;
    const views = job.extents.map((extent) => this.#view(extent));
    const wanted = this.#storeOf(store).pieceHashes.subarray(20 * piece, 20 * piece + 20);
    const blockDigests = (): readonly string[] => views.flatMap(digestsOf);
    if (!equalBytes(this.#hashOf(job, views), wanted)) {
      return { type: "hash-failed", job: job.job, store, piece, blockDigests: blockDigests() };
    }
    this.#write(store, piece, views);
    return {
      type: "committed",
      job: job.job,
      store,
      piece,
      blockDigests: job.wantBlockDigests ? blockDigests() : undefined,
    };
  }

  #hashOf(job: Extract<DiskJob, { type: "commit" }>, views: readonly Uint8Array[]): Uint8Array {
    const key = `${job.store}/${job.piece}`;
    const ahead = this.#ahead.get(key);
    this.#ahead.delete(key);
    if (job.hashedExtents > 0 && ahead?.extents.length !== job.hashedExtents) {
      this.#deps.handleViolation(
        `commit of piece ${job.piece} counts on ${job.hashedExtents} hashed extents, the disk has ${ahead?.extents.length ?? 0}`,
      );
    }
    const hash = job.hashedExtents > 0 ? (ahead?.hash ?? createSha1()) : createSha1();
    for (const view of views.slice(job.hashedExtents)) hash.update(view);
    return hash.digest();
  }

  /** What a crash leaves of a commit that passed its hash: a prefix of its bytes, written and not synced. */
  #commitPartly(job: Extract<DiskJob, { type: "commit" }>): void {
    const views = job.extents.map((extent) => this.#view(extent));
    const { pieceHashes } = this.#storeOf(job.store);
    const whole = createSha1();
    for (const view of views) whole.update(view);
    if (!equalBytes(whole.digest(), pieceHashes.subarray(20 * job.piece, 20 * job.piece + 20))) return;
    let left = this.#deps.random.nextInt(sumLengths(job.extents) + 1);
    const prefix = views.map((view) => {
      const part = view.subarray(0, Math.min(left, view.length));
      left -= part.length;
      return part;
    });
    try {
      this.#write(job.store, job.piece, prefix);
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
    }
  }

  #write(storeId: number, piece: number, views: readonly Uint8Array[]): void {
    const store = this.#storeOf(storeId);
    let offset = piece * store.pieceLength;
    for (const view of views) {
      let done = 0;
      for (const run of store.map.runs(offset, view.length)) {
        const file = store.files[run.file];
        const part = view.subarray(done, done + run.length);
        if (file !== undefined && !file.isPad) this.#deps.volume.write(pathOf(store, file), part, run.offset);
        done += run.length;
      }
      offset += view.length;
    }
  }

  #read(storeId: number, piece: number, begin: number, target: Uint8Array): void {
    const store = this.#storeOf(storeId);
    let done = 0;
    for (const run of store.map.runs(piece * store.pieceLength + begin, target.length)) {
      const file = store.files[run.file];
      const part = target.subarray(done, done + run.length);
      if (file === undefined || file.isPad) part.fill(0);
      else this.#deps.volume.read(pathOf(store, file), part, run.offset);
      done += run.length;
    }
  }

  #check(storeId: number, piece: number): "passed" | "failed" | "absent" {
    const store = this.#storeOf(storeId);
    const length = Math.min(store.pieceLength, store.lengthBytes - piece * store.pieceLength);
    const bytes = new Uint8Array(length);
    this.checkedPieces += 1;
    try {
      this.#read(storeId, piece, 0, bytes);
    } catch (error) {
      if (error instanceof VolumeError && error.class === "gone" && this.#deps.volume.fault === undefined)
        return "absent";
      throw error;
    }
    return equalBytes(sha1(bytes), store.pieceHashes.subarray(20 * piece, 20 * piece + 20)) ? "passed" : "failed";
  }

  #pathsToDelete(job: Extract<DiskJob, { type: "close" }>): readonly string[] {
    if (!job.deleteFiles && job.deleteAlternatives !== true) return [];
    const { root, files } = this.#storeOf(job.store);
    return files
      .filter((file) => !file.isPad)
      .flatMap((file) => (job.deleteFiles ? [file.path, ...(file.alternatives ?? [])] : (file.alternatives ?? [])))
      .map((path) => [root, ...path].join("/"));
  }

  /** The files in which these pieces lie. */
  #pathsUnder(storeId: number, pieces: readonly number[]): ReadonlySet<string> {
    const store = this.#storeOf(storeId);
    const paths = new Set<string>();
    for (const piece of pieces) {
      const length = Math.min(store.pieceLength, store.lengthBytes - piece * store.pieceLength);
      for (const run of store.map.runs(piece * store.pieceLength, length)) {
        const file = store.files[run.file];
        if (file !== undefined && !file.isPad) paths.add(pathOf(store, file));
      }
    }
    return paths;
  }

  #storeOf(storeId: number): Store {
    const store = this.#stores.get(storeId);
    if (store === undefined) throw new Error(`disk: a job names store ${storeId}, which is not open`);
    return store;
  }

  #view(extent: ExtentRef): Uint8Array {
    const buffer = this.#segments[extent.segment];
    if (buffer === undefined)
      throw new Error(`disk: a job names slab segment ${extent.segment}, which it was never given`);
    return new Uint8Array(buffer, extent.offset, extent.length);
  }

  #hashMemory(job: DiskJob): number {
    if (job.type !== "commit" && job.type !== "hash-ahead") return 0;
    let hash = 0;
    for (const extent of job.extents) hash = Math.imul(hash, 31) ^ hashBytes(this.#view(extent));
    return hash;
  }
}

function pathOf(store: Store, file: StoreFile): string {
  return [store.root, ...file.path].join("/");
}

function sumLengths(extents: readonly ExtentRef[]): number {
  return extents.reduce((sum, extent) => sum + extent.length, 0);
}

function digestsOf(view: Uint8Array): readonly string[] {
  return Array.from({ length: Math.ceil(view.length / BLOCK_LENGTH) }, (_, block) =>
    digestBlock(view.subarray(block * BLOCK_LENGTH, (block + 1) * BLOCK_LENGTH)),
  );
}
