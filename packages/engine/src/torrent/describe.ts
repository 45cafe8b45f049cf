/** Takes the snapshots that are shown outside. */
import type { Run } from "./run.ts";
import type { TorrentParts } from "./parts.ts";
import { addUp } from "./totals.ts";
import type { Bitfield } from "@torrential/core";
import type { PiecePicker } from "../picker/picker.ts";
import type { Millis } from "../ports/machine.ts";
import type { Peer } from "../swarm/peer.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { FileStatus, PeerStatus, PiecesStatus, TorrentStatus } from "./status.ts";

/** Where a torrent is now. */
export interface TorrentView {
  readonly state: Lifecycle;
  readonly have: Bitfield;
  readonly run: Run | undefined;
}

export function describeTorrent(parts: TorrentParts, view: TorrentView, now: Millis): TorrentStatus {
  const { have, run } = view;
  const swarm = run?.swarm;
  const { options, wishes, files, peerList, sources, earlier } = parts;
  const { progress } = wishes;
  return {
    infoHash: options.context.infoHash,
    name: options.add.metainfo.name,
    root: files.layout.root,
    state: shownState(view, files.moving),
    wantedBytes: progress.wantedBytes,
    verifiedBytes: progress.verifiedBytes,
    piecesHave: have.count,
    pieceCount: have.length,
    downRate: swarm?.down.shortRate(now) ?? 0,
    upRate: swarm?.up.shortRate(now) ?? 0,
    ...addUp(earlier.totals, swarm),
    wastedBytes: swarm?.downloads.wastedBytes ?? 0,
    peers: swarm?.peerCount ?? 0,
    seeds: swarm === undefined ? 0 : [...swarm.peers].filter((peer) => peer.isSeed).length,
    knownPeers: peerList.size,
    sources: peerList.sources(),
    distributedCopies: swarm?.picker.distributedCopies() ?? 0,
    trackers: sources.announcer.status(now),
    isSuperSeeding: swarm?.isSuperSeeding ?? false,
    bans: peerList.bans(now),
    refusals: swarm?.refusals.counts() ?? {},
  };
}

/** With what its parts know of how far they are. */
function shownState({ state, run }: TorrentView, moving: Lifecycle): Lifecycle {
  if (state.status === "moving") return moving;
  return (state.status === "checking" ? run?.checking : undefined) ?? state;
}

/** All files, in the torrent's order. */
export function describeFiles({ options, files, wishes }: TorrentParts, have: Bitfield): readonly FileStatus[] {
  const { metainfo, geometry } = options.context;
  const { layout } = files;
  const { selection } = wishes;
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
    transport: peer.transport,
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
