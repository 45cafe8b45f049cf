/** Hashes files as the pieces of one torrent, in several threads that take chunks in the order of the data. */
import { once } from "node:events";
import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import { Geometry, TorrentialError } from "@torrential/core";
import { startThread } from "../thread.ts";
import { planChunks } from "./chunk-hasher.ts";
import { ControlWord, type FromHasher, type HashTask, type InputFile } from "./messages.ts";

const THREADS_MAX = 16; // Beyond that the memory bus and the disk are what is waited for.
const SHA1_BYTES = 20;

const ENTRY = {
  source: new URL("./worker.ts", import.meta.url),
  published: new URL("./create-worker.js", import.meta.url),
};

export interface HashFilesOptions {
  readonly pieceLength: number;
  /** One for each core unless told. */
  readonly threads?: number | undefined;
  readonly onProgress?: ((hashedBytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * SHA-1 of every piece, 20 bytes each. Throws a TorrentialError "disk-…" or "file-changed", or the signal's reason.
 */
export async function hashFiles(files: readonly InputFile[], options: HashFilesOptions): Promise<Uint8Array> {
  options.signal?.throwIfAborted();
  const geometry = new Geometry({
    lengthBytes: files.reduce((sum, file) => sum + file.lengthBytes, 0),
    pieceLength: options.pieceLength,
  });
  const task: HashTask = {
    files,
    pieceLength: options.pieceLength,
    hashes: new SharedArrayBuffer(geometry.pieceCount * SHA1_BYTES),
    control: new SharedArrayBuffer(8),
  };
  const { chunkCount } = planChunks(geometry);
  const wanted = Math.min(options.threads ?? availableParallelism(), THREADS_MAX, chunkCount);
  const cancel = (): void => {
    Atomics.store(new Int32Array(task.control), ControlWord.isCancelled, 1);
  };
  options.signal?.addEventListener("abort", cancel);
  try {
    await runThreads(task, Math.max(1, wanted), options.onProgress);
  } finally {
    options.signal?.removeEventListener("abort", cancel);
  }
  options.signal?.throwIfAborted();
  return new Uint8Array(task.hashes).slice();
}

async function runThreads(
  task: HashTask,
  count: number,
  onProgress: ((hashedBytes: number) => void) | undefined,
): Promise<void> {
  let hashedBytes = 0;
  let failure: TorrentialError | undefined;
  const handle = (message: FromHasher): void => {
    if (message.type === "failed") {
      failure ??= new TorrentialError(message.code, message.message);
      return;
    }
    hashedBytes += message.bytes;
    onProgress?.(hashedBytes);
  };
  const workers: Worker[] = [];
  for (let index = 0; index < count; index++) {
    const worker = startThread(ENTRY, `hash-${index}`, task);
    worker.on("message", handle);
    workers.push(worker);
  }
  await Promise.all(workers.map((worker) => once(worker, "exit")));
  if (failure !== undefined) throw failure;
}
