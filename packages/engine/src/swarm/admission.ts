/** Who is let in: nobody banned, nobody twice, and no more than there is room for. */
import { compareBytes, type Endpoint, type PeerId } from "@torrential/core";
import { PeerError } from "@torrential/protocol";
import type { Millis } from "../ports/machine.ts";
import type { Arrival } from "./arrival.ts";
import type { KnownPeer, PeerList } from "./peer-list.ts";

/** PROMISES, limits: connections per torrent. */
export const PEERS_MAX = 100;
/** Within so long of each other, two connections between the same two peers were dialled at once. */
const CROSSING_MS = 5_000;

/** Where peers come in. */
export interface Room {
  /** Throws PeerError. */
  add(arrival: Arrival, known: KnownPeer, now: Millis): void;
}

/** Lists who has arrived and lets it in. Throws PeerError when it is not wanted; then its entry is as before. */
export function welcome(
  arrival: Arrival,
  { peerList, room }: { readonly peerList: PeerList; readonly room: Room | undefined },
  now: Millis,
): KnownPeer {
  const known = peerList.welcome(arrival.endpoint, now);
  try {
    room?.add(arrival, known, now);
  } catch (error) {
    if (!arrival.isOutgoing && !known.isBusy) peerList.handleDisconnected(known, { failed: false }, now);
    throw error;
  }
  return known;
}

/** What of a connected peer decides. */
export interface Admitted {
  readonly endpoint: Endpoint;
  readonly peerId: PeerId;
  readonly isOutgoing: boolean;
  readonly connectedAt: Millis;
}

export interface AdmissionView<P extends Admitted> {
  /** Our own. */
  readonly peerId: PeerId;
  readonly peerList: PeerList;
  readonly peers: ReadonlyMap<number, P>;
}

/**
 * The connection that must make room for this arrival: an older one between the same two peers.
 * @throws {PeerError} when the arrival is banned, a duplicate, or one too many.
 */
export function admit<P extends Admitted>(arrival: Arrival, view: AdmissionView<P>, now: Millis): P | undefined {
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

function isSamePeer(arrival: Arrival, peer: Admitted): boolean {
  return peer.endpoint.address === arrival.endpoint.address && compareBytes(peer.peerId, arrival.peerId) === 0;
}

/** Two that dial each other at once must keep the same connection: that of the side with the greater id. */
function isBetter(arrival: Arrival, peer: Admitted, { peerId, now }: { peerId: PeerId; now: Millis }): boolean {
  if (arrival.isOutgoing === peer.isOutgoing || now - peer.connectedAt > CROSSING_MS) return false;
  return arrival.isOutgoing === compareBytes(peerId, arrival.peerId) > 0;
}
