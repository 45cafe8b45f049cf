/** Who is in the swarm: each connected peer with its place in the picker, on the tree of limits and in the list of peers. */
import type { BandwidthNode } from "../bandwidth/node.ts";
import type { PiecePicker } from "../picker/picker.ts";
import type { Millis } from "../ports/machine.ts";
import type { ConnectionId } from "../ports/network.ts";
import type { TorrentContext } from "../torrent/context.ts";
import { Peer, type PeerOptions } from "./peer.ts";
import type { PeerList } from "./peer-list.ts";

export interface SeatsDeps {
  readonly context: Pick<TorrentContext, "geometry" | "limits">;
  readonly picker: PiecePicker;
  readonly peerList: PeerList;
  /** The torrent's, below which peers' are. */
  readonly node: BandwidthNode;
}

export class Seats {
  readonly #deps: SeatsDeps;
  readonly #peers = new Map<ConnectionId, Peer>();
  readonly #byNode = new Map<BandwidthNode, Peer>();

  constructor(deps: SeatsDeps) {
    this.#deps = deps;
  }

  get peers(): ReadonlyMap<ConnectionId, Peer> {
    return this.#peers;
  }

  ofNode(node: BandwidthNode): Peer | undefined {
    return this.#byNode.get(node);
  }

  take(options: Omit<PeerOptions, "pieceCount" | "picker" | "node" | "now">, now: Millis): Peer {
    const { context, picker, peerList, node } = this.#deps;
    const { connection, known } = options;
    const peer = new Peer({
      ...options,
      pieceCount: context.geometry.pieceCount,
      picker: picker.addPeer(connection),
      node: context.limits.addPeer(node, options, now),
      now,
    });
    peerList.handleConnected(known);
    this.#peers.set(connection, peer);
    this.#byNode.set(peer.node, peer);
    return peer;
  }

  leave(peer: Peer): void {
    this.#deps.picker.removePeer(peer.picker);
    this.#deps.context.limits.removePeer(peer.node);
    this.#peers.delete(peer.connection);
    this.#byNode.delete(peer.node);
  }
}
