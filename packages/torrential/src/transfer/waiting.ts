/** What a download without peers waits for, in words. */
import type { TorrentStatus } from "@torrential/node";

export interface WaitingView extends Pick<TorrentStatus, "knownPeers" | "trackers"> {
  /** Where peers reach us. */
  readonly port: number;
}

/** The end of "NAME: no peer is connected: …". */
export function describeWaiting({ knownPeers, trackers, port }: WaitingView): string {
  const incoming = `one may still come to port ${port}`;
  const known = knownPeers === 0 ? "" : `, ${knownPeers} known ${knownPeers === 1 ? "one does" : "ones do"} not answer`;
  if (trackers.length === 0) return `there is no tracker to ask${known}; ${incoming}`;
  const failing = trackers.filter((tracker) => tracker.state === "failing").length;
  if (failing === trackers.length) return `no tracker answers${known}; they are asked again, and ${incoming}`;
  const working = trackers.some((tracker) => tracker.state === "working" || tracker.lastAnnouncedAt !== undefined);
  if (working) return `trackers know ${knownPeers === 0 ? "nobody" : `${knownPeers}, who do not answer`}; ${incoming}`;
  return `trackers have not answered yet${known}; ${incoming}`;
}
