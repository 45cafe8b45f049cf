/**
 * A sequence of disk jobs with decisions between them, written as a generator: it yields jobs, and goes on with their
 * answers once all are there. The player keeps it to one place and one time: no promises, no callbacks.
 */
import type { DiskDone, DiskJob } from "../ports/disk.ts";
import type { Millis } from "../ports/machine.ts";

/** What a script waits for: answers to jobs, or a time. */
export type ScriptStep =
  | { readonly type: "jobs"; readonly jobs: readonly DiskJob[] }
  | { readonly type: "pause"; readonly ms: number };

export type DiskScript<Result> = Generator<ScriptStep, Result, readonly DiskDone[]>;

/** Yields one job and returns its answer. */
export function* ask(job: DiskJob): Generator<ScriptStep, DiskDone, readonly DiskDone[]> {
  const [answer] = yield { type: "jobs", jobs: [job] };
  if (answer === undefined) throw new Error(`disk job ${job.job} (${job.type}) has no answer`);
  return answer;
}

export class ScriptPlayer<Result> {
  readonly #script: DiskScript<Result>;
  readonly #submit: (job: DiskJob) => void;
  #waiting: readonly DiskJob[] = [];
  readonly #answers = new Map<number, DiskDone>();
  #resumesAt: Millis | undefined;
  #result: { readonly value: Result } | undefined;
  #isCancelled = false;

  constructor(script: DiskScript<Result>, submit: (job: DiskJob) => void) {
    this.#script = script;
    this.#submit = submit;
  }

  /** What it came to; undefined while it plays, or after it was cancelled. */
  get result(): Result | undefined {
    return this.#result?.value;
  }

  /** Nothing of it is at the disk any more, and nothing will be. */
  get isOver(): boolean {
    return this.#result !== undefined || (this.#isCancelled && this.#answers.size === this.#waiting.length);
  }

  start(now: Millis): void {
    this.#goOn([], now);
  }

  /** False when the answer is to nothing of this script. */
  handleDiskDone(done: DiskDone, now: Millis): boolean {
    if (!this.#waiting.some(({ job }) => job === done.job)) return false;
    this.#answers.set(done.job, done);
    if (this.#answers.size < this.#waiting.length || this.#isCancelled) return true;
    const answers = this.#waiting.flatMap(({ job }) => this.#answers.get(job) ?? []);
    this.#goOn(answers, now);
    return true;
  }

  /** Nothing more is asked for. What is at the disk is waited for. */
  cancel(): void {
    this.#isCancelled = true;
    this.#resumesAt = undefined;
  }

  nextTimeout(): Millis | undefined {
    return this.#resumesAt;
  }

  handleTimeout(now: Millis): void {
    if (this.#resumesAt === undefined || now < this.#resumesAt) return;
    this.#resumesAt = undefined;
    this.#goOn([], now);
  }

  #goOn(answers: readonly DiskDone[], now: Millis): void {
    this.#waiting = [];
    this.#answers.clear();
    const step = this.#script.next(answers);
    if (step.done === true) {
      this.#result = { value: step.value };
      return;
    }
    if (step.value.type === "pause") {
      this.#resumesAt = now + step.value.ms;
      return;
    }
    this.#waiting = step.value.jobs;
    for (const job of this.#waiting) this.#submit(job);
  }
}
