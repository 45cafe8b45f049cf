/** The files of one torrent as its other parts see them: opened, written to, wanted or not, renamed and moved. */
import type { Bitfield, FileLayout } from "@torrential/core";
import type { DiskDone, FoundFile } from "../ports/disk.ts";
import type { Millis } from "../ports/machine.ts";
import type { TorrentContext } from "../torrent/context.ts";
import { isActive, type Lifecycle } from "../torrent/lifecycle.ts";
import { TorrentStore } from "../torrent/store.ts";
import { Layout } from "./layout.ts";
import { type Readiness, Relocation, type RelocationRequest } from "./relocation.ts";

export interface TorrentFilesOptions {
  readonly root: string;
  readonly layout: FileLayout | undefined;
  readonly place: Uint8Array | undefined;
  readonly isWanted: (file: number) => boolean;
  /** Of a move that goes on from an earlier run. */
  readonly moveBytesPerSec?: number | undefined;
}

/** What a relocation needs of its torrent now. `rested`: it was at rest for it, and need not be any more. */
export type RelocationNeed = "nothing" | "rest" | "moving" | "rested";

export class TorrentFiles {
  readonly layout: Layout;
  readonly store: TorrentStore;
  readonly #relocation: Relocation;
  readonly #isWanted: (file: number) => boolean;
  /** Files change their place because others are wanted. */
  #selecting: number | undefined;
  /** Others are wanted since names or the root began to change: one after the other. */
  #mustSelect = false;
  /** That failed: what the disk's layout is, only opening again tells. */
  mustReopen = false;

  constructor(context: TorrentContext, options: TorrentFilesOptions) {
    const { root, layout, place, isWanted, moveBytesPerSec } = options;
    this.layout = new Layout(context, { root, layout, saved: place });
    this.store = new TorrentStore(context, this.layout);
    this.#isWanted = isWanted;
    this.#relocation = new Relocation({ context, layout: this.layout, isWanted, moveBytesPerSec });
  }

  /** Something has to be done before the files may be opened. */
  get isRelocating(): boolean {
    return this.#relocation.isPending;
  }

  get moving(): Extract<Lifecycle, { status: "moving" }> {
    return { status: "moving", ...this.#relocation.progress };
  }

  handleOpened(found: readonly FoundFile[]): void {
    this.mustReopen = false;
    this.#mustSelect = false;
    this.#selecting = this.store.relayout(this.layout.handleOpened(found, this.#isWanted));
  }

  /** Other files are wanted, and the store is open. */
  handleSelected(): void {
    this.#mustSelect = this.#relocation.isRelaying;
    if (this.#mustSelect) return;
    this.#selecting = this.store.relayout(this.layout.select(this.#isWanted)) ?? this.#selecting;
  }

  /** A job of the disk failed. */
  handleFailed(job: number): void {
    if (job === this.#selecting) this.mustReopen = true;
  }

  // ---- renaming and moving

  request(request: RelocationRequest): void {
    this.#relocation.add(request);
  }

  resume(): void {
    this.#relocation.resume();
  }

  interrupt(): void {
    this.#relocation.interrupt();
  }

  giveUp(): void {
    this.#relocation.giveUp();
  }

  handleSaved(save: number, result: { readonly ok: boolean }, state: Lifecycle): void {
    this.#relocation.handleSaved(save, result, readinessOf(state));
  }

  /** False when the answer is to nothing that was asked for renaming or moving. */
  handleDiskDone(done: DiskDone, now: Millis): boolean {
    return this.#relocation.handleDiskDone(done, now);
  }

  /** Call after every input: does what can be done, and says what the torrent must do. */
  follow(state: Lifecycle, have: Bitfield, now: Millis): RelocationNeed {
    if (this.#mustSelect && isActive(state)) this.handleSelected();
    this.#relocation.advance(readinessOf(state), have, now);
    if (this.#relocation.isMoving) return state.status === "stopped" ? "moving" : "nothing";
    if (state.status === "moving") return "rested";
    const isAtRest = state.status === "stopped" || state.status === "stopping";
    return this.#relocation.needsRest && !isAtRest ? "rest" : "nothing";
  }

  nextTimeout(): Millis | undefined {
    return this.#relocation.nextTimeout();
  }

  handleTimeout(now: Millis): void {
    this.#relocation.handleTimeout(now);
  }
}

function readinessOf(state: Lifecycle): Readiness {
  if (isActive(state)) return "active";
  if (state.status === "stopped" || state.status === "moving") return "resting";
  return state.status === "error" ? "stuck" : "between";
}
