/**
 * One run of a torrent, from opening its files to closing them: what is on disk is found out, then peers exchange
 * pieces and the journal is kept, then a clean stop. What it leaves behind goes to the earlier runs.
 */
import type { TorrentParts } from "./parts.ts";
import type { Bitfield } from "@torrential/core";
import type { Anteroom } from "../metadata/anteroom.ts";
import { earliest } from "../deadlines.ts";
import type { DiskDone, FoundFile } from "../ports/disk.ts";
import type { Millis } from "../ports/machine.ts";
import type { Totals } from "../resume/journal.ts";
import type { ResumeRecorder } from "../resume/recorder.ts";
import { Swarm } from "../swarm/swarm.ts";
import { Checker } from "./checker.ts";
import { Closing } from "./closing.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { ProofResult } from "./proofs.ts";
import { recordRun } from "./run-record.ts";

/**
 * What an answer of the disk means for the torrent: pieces on disk were looked at, downloaded ones passed, or one that was
 * believed to be here is false.
 */
export type RunNews = "nothing" | "checked" | "verified" | "disproven";

export class Run {
  readonly #parts: TorrentParts;
  #checker: Checker | undefined;
  #anteroom: Anteroom | undefined;
  #swarm: Swarm | undefined;
  #recorder: ResumeRecorder | undefined;
  #closing: Closing | undefined;

  /** `anteroom`: with peers that came before the files were known. */
  constructor(parts: TorrentParts, anteroom: Anteroom | undefined) {
    this.#parts = parts;
    this.#anteroom = anteroom;
  }

  /** Once it is known what is on disk. */
  get swarm(): Swarm | undefined {
    return this.#swarm;
  }

  /** Peers that wait for the swarm. */
  get anteroom(): Anteroom | undefined {
    return this.#anteroom;
  }

  /** Where connected peers are. */
  get room(): Swarm | Anteroom | undefined {
    return this.#swarm ?? this.#anteroom;
  }

  /** The pieces known to be here. */
  get have(): Bitfield | undefined {
    return this.#swarm?.picker.have ?? this.#checker?.have;
  }

  /** Whether a disk that fails ends the stop here and now. */
  get endsOnFailure(): boolean {
    return this.#closing?.endsOnFailure === true;
  }

  // ---- finding out what is here

  /** Opens the files; the disk answers with what it found. */
  open(): void {
    this.#checker = new Checker(this.#parts.options.context, this.#parts.earlier.resume);
    this.#parts.files.store.open();
  }

  /** How far checking is, while it goes on. */
  get checking(): Extract<Lifecycle, { status: "checking" }> | undefined {
    if (this.#checker === undefined) return undefined;
    return { status: "checking", checked: this.#checker.checked, total: this.#checker.total };
  }

  /** The files as they are after they were synced, on the way to a clean stop. False when they were not asked for. */
  handleStamps(found: readonly FoundFile[]): boolean {
    return this.#closing?.handleOpened(found) === true;
  }

  /** The files are open, and these are there. */
  handleFound(found: readonly FoundFile[], options: { readonly recheck: boolean }): void {
    this.#parts.files.handleOpened(found);
    const { skipCheck } = this.#parts.options.add;
    this.#checker?.handleOpened(found, { ...options, skipCheck });
  }

  /** Lets peers in when checking has ended. False while it goes on. */
  begin(now: Millis): boolean {
    const result = this.#checker?.result;
    if (result === undefined) return false;
    this.#checker = undefined;
    const { options, wishes, earlier, files, proofs } = this.#parts;
    const { have, confirmed, believed } = result;
    proofs.begin(believed);
    this.#recorder = recordRun({ context: options.context, have, confirmed, earlier }, now);
    const swarm = this.#makeSwarm(have, now);
    wishes.begin(swarm);
    for (const peer of this.#anteroom?.release() ?? []) swarm.adopt(peer, now);
    this.#anteroom = undefined;
    const partials = earlier.takePartials();
    for (const partial of partials) if (!have.has(partial.piece)) swarm.downloads.restore(partial);
    swarm.submitComplete();
    // They are in memory again; the file is not needed until the next clean stop.
    if (partials.length > 0) files.store.forgetPartials();
    files.store.makeEmpty(wishes.emptyFiles);
    return true;
  }

  // ---- running

  /** Any answer of the disk but those that open and close the files. */
  handleDiskDone(done: DiskDone, now: Millis): RunNews {
    const { options, files, reads, wishes } = this.#parts;
    switch (done.type) {
      case "checked": {
        const proof = this.#parts.proofs.handleChecked(done);
        if (proof !== undefined) return this.#handleProof(proof, now);
        this.#checker?.handleChecked(done);
        return "checked";
      }
      case "committed":
        this.#recorder?.handleCommitted(done.piece);
        files.layout.handleWritten(wishes.selection.filesOf(done.piece));
        this.#swarm?.handleVerdict(done, now);
        return this.#takeVerified(now);
      case "hash-failed":
        this.#swarm?.handleVerdict(done, now);
        return "nothing";
      case "read": {
        const { cache } = options.context;
        this.#swarm?.handleReadFor(done.piece, reads.handleReadFor(cache.handleRead(done.job)), now);
        return "nothing";
      }
      case "synced":
        this.#recorder?.handleSynced(now);
        return "nothing";
      default:
        return "nothing";
    }
  }

  /** A job failed; `isRead` when it was to read something. */
  handleDiskFailed(job: number, { isRead }: { readonly isRead: boolean }, now: Millis): void {
    const isCommit = this.#swarm?.handleDiskFailed(job) ?? false;
    if (!isRead && !isCommit && this.#recorder?.isSyncing === true) this.#recorder.handleSyncFailed(now);
    this.#checker?.handleFailed(job);
    this.#parts.proofs.handleFailed(job);
  }

  /** The disk may work again. */
  retry(now: Millis): void {
    this.#swarm?.retry();
    this.#recorder?.sync(now);
  }

  /** All that is wanted is here: it is made sure of at once. */
  handleComplete(now: Millis): void {
    this.#recorder?.sync(now);
    this.#swarm?.handleTimeout(now);
  }

  setTotals(totals: Totals): void {
    this.#recorder?.setTotals(totals);
  }

  nextTimeout(): Millis | undefined {
    return earliest(this.#recorder?.nextTimeout(), this.room?.nextTimeout());
  }

  handleTimeout(now: Millis): void {
    this.#recorder?.handleTimeout(now);
  }

  // ---- stopping

  /** Begins a clean stop; the disk's `closed` ends it. */
  close(totals: Totals, now: Millis): void {
    this.#checker?.cancel();
    this.#recorder?.setTotals(totals);
    const { store } = this.#parts.files;
    this.#closing = new Closing({ swarm: this.#swarm, checker: this.#checker, recorder: this.#recorder, store });
    this.#closing.goOn(now);
  }

  /** Call after every answer of the disk. */
  goOnClosing(now: Millis): void {
    this.#closing?.goOn(now);
  }

  /** It has stopped: what it leaves behind is kept for the next. */
  end(totals: Totals): void {
    this.#parts.earlier.handleRunEnded({
      have: this.#swarm?.picker.have,
      synced: this.#recorder?.synced,
      totals,
      partials: this.#closing?.partials,
    });
  }

  /** Whoever waited for the piece gets it, if it is what it should be. */
  #handleProof({ piece, isGood, waiters }: ProofResult, now: Millis): RunNews {
    if (!isGood) return "disproven";
    this.#swarm?.handleReadFor(piece, this.#parts.reads.handleReadFor(waiters), now);
    return "nothing";
  }

  #takeVerified(now: Millis): RunNews {
    const { wishes, reads, events } = this.#parts;
    const pieces = this.#swarm?.takeVerified() ?? [];
    for (const piece of pieces) {
      wishes.progress.handleVerified(piece);
      reads.handleVerified(piece, now);
    }
    if (pieces.length === 0) return "nothing";
    for (const file of wishes.progress.takeCompletedFiles()) events.push({ type: "file-completed", file });
    return "verified";
  }

  #makeSwarm(have: Bitfield, now: Millis): Swarm {
    const { options, wishes, proofs, why, peerList, dialling, departing, events } = this.#parts;
    this.#swarm = new Swarm({
      ...options,
      have,
      order: wishes.order,
      superSeed: wishes.superSeed,
      uploadSlots: wishes.uploadSlots,
      peersMax: wishes.peersMax,
      proof: proofs,
      why,
      peerList,
      dialling,
      events,
      departing,
      now,
    });
    return this.#swarm;
  }
}
