/**
 * The connected peers of one running torrent: who is let in, what flows, who is unchoked, who is sent away.
 * Made when the pieces on disk are known; its picker, memory and verifier live as long as it does.
 */
import { allowedFastSet, encodeExtendedHandshake, PeerError } from "@torrential/protocol";
import {
  type Bitfield,
  compareBytes,
  type Endpoint,
  infoHashBytes,
  type PeerId,
  TorrentialError,
} from "@torrential/core";
import type { BandwidthNode } from "../bandwidth/node.ts";
import type { Outlet } from "../outbox.ts";
import { PiecePicker, type PieceOrder } from "../picker/picker.ts";
import type { DiskDone } from "../ports/disk.ts";
import type { Millis } from "../ports/machine.ts";
import type { CloseReason, ConnectionId } from "../ports/network.ts";
import type { DisconnectReason, TorrentEvent } from "../session/events.ts";
import type { TorrentContext } from "../torrent/context.ts";
import { Downloads } from "../torrent/downloads.ts";
import { Refusals } from "../torrent/refusals.ts";
import { REQUESTS_ANNOUNCED, Uploads } from "../torrent/uploads.ts";
import { type Guilt, type Sender, type Verdict, Verifier } from "../verify/verifier.ts";
import { balance } from "./back-pressure.ts";
import { Choking } from "./choking.ts";
import type { Departing } from "./departing.ts";
import { updateInterest } from "./interest.ts";
import { PeerMessages } from "./messages.ts";
import { Peer } from "./peer.ts";
import type { KnownPeer, PeerList } from "./peer-list.ts";
import { Revealing } from "./revealing.ts";
import { RateMeter } from "./rate-meter.ts";
import { judgeSilence } from "./timeouts.ts";

/** PROMISES, limits: connections per torrent. */
const PEERS_MAX = 100;
const SECOND_MS = 1_000;
/** Within so long of each other, two connections between the same two peers were dialled at once. */
const CROSSING_MS = 5_000;
/** Senders that are gone and remembered for blame. */
const SENDERS_MAX = 1_000;
/** How long a piece may lie half done in memory when nothing else can be opened. */
const STALLED_MS = 30_000;
/** Shown to peers in the extension handshake. */
const CLIENT_NAME = "Torrential 0.1.0";

/** A connection whose handshake is done. */
export interface Arrival {
  readonly connection: ConnectionId;
  readonly endpoint: Endpoint;
  readonly isOutgoing: boolean;
  readonly peerId: PeerId;
  readonly fast: boolean;
  readonly extended: boolean;
  readonly unsentBytes: number;
}

export interface SwarmOptions {
  readonly context: TorrentContext;
  readonly have: Bitfield;
  readonly order: PieceOrder;
  /** BEP 16: when all is here, peers are told of one piece at a time. */
  readonly superSeed: boolean;
  readonly peerList: PeerList;
  readonly node: BandwidthNode;
  readonly listenPort: () => number;
  readonly events: Outlet<TorrentEvent>;
  readonly departing: Departing;
  readonly now: Millis;
}

/** Why a connection ends. */
interface Farewell {
  readonly reason: DisconnectReason;
  readonly message: string;
  /** The peer broke the protocol, which counts against dialling it again. */
  readonly isBreach?: boolean;
}

export class Swarm {
  readonly picker: PiecePicker;
  readonly downloads: Downloads;
  readonly refusals: Refusals = new Refusals();
  readonly down: RateMeter;
  readonly up: RateMeter;
  readonly #context: TorrentContext;
  readonly #options: SwarmOptions;
  readonly #uploads: Uploads;
  readonly #verifier: Verifier;
  readonly #messages: PeerMessages;
  readonly #choking: Choking;
  /** While super-seeding. */
  readonly #revealing: Revealing | undefined;
  readonly #peers = new Map<ConnectionId, Peer>();
  readonly #byNode = new Map<BandwidthNode, Peer>();
  /** Who sent blocks, for verdicts that come after they left. */
  readonly #senders = new Map<number, Sender>();
  /** Pieces that passed since the last `takeVerified`. */
  #verified: number[] = [];
  #nextSecondAt: Millis;

  constructor(options: SwarmOptions) {
    const { context, have, now } = options;
    this.#context = context;
    this.#options = options;
    this.picker = new PiecePicker({ geometry: context.geometry, have, random: context.random });
    this.picker.setOrder(options.order);
    this.downloads = new Downloads(context, { picker: this.picker, refusals: this.refusals, peers: this.#peers });
    if (options.superSeed && have.isFull) {
      this.#revealing = new Revealing({ pieceCount: context.geometry.pieceCount, random: context.random }, this.#peers);
    }
    this.#uploads = new Uploads(context, this.picker.have, this.#revealing);
    this.#verifier = new Verifier(context);
    this.#messages = new PeerMessages({
      picker: this.picker,
      downloads: this.downloads,
      uploads: this.#uploads,
      pieceCount: context.geometry.pieceCount,
      revealing: this.#revealing,
    });
    this.#choking = new Choking({
      random: context.random,
      uploads: this.#uploads,
      lengthBytes: context.geometry.lengthBytes,
    });
    this.down = new RateMeter(now);
    this.up = new RateMeter(now);
    this.#nextSecondAt = now + SECOND_MS;
  }

  get peers(): Iterable<Peer> {
    return this.#peers.values();
  }

  get peerCount(): number {
    return this.#peers.size;
  }

  /** Whether pieces are at the disk: their memory is in use, so the swarm must not be dropped yet. */
  get isCommitting(): boolean {
    return this.#verifier.pendingCount > 0;
  }

  /** How many more peers may be dialled. */
  get roomForPeers(): number {
    return PEERS_MAX - this.#peers.size;
  }

  /** Takes a peer in. Throws PeerError when it is banned, a duplicate, or one too many. */
  add(arrival: Arrival, known: KnownPeer, now: Millis): void {
    this.#admit(arrival, now);
    const { context, node } = this.#options;
    const peer = new Peer({
      ...arrival,
      known,
      pieceCount: context.geometry.pieceCount,
      picker: this.picker.addPeer(arrival.connection),
      node: context.bandwidth.createNode(node, `peer ${arrival.connection}`),
      now,
    });
    known.isBusy = true;
    this.#peers.set(peer.connection, peer);
    this.#byNode.set(peer.node, peer);
    this.#greet(peer);
    this.#options.events.push({
      type: "peer-connected",
      endpoint: peer.endpoint,
      client: peer.client,
      isOutgoing: peer.isOutgoing,
    });
  }

  // hot
  handleData(connection: ConnectionId, chunk: Uint8Array, now: Millis): void {
    const peer = this.#peers.get(connection);
    if (peer === undefined || peer.isDropped) return;
    const before = peer.down.totalBytes;
    const sentBefore = peer.up.totalBytes;
    try {
      for (const effect of this.#messages.receive(peer, chunk, now)) {
        if (effect === "extended-handshake") this.#dropIfUseless(peer, now);
        else this.#choking.handleInterest(peer, this.#peers, now);
      }
    } catch (error) {
      if (!(error instanceof TorrentialError)) throw error;
      this.#handleBreach(peer, error, now);
    }
    this.down.add(peer.down.totalBytes - before, now);
    // A request that finds its block in memory is answered at once.
    if (peer.up.totalBytes > sentBefore) this.up.add(peer.up.totalBytes - sentBefore, now);
    this.#submitComplete();
    this.#revealing?.tell(now);
    this.downloads.request(peer, now);
    if (!peer.isDropped) balance(peer, this.#context.out);
  }

  handleTransmitted(connection: ConnectionId, bytes: number, now: Millis): void {
    const peer = this.#peers.get(connection);
    if (peer === undefined) return;
    peer.send.handleTransmitted(bytes, this.#context.slab);
    if (peer.requests.length > 0) this.#pump(peer, now);
    balance(peer, this.#context.out);
  }

  handleClosed(connection: ConnectionId, reason: CloseReason, now: Millis): void {
    const peer = this.#peers.get(connection);
    if (peer === undefined) return;
    peer.send.abandon(this.#context.slab);
    this.#forget(peer, { reason, message: `the connection ${reason}` }, now);
  }

  /** A node may reserve again: the peer goes on with what it waited for. */
  handleTicket(node: BandwidthNode, now: Millis): void {
    const peer = this.#byNode.get(node);
    if (peer === undefined) return;
    if (peer.isUploadBlocked) this.#pump(peer, now);
    this.downloads.request(peer, now);
  }

  /** What these peers waited for was read from disk. */
  handleReadFor(connections: readonly ConnectionId[], now: Millis): void {
    for (const connection of connections) {
      const peer = this.#peers.get(connection);
      if (peer !== undefined) this.#pump(peer, now);
    }
  }

  /** The disk's word on a piece: passed and written, or false. */
  handleVerdict(done: Extract<DiskDone, { type: "committed" | "hash-failed" }>, now: Millis): void {
    const verdict = this.#verifier.handleDone(done);
    if (verdict === undefined) return;
    this.downloads.close(verdict.piece);
    if (verdict.type === "passed") this.#handlePassed(verdict, now);
    else this.#handleFailed(verdict, now);
    this.#requestAll(now);
  }

  /** Whether the failed job was a commit: then its piece waits in memory for `retry`. */
  handleDiskFailed(job: number): boolean {
    return this.#verifier.handleFailed(job);
  }

  /** The disk may work again. */
  retry(): void {
    this.#verifier.retry();
  }

  /** Pieces that passed since the last call. */
  takeVerified(): readonly number[] {
    const verified = this.#verified;
    if (verified.length > 0) this.#verified = [];
    return verified;
  }

  /** Wanted pieces changed. */
  handleSelectionChanged(now: Millis): void {
    for (const peer of this.#peers.values()) updateInterest(peer, this.picker, now);
    this.#requestAll(now);
  }

  /** Sends complete pieces to the disk; call after blocks were restored, too. */
  submitComplete(): void {
    this.#submitComplete();
  }

  /** Sends every peer away. */
  disconnectAll(reason: DisconnectReason, now: Millis): void {
    for (const peer of [...this.#peers.values()]) this.drop(peer, { reason, message: "the torrent stopped" }, now);
  }

  /** Ends a connection for a reason of ours. */
  drop(peer: Peer, why: Farewell, now: Millis): void {
    if (peer.isDropped) return;
    peer.send.flush(this.#context.out);
    this.#context.out.push({ type: "close", connection: peer.connection });
    this.#options.departing.add(peer.connection, peer.send);
    this.#forget(peer, why, now);
  }

  /** Hands what every peer has to say to the driver. */
  flush(now: Millis): void {
    const { out } = this.#context;
    for (const peer of this.#peers.values()) {
      if (!peer.send.hasPending) continue;
      peer.send.flush(out);
      peer.lastSentAt = now;
    }
  }

  nextTimeout(): Millis | undefined {
    return this.#peers.size === 0 ? undefined : this.#nextSecondAt;
  }

  handleTimeout(now: Millis): void {
    if (now < this.#nextSecondAt) return;
    this.#nextSecondAt = now + SECOND_MS;
    for (const peer of [...this.#peers.values()]) this.#handleSecond(peer, now);
    this.#revealing?.tell(now);
    this.#choking.handleTimeout(this.#peers, { isSeed: this.picker.wantedRemaining === 0 }, now);
    if (this.refusals.takeStalled()) this.downloads.giveUpStalest(now, STALLED_MS);
    this.#requestAll(now);
  }

  /** Throws when the books disagree; for tests and the simulator. */
  checkInvariants(): void {
    this.picker.checkInvariants();
  }

  #admit(arrival: Arrival, now: Millis): void {
    if (this.#options.peerList.isBanned(arrival.endpoint, now)) {
      throw new PeerError("duplicate-peer", `${arrival.endpoint.address} is banned`, { bep: 3 });
    }
    if (this.#peers.size >= PEERS_MAX) {
      throw new PeerError("flood", `${this.#peers.size} peers are connected, at most ${PEERS_MAX} allowed`, { bep: 3 });
    }
    for (const peer of this.#peers.values()) {
      if (peer.endpoint.address !== arrival.endpoint.address || compareBytes(peer.peerId, arrival.peerId) !== 0)
        continue;
      if (!this.#isBetter(arrival, peer, now)) {
        throw new PeerError("duplicate-peer", "a connection to this peer is already open", { bep: 3 });
      }
      this.drop(peer, { reason: "duplicate-peer", message: "the peer dialled us while we dialled it" }, now);
    }
  }

  /** Two that dial each other at once must keep the same connection: that of the side with the greater id. */
  #isBetter(arrival: Arrival, peer: Peer, now: Millis): boolean {
    if (arrival.isOutgoing === peer.isOutgoing || now - peer.connectedAt > CROSSING_MS) return false;
    const isOursGreater = compareBytes(this.#context.peerId, arrival.peerId) > 0;
    return arrival.isOutgoing === isOursGreater;
  }

  /** What we have, and what we can do: the first messages of ours (BEP 3, 6, 10). */
  #greet(peer: Peer): void {
    const { have } = this.picker;
    if (this.#revealing !== undefined) this.#revealing.add(peer);
    else if (peer.fast && have.isFull) peer.writer.haveAll();
    else if (peer.fast && have.isEmpty) peer.writer.haveNone();
    else if (!have.isEmpty) peer.writer.bitfield(have.toBytes());
    if (peer.extended) {
      const handshake = {
        extensions: new Map<string, number>(),
        client: CLIENT_NAME,
        requestQueue: REQUESTS_ANNOUNCED,
        port: this.#options.listenPort() || undefined,
        yourIp: peer.endpoint.address,
        uploadOnly: have.isFull && this.#revealing === undefined ? true : undefined,
      };
      peer.writer.extended(0, encodeExtendedHandshake(handshake));
    }
    if (peer.fast && !have.isEmpty && this.#revealing === undefined) this.#offerAllowedFast(peer);
  }

  /** BEP 6: a new peer may have a few pieces while it is choked, so that it has something to trade. */
  #offerAllowedFast(peer: Peer): void {
    const { infoHash, geometry } = this.#context;
    const pieces = allowedFastSet({
      address: peer.endpoint.address,
      infoHash: infoHashBytes(infoHash),
      pieceCount: geometry.pieceCount,
    });
    const offered = pieces.filter((piece) => this.picker.have.has(piece));
    peer.allowedFast = new Set(offered);
    for (const piece of offered) peer.writer.allowedFast(piece);
  }

  #handleBreach(peer: Peer, error: TorrentialError, now: Millis): void {
    if (error instanceof PeerError) {
      if (error.ban) this.#ban(peer.known, error.message, now);
      this.drop(peer, { reason: error.code, message: error.message, isBreach: true }, now);
    } else {
      this.drop(peer, { reason: "extended-invalid", message: error.message, isBreach: true }, now);
    }
  }

  #pump(peer: Peer, now: Millis): void {
    const before = peer.up.totalBytes;
    this.#uploads.pump(peer, now);
    this.up.add(peer.up.totalBytes - before, now);
  }

  #submitComplete(): void {
    for (const complete of this.downloads.takeComplete()) {
      this.#verifier.submit(complete, (id) => this.#senderOf(id));
    }
  }

  #senderOf(id: number): Sender | undefined {
    const peer = this.#peers.get(id);
    if (peer !== undefined && !this.#senders.has(id)) {
      if (this.#senders.size >= SENDERS_MAX) this.#forgetOldestSender();
      this.#senders.set(id, { id, known: peer.known });
    }
    return this.#senders.get(id);
  }

  #forgetOldestSender(): void {
    for (const id of this.#senders.keys()) {
      if (this.#peers.has(id)) continue;
      this.#senders.delete(id);
      return;
    }
  }

  #handlePassed(verdict: Extract<Verdict, { type: "passed" }>, now: Millis): void {
    const { piece } = verdict;
    this.picker.handleVerified(piece);
    this.#verified.push(piece);
    for (const sender of verdict.senders) sender.known.goodPieces += 1;
    for (const guilt of verdict.guilty) this.#punish(guilt, now);
    for (const { id } of verdict.cleared) {
      const peer = this.#peers.get(id);
      if (peer !== undefined) peer.picker.parole = false;
    }
    for (const peer of this.#peers.values()) {
      if (!peer.picker.pieces.has(piece)) peer.writer.have(piece);
      updateInterest(peer, this.picker, now);
    }
    this.#options.events.push({ type: "piece-verified", piece });
  }

  #handleFailed(verdict: Extract<Verdict, { type: "failed" }>, now: Millis): void {
    const { piece, senders } = verdict;
    this.picker.handleFailed(piece);
    this.downloads.wastedBytes += this.#context.geometry.pieceLengthOf(piece);
    this.#options.events.push({ type: "piece-failed", piece, peers: senders.map(({ known }) => known.endpoint) });
    for (const guilt of verdict.guilty) this.#punish(guilt, now);
    for (const { id } of verdict.suspects) {
      const peer = this.#peers.get(id);
      if (peer === undefined) continue;
      peer.picker.parole = true;
      this.downloads.release(peer, now);
    }
  }

  /** Bad data: out at once; banned when it is proven, or when it happens again (C12). */
  #punish({ sender, piece, certain }: Guilt, now: Millis): void {
    const reason = certain
      ? `sent a bad block of piece ${piece}`
      : `piece ${piece}, all of it from this peer, failed its hash`;
    if (certain) this.#ban(sender.known, reason, now);
    else if (this.#options.peerList.strike(sender.known, reason, now)) this.#emitBan(sender.known, reason);
    const peer = this.#peers.get(sender.id);
    if (peer !== undefined) this.drop(peer, { reason: "piece-corrupt", message: reason }, now);
  }

  #ban(known: KnownPeer, reason: string, now: Millis): void {
    this.#options.peerList.ban(known.endpoint, reason, now);
    this.#emitBan(known, reason);
  }

  #emitBan(known: KnownPeer, reason: string): void {
    this.#options.events.push({ type: "peer-banned", endpoint: known.endpoint, reason });
  }

  #requestAll(now: Millis): void {
    for (const peer of this.#peers.values()) this.downloads.request(peer, now);
  }

  #handleSecond(peer: Peer, now: Millis): void {
    const rate = peer.down.shortRate(now);
    peer.picker.rateBytesPerSec = rate;
    if (!peer.picker.snubbed) peer.window.handleSecond(rate);
    const verdict = judgeSilence(peer, { isComplete: this.picker.wantedRemaining === 0 }, now);
    switch (verdict.type) {
      case "fine":
        break;
      case "keep-alive":
        peer.writer.keepAlive();
        break;
      case "snub":
        this.refusals.count("snubbed");
        this.downloads.release(peer, now);
        peer.picker.snubbed = true;
        peer.window.handleSnubbed();
        break;
      case "drop":
        this.drop(peer, verdict, now);
        return;
      default:
        verdict satisfies never;
    }
    if (peer.isUploadBlocked) this.#pump(peer, now);
  }

  /** Two that both want nothing have nothing to say to each other. */
  #dropIfUseless(peer: Peer, now: Millis): void {
    if (this.picker.have.isFull && peer.isSeed)
      this.drop(peer, { reason: "no-use", message: "both sides have everything" }, now);
  }

  #forget(peer: Peer, why: Farewell, now: Millis): void {
    if (peer.isDropped) return;
    peer.isDropped = true;
    this.downloads.release(peer, now);
    this.downloads.abandon(peer);
    if (peer.down.totalBytes > 0) this.#senderOf(peer.connection);
    this.picker.removePeer(peer.picker);
    this.#context.bandwidth.removeNode(peer.node);
    this.#peers.delete(peer.connection);
    this.#byNode.delete(peer.node);
    this.#revealing?.remove(peer);
    this.#revealing?.tell(now);
    this.#choking.handleGone(this.#peers, now);
    const { reason, message, isBreach = false } = why;
    this.#options.peerList.handleDisconnected(peer.known, { failed: isBreach }, now);
    this.#options.events.push({ type: "peer-disconnected", endpoint: peer.endpoint, reason, message });
  }
}
