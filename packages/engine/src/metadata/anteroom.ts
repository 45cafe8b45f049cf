/**
 * Where peers wait whose torrent cannot use them yet: its metadata is not known, or its files are being looked at.
 * They are greeted, extension messages are served, all else is kept for later.
 */
import type { PeerId } from "@torrential/core";
import { TorrentialError } from "@torrential/core";
import {
  type BlockTarget,
  decodeExtendedHandshake,
  PeerError,
  type WireMessage,
  type WireSink,
} from "@torrential/protocol";
import { tellOfNode } from "../discovery/dht-node.ts";
import type { Outlet } from "../outbox.ts";
import type { DhtCommand } from "../ports/dht.ts";
import type { Millis } from "../ports/machine.ts";
import type { CloseReason, ConnectionId, NetworkCommand } from "../ports/network.ts";
import type { DisconnectReason, TorrentEvent } from "../session/events.ts";
import type { ExternalAddresses } from "../session/external-address.ts";
import type { Slab } from "../storage/slab.ts";
import { admit } from "../swarm/admission.ts";
import type { Arrival } from "../swarm/arrival.ts";
import { balance } from "../swarm/back-pressure.ts";
import type { Extensions } from "../swarm/extensions.ts";
import { sendExtendedHandshake } from "../swarm/greeting.ts";
import type { KnownPeer, PeerList } from "../swarm/peer-list.ts";
import { WaitingPeer } from "./waiting-peer.ts";

const SECOND_MS = 1_000;
/** As for peers of a running torrent. */
const SILENCE_MAX_MS = 120_000;
const KEEP_ALIVE_MS = 90_000;
/** PROMISES, limits: "queues: in requests 2,000 then drop". */
const REQUESTS_MAX = 2_000;

export interface AnteroomOptions {
  /** Our own. */
  readonly peerId: PeerId;
  readonly out: Outlet<NetworkCommand | DhtCommand>;
  /** There is a DHT to tell of what peers' port messages say. */
  readonly usesDht: boolean;
  readonly slab: Slab;
  readonly peerList: PeerList;
  readonly peersMax: number;
  readonly extensions: Extensions<WaitingPeer>;
  readonly listenPort: () => number;
  readonly externalAddresses: ExternalAddresses;
  readonly emit: (event: TorrentEvent) => void;
}

/** Why a connection ends. */
export interface Farewell {
  readonly reason: DisconnectReason;
  readonly message: string;
  /** The peer broke the protocol, which counts against dialling it again. */
  readonly isBreach?: boolean;
}

export class Anteroom implements WireSink {
  readonly #options: AnteroomOptions;
  readonly #peers = new Map<ConnectionId, WaitingPeer>();
  #extensions: Extensions<WaitingPeer>;
  #nextSecondAt: Millis = 0;
  /** Of the message that is being read. */
  #peer: WaitingPeer | undefined;
  #now: Millis = 0;

  constructor(options: AnteroomOptions) {
    this.#options = options;
    this.#extensions = options.extensions;
  }

  get peers(): Iterable<WaitingPeer> {
    return this.#peers.values();
  }

  get peerCount(): number {
    return this.#peers.size;
  }

  get roomForPeers(): number {
    return this.#options.peersMax - this.#peers.size;
  }

  get(connection: ConnectionId): WaitingPeer | undefined {
    return this.#peers.get(connection);
  }

  /** From now on other extensions hear what peers say, and peers are told of them. What both have keeps its id. */
  introduce(extensions: Extensions<WaitingPeer>): void {
    this.#extensions = extensions;
    for (const peer of this.#peers.values()) if (peer.extended) this.#greet(peer);
  }

  /** Takes a peer in. Throws PeerError when it is banned, a duplicate, or one too many. */
  add(arrival: Arrival, known: KnownPeer, now: Millis): void {
    const { peerId, peerList, emit } = this.#options;
    const view = {
      peerId,
      peerList,
      peers: this.#peers,
      peersMax: this.#options.peersMax,
      own: [],
      isInUse: () => true,
    };
    const displaced = admit(arrival, view, now);
    if (displaced !== undefined) this.drop(displaced.peer, displaced, now);
    const peer = new WaitingPeer(arrival, known, now);
    peerList.handleConnected(known);
    if (this.#peers.size === 0) this.#nextSecondAt = now + SECOND_MS;
    this.#peers.set(peer.connection, peer);
    // BEP 6: we have nothing, which with the fast extension is to be said.
    if (peer.fast) peer.writer.haveNone();
    if (peer.extended) this.#greet(peer);
    if (arrival.dht) peer.writer.port(this.#options.listenPort());
    emit({ type: "peer-connected", endpoint: peer.endpoint, client: peer.client, isOutgoing: peer.isOutgoing });
  }

  handleData(connection: ConnectionId, chunk: Uint8Array, now: Millis): void {
    const peer = this.#peers.get(connection);
    if (peer === undefined) return;
    this.#peer = peer;
    this.#now = now;
    peer.lastReceivedAt = now;
    try {
      peer.decoder.receive(chunk, this);
    } catch (error) {
      if (!(error instanceof TorrentialError)) throw error;
      this.handleBreach(peer, error, now);
    }
    if (this.#peers.has(connection)) balance(peer, this.#options.out);
  }

  handleTransmitted(connection: ConnectionId, bytes: number): void {
    const peer = this.#peers.get(connection);
    if (peer === undefined) return;
    peer.send.handleTransmitted(bytes, this.#options.slab);
    balance(peer, this.#options.out);
  }

  handleClosed(connection: ConnectionId, reason: CloseReason, now: Millis): void {
    const peer = this.#peers.get(connection);
    if (peer !== undefined) this.#forget(peer, { reason, message: `the connection ${reason}` }, now);
  }

  handleBreach(peer: WaitingPeer, error: TorrentialError, now: Millis): void {
    const reason = error instanceof PeerError ? error.code : "extended-invalid";
    if (error instanceof PeerError && error.ban) this.ban(peer, error.message, now);
    this.drop(peer, { reason, message: error.message, isBreach: true }, now);
  }

  ban(peer: WaitingPeer, reason: string, now: Millis): void {
    for (const ban of this.#options.peerList.ban(peer.endpoint, reason, now))
      this.#options.emit({ type: "peer-banned", endpoint: peer.endpoint, ...ban });
  }

  drop(peer: WaitingPeer, why: Farewell, now: Millis): void {
    if (!this.#peers.has(peer.connection)) return;
    peer.send.flush(this.#options.out);
    this.#options.out.push({ type: "close", connection: peer.connection });
    this.#forget(peer, why, now);
  }

  disconnectAll(reason: DisconnectReason, now: Millis, message = "the torrent stopped"): void {
    for (const peer of [...this.#peers.values()]) this.drop(peer, { reason, message }, now);
  }

  /** Everybody, for the torrent to take over; nobody is here any more. */
  release(): readonly WaitingPeer[] {
    const peers = [...this.#peers.values()];
    this.#peers.clear();
    return peers;
  }

  flush(now: Millis): void {
    for (const peer of this.#peers.values()) {
      if (!peer.send.hasPending) continue;
      peer.send.flush(this.#options.out);
      peer.lastSentAt = now;
    }
  }

  nextTimeout(): Millis | undefined {
    return this.#peers.size === 0 ? undefined : this.#nextSecondAt;
  }

  handleTimeout(now: Millis): void {
    if (now < this.#nextSecondAt) return;
    this.#nextSecondAt = now + SECOND_MS;
    for (const peer of [...this.#peers.values()]) {
      if (now - peer.lastReceivedAt >= SILENCE_MAX_MS) {
        const message = `nothing received for ${SILENCE_MAX_MS / 1_000} s`;
        this.drop(peer, { reason: "silent", message }, now);
      } else if (now - peer.lastSentAt >= KEEP_ALIVE_MS) peer.writer.keepAlive();
    }
    this.#extensions.handleSecond(this.#peers.values(), now);
  }

  // ---- what the decoder reads

  handleMessage(message: WireMessage): void {
    const peer = this.#current;
    // Sent away by an earlier message of the same chunk.
    if (!this.#peers.has(peer.connection)) return;
    if (message.type === "extended") return this.#handleExtended(peer, message.id, message.payload);
    if (message.type === "request") return this.#handleRequest(peer, message);
    if (message.type === "port") return tellOfNode(this.#options, peer.endpoint, message.port);
    const isFastOnly = message.type === "have-all" || message.type === "have-none" || message.type === "suggest";
    if (!peer.fast && (isFastOnly || message.type === "allowed-fast" || message.type === "reject")) {
      throw new PeerError("fast-not-agreed", `${message.type} without the fast extension in both handshakes`, {
        bep: 6,
      });
    }
    peer.backlog.handleMessage(message);
  }

  handleBlockStart(piece: number, begin: number): BlockTarget | undefined {
    throw new PeerError("piece-unrequested", `block at ${begin} of piece ${piece}, nothing was asked for`, { bep: 3 });
  }

  handleBlockEnd(): void {}

  get #current(): WaitingPeer {
    if (this.#peer === undefined) throw new Error("a message outside handleData()");
    return this.#peer;
  }

  #greet(peer: WaitingPeer): void {
    const { listenPort } = this.#options;
    sendExtendedHandshake(peer, { extensions: this.#extensions, listenPort: listenPort(), isUploadOnly: false });
  }

  #handleExtended(peer: WaitingPeer, id: number, payload: Uint8Array): void {
    if (!peer.extended) return;
    if (id !== 0) return this.#extensions.handleMessage(peer, { id, payload }, this.#now);
    const handshake = decodeExtendedHandshake(payload);
    if (handshake.client !== undefined) peer.client = handshake.client;
    if (handshake.uploadOnly !== undefined) peer.uploadOnly = handshake.uploadOnly;
    if (handshake.port !== undefined) this.#options.peerList.handleListenPort(peer.known, handshake.port, this.#now);
    this.#options.externalAddresses.handleYourIp(handshake.yourIp, peer.endpoint, this.#now);
    if (handshake.requestQueue !== undefined) peer.requestQueue = handshake.requestQueue;
    this.#extensions.handleHandshake(peer, handshake, this.#now);
  }

  /** We have nothing yet: with BEP 6 it is said, without it the peer finds out when we choke it, as we do. */
  #handleRequest(peer: WaitingPeer, request: Extract<WireMessage, { type: "request" }>): void {
    peer.requestCount += 1;
    if (peer.requestCount > REQUESTS_MAX) {
      throw new PeerError("flood", `${peer.requestCount} requests to a peer that has nothing`, { bep: 3 });
    }
    if (peer.fast) peer.writer.message({ ...request, type: "reject" });
  }

  #forget(peer: WaitingPeer, why: Farewell, now: Millis): void {
    if (!this.#peers.delete(peer.connection)) return;
    this.#extensions.handleGone(peer, now);
    const { reason, message, isBreach = false } = why;
    this.#options.peerList.handleDisconnected(peer.known, { failed: isBreach }, now);
    this.#options.emit({ type: "peer-disconnected", endpoint: peer.endpoint, reason, message });
  }
}
