/** One tracker of a torrent, as it is known to us on each address family (BEP 7: each is announced to by itself). */
import type { AnnounceEvent, AnnounceResponse, ScrapeEntry } from "@torrential/protocol";
import type { AnnounceFailure } from "../ports/announce.ts";
import type { Millis, Random } from "../ports/machine.ts";

/** F11: "interval clamped 60 s..1 d, never less than min interval". */
const INTERVAL_MIN_MS = 60_000;
const INTERVAL_MAX_MS = 86_400_000;
/** F11: back-off 5 s × 2^n, at most an hour, with jitter. */
const BACK_OFF_MS = 5_000;
const BACK_OFF_MAX_MS = 3_600_000;
/** A name may get an address of the family that it has none of. */
const ABSENT_RETRY_MS = 3_600_000;

/** A tracker reached over one address family. */
export interface TrackerEndpoint {
  readonly family: 4 | 6;
  failures: number;
  /** Announced to again when it is needed, not before. */
  nextAt: Millis;
  /** What its `min interval` allows at the earliest. */
  minAt: Millis;
  /** An announce that is under way. */
  sent: { readonly event: AnnounceEvent; readonly at: Millis } | undefined;
  /** It took its time: others are tried meanwhile. */
  isLate: boolean;
  /** It knows that we started. */
  isTold: boolean;
  /** The last byte came while it knew us, and it has not heard. */
  isOwedCompleted: boolean;
  /** The tracker's name has no address of this family. */
  isAbsent: boolean;
  lastError: string | undefined;
}

export interface Tracker {
  readonly url: string;
  readonly endpoints: readonly TrackerEndpoint[];
  trackerId: string | undefined;
  warning: string | undefined;
  lastAnnouncedAt: Millis | undefined;
  /** In its last answer. */
  peers: number;
  seeders: number | undefined;
  leechers: number | undefined;
  completed: number | undefined;
  scrapeError: string | undefined;
}

export type TrackerState = "waiting" | "updating" | "working" | "failing";

/** A tracker as seen from outside: a snapshot, plain data. */
export interface TrackerStatus {
  readonly url: string;
  /** From 0. */
  readonly tier: number;
  readonly state: TrackerState;
  readonly lastError: string | undefined;
  readonly warning: string | undefined;
  /** When it is announced to again at the earliest; undefined for never, and while an announce is under way. */
  readonly nextAnnounceAt: Millis | undefined;
  readonly lastAnnouncedAt: Millis | undefined;
  /** In its last answer. */
  readonly peers: number;
  /** As its last announce or scrape says; undefined when it never said. */
  readonly seeders: number | undefined;
  readonly leechers: number | undefined;
  /** How often the torrent was completed. */
  readonly completed: number | undefined;
  readonly scrapeError: string | undefined;
  readonly endpoints: readonly TrackerEndpointStatus[];
}

export interface TrackerEndpointStatus {
  readonly family: 4 | 6;
  readonly state: TrackerState | "absent";
  readonly failures: number;
  readonly lastError: string | undefined;
  readonly nextAnnounceAt: Millis | undefined;
}

export function makeTracker(url: string, families: readonly (4 | 6)[]): Tracker {
  return {
    url,
    endpoints: families.map(makeTrackerEndpoint),
    trackerId: undefined,
    warning: undefined,
    lastAnnouncedAt: undefined,
    peers: 0,
    seeders: undefined,
    leechers: undefined,
    completed: undefined,
    scrapeError: undefined,
  };
}

function makeTrackerEndpoint(family: 4 | 6): TrackerEndpoint {
  return {
    family,
    failures: 0,
    nextAt: Number.NEGATIVE_INFINITY,
    minAt: Number.NEGATIVE_INFINITY,
    sent: undefined,
    isLate: false,
    isTold: false,
    isOwedCompleted: false,
    isAbsent: false,
    lastError: undefined,
  };
}

/** An announce got its answer. */
export function noteSuccess(
  tracker: Tracker,
  endpoint: TrackerEndpoint,
  response: AnnounceResponse,
  now: Millis,
): void {
  const intervalMs = 1_000 * Math.max(response.intervalSeconds, response.minIntervalSeconds ?? 0);
  Object.assign(endpoint, { failures: 0, lastError: undefined, isAbsent: false });
  endpoint.nextAt = now + Math.min(INTERVAL_MAX_MS, Math.max(INTERVAL_MIN_MS, intervalMs));
  const minMs = 1_000 * (response.minIntervalSeconds ?? 0);
  endpoint.minAt = now + Math.min(INTERVAL_MAX_MS, Math.max(INTERVAL_MIN_MS, minMs));
  tracker.trackerId = response.trackerId ?? tracker.trackerId;
  tracker.warning = response.warning;
  tracker.lastAnnouncedAt = now;
  tracker.peers = response.peers.length;
  tracker.seeders = response.seeders ?? tracker.seeders;
  tracker.leechers = response.leechers ?? tracker.leechers;
  tracker.completed = response.downloaded ?? tracker.completed;
}

/** An announce came to nothing: back-off with jitter, or what the tracker asks for (BEP 31). */
export function noteFailure(endpoint: TrackerEndpoint, failure: AnnounceFailure, random: Random, now: Millis): void {
  if (failure.code === "tracker-no-address") {
    endpoint.isAbsent = true;
    endpoint.nextAt = now + ABSENT_RETRY_MS;
    endpoint.lastError = failure.message;
    return;
  }
  const backOffMs = Math.min(BACK_OFF_MAX_MS, BACK_OFF_MS * 2 ** endpoint.failures) * (1 + random() / 4);
  endpoint.isAbsent = false;
  endpoint.failures += 1;
  endpoint.nextAt = now + (failure.retryInSeconds === undefined ? backOffMs : failure.retryInSeconds * 1_000);
  endpoint.lastError = failure.message;
}

export function noteScraped(tracker: Tracker, { seeders, leechers, downloaded }: ScrapeEntry): void {
  Object.assign(tracker, { seeders, leechers, completed: downloaded, scrapeError: undefined });
}

/** It answered last time, on one family at least. */
export function isWorking(tracker: Tracker): boolean {
  return tracker.endpoints.some((endpoint) => endpoint.isTold && endpoint.failures === 0 && !endpoint.isAbsent);
}

/** It was asked not long ago, and may yet answer. */
export function isHopeful(tracker: Tracker): boolean {
  return tracker.endpoints.some((endpoint) => endpoint.sent !== undefined && !endpoint.isLate);
}

export function describeTracker(tracker: Tracker, tier: number, now: Millis): TrackerStatus {
  const { url, warning, lastAnnouncedAt, peers, seeders, leechers, completed, scrapeError } = tracker;
  const endpoints = tracker.endpoints.map((endpoint) => describeEndpoint(endpoint, now));
  const states = new Set(endpoints.map((endpoint) => endpoint.state));
  const state = (["updating", "working", "waiting"] as const).find((each) => states.has(each)) ?? "failing";
  const next = endpoints.flatMap(({ nextAnnounceAt, state: each }) =>
    each === "absent" ? [] : (nextAnnounceAt ?? []),
  );
  return {
    url,
    tier,
    state,
    lastError: state === "failing" ? lastErrorOf(tracker) : undefined,
    warning,
    nextAnnounceAt: state === "updating" || next.length === 0 ? undefined : Math.min(...next),
    lastAnnouncedAt,
    peers,
    seeders,
    leechers,
    completed,
    scrapeError,
    endpoints,
  };
}

/** That of a family which the tracker has, when there is one. */
function lastErrorOf(tracker: Tracker): string | undefined {
  const errors = tracker.endpoints.filter((endpoint) => endpoint.lastError !== undefined);
  return (errors.find((endpoint) => !endpoint.isAbsent) ?? errors[0])?.lastError;
}

function describeEndpoint(endpoint: TrackerEndpoint, now: Millis): TrackerEndpointStatus {
  const { family, failures, lastError, nextAt, sent } = endpoint;
  const isWaiting = sent !== undefined || !Number.isFinite(nextAt);
  return {
    family,
    state: stateOf(endpoint, now),
    failures,
    lastError,
    nextAnnounceAt: isWaiting ? undefined : nextAt,
  };
}

function stateOf(endpoint: TrackerEndpoint, now: Millis): TrackerState | "absent" {
  if (endpoint.isAbsent) return "absent";
  if (endpoint.sent !== undefined) return "updating";
  if (endpoint.failures > 0 && endpoint.nextAt > now) return "failing";
  return endpoint.isTold ? "working" : endpoint.failures > 0 ? "failing" : "waiting";
}
