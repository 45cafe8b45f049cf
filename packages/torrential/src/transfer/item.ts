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
export type WatchedTorrent = Pick<Torrent, "infoHash" | "hasMetainfo" | "metainfo" | "status">;

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
    if (status.state.status === "downloading" || status.state.status === "fetching-metadata")
      return this.#handleWaiting(status, nowMs);
    if (this.#completeSinceMs === undefined) return undefined;
    const seedingMs = nowMs - this.#completeSinceMs;
    const seeding = { uploaded: status.uploadedBytes, length: status.wantedBytes, seedingMs };
    if (isSeededEnough(seeding, this.#options)) this.#outcome = "done";
    return undefined;
  }

  /** It is over. */
  fail(error: unknown): void {
    this.#outcome = "failed";
    this.failure = failureOf(this.torrent.status().name, error);
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
        if (this.#options.mode === "seed") this.fail(this.#describeMissing());
        return;
      case "error":
        // Too many open files or a slow disk pass by themselves; the engine tries again.
        if (state.class !== "busy") this.fail(new TorrentialError(codeOf(state.class), state.message));
        return;
      case "fetching-metadata":
      case "checking":
      case "moving":
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
      const rest =
        status.state.status === "fetching-metadata" ? "no peer told what the link stands for" : `${there} is there`;
      this.fail(new TorrentialError("timeout", `${status.name}: nothing came for ${waited}; ${rest}`));
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
}

/** The disk's refusals have a kind of code of their own; what is wrong with a torrent has its own. */
function codeOf(errorClass: Extract<Lifecycle, { status: "error" }>["class"]): string {
  return errorClass === "metadata-invalid" || errorClass === "v2-unsupported" ? errorClass : `disk-${errorClass}`;
}
