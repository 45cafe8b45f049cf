/** A connected peer as seen from outside. */
import type { Millis } from "../ports/machine.ts";
import type { Peer } from "../swarm/peer.ts";
import type { PeerStatus } from "./status.ts";

export function describePeer(peer: Peer, now: Millis): PeerStatus {
  const { pieces } = peer.picker;
  return {
    endpoint: peer.endpoint,
    client: peer.client,
    isOutgoing: peer.isOutgoing,
    isSeed: peer.isSeed,
    progress: pieces.length === 0 ? 1 : pieces.count / pieces.length,
    downRate: peer.down.shortRate(now),
    upRate: peer.up.shortRate(now),
    downloadedBytes: peer.down.totalBytes,
    uploadedBytes: peer.up.totalBytes,
    amChoking: peer.amChoking,
    amInterested: peer.amInterested,
    peerChoking: peer.picker.choked,
    peerInterested: peer.peerInterested,
    isSnubbed: peer.picker.snubbed,
    outstandingRequests: peer.picker.outstanding,
    requestWindow: peer.window.blocks,
  };
}
