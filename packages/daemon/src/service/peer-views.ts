/** Peers as people see them. */
import { formatEndpoint } from "@torrential/core";
import type { PeerStatus } from "@torrential/node";
import type { EngineWhy } from "../engine-thread/messages.ts";
import { toReasons } from "./reasons.ts";
import type { PeerView } from "./torrent-view.ts";

const NOTHING: EngineWhy = { down: [], up: [] };

/** `whys` in the order of the peers. */
export function toPeerViews(peers: readonly PeerStatus[], whys: readonly EngineWhy[]): readonly PeerView[] {
  return peers.map((peer, index) => ({
    endpoint: formatEndpoint(peer.endpoint),
    address: peer.endpoint.address,
    port: peer.endpoint.port,
    client: peer.client,
    isOutgoing: peer.isOutgoing,
    isEncrypted: false,
    isUtp: peer.transport === "utp",
    isSeed: peer.isSeed,
    source: peer.source,
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
    reasons: toReasons(whys[index] ?? NOTHING),
  }));
}
