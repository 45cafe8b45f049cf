/**
 * Everything that looks for peers of one torrent. It needs the info-hash and nothing else of the torrent, so a magnet link
 * begins with it and hands it on with its announces under way.
 */
import type { AnnounceResult } from "../ports/announce.ts";
import type { Millis } from "../ports/machine.ts";
import {
  type AnnounceTo,
  Announcer,
  type AnnouncerContext,
  type AnnounceOutcome,
  type AnnounceTotals,
} from "./announcer.ts";

export interface PeerSourcesOptions {
  readonly context: AnnouncerContext;
  readonly trackers: readonly (readonly string[])[];
  readonly announceTo: AnnounceTo | undefined;
  /** BEP 27: then its trackers are all there is. */
  readonly isPrivate: boolean;
}

export class PeerSources {
  readonly announcer: Announcer;
  readonly #context: AnnouncerContext;
  #isPrivate: boolean;
  #isRunning = false;

  constructor({ context, trackers, announceTo, isPrivate }: PeerSourcesOptions) {
    this.#context = context;
    this.#isPrivate = isPrivate;
    this.announcer = new Announcer(context, trackers, announceTo);
  }

  /** Goes on when it has begun before. */
  start(now: Millis): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.announcer.start(now);
    if (!this.#isPrivate) this.#context.out.push({ type: "local-join", infoHash: this.#context.infoHash });
  }

  stop(totals: AnnounceTotals): void {
    if (this.#isRunning && !this.#isPrivate) this.#leave();
    this.#isRunning = false;
    this.announcer.stop(totals);
  }

  /** The metadata is here, and says so (BEP 27). */
  setPrivate(): void {
    if (this.#isRunning && !this.#isPrivate) this.#leave();
    this.#isPrivate = true;
  }

  handleAnnounced(request: number, result: AnnounceResult, now: Millis): AnnounceOutcome | undefined {
    return this.announcer.handleResult(request, result, now);
  }

  nextTimeout(): Millis | undefined {
    return this.announcer.nextTimeout();
  }

  handleTimeout(totals: AnnounceTotals, now: Millis): void {
    if (this.#isRunning) this.announcer.handleTimeout(totals, now);
  }

  #leave(): void {
    this.#context.out.push({ type: "local-leave", infoHash: this.#context.infoHash });
  }
}
