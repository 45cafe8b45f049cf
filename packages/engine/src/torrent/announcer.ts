/**
 * Which tracker is told what, and when (BEP 3, 12, 31). Transport is the driver's: an announce goes out as a command
 * and comes back as a result.
 *
 * Tiers are tried in order, shuffled inside; a tracker that answers moves to the front of its tier (BEP 12).
 * `started`, `completed` and `stopped` reach each tracker that knows us exactly once.
 */
import { infoHashBytes, type Endpoint } from "@torrential/core";
import type { AnnounceEvent } from "@torrential/protocol";
import type { AnnounceCommand, AnnounceResult } from "../ports/announce.ts";
import type { Millis } from "../ports/machine.ts";
import type { TorrentEvent } from "../session/events.ts";
import type { TorrentContext } from "./context.ts";

/** F11: "interval clamped 60 s..1 d, never less than min interval". */
const INTERVAL_MIN_MS = 60_000;
const INTERVAL_MAX_MS = 86_400_000;
/** F11: back-off 5 s × 2^n, at most an hour, with jitter. */
const BACK_OFF_MS = 5_000;
const BACK_OFF_MAX_MS = 3_600_000;
const NUM_WANT = 200;

interface Tracker {
  readonly url: string;
  failures: number;
  /** Not asked again before. */
  retryAt: Millis;
  /** It knows that we started. */
  isTold: boolean;
  isToldCompleted: boolean;
  trackerId: string | undefined;
  lastError: string | undefined;
}

export interface AnnounceTotals {
  readonly uploaded: number;
  readonly downloaded: number;
  readonly left: number;
}

/** What became of one announce. */
export interface AnnounceOutcome {
  readonly event: TorrentEvent;
  readonly peers: readonly Endpoint[];
}

export interface TrackerStatus {
  readonly url: string;
  readonly tier: number;
  readonly state: "working" | "failing" | "waiting";
  readonly lastError: string | undefined;
}

export class Announcer {
  readonly #context: TorrentContext;
  readonly #tiers: readonly Tracker[][];
  readonly #key: number;
  readonly #requests = new Map<number, { readonly tracker: Tracker; readonly event: AnnounceEvent }>();
  /** Undefined while stopped. */
  #nextAt: Millis | undefined;
  #isCompletedDue = false;
  #isStopping = false;
  /** What `stopped` says. */
  #lastTotals: AnnounceTotals = { uploaded: 0, downloaded: 0, left: 0 };

  constructor(context: TorrentContext, trackers: readonly (readonly string[])[]) {
    this.#context = context;
    this.#key = Math.floor(context.random() * 2 ** 32);
    this.#tiers = trackers.map((tier) => shuffle(tier.map(makeTracker), context.random));
  }

  /** Whether a `stopped` is still on its way. */
  get isStopping(): boolean {
    return this.#isStopping && this.#requests.size > 0;
  }

  start(now: Millis): void {
    this.#isStopping = false;
    this.#isCompletedDue = false;
    // The interval was for a client that stays; back-offs hold.
    for (const tracker of this.#tiers.flat()) if (tracker.failures === 0) tracker.retryAt = now;
    this.#nextAt = this.#tiers.length === 0 ? undefined : now;
  }

  /** The last byte came in this run: the trackers that know us are told, once each. */
  complete(now: Millis): void {
    if (this.#nextAt === undefined) return;
    this.#isCompletedDue = true;
    this.#nextAt = now;
    // The event is news: it doesn't wait for the interval (BEP 3).
    for (const tracker of this.#tiers.flat()) if (tracker.isTold && tracker.failures === 0) tracker.retryAt = now;
  }

  /** Tells all trackers that know us that we leave, each after what it is still owed. */
  stop(totals: AnnounceTotals): void {
    this.#nextAt = undefined;
    this.#isStopping = true;
    this.#lastTotals = totals;
    const asked = new Set([...this.#requests.values()].map(({ tracker }) => tracker));
    // One that is being asked is told when it has answered: two announces at once could arrive in either order.
    for (const tracker of this.#tiers.flat()) if (!asked.has(tracker)) this.#leave(tracker);
  }

  nextTimeout(): Millis | undefined {
    return this.#requests.size > 0 || this.#nextAt === Number.POSITIVE_INFINITY ? undefined : this.#nextAt;
  }

  handleTimeout(totals: AnnounceTotals, now: Millis): void {
    if (this.#nextAt === undefined || now < this.#nextAt || this.#requests.size > 0) return;
    const tracker = this.#choose(now);
    if (tracker === undefined) {
      this.#nextAt = Math.min(...this.#tiers.flat().map(({ retryAt }) => retryAt));
      return;
    }
    this.#send(tracker, this.#eventFor(tracker), totals);
  }

  /** Undefined when the request is not of this torrent. */
  handleResult(request: number, result: AnnounceResult, now: Millis): AnnounceOutcome | undefined {
    const sent = this.#requests.get(request);
    if (sent === undefined) return undefined;
    this.#requests.delete(request);
    const { tracker, event } = sent;
    const outcome = result.ok ? this.#succeed(tracker, event, result, now) : this.#fail(tracker, result, now);
    if (this.#isStopping && event !== "stopped") {
      // A `completed` that failed is not tried again: the exit would wait for it.
      if (event === "completed") tracker.isToldCompleted = true;
      this.#leave(tracker);
    }
    return outcome;
  }

  /** Forgets what is under way: the driver will not answer any more. */
  abandon(): void {
    this.#requests.clear();
  }

  status(now: Millis): readonly TrackerStatus[] {
    return this.#tiers.flatMap((trackers, tier) =>
      trackers.map((tracker) => ({
        url: tracker.url,
        tier,
        state:
          tracker.failures > 0 && tracker.retryAt > now
            ? ("failing" as const)
            : tracker.isTold
              ? ("working" as const)
              : ("waiting" as const),
        lastError: tracker.lastError,
      })),
    );
  }

  #leave(tracker: Tracker): void {
    if (!tracker.isTold) return;
    if (this.#isCompletedDue && !tracker.isToldCompleted) return this.#send(tracker, "completed", this.#lastTotals);
    tracker.isTold = false;
    tracker.isToldCompleted = false;
    this.#send(tracker, "stopped", this.#lastTotals);
  }

  #choose(now: Millis): Tracker | undefined {
    // A tracker that has not heard that we finished comes first, then the first in tier order.
    const ready = this.#tiers.flat().filter(({ retryAt }) => retryAt <= now);
    return (
      (this.#isCompletedDue ? ready.find((tracker) => tracker.isTold && !tracker.isToldCompleted) : undefined) ??
      ready[0]
    );
  }

  #eventFor(tracker: Tracker): AnnounceEvent {
    if (!tracker.isTold) return "started";
    return this.#isCompletedDue && !tracker.isToldCompleted ? "completed" : "none";
  }

  #send(tracker: Tracker, event: AnnounceEvent, totals: AnnounceTotals): void {
    const request = this.#context.nextAnnounceId();
    this.#requests.set(request, { tracker, event });
    const command: AnnounceCommand = {
      type: "announce",
      request,
      url: tracker.url,
      infoHash: infoHashBytes(this.#context.infoHash),
      event,
      uploaded: totals.uploaded,
      downloaded: totals.downloaded,
      left: totals.left,
      numWant: event === "stopped" ? 0 : NUM_WANT,
      key: this.#key,
      trackerId: tracker.trackerId,
    };
    this.#context.out.push(command);
  }

  #succeed(
    tracker: Tracker,
    event: AnnounceEvent,
    result: Extract<AnnounceResult, { ok: true }>,
    now: Millis,
  ): AnnounceOutcome {
    const { response } = result;
    tracker.failures = 0;
    tracker.lastError = undefined;
    tracker.trackerId = response.trackerId ?? tracker.trackerId;
    if (event === "started") tracker.isTold = true;
    if (event === "completed") tracker.isToldCompleted = true;
    this.#promote(tracker);
    const interval = Math.max(response.intervalSeconds, response.minIntervalSeconds ?? 0) * 1_000;
    const wait = event === "stopped" ? 0 : Math.min(INTERVAL_MAX_MS, Math.max(INTERVAL_MIN_MS, interval));
    tracker.retryAt = now + wait;
    if (this.#nextAt !== undefined) this.#schedule(tracker, now);
    return {
      event: {
        type: "announced",
        url: tracker.url,
        peers: response.peers.length,
        seeders: response.seeders,
        leechers: response.leechers,
        warning: response.warning,
      },
      peers: response.peers,
    };
  }

  /** `completed` goes out at once after `started`; otherwise the interval holds. */
  #schedule(tracker: Tracker, now: Millis): void {
    const owed = this.#isCompletedDue ? this.#tiers.flat().filter((each) => each.isTold && !each.isToldCompleted) : [];
    if (this.#isCompletedDue && owed.length === 0) this.#isCompletedDue = false;
    this.#nextAt = owed.length > 0 ? now : tracker.retryAt;
    for (const each of owed) each.retryAt = now;
  }

  #fail(tracker: Tracker, result: Extract<AnnounceResult, { ok: false }>, now: Millis): AnnounceOutcome {
    const backOff = Math.min(BACK_OFF_MAX_MS, BACK_OFF_MS * 2 ** tracker.failures);
    const wait =
      result.retryInSeconds === undefined ? backOff * (1 + this.#context.random() / 4) : result.retryInSeconds * 1_000;
    tracker.failures += 1;
    tracker.retryAt = now + wait;
    tracker.lastError = result.message;
    if (this.#nextAt !== undefined) this.#nextAt = now;
    return {
      event: { type: "announce-failed", url: tracker.url, code: result.code, message: result.message },
      peers: [],
    };
  }

  #promote(tracker: Tracker): void {
    const tier = this.#tiers.find((each) => each.includes(tracker));
    if (tier === undefined) return;
    tier.splice(tier.indexOf(tracker), 1);
    tier.unshift(tracker);
  }
}

function makeTracker(url: string): Tracker {
  return {
    url,
    failures: 0,
    retryAt: Number.NEGATIVE_INFINITY,
    isTold: false,
    isToldCompleted: false,
    trackerId: undefined,
    lastError: undefined,
  };
}

function shuffle<T>(items: T[], random: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
  return items;
}
