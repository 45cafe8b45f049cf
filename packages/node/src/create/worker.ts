/** Entry of a hashing thread: takes chunk after chunk until there are no more. */
import { parentPort, workerData } from "node:worker_threads";
import { TorrentialError } from "@torrential/core";
import { ChunkHasher } from "./chunk-hasher.ts";
import { ControlWord, type FromHasher, type HashTask } from "./messages.ts";

const task = workerData as HashTask;
const control = new Int32Array(task.control);
const hasher = new ChunkHasher(task);

try {
  for (;;) {
    const chunk = Atomics.add(control, ControlWord.nextChunk, 1);
    if (chunk >= hasher.chunkCount || Atomics.load(control, ControlWord.isCancelled) !== 0) break;
    tell({ type: "hashed", bytes: hasher.hash(chunk) });
  }
} catch (error) {
  if (!(error instanceof TorrentialError)) throw error;
  Atomics.store(control, ControlWord.isCancelled, 1);
  tell({ type: "failed", code: error.code, message: error.message });
} finally {
  hasher.close();
}

function tell(message: FromHasher): void {
  parentPort?.postMessage(message);
}
