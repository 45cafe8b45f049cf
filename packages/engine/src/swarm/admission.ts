/** Who is let in: nobody banned, nobody twice, and no more than there is room for. */
import { compareBytes, type PeerId } from "@torrential/core";
import { PeerError } from "@torrential/protocol";
import type { Millis } from "../ports/machine.ts";
import type { Arrival } from "./arrival.ts";
import type { Peer } from "./peer.ts";
import type { PeerList } from "./peer-list.ts";

/** PROMISES, limits: connections per torrent. */
export const PEERS_MAX = 100;
/** Within so long of each other, two connections between the same two peers were dialled at once. */
const CROSSING_MS = 5_000;

export interface AdmissionView {
  /** Our own. */
  readonly peerId: PeerId;
  readonly peerList: PeerList;
  readonly peers: ReadonlyMap<number, Peer>;
}

/**
 * The connection that must make room for this arrival: an older one between the same two peers.
 * @throws {PeerError} when the arrival is banned, a duplicate, or one too many.
 */
export function admit(arrival: Arrival, view: AdmissionView, now: Millis): Peer | undefined {
  const { peerList, peers } = view;
  if (peerList.isBanned(arrival.endpoint, now)) {
    throw new PeerError("duplicate-peer", `${arrival.endpoint.address} is banned`, { bep: 3 });
  }
  if (peers.size >= PEERS_MAX) {
    throw new PeerError("flood", `${peers.size} peers are connected, at most ${PEERS_MAX} allowed`, { bep: 3 });
  }
  for (const peer of peers.values()) {
    if (!isSamePeer(arrival, peer)) continue;
    if (isBetter(arrival, peer, { peerId: view.peerId, now })) return peer;
    throw new PeerError("duplicate-peer", "a connection to this peer is already open", { bep: 3 });
  }
  return undefined;
}

function isSamePeer(arrival: Arrival, peer: Peer): boolean {
  return peer.endpoint.address === arrival.endpoint.address && compareBytes(peer.peerId, arrival.peerId) === 0;
}

/** Two that dial each other at once must keep the same connection: that of the side with the greater id. */
function isBetter(arrival: Arrival, peer: Peer, { peerId, now }: { peerId: PeerId; now: Millis }): boolean {
  if (arrival.isOutgoing === peer.isOutgoing || now - peer.connectedAt > CROSSING_MS) return false;
  return arrival.isOutgoing === compareBytes(peerId, arrival.peerId) > 0;
}
