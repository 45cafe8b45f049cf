/** What tests of the pool share: one over a folder of its own, and what it answered. */
import type { DiskDone, DiskJob } from "@torrential/engine";
import { DiskPool } from "./pool.ts";
import { makeFolder, type TestFolder } from "./test-store.ts";

export class TestPool {
  readonly folder: TestFolder = makeFolder();
  readonly pool: DiskPool;
  /** In the order in which they came. */
  readonly answers: DiskDone[] = [];
  #wake = (): void => {};

  constructor(workers: number) {
    this.pool = new DiskPool({
      workers,
      onDone: (done) => {
        this.answers.push(...done);
        this.#wake();
      },
      onCrash: (error) => {
        throw error;
      },
    });
  }

  /** Resolves when every job is answered. */
  async settle(): Promise<void> {
    while (this.pool.pending > 0) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /** What comes of these, and of whatever was under way. */
  async answersOf(...jobs: readonly DiskJob[]): Promise<DiskDone[]> {
    const before = this.answers.length;
    for (const job of jobs) this.pool.submit(job);
    await this.settle();
    return this.answers.slice(before);
  }

  async close(): Promise<void> {
    await this.pool.close();
    this.folder.remove();
  }
}
