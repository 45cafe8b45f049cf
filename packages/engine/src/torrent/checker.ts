/**
 * Finds out which pieces are on disk: opens the files, believes what the journal vouches for, hashes what is in doubt,
 * a few pieces at a time.
 */
import { Bitfield } from "@torrential/core";
import type { DiskDone, FoundFile } from "../ports/disk.ts";
import type { ResumeData } from "../resume/journal.ts";
import { planResume, type ResumePlan } from "../resume/plan.ts";
import type { TorrentContext } from "./context.ts";

/** Pieces at the disk at once: enough to keep every disk thread busy. */
const CHECKS_AT_ONCE = 16;
/** So many probes must pass: a search for pieces without a record reads little more than it finds. */
const PROBES_SHARE = 0.75;

export interface CheckResult {
  readonly have: Bitfield;
  /** Those of them that were hashed just now, not vouched for by a journal: their bytes may not be synced. */
  readonly confirmed: readonly number[];
  /** Those that are believed since their user says so; undefined where nobody does. */
  readonly believed: Bitfield | undefined;
}

export class Checker {
  readonly #context: TorrentContext;
  readonly #resume: ResumeData | undefined;
  readonly #have: Bitfield;
  readonly #confirmed: number[] = [];
  #queue: number[] = [];
  #samples: Set<number> = new Set();
  /** Until most of the probes have passed. */
  #unlikely: Pick<ResumePlan, "unlikely" | "probes"> | undefined;
  #passedProbes = 0;
  /** Jobs at the disk. Answers to others, of a check that was given up, say nothing about this one. */
  readonly #jobs = new Set<number>();
  #checked = 0;
  #total = 0;
  #believed: Bitfield | undefined;

  constructor(context: TorrentContext, resume: ResumeData | undefined) {
    this.#context = context;
    this.#resume = resume;
    this.#have = new Bitfield(context.geometry.pieceCount);
  }

  get checked(): number {
    return this.#checked;
  }

  get total(): number {
    return this.#total;
  }

  /** Pieces known to be good so far. */
  get have(): Bitfield {
    return this.#have;
  }

  /** Whether a job is at the disk. */
  get isBusy(): boolean {
    return this.#jobs.size > 0;
  }

  /** Gives up what is not at the disk yet. */
  cancel(): void {
    this.#queue = [];
  }

  /** The files are open; `recheck` believes nothing, `skipCheck` files of the right length. */
  handleOpened(
    found: readonly FoundFile[],
    options: { readonly recheck: boolean; readonly skipCheck?: boolean | undefined },
  ): void {
    const skipCheck = options.skipCheck === true && !options.recheck;
    const { geometry, fileMap, metainfo, random } = this.#context;
    const plan = planResume(
      {
        geometry,
        fileMap,
        fileLengths: metainfo.files.map((file) => file.lengthBytes),
        isPad: metainfo.files.map((file) => file.isPad),
        found,
        resume: options.recheck ? undefined : this.#resume,
        skipCheck,
      },
      random,
    );
    if (skipCheck) this.#believed = plan.trusted.clone();
    for (let piece = plan.trusted.nextSet(0); piece >= 0; piece = plan.trusted.nextSet(piece + 1))
      this.#have.set(piece);
    for (let piece = plan.check.nextSet(0); piece >= 0; piece = plan.check.nextSet(piece + 1)) this.#queue.push(piece);
    this.#samples = new Set(plan.samples);
    this.#queue.push(...plan.samples, ...plan.probes);
    this.#unlikely = plan;
    this.#queue.reverse();
    this.#total = this.#queue.length;
    this.#fill();
  }

  handleChecked(done: Extract<DiskDone, { type: "checked" }>): void {
    if (!this.#jobs.delete(done.job)) return;
    this.#checked += 1;
    if (done.result === "passed") this.#pass(done.piece);
    else if (this.#samples.has(done.piece)) this.#distrust(done.piece);
    this.#fill();
  }

  /** The disk failed, maybe at a job of ours: there will be no result, a new check must begin. */
  handleFailed(job: number): void {
    this.#jobs.delete(job);
  }

  /** The result, once nothing is left to check. */
  get result(): CheckResult | undefined {
    if (this.#jobs.size > 0 || this.#queue.length > 0) return undefined;
    return { have: this.#have, confirmed: this.#confirmed, believed: this.#believed };
  }

  #pass(piece: number): void {
    if (this.#believed?.has(piece) === true) this.#believed.clear(piece);
    if (this.#have.set(piece)) this.#confirmed.push(piece);
    if (this.#unlikely?.probes.includes(piece) === true) this.#handleProbePassed(this.#unlikely);
  }

  /** A piece that the journal vouched for is bad: believe nothing, hash all that was believed. */
  #distrust(bad: number): void {
    this.#samples = new Set();
    const queued = new Set(this.#queue);
    for (let piece = this.#have.nextSet(0); piece >= 0; piece = this.#have.nextSet(piece + 1)) {
      if (piece !== bad && !queued.has(piece)) {
        this.#queue.push(piece);
        this.#total += 1;
      }
    }
    for (let piece = 0; piece < this.#have.length; piece++) this.#have.clear(piece);
  }

  /** Once it is most of them somebody brought data: all of it may be here. */
  #handleProbePassed({ unlikely, probes }: Pick<ResumePlan, "unlikely" | "probes">): void {
    this.#passedProbes += 1;
    if (this.#passedProbes < probes.length * PROBES_SHARE) return;
    this.#unlikely = undefined;
    for (let piece = unlikely.nextSet(0); piece >= 0; piece = unlikely.nextSet(piece + 1)) {
      if (probes.includes(piece)) continue;
      this.#queue.push(piece);
      this.#total += 1;
    }
  }

  #fill(): void {
    const { out, nextId, store } = this.#context;
    while (this.#jobs.size < CHECKS_AT_ONCE) {
      const piece = this.#queue.pop();
      if (piece === undefined) return;
      const job = nextId();
      this.#jobs.add(job);
      out.push({ type: "disk", job: { type: "check", job, store, piece } });
    }
  }
}
