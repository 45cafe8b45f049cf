/**
 * Everything that looks for peers of one torrent. It needs the info-hash and nothing else of the torrent, so a magnet link
 * begins with it and hands it on with its announces under way.
 */
import { earliest } from "../deadlines.ts";
import { DhtAnnouncer } from "../discovery/dht-announcer.ts";
import type { AnnounceResult } from "../ports/announce.ts";
import type { DhtOutcome } from "../ports/dht.ts";
import type { Millis } from "../ports/machine.ts";
import {
  type AnnounceTo,
  Announcer,
  type AnnouncerContext,
  type AnnounceOutcome,
  type AnnounceTotals,
} from "./announcer.ts";

export interface PeerSourcesOptions {
  readonly context: AnnouncerContext & {
    /** There is a DHT, and the torrent may use it. */
    readonly usesDht: boolean;
  };
  readonly trackers: readonly (readonly string[])[];
  readonly announceTo: AnnounceTo | undefined;
  /** BEP 27: then its trackers are all there is. */
  readonly isPrivate: boolean;
}

export class PeerSources {
  readonly announcer: Announcer;
  readonly #context: AnnouncerContext;
  #isPrivate: boolean;
  #dht: DhtAnnouncer | undefined;
  #isRunning = false;

  constructor({ context, trackers, announceTo, isPrivate }: PeerSourcesOptions) {
    this.#context = context;
    this.#isPrivate = isPrivate;
    this.announcer = new Announcer(context, trackers, announceTo);
    if (context.usesDht && !isPrivate) this.#dht = new DhtAnnouncer(context);
  }

  /** Goes on when it has begun before. */
  start(now: Millis): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.announcer.start(now);
    if (!this.#isPrivate) this.#context.out.push({ type: "local-join", infoHash: this.#context.infoHash });
    this.#dht?.start(now);
  }

  stop(totals: AnnounceTotals): void {
    if (this.#isRunning && !this.#isPrivate) this.#leave();
    this.#isRunning = false;
    this.announcer.stop(totals);
    this.#dht?.stop();
  }

  /** Undefined where the DHT is not used. */
  get dht(): DhtAnnouncer | undefined {
    return this.#dht;
  }

  /** Whether peers found for this request are of this torrent's. */
  ownsDhtRequest(request: number): boolean {
    return this.#dht?.owns(request) === true;
  }

  handleDhtDone(request: number, outcome: DhtOutcome, now: Millis): void {
    this.#dht?.handleDone(request, outcome, now);
  }

  /** The metadata is here, and says so (BEP 27). */
  setPrivate(): void {
    if (this.#isRunning && !this.#isPrivate) this.#leave();
    this.#isPrivate = true;
    this.#dht?.stop();
    this.#dht = undefined;
  }

  handleAnnounced(request: number, result: AnnounceResult, now: Millis): AnnounceOutcome | undefined {
    return this.announcer.handleResult(request, result, now);
  }

  nextTimeout(): Millis | undefined {
    return earliest(this.announcer.nextTimeout(), this.#dht?.nextTimeout());
  }

  handleTimeout(totals: AnnounceTotals, now: Millis): void {
    if (!this.#isRunning) return;
    this.announcer.handleTimeout(totals, now);
    this.#dht?.handleTimeout({ isSeed: totals.left === 0 }, now);
  }

  #leave(): void {
    this.#context.out.push({ type: "local-leave", infoHash: this.#context.infoHash });
  }
}
