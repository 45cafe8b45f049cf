/** Takes the snapshots that are shown outside. */
import type { Bitfield, InfoHash } from "@torrential/core";
import type { PiecePicker } from "../picker/picker.ts";
import type { Layout } from "../files/layout.ts";
import type { Millis } from "../ports/machine.ts";
import type { Totals } from "../resume/journal.ts";
import type { Peer } from "../swarm/peer.ts";
import type { PeerList } from "../swarm/peer-list.ts";
import type { Swarm } from "../swarm/swarm.ts";
import type { Announcer } from "./announcer.ts";
import type { TorrentContext } from "./context.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Progress } from "./progress.ts";
import type { Selection } from "./selection.ts";
import type { FileStatus, PeerStatus, PiecesStatus, TorrentStatus } from "./status.ts";

/** What a torrent's snapshot is made of. */
export interface TorrentView {
  readonly infoHash: InfoHash;
  readonly name: string;
  readonly root: string;
  readonly state: Lifecycle;
  readonly have: Bitfield;
  readonly progress: Progress;
  readonly totals: Totals;
  readonly swarm: Swarm | undefined;
  readonly peerList: PeerList;
  readonly announcer: Announcer;
}

export function describeTorrent(view: TorrentView, now: Millis): TorrentStatus {
  const { swarm, progress } = view;
  return {
    infoHash: view.infoHash,
    name: view.name,
    root: view.root,
    state: view.state,
    wantedBytes: progress.wantedBytes,
    verifiedBytes: progress.verifiedBytes,
    piecesHave: view.have.count,
    pieceCount: view.have.length,
    downRate: swarm?.down.shortRate(now) ?? 0,
    upRate: swarm?.up.shortRate(now) ?? 0,
    ...view.totals,
    wastedBytes: swarm?.downloads.wastedBytes ?? 0,
    peers: swarm?.peerCount ?? 0,
    seeds: swarm === undefined ? 0 : [...swarm.peers].filter((peer) => peer.isSeed).length,
    knownPeers: view.peerList.size,
    sources: view.peerList.sources(),
    distributedCopies: swarm?.picker.distributedCopies() ?? 0,
    trackers: view.announcer.status(now),
    isSuperSeeding: swarm?.isSuperSeeding ?? false,
    bans: view.peerList.bans(now),
    refusals: swarm?.refusals.counts() ?? {},
  };
}

/** All files, in the torrent's order. */
export function describeFiles(
  { metainfo, geometry }: Pick<TorrentContext, "metainfo" | "geometry">,
  { layout, selection, have }: { readonly layout: Layout; readonly selection: Selection; readonly have: Bitfield },
): readonly FileStatus[] {
  return metainfo.files.map((file, index) => {
    const { offsetBytes, lengthBytes, isPad } = file;
    const { first, end } = geometry.piecesOf(offsetBytes, lengthBytes);
    let verifiedBytes = 0;
    for (let piece = have.nextSet(first); piece >= 0 && piece < end; piece = have.nextSet(piece + 1)) {
      const from = Math.max(offsetBytes, geometry.pieceOffset(piece));
      const to = Math.min(offsetBytes + lengthBytes, geometry.pieceOffset(piece) + geometry.pieceLengthOf(piece));
      verifiedBytes += to - from;
    }
    return { path: layout.nameOf(index), lengthBytes, verifiedBytes, priority: selection.priorityOf(index), isPad };
  });
}

export function describePeers(peers: Iterable<Peer> | undefined, now: Millis): readonly PeerStatus[] | undefined {
  return peers === undefined ? undefined : Array.from(peers, (peer) => describePeer(peer, now));
}

function describePeer(peer: Peer, now: Millis): PeerStatus {
  const { pieces } = peer.picker;
  return {
    endpoint: peer.endpoint,
    source: peer.known.source,
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

/** `picker`: of a torrent that runs. */
export function describePieces(have: Bitfield, picker: PiecePicker | undefined): PiecesStatus {
  const availability = new Uint8Array(picker === undefined ? 0 : have.length);
  for (let piece = 0; piece < availability.length; piece++)
    availability[piece] = Math.min(255, picker?.availability(piece) ?? 0);
  return {
    have: have.bytes.slice(),
    inFlight: [...(picker?.partialPieces() ?? [])].map(({ piece }) => piece),
    availability,
  };
}
