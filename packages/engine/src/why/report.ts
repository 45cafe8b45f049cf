/** The answer to "why isn't this faster?", as plain data. */
import type { Endpoint } from "@torrential/core";
import type { Millis } from "../ports/machine.ts";
import type { WhyReason } from "./reasons.ts";
import { explainWhy, type WhyDirection, type WhyText } from "./texts.ts";
import type { TimeShare, TimeShares } from "./time-shares.ts";

/** A share of time with its sentences. */
export type WhyShare = TimeShare & WhyText;

export interface WhyReport {
  readonly now: WhyReason;
  /** Of the last minute, what is newer counting more; the largest share first. */
  readonly recent: readonly WhyShare[];
  /** Since the torrent, or the peer, came. */
  readonly total: readonly WhyShare[];
}

export interface PeerWhy {
  readonly endpoint: Endpoint;
  readonly down: WhyReport;
  readonly up: WhyReport;
}

export interface TorrentWhy {
  readonly down: WhyReport;
  readonly up: WhyReport;
  readonly peers: readonly PeerWhy[];
}

export function reportWhy(direction: WhyDirection, shares: TimeShares, now: Millis): WhyReport {
  const explain = (share: TimeShare): WhyShare => ({ ...share, ...explainWhy(direction, share.reason, share.level) });
  return { now: shares.reason, recent: shares.recent(now).map(explain), total: shares.total(now).map(explain) };
}
