/**
 * The way to a clean stop, in order: pieces at the disk land, unfinished ones are kept, files are synced, their stamps
 * close the journal, files are closed. Nothing of it waits for a disk that fails: what could not be synced is checked
 * again at the next start.
 */
import type { FoundFile } from "../ports/disk.ts";
import type { Millis } from "../ports/machine.ts";
import { encodePartials, type PartialPiece } from "../resume/partial.ts";
import type { ResumeRecorder } from "../resume/recorder.ts";
import type { Swarm } from "../swarm/swarm.ts";
import type { Checker } from "./checker.ts";
import type { TorrentContext } from "./context.ts";

/** Key suffix under which unfinished pieces are kept, beside the journal. */
export const PARTIALS_SUFFIX = ".partials";

export interface ClosingParts {
  readonly swarm: Swarm | undefined;
  readonly checker: Checker | undefined;
  readonly recorder: ResumeRecorder | undefined;
  /** Asks the disk for the files' stamps. */
  readonly submitOpen: () => void;
  readonly deleteFiles: () => boolean;
}

export class Closing {
  readonly #context: TorrentContext;
  readonly #parts: ClosingParts;
  #step: "draining" | "syncing" | "stamping" | "closing" = "draining";
  #partials: readonly PartialPiece[] = [];

  constructor(context: TorrentContext, parts: ClosingParts) {
    this.#context = context;
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
    else if (!recorder.isDirty) this.#stamp();
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
    const { out, nextId, infoHash } = this.#context;
    this.#partials = downloads.savePartials();
    if (this.#partials.length > 0) {
      const bytes = encodePartials(infoHash, this.#partials);
      out.push({ type: "journal-replace", request: nextId(), key: infoHash + PARTIALS_SUFFIX, bytes });
    }
    downloads.closeAll();
  }

  #stamp(): void {
    this.#step = "stamping";
    this.#parts.submitOpen();
  }

  #close(): void {
    this.#step = "closing";
    const { out, nextId, store, cache } = this.#context;
    cache.dropStore(store);
    const job = { type: "close", job: nextId(), store, deleteFiles: this.#parts.deleteFiles() } as const;
    out.push({ type: "disk", job });
  }
}
