/** What keeps one peer from being faster, now: read off what its books say. */
import { BLOCK_LENGTH } from "@torrential/core";
import type { BandwidthNode } from "../bandwidth/node.ts";
import type { PickStop } from "../picker/picker.ts";
import type { Millis } from "../ports/machine.ts";
import type { Peer } from "../swarm/peer.ts";
import type { DownReason, UpReason, WhyLevel } from "./reasons.ts";
import { TimeShares } from "./time-shares.ts";

/** Requests go out a quarter of a window at a time: fuller than this is full. */
const FULL_SHARE = 0.75;
/** What is under way on a path, in windows, when it is the window that limits. */
const BOUND_SHARE = 0.8;

/** One peer's books, and what its latest attempts ended with. */
export class PeerWhy {
  readonly down: TimeShares;
  readonly up: TimeShares;
  /** How the latest attempt to ask it for blocks ended. */
  stop: PickStop | "no-ticket" = "satisfied";
  /** The limits that the latest waits were for; undefined when they were for none. */
  downBlockedBy: BandwidthNode | undefined = undefined;
  upBlockedBy: BandwidthNode | undefined = undefined;

  constructor(now: Millis) {
    this.down = new TimeShares("not-had", now);
    this.up = new TimeShares("not-interested", now);
  }

  /** Looks at the peer: after each attempt to ask it for more, and once a second. */
  judgeDown(peer: Peer, isComplete: boolean, now: Millis): void {
    const reason = downReasonOf(peer, isComplete);
    this.down.set(reason, reason === "ticket" ? levelOf(this.downBlockedBy, peer.node) : undefined, now);
  }

  /** Looks at the peer: after each attempt to send it more, and once a second. */
  judgeUp(peer: Peer, now: Millis): void {
    const reason = upReasonOf(peer);
    this.up.set(reason, reason === "ticket" ? levelOf(this.upBlockedBy, peer.node) : undefined, now);
  }
}

function downReasonOf(peer: Peer, isComplete: boolean): DownReason {
  if (isComplete) return "complete";
  if (!peer.amInterested) return "not-had";
  if (peer.picker.snubbed) return "snubbed";
  if (peer.picker.choked) return "choked";
  if (peer.picker.outstanding >= FULL_SHARE * peer.window.blocks) return isWindowBound(peer) ? "window" : "peer-rate";
  switch (peer.why.stop) {
    case "no-ticket":
      return "ticket";
    case "no-room":
    case "choked":
    case "all-requested":
      return peer.why.stop;
    case "not-wanted":
      return "not-had";
    case "satisfied":
      return "peer-rate";
  }
}

function upReasonOf(peer: Peer): UpReason {
  if (!peer.peerInterested) return "not-interested";
  if (peer.amChoking) return "slots";
  if (peer.isUploadBlocked) return peer.why.upBlockedBy === undefined ? "disk-read" : "ticket";
  return peer.requests.length > 0 || peer.send.unsentBytes > 0 ? "peer-rate" : "not-asked";
}

/** The whole window fits on the way to the peer and back, so that it waits for us as long as we wait for it. */
function isWindowBound(peer: Peer): boolean {
  if (peer.window.isGrowing) return true;
  if (!peer.window.isAtLimit || peer.roundTripMs === undefined) return false;
  const underWayBytes = (peer.picker.rateBytesPerSec * peer.roundTripMs) / 1_000;
  return underWayBytes >= BOUND_SHARE * peer.window.blocks * BLOCK_LENGTH;
}

function levelOf(node: BandwidthNode | undefined, peerNode: BandwidthNode): WhyLevel {
  if (node === undefined || node.parent === undefined) return "global";
  if (node === peerNode) return "peer";
  return node === peerNode.parent ? "torrent" : `group ${node.name}`;
}
