/**
 * Which tracker is told what, and when (BEP 3, 7, 12, 31). Transport is the driver's: an announce goes out as a command
 * and comes back as a result.
 *
 * Tiers are tried in order; a tracker that fails, or is slow to answer, lets the next one have its turn, and is itself
 * tried again after its back-off. `started`, `completed` and `stopped` reach each tracker that knows us exactly once on
 * each address family.
 */
import { infoHashBytes, type Endpoint } from "@torrential/core";
import type { AnnounceEvent, ScrapeEntry } from "@torrential/protocol";
import type { AnnounceFailure, AnnounceResult } from "../ports/announce.ts";
import type { Millis } from "../ports/machine.ts";
import type { TorrentEvent } from "../session/events.ts";
import type { TorrentContext } from "./context.ts";
import {
  describeTracker,
  isHopeful,
  isWorking,
  noteFailure,
  noteScraped,
  noteSuccess,
  type Tracker,
  type TrackerEndpoint,
  type TrackerStatus,
} from "./tracker.ts";
import { TrackerTiers } from "./tracker-tiers.ts";

/** C16: as many are asked for, and taken, of one answer. */
const PEERS_MAX = 200;
/** A tracker that has not answered in this time is not waited for any longer: the next one is asked too. */
const PATIENCE_MS = 5_000;

/**
 * Who is announced to: the first tracker that works (BEP 12), the first of each tier, or all. libtorrent calls the
 * others `announce_to_all_tiers` and `announce_to_all_trackers`.
 */
export type AnnounceTo = "first" | "tiers" | "all";

export interface AnnounceTotals {
  readonly uploaded: number;
  readonly downloaded: number;
  readonly left: number;
  /** BEP 21: nothing more is wanted, and not all is here. */
  readonly isPartialSeed?: boolean;
}

/** What became of one announce. */
export interface AnnounceOutcome {
  /** Undefined for what is no news: a family that fails while the other serves. */
  readonly event: TorrentEvent | undefined;
  readonly peers: readonly Endpoint[];
}

export interface ReannounceOptions {
  /** Only this one; all that are in use otherwise. */
  readonly url?: string | undefined;
  /** Sooner than the tracker's `min interval` allows. */
  readonly ignoreMinInterval?: boolean | undefined;
}

interface Request {
  readonly tracker: Tracker;
  readonly endpoint: TrackerEndpoint;
}

/** What it needs of its torrent: nothing that is not known of a magnet link. */
export type AnnouncerContext = Pick<TorrentContext, "infoHash" | "out" | "random" | "families" | "nextAnnounceId">;

export class Announcer {
  readonly #context: AnnouncerContext;
  readonly #tiers: TrackerTiers;
  readonly #key: number;
  readonly #requests = new Map<number, Request>();
  /** No longer in the list, but still owed `stopped`. */
  readonly #leaving = new Set<Tracker>();
  #announceTo: AnnounceTo;
  #isRunning = false;
  #isStopping = false;
  /** What `stopped` says. */
  #lastTotals: AnnounceTotals = { uploaded: 0, downloaded: 0, left: 0 };

  constructor(context: AnnouncerContext, trackers: readonly (readonly string[])[], announceTo: AnnounceTo = "first") {
    this.#context = context;
    this.#announceTo = announceTo;
    this.#key = Math.floor(context.random() * 2 ** 32);
    this.#tiers = new TrackerTiers(trackers, context);
  }

  /** Whether a `stopped` is still on its way. */
  get isStopping(): boolean {
    return this.#isStopping && this.#requests.size > 0;
  }

  /** As they are tried, for who shows, saves or scrapes them. */
  get urls(): readonly (readonly string[])[] {
    return this.#tiers.tiers.map((tier) => tier.map((tracker) => tracker.url));
  }

  // ---- what a torrent goes through

  start(now: Millis): void {
    this.#isStopping = false;
    this.#isRunning = true;
    for (const endpoint of this.#endpoints()) {
      endpoint.isOwedCompleted = false;
      // The interval was for a client that stays; back-offs hold.
      if (endpoint.failures === 0) Object.assign(endpoint, { nextAt: now, minAt: now });
    }
  }

  /** The last byte came in this run: who knows us is told, once each. */
  complete(now: Millis): void {
    if (!this.#isRunning) return;
    for (const endpoint of this.#endpoints()) {
      if (!endpoint.isTold && endpoint.sent?.event !== "started") continue;
      endpoint.isOwedCompleted = true;
      // The event is news: it doesn't wait for the interval (BEP 3).
      if (endpoint.failures === 0) endpoint.nextAt = now;
    }
  }

  /** Tells all trackers that know us that we leave, each after what it is still owed. */
  stop(totals: AnnounceTotals): void {
    this.#isRunning = false;
    this.#isStopping = true;
    this.#lastTotals = totals;
    for (const tracker of this.#tiers.all) this.#leave(tracker);
  }

  /** Forgets what is under way: the driver will not answer any more. */
  abandon(): void {
    for (const { endpoint } of this.#requests.values()) endpoint.sent = undefined;
    this.#requests.clear();
  }

  // ---- what a user wants

  /** As soon as it may be; back-offs don't hold. */
  reannounce({ url, ignoreMinInterval }: ReannounceOptions, now: Millis): void {
    for (const tracker of this.#tiers.all) {
      if (url !== undefined && tracker.url !== url) continue;
      for (const endpoint of tracker.endpoints) {
        endpoint.nextAt = ignoreMinInterval === true ? now : Math.max(now, endpoint.minAt);
      }
    }
  }

  setAnnounceTo(announceTo: AnnounceTo): void {
    this.#announceTo = announceTo;
  }

  /** One tracker is announced to at a time (BEP 12), as a private torrent should (BEP 27). */
  get isOfOneTracker(): boolean {
    return this.#announceTo === "first";
  }

  /** Adds tiers behind those that are there. */
  addTrackers(tiers: readonly (readonly string[])[]): void {
    this.#tiers.add(tiers);
  }

  /** Makes these the trackers. Those that are dropped are told `stopped`; those that stay notice nothing. */
  setTrackers(tiers: readonly (readonly string[])[], totals: AnnounceTotals): void {
    this.#lastTotals = totals;
    for (const tracker of this.#tiers.replace(tiers)) this.#drop(tracker);
  }

  removeTracker(url: string, totals: AnnounceTotals): void {
    this.#lastTotals = totals;
    const tracker = this.#tiers.remove(url);
    if (tracker !== undefined) this.#drop(tracker);
  }

  handleScraped(url: string, result: ScrapeEntry | AnnounceFailure): void {
    const tracker = this.#tiers.get(url);
    if (tracker === undefined) return;
    if ("ok" in result) tracker.scrapeError = result.message;
    else noteScraped(tracker, result);
  }

  // ---- time

  nextTimeout(): Millis | undefined {
    if (!this.#isRunning) return undefined;
    let next = Number.POSITIVE_INFINITY;
    for (const tracker of this.#inUse()) {
      for (const endpoint of tracker.endpoints) {
        if (endpoint.sent === undefined) next = Math.min(next, endpoint.nextAt);
        else if (!endpoint.isLate) next = Math.min(next, endpoint.sent.at + PATIENCE_MS);
      }
    }
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  handleTimeout(totals: AnnounceTotals, now: Millis): void {
    if (!this.#isRunning) return;
    for (const { sent, endpoint } of this.#underWay()) endpoint.isLate ||= now >= sent.at + PATIENCE_MS;
    for (const tracker of this.#inUse()) {
      for (const endpoint of tracker.endpoints) {
        if (endpoint.sent !== undefined || endpoint.nextAt > now) continue;
        this.#send({ tracker, endpoint }, eventFor(endpoint, totals), totals, now);
      }
    }
  }

  /** Undefined when the request is not of this torrent. */
  handleResult(request: number, result: AnnounceResult, now: Millis): AnnounceOutcome | undefined {
    const known = this.#requests.get(request);
    if (known === undefined) return undefined;
    this.#requests.delete(request);
    const { tracker, endpoint } = known;
    const event = endpoint.sent?.event ?? "none";
    endpoint.sent = undefined;
    endpoint.isLate = false;
    const outcome = result.ok ? this.#succeed(known, event, result, now) : this.#fail(known, result, now);
    if ((this.#isStopping || this.#leaving.has(tracker)) && event !== "stopped") {
      // A `completed` that failed is not tried again: the exit would wait for it.
      if (event === "completed") endpoint.isOwedCompleted = false;
      this.#leave(tracker);
    }
    if (tracker.endpoints.every(({ sent }) => sent === undefined)) this.#leaving.delete(tracker);
    return outcome;
  }

  status(now: Millis): readonly TrackerStatus[] {
    return this.#tiers.tiers.flatMap((tier, index) => tier.map((tracker) => describeTracker(tracker, index, now)));
  }

  // ---- who is next

  /**
   * Those that are announced to when they are due: in tier order, up to and with the first that works or may yet answer
   * its first announce; what is ahead of it has failed and is tried again in its time. Then whoever is owed news.
   */
  #inUse(): ReadonlySet<Tracker> {
    const chosen = new Set<Tracker>();
    for (const tier of this.#tiers.tiers) {
      const isServed = this.#chooseFrom(tier, chosen);
      if (isServed && this.#announceTo === "first") break;
    }
    for (const tracker of this.#tiers.all) {
      if (tracker.endpoints.some((endpoint) => endpoint.isOwedCompleted)) chosen.add(tracker);
    }
    return chosen;
  }

  /** True when the tier has a tracker that serves us, or is about to. */
  #chooseFrom(tier: readonly Tracker[], chosen: Set<Tracker>): boolean {
    let isServed = false;
    for (const tracker of tier) {
      chosen.add(tracker);
      isServed ||= isWorking(tracker) || isHopeful(tracker) || isUntried(tracker);
      if (isServed && this.#announceTo !== "all") break;
    }
    return isServed;
  }

  #endpoints(): readonly TrackerEndpoint[] {
    return this.#tiers.all.flatMap((tracker) => tracker.endpoints);
  }

  #underWay() {
    return this.#endpoints().flatMap((endpoint) =>
      endpoint.sent === undefined ? [] : [{ sent: endpoint.sent, endpoint }],
    );
  }

  // ---- sending

  /** An endpoint that is being asked is told when it has answered: two announces at once could arrive in either order. */
  #leave(tracker: Tracker): void {
    for (const endpoint of tracker.endpoints) {
      if (!endpoint.isTold || endpoint.sent !== undefined) continue;
      const event = endpoint.isOwedCompleted ? "completed" : "stopped";
      if (event === "stopped") endpoint.isTold = false;
      this.#send({ tracker, endpoint }, event, this.#lastTotals, 0);
    }
  }

  #drop(tracker: Tracker): void {
    this.#leave(tracker);
    if (tracker.endpoints.some(({ sent }) => sent !== undefined)) this.#leaving.add(tracker);
  }

  #send(known: Request, event: AnnounceEvent, totals: AnnounceTotals, now: Millis): void {
    const { tracker, endpoint } = known;
    const request = this.#context.nextAnnounceId();
    this.#requests.set(request, known);
    endpoint.sent = { event, at: now };
    this.#context.out.push({
      type: "announce",
      request,
      url: tracker.url,
      family: endpoint.family,
      infoHash: infoHashBytes(this.#context.infoHash),
      event,
      uploaded: totals.uploaded,
      downloaded: totals.downloaded,
      left: totals.left,
      numWant: event === "stopped" ? 0 : PEERS_MAX,
      key: this.#key,
      trackerId: tracker.trackerId,
    });
  }

  // ---- answers

  #succeed(
    { tracker, endpoint }: Request,
    event: AnnounceEvent,
    { response }: Extract<AnnounceResult, { ok: true }>,
    now: Millis,
  ): AnnounceOutcome {
    noteSuccess(tracker, endpoint, response, now);
    if (event === "started") endpoint.isTold = true;
    if (event === "completed") endpoint.isOwedCompleted = false;
    if (event === "stopped") Object.assign(endpoint, { nextAt: now, minAt: now });
    else if (endpoint.isOwedCompleted) endpoint.nextAt = now;
    this.#tiers.promote(tracker);
    const { url } = tracker;
    const { seeders, leechers, warning } = response;
    const peers = response.peers.slice(0, PEERS_MAX);
    return { event: { type: "announced", url, peers: peers.length, seeders, leechers, warning }, peers };
  }

  #fail({ tracker, endpoint }: Request, failure: AnnounceFailure, now: Millis): AnnounceOutcome {
    noteFailure(endpoint, failure, this.#context.random, now);
    if (isWorking(tracker) || isHopeful(tracker)) return { event: undefined, peers: [] };
    const { code, message } = failure;
    return { event: { type: "announce-failed", url: tracker.url, code, message }, peers: [] };
  }
}

/** Nothing speaks against it yet. */
function isUntried(tracker: Tracker): boolean {
  return tracker.endpoints.some(({ failures, isAbsent, isTold, sent }) => !(failures || isAbsent || isTold || sent));
}

function eventFor(endpoint: TrackerEndpoint, totals: AnnounceTotals): AnnounceEvent {
  if (!endpoint.isTold) return "started";
  if (endpoint.isOwedCompleted) return "completed";
  // BEP 21: "in every announce it makes", so that trackers do not count it as a leecher.
  return totals.isPartialSeed === true ? "paused" : "none";
}
