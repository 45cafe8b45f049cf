/** Starts our worker threads, from TypeScript source in development and from the published bundle otherwise. */
import { Worker } from "node:worker_threads";

const SOURCE_CONDITION = "--conditions=torrential-source";

export interface ThreadEntry {
  /** The entry's URL in the source tree, ending in `.ts`. */
  readonly source: URL;
  /** The entry's URL in the published package, beside the bundle. */
  readonly published: URL;
}

/** Starts a thread at its entry with `data` as its `workerData`. It does not keep the process alive by itself once unref'ed. */
export function startThread(entry: ThreadEntry, name: string, data: unknown): Worker {
  if (!import.meta.url.endsWith(".ts")) return new Worker(entry.published, { name, workerData: data });
  // What the process was started with is not passed on: a thread refuses many options, and V8's hold for all threads.
  return new Worker(entry.source, { name, workerData: data, execArgv: [SOURCE_CONDITION] });
}
