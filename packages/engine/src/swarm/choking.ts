/** Carries out what the choker decides for one torrent's peers. */
import { classifyIp, endpointKey, type Endpoint } from "@torrential/core";
import { Choker, type ChokeDecision, type ChokerPeer, type SlotCount } from "../choker/choker.ts";
import type { Millis, Random } from "../ports/machine.ts";
import type { ConnectionId } from "../ports/network.ts";
import type { Uploads } from "../torrent/uploads.ts";
import type { Peer } from "./peer.ts";

/** C17: who took more than twice the torrent from us is served last. */
const EXCESS_FACTOR = 2;

type Peers = ReadonlyMap<ConnectionId, Peer>;

export interface ChokingDeps {
  readonly random: Random;
  readonly slots?: SlotCount;
  readonly uploads: Uploads;
  readonly lengthBytes: number;
}

export class Choking {
  readonly #choker: Choker;
  readonly #uploads: Uploads;
  readonly #lengthBytes: number;
  #optimistic: ConnectionId | undefined;

  constructor(deps: ChokingDeps) {
    this.#choker = new Choker({ mode: "leech", slots: deps.slots ?? "adaptive", random: deps.random });
    this.#uploads = deps.uploads;
    this.#lengthBytes = deps.lengthBytes;
  }

  setSlots(slots: SlotCount): void {
    this.#choker.configure({ slots });
  }

  /** A peer became interested or lost interest: a free slot is filled at once. */
  handleInterest(peer: Peer, peers: Peers, now: Millis): void {
    if (peer.peerInterested && !peer.amChoking) return;
    this.#carryOut(this.#choker.onInterested(this.#viewsOf(peers, now), now), peers, now);
  }

  /** An unchoked peer may have left a slot. */
  handleGone(peers: Peers, now: Millis): void {
    this.#carryOut(this.#choker.onInterested(this.#viewsOf(peers, now), now), peers, now);
  }

  handleTimeout(peers: Peers, torrent: { readonly isSeed: boolean }, now: Millis): void {
    this.#choker.configure({ mode: torrent.isSeed ? "seed" : "leech" });
    const due = this.#choker.nextTimeout();
    if (due !== undefined && now >= due)
      this.#carryOut(this.#choker.rechoke(this.#viewsOf(peers, now), now), peers, now);
  }

  #carryOut(decision: ChokeDecision, peers: Peers, now: Millis): void {
    for (const id of decision.choke) {
      const peer = peers.get(id);
      if (peer !== undefined && !peer.amChoking) this.#choke(peer);
    }
    for (const id of decision.unchoke) {
      const peer = peers.get(id);
      if (peer?.amChoking === true) unchoke(peer, now);
    }
    if (decision.optimistic === this.#optimistic) return;
    this.#optimistic = decision.optimistic;
    const peer = decision.optimistic === undefined ? undefined : peers.get(decision.optimistic);
    if (peer !== undefined) peer.lastOptimisticAt = now;
  }

  #choke(peer: Peer): void {
    peer.amChoking = true;
    peer.writer.choke();
    this.#uploads.handleChoked(peer);
  }

  #viewsOf(peers: Peers, now: Millis): readonly ChokerPeer[] {
    const views: ChokerPeer[] = [];
    for (const peer of peers.values()) {
      views.push({
        id: peer.connection,
        interested: peer.peerInterested,
        unchoked: !peer.amChoking,
        snubbed: peer.picker.snubbed,
        downRate: peer.down.longRate(now),
        upRate: peer.up.longRate(now),
        uploadedSinceUnchoke: peer.uploadedSinceUnchoke,
        unchokedAt: peer.unchokedAt ?? 0,
        connectedAt: peer.connectedAt,
        lastOptimisticAt: peer.lastOptimisticAt,
        uploadOnly: peer.uploadOnly,
        networkPrefix: networkPrefix(peer.endpoint),
        excessUploads: peer.up.totalBytes > EXCESS_FACTOR * this.#lengthBytes,
      });
    }
    return views;
  }
}

function unchoke(peer: Peer, now: Millis): void {
  peer.amChoking = false;
  peer.unchokedAt = now;
  peer.uploadedSinceUnchoke = 0;
  peer.writer.unchoke();
}

/** C17: neighbours on the internet share a slot when slots are scarce; neighbours in our own house do not. */
function networkPrefix(endpoint: Endpoint): string {
  const { address } = endpoint;
  if (classifyIp(address) !== "public") return endpointKey(endpoint);
  return endpoint.family === 4 ? address.slice(0, address.lastIndexOf(".")) : address.split(":").slice(0, 4).join(":");
}
