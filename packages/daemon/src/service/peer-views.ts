/** Peers as people see them. */
import { formatEndpoint } from "@torrential/core";
import type { PeerStatus } from "@torrential/node";
import type { PeerView } from "./torrent-view.ts";

export function toPeerViews(peers: readonly PeerStatus[]): readonly PeerView[] {
  return peers.map((peer) => ({
    endpoint: formatEndpoint(peer.endpoint),
    address: peer.endpoint.address,
    port: peer.endpoint.port,
    client: peer.client,
    isOutgoing: peer.isOutgoing,
    isEncrypted: false,
    isUtp: peer.transport === "utp",
    isSeed: peer.isSeed,
    source: undefined,
    progress: peer.progress,
    downRate: peer.downRate,
    upRate: peer.upRate,
    downloadedBytes: peer.downloadedBytes,
    uploadedBytes: peer.uploadedBytes,
    amChoking: peer.amChoking,
    amInterested: peer.amInterested,
    peerChoking: peer.peerChoking,
    peerInterested: peer.peerInterested,
    isSnubbed: peer.isSnubbed,
    outstandingRequests: peer.outstandingRequests,
  }));
}
