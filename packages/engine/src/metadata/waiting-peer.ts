/** A peer after the handshake, before its torrent can use it: it is listened to, and becomes a `Peer` later. */
import { describePeerId, type Endpoint, type PeerId } from "@torrential/core";
import { WireDecoder, WireWriter } from "@torrential/protocol";
import type { Millis } from "../ports/machine.ts";
import type { ConnectionId, Transport } from "../ports/network.ts";
import type { Arrival } from "../swarm/arrival.ts";
import type { ExtensionPeer } from "../swarm/extensions.ts";
import type { EarlierLife } from "../swarm/peer.ts";
import type { KnownPeer } from "../swarm/peer-list.ts";
import { SendQueue } from "../swarm/send-queue.ts";
import { Backlog } from "./backlog.ts";

export class WaitingPeer implements ExtensionPeer, EarlierLife {
  readonly connection: ConnectionId;
  readonly endpoint: Endpoint;
  readonly transport: Transport;
  readonly isOutgoing: boolean;
  readonly known: KnownPeer;
  readonly peerId: PeerId;
  readonly fast: boolean;
  readonly extended: boolean;
  readonly connectedAt: Millis;
  readonly decoder: WireDecoder = new WireDecoder();
  readonly writer: WireWriter = new WireWriter();
  readonly send: SendQueue;
  readonly extensionIds: Map<string, number> = new Map();
  readonly backlog: Backlog = new Backlog();
  client: string;
  uploadOnly = false;
  /** `reqq` of its handshake. */
  requestQueue: number | undefined;
  lastReceivedAt: Millis;
  lastSentAt: Millis;
  /** Requests for blocks that we do not have. */
  requestCount = 0;
  /** It does not read what we send: we do not read what it sends. */
  isPaused = false;

  constructor(arrival: Arrival, known: KnownPeer, now: Millis) {
    this.connection = arrival.connection;
    this.endpoint = arrival.endpoint;
    this.transport = arrival.transport;
    this.isOutgoing = arrival.isOutgoing;
    this.known = known;
    this.peerId = arrival.peerId;
    this.fast = arrival.fast;
    this.extended = arrival.extended;
    this.connectedAt = now;
    this.send = new SendQueue(arrival.connection, this.writer, arrival.unsentBytes);
    this.client = describePeerId(arrival.peerId);
    this.lastReceivedAt = now;
    this.lastSentAt = now;
  }

  get isSeed(): boolean {
    return this.uploadOnly;
  }

  /** Sends a message of an extension (BEP 10), if the peer takes any of that name. */
  sendExtension(name: string, payload: Uint8Array): void {
    const id = this.extensionIds.get(name);
    if (id !== undefined) this.writer.extended(id, payload);
  }
}
