/** Who is let in: nobody banned, nobody twice, and no more than there is room for. */
import { compareBytes, type Endpoint, type PeerId } from "@torrential/core";
import { PeerError } from "@torrential/protocol";
import type { Millis } from "../ports/machine.ts";
import type { Arrival } from "./arrival.ts";
import type { KnownPeer, OwnEndpoints, PeerList } from "./peer-list.ts";
import { peerPriority } from "./priority.ts";

/** PROMISES, limits: connections per torrent, unless its user says another number. */
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
  readonly peersMax: number;
  /** Where others see us: without it nobody has to make room. */
  readonly own: OwnEndpoints;
  /** Whether something flows to or from it: then it stays, whatever its priority. */
  readonly isInUse: (peer: P) => boolean;
}

/** Who has to go for an arrival, and why. */
export interface Displaced<P extends Admitted> {
  readonly peer: P;
  readonly reason: "duplicate-peer" | "too-many";
  readonly message: string;
}

/**
 * The connection that must make room for this arrival: an older one between the same two peers, or, when all places are
 * taken, the one of the lowest priority (BEP 40) if the arrival has a higher one.
 * @throws {PeerError} when the arrival is banned, a duplicate, or one too many.
 */
export function admit<P extends Admitted>(
  arrival: Arrival,
  view: AdmissionView<P>,
  now: Millis,
): Displaced<P> | undefined {
  const { peerList, peers } = view;
  if (peerList.isBanned(arrival.endpoint, now)) {
    throw new PeerError("duplicate-peer", `${arrival.endpoint.address} is banned`, { bep: 3 });
  }
  for (const peer of peers.values()) {
    // Its id alone says who it is: the same peer comes by IPv4 and IPv6, from the home network and from outside.
    if (compareBytes(peer.peerId, arrival.peerId) !== 0) continue;
    if (isBetter(arrival, peer, { peerId: view.peerId, now })) {
      return { peer, reason: "duplicate-peer", message: "the same peer came by another connection at the same time" };
    }
    throw new PeerError("duplicate-peer", "a connection to this peer is already open", { bep: 3 });
  }
  return peers.size < view.peersMax ? undefined : makeRoom(arrival, view);
}

function makeRoom<P extends Admitted>(
  arrival: Arrival,
  { peers, peersMax, own, isInUse }: AdmissionView<P>,
): Displaced<P> {
  let lowest: P | undefined;
  let least = priorityOf(arrival.endpoint, own);
  for (const peer of peers.values()) {
    const priority = priorityOf(peer.endpoint, own);
    if (priority === undefined || least === undefined || priority >= least || isInUse(peer)) continue;
    lowest = peer;
    least = priority;
  }
  if (lowest === undefined) {
    throw new PeerError("flood", `${peers.size} peers are connected, at most ${peersMax} allowed`, { bep: 3 });
  }
  return { peer: lowest, reason: "too-many", message: "another peer has a higher priority (BEP 40)" };
}

function priorityOf(endpoint: Endpoint, own: OwnEndpoints): number | undefined {
  const ours = own.find(({ family }) => family === endpoint.family);
  return ours === undefined ? undefined : peerPriority(ours, endpoint);
}

/**
 * Of two connections that were dialled at once both sides must keep the same one. When each dialled the other, that is
 * the one of the side with the greater id; when one dialled two addresses of the other, the one over IPv6, which is
 * translated less often. libtorrent (allow_multiple_connections_per_pid) decides the first in this way, too.
 */
function isBetter(arrival: Arrival, peer: Admitted, { peerId, now }: { peerId: PeerId; now: Millis }): boolean {
  if (now - peer.connectedAt > CROSSING_MS) return false;
  if (arrival.isOutgoing === peer.isOutgoing) return arrival.endpoint.family === 6 && peer.endpoint.family === 4;
  return arrival.isOutgoing === compareBytes(peerId, arrival.peerId) > 0;
}
