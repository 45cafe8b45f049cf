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
}

export class PeerSources {
  readonly announcer: Announcer;
  #isRunning = false;

  constructor({ context, trackers, announceTo }: PeerSourcesOptions) {
    this.announcer = new Announcer(context, trackers, announceTo);
  }

  /** Goes on when it has begun before. */
  start(now: Millis): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.announcer.start(now);
  }

  stop(totals: AnnounceTotals): void {
    this.#isRunning = false;
    this.announcer.stop(totals);
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
}
