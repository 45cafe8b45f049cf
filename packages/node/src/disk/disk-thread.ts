/** One disk thread as the pool sees it: what it was given, and what it has not answered yet. */
import type { Worker } from "node:worker_threads";
import type { DiskDone, StoreId } from "@torrential/engine";
import type { ThreadJob, ToThread } from "./messages.ts";

export class DiskThread {
  readonly worker: Worker;
  /** How often in a row it may be silent before it counts as hung. */
  readonly #patienceTicks: number;
  #batch: ThreadJob[] = [];
  /** By number, oldest first. */
  readonly #pending = new Map<number, ThreadJob>();
  #silentTicks = 0;
  /** Stores that were not opened here, because their disk hung when it began. */
  readonly missing: Set<StoreId> = new Set();
  /** It hung, and another has taken its place. */
  isAbandoned = false;

  constructor(worker: Worker, options: { readonly patienceTicks: number }) {
    this.worker = worker;
    this.#patienceTicks = options.patienceTicks;
  }

  /** Jobs that wait to be sent. */
  get batchSize(): number {
    return this.#batch.length;
  }

  add(job: ThreadJob): void {
    this.#batch.push(job);
    if (job.type === "hash-drop" || (job.type === "open" && !job.isAnswered)) return;
    if (this.#pending.size === 0) this.#silentTicks = 0;
    this.#pending.set(job.job, job);
  }

  post(): void {
    if (this.#batch.length === 0) return;
    this.worker.postMessage({ type: "jobs", jobs: this.#batch } satisfies ToThread);
    this.#batch = [];
  }

  handleAnswer({ job }: DiskDone): void {
    this.#pending.delete(job);
    this.#silentTicks = 0;
  }

  /** Call at fixed intervals. Whether it has just turned out to hang: counted, so that a sleep of the machine is none. */
  handleTick(): boolean {
    if (this.#pending.size === 0 || this.isAbandoned) return false;
    this.#silentTicks += 1;
    return this.#silentTicks === this.#patienceTicks;
  }

  /** What it was given and will not answer, oldest first: that one it hangs in. */
  takePending(): readonly ThreadJob[] {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    this.#batch = [];
    return pending;
  }
}
