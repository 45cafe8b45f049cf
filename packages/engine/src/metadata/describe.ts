/** Snapshots of a torrent whose metadata is not known, as others are shown outside. */
import type { InfoHash } from "@torrential/core";
import type { Millis } from "../ports/machine.ts";
import type { PeerList } from "../swarm/peer-list.ts";
import type { Announcer } from "../torrent/announcer.ts";
import type { Lifecycle } from "../torrent/lifecycle.ts";
import type { PeerStatus, TorrentStatus } from "../torrent/status.ts";
import type { WaitingPeer } from "./waiting-peer.ts";

export interface PendingView {
  readonly infoHash: InfoHash;
  readonly name: string;
  readonly root: string;
  readonly state: Lifecycle;
  readonly peerList: PeerList;
  readonly peers: Iterable<WaitingPeer>;
  readonly announcer: Announcer;
}

/** Sizes and pieces are 0: nobody knows them yet. */
export function describePending(view: PendingView, now: Millis): TorrentStatus {
  const peers = [...view.peers];
  return {
    infoHash: view.infoHash,
    name: view.name,
    root: view.root,
    state: view.state,
    wantedBytes: 0,
    verifiedBytes: 0,
    piecesHave: 0,
    pieceCount: 0,
    downRate: 0,
    upRate: 0,
    uploadedBytes: 0,
    downloadedBytes: 0,
    wastedBytes: 0,
    peers: peers.length,
    seeds: peers.filter((peer) => peer.isSeed).length,
    knownPeers: view.peerList.size,
    sources: view.peerList.sources(),
    distributedCopies: 0,
    isSuperSeeding: false,
    trackers: view.announcer.status(now),
    bans: view.peerList.bans(now),
    refusals: {},
  };
}

export function describeWaitingPeer(peer: WaitingPeer): PeerStatus {
  return {
    endpoint: peer.endpoint,
    transport: peer.transport,
    source: peer.known.source,
    client: peer.client,
    isOutgoing: peer.isOutgoing,
    isSeed: peer.isSeed,
    progress: 0,
    downRate: 0,
    upRate: 0,
    downloadedBytes: 0,
    uploadedBytes: 0,
    amChoking: true,
    amInterested: false,
    peerChoking: true,
    peerInterested: false,
    isSnubbed: false,
    outstandingRequests: 0,
    requestWindow: 0,
  };
}
