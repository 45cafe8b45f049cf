/**
 * The way to a clean stop, in order: pieces at the disk land, unfinished ones are kept, files are synced, their stamps
 * close the journal, files are closed. Nothing of it waits for a disk that fails: what could not be synced is checked
 * again at the next start.
 */
import type { FoundFile } from "../ports/disk.ts";
import type { Millis } from "../ports/machine.ts";
import type { PartialPiece } from "../resume/partial.ts";
import type { ResumeRecorder } from "../resume/recorder.ts";
import type { Swarm } from "../swarm/swarm.ts";
import type { Checker } from "./checker.ts";
import type { TorrentStore } from "./store.ts";

export interface ClosingParts {
  readonly swarm: Swarm | undefined;
  readonly checker: Checker | undefined;
  readonly recorder: ResumeRecorder | undefined;
  readonly store: TorrentStore;
}

export class Closing {
  readonly #parts: ClosingParts;
  #step: "draining" | "syncing" | "stamping" | "closing" = "draining";
  #partials: readonly PartialPiece[] = [];

  constructor(parts: ClosingParts) {
    this.#parts = parts;
  }

  /** Unfinished pieces as they were when the disk had drained. */
  get partials(): readonly PartialPiece[] {
    return this.#partials;
  }

  /** Call after every answer of the disk, and once to begin. */
  goOn(now: Millis): void {
    const { recorder } = this.#parts;
    if (this.#step === "draining" && this.#isDrained) {
      this.#step = "syncing";
      this.#savePartials();
      recorder?.sync(now);
    }
    if (this.#step !== "syncing") return;
    if (recorder === undefined) this.#close();
    else if (!recorder.isDirty) this.#end(recorder);
    else if (!recorder.isSyncing) recorder.sync(now);
  }

  /** The stamps are here. False when they were not asked for. */
  handleOpened(found: readonly FoundFile[]): boolean {
    if (this.#step !== "stamping") return false;
    this.#parts.recorder?.close(found);
    this.#close();
    return true;
  }

  /** Whether a failed job of the disk ends the stop here and now. */
  get endsOnFailure(): boolean {
    return this.#step !== "draining";
  }

  get #isDrained(): boolean {
    return this.#parts.swarm?.isCommitting !== true && this.#parts.checker?.isBusy !== true;
  }

  #savePartials(): void {
    const downloads = this.#parts.swarm?.downloads;
    if (downloads === undefined) return;
    this.#partials = downloads.savePartials();
    this.#parts.store.savePartials(this.#partials);
    downloads.closeAll();
  }

  /** Nothing was written in this run: the stamps of its start are still those of what we know. */
  #end(recorder: ResumeRecorder): void {
    if (recorder.cleanFiles === undefined) return this.#stamp();
    recorder.close(recorder.cleanFiles);
    this.#close();
  }

  #stamp(): void {
    this.#step = "stamping";
    this.#parts.store.open();
  }

  #close(): void {
    this.#step = "closing";
    this.#parts.store.close({ deleteFiles: false });
  }
}
