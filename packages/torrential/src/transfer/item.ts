/** One torrent of a transfer: what has become of it, and what has to happen next. */
import { TorrentialError } from "@torrential/core";
import type { EngineEvent, Lifecycle, Torrent } from "@torrential/node";
import { type Failure, failureOf } from "../failure.ts";
import { formatDuration, formatPercent } from "../format.ts";
import { type Goals, isSeededEnough, ProgressWatch } from "./goals.ts";
import { type Outcome, type PublicState, type StatusView, toView } from "./status-view.ts";
import { describeWaiting } from "./waiting.ts";

const WAITING_SAID_AFTER_MS = 10_000;

export interface ItemOptions extends Goals {
  readonly mode: "download" | "seed";
  /** Goes on to seed when everything is there. */
  readonly staysToSeed: boolean;
  /** Where peers reach us. */
  readonly port: number;
}

/** What of a torrent is looked at. */
export type WatchedTorrent = Pick<Torrent, "infoHash" | "metainfo" | "status">;

export class TransferItem {
  readonly torrent: WatchedTorrent;
  failure: Failure | undefined;
  readonly #options: ItemOptions;
  readonly #progress: ProgressWatch;
  #outcome: Outcome;
  #shown: PublicState | undefined;
  #completeSinceMs: number | undefined;
  #aloneSinceMs: number | undefined;

  constructor(torrent: WatchedTorrent, options: ItemOptions, nowMs: number) {
    this.torrent = torrent;
    this.#options = options;
    this.#progress = new ProgressWatch(nowMs);
  }

  get isOver(): boolean {
    return this.#outcome !== undefined;
  }

  /** Whether nothing is left to do but to go on seeding, which may end at any time. */
  get isOnlySeeding(): boolean {
    const { seedRatio, seedTimeMs } = this.#options;
    return this.#completeSinceMs !== undefined && seedRatio === undefined && seedTimeMs === undefined;
  }

  view(loopDelayP99Ms: number): StatusView {
    const { staysToSeed } = this.#options;
    return toView(this.torrent.status(), { staysToSeed, outcome: this.#outcome, loopDelayP99Ms });
  }

  /** Whether the view's state is another than when it was last asked. */
  takeChange(view: StatusView): boolean {
    const isChange = view.state !== this.#shown;
    this.#shown = view.state;
    return isChange;
  }

  handleEvent(event: EngineEvent, nowMs: number): void {
    if (event.type === "state" && this.#outcome === undefined) this.#handleState(event.state, nowMs);
  }

  /** Looks at what only time brings about. Returns a sentence to be said, if there is one. */
  handleTick(nowMs: number): string | undefined {
    if (this.#outcome !== undefined) return undefined;
    const status = this.torrent.status();
    if (status.state.status === "downloading") return this.#handleWaiting(status, nowMs);
    if (this.#completeSinceMs === undefined) return undefined;
    const seedingMs = nowMs - this.#completeSinceMs;
    const seeding = { uploaded: status.uploadedBytes, length: status.wantedBytes, seedingMs };
    if (isSeededEnough(seeding, this.#options)) this.#outcome = "done";
    return undefined;
  }

  #handleState(state: Lifecycle, nowMs: number): void {
    switch (state.status) {
      case "finished":
      case "seeding":
        this.#completeSinceMs ??= nowMs;
        if (!this.#options.staysToSeed) this.#outcome = "done";
        return;
      case "downloading":
        this.#completeSinceMs = undefined;
        if (this.#options.mode === "seed") this.#fail(this.#describeMissing());
        return;
      case "error":
        // Too many open files or a slow disk pass by themselves; the engine tries again.
        if (state.class !== "busy") this.#fail(new TorrentialError(`disk-${state.class}`, state.message));
        return;
      case "checking":
      case "stopping":
      case "stopped":
        return;
    }
  }

  #handleWaiting(status: ReturnType<Torrent["status"]>, nowMs: number): string | undefined {
    const { timeoutMs, port } = this.#options;
    const idleMs = this.#progress.idleMs(status.verifiedBytes + status.downloadedBytes, nowMs);
    if (timeoutMs !== undefined && idleMs >= timeoutMs) {
      const there = formatPercent(status.verifiedBytes, status.wantedBytes);
      const waited = formatDuration(timeoutMs / 1000);
      this.#fail(new TorrentialError("timeout", `${status.name}: nothing came for ${waited}; ${there} is there`));
      return undefined;
    }
    if (status.peers > 0) this.#aloneSinceMs = undefined;
    else this.#aloneSinceMs ??= nowMs;
    if (this.#aloneSinceMs === undefined || nowMs - this.#aloneSinceMs < WAITING_SAID_AFTER_MS) return undefined;
    // Said once; again when peers came and went.
    this.#aloneSinceMs = Number.POSITIVE_INFINITY;
    return `${status.name}: no peer is connected: ${describeWaiting({ ...status, port })}`;
  }

  #describeMissing(): TorrentialError {
    const { name, verifiedBytes, wantedBytes } = this.torrent.status();
    const there = formatPercent(verifiedBytes, wantedBytes);
    return new TorrentialError(
      "incomplete",
      `${name}: ${there} of it is there and right, wanted all of it to seed: \`torrential download\` fetches the rest`,
    );
  }

  #fail(error: TorrentialError): void {
    this.#outcome = "failed";
    this.failure = failureOf(this.torrent.metainfo.name, error);
  }
}
