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
  const inherited = process.execArgv.filter((argument) => !isNotForThreads(argument));
  return new Worker(entry.source, { name, workerData: data, execArgv: [...inherited, SOURCE_CONDITION] });
}

/** Options of the process that a thread refuses or should not repeat. */
function isNotForThreads(argument: string): boolean {
  return (
    argument === SOURCE_CONDITION ||
    /^--(?:input-type|eval|print|test|title|expose|max|stack|v8|watch|inspect)/.test(argument) ||
    /^-[ep]$/.test(argument)
  );
}
