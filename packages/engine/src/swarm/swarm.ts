/**
 * The connected peers of one running torrent: who is let in, what flows, who is unchoked, who is sent away.
 * Made when the pieces on disk are known; its picker, memory and verifier live as long as it does.
 */
import { type Bitfield, TorrentialError } from "@torrential/core";
import { PeerError } from "@torrential/protocol";
import type { BandwidthNode } from "../bandwidth/node.ts";
import type { SlotCount } from "../choker/choker.ts";
import { tellOfNode } from "../discovery/dht-node.ts";
import { serveMetadata } from "../metadata/extension.ts";
import type { WaitingPeer } from "../metadata/waiting-peer.ts";
import type { Outlet } from "../outbox.ts";
import { PiecePicker, type PieceOrder } from "../picker/picker.ts";
import type { DiskDone } from "../ports/disk.ts";
import type { Millis } from "../ports/machine.ts";
import type { CloseReason, ConnectionId } from "../ports/network.ts";
import type { DisconnectReason, TorrentEvent } from "../session/events.ts";
import type { TorrentContext } from "../torrent/context.ts";
import type { Proof } from "../torrent/proofs.ts";
import { Downloads } from "../torrent/downloads.ts";
import { Refusals } from "../torrent/refusals.ts";
import { Uploads } from "../torrent/uploads.ts";
import { Verifier } from "../verify/verifier.ts";
import type { SwarmWhy } from "../why/swarm-why.ts";
import { admit } from "./admission.ts";
import type { Arrival } from "./arrival.ts";
import { balance } from "./back-pressure.ts";
import { Blame } from "./blame.ts";
import { Choking } from "./choking.ts";
import type { Departing } from "./departing.ts";
import type { Dialling } from "./dialling.ts";
import { dontHaveExtension } from "./dont-have.ts";
import { Extensions } from "./extensions.ts";
import { greet, sendExtendedHandshake } from "./greeting.ts";
import { updateInterest } from "./interest.ts";
import { type MessageEffect, PeerMessages } from "./messages.ts";
import { chargeOverhead } from "./overhead.ts";
import { ownEndpoints } from "./own-endpoints.ts";
import type { KnownPeer, PeerList } from "./peer-list.ts";
import type { Peer, PeerOptions } from "./peer.ts";
import { makePex } from "./pex.ts";
import { handlePeerSecond } from "./pulse.ts";
import { RateMeter } from "./rate-meter.ts";
import { Revealing } from "./revealing.ts";
import { Seats } from "./seats.ts";
import { isCached, Suggesting } from "./suggesting.ts";
import { PartialSeeding, uploadOnlyExtension } from "./upload-only.ts";
import { Verdicts } from "./verdicts.ts";

const SECOND_MS = 1_000;
/** Haves instead of a bitfield, to a peer that waited: 180 KB. */
const HAVES_MAX = 20_000;
/** How long a piece may lie half done in memory when nothing else can be opened. */
const STALLED_MS = 30_000;
export interface SwarmOptions {
  readonly context: TorrentContext;
  readonly have: Bitfield;
  readonly order: PieceOrder;
  /** BEP 16: when all is here, peers are told of one piece at a time. */
  readonly superSeed: boolean;
  readonly uploadSlots: SlotCount;
  readonly peersMax: number | undefined;
  /** Of pieces that are believed without a hash. */
  readonly proof: Proof;
  readonly why: SwarmWhy;
  readonly peerList: PeerList;
  readonly dialling: Dialling;
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
  readonly #blame: Blame;
  readonly #verdicts: Verdicts;
  readonly #extensions: Extensions;
  readonly #suggesting: Suggesting;
  readonly #partialSeeding: PartialSeeding;
  readonly #messages: PeerMessages;
  readonly #choking: Choking;
  readonly #revealing: Revealing;
  readonly #seats: Seats;
  readonly #peers: ReadonlyMap<ConnectionId, Peer>;
  #peersMax: number;
  #nextSecondAt: Millis;

  constructor(options: SwarmOptions) {
    const { context, have, now } = options;
    this.#context = context;
    this.#options = options;
    this.#peersMax = options.peersMax ?? context.peersMax;
    this.picker = new PiecePicker({ geometry: context.geometry, have, random: context.random });
    this.picker.setOrder(options.order);
    const { peerList, node } = options;
    this.#seats = new Seats({ context, picker: this.picker, peerList, node });
    this.#peers = this.#seats.peers;
    this.downloads = new Downloads(context, { picker: this.picker, refusals: this.refusals, peers: this.#peers });
    const { pieceCount } = context.geometry;
    this.#revealing = new Revealing({ pieceCount, random: context.random }, this.#peers);
    if (options.superSeed && have.isFull) this.#revealing.begin();
    this.#uploads = new Uploads(context, this.picker.have, this.#revealing, options.proof);
    this.#verifier = new Verifier(context);
    this.#blame = new Blame({
      verifier: this.#verifier,
      peerList,
      peers: this.#peers,
      events: options.events,
      expel: (peer, message, at) => this.drop(peer, { reason: "piece-corrupt", message }, at),
    });
    const { isPrivate, infoBytes } = context.metainfo;
    const pex = makePex({ isTelling: true, add: (peer, at) => options.dialling.learn(peer, at) });
    // BEP 27: a private torrent has no peer exchange.
    this.#extensions = new Extensions([
      serveMetadata(infoBytes),
      isPrivate ? undefined : pex,
      uploadOnlyExtension(),
      dontHaveExtension({ picker: this.picker, downloads: this.downloads, pieceCount }),
    ]);
    this.#suggesting = new Suggesting({ isCached: (piece) => isCached(context, piece) });
    this.#partialSeeding = new PartialSeeding(this.#isUploadOnly);
    this.#verdicts = new Verdicts({
      geometry: context.geometry,
      picker: this.picker,
      downloads: this.downloads,
      blame: this.#blame,
      peers: this.#peers,
      events: options.events,
    });
    this.#messages = new PeerMessages({
      picker: this.picker,
      downloads: this.downloads,
      uploads: this.#uploads,
      pieceCount,
      revealing: this.#revealing,
      extensions: this.#extensions,
      peerList: options.peerList,
      externalAddresses: context.externalAddresses,
      handleDhtPort: (peer, port) => tellOfNode(context, peer.endpoint, port),
    });
    this.#choking = new Choking({
      random: context.random,
      slots: options.uploadSlots,
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
    return Math.max(0, this.#peersMax - this.#peers.size);
  }

  /** Takes a peer in. Throws PeerError when it is banned, a duplicate, or one too many. */
  add(arrival: Arrival, known: KnownPeer, now: Millis): void {
    const { context, peerList } = this.#options;
    const own = ownEndpoints(context.externalAddresses, this.#options.listenPort(), now);
    const isInUse = (peer: Peer): boolean => !peer.amChoking || peer.down.shortRate(now) > 0;
    const view = { peerId: context.peerId, peerList, peers: this.#peers, peersMax: this.#peersMax, own, isInUse };
    const displaced = admit(arrival, view, now);
    if (displaced !== undefined) this.drop(displaced.peer, displaced, now);
    const peer = this.#seats.take({ ...arrival, known }, now);
    greet(peer, {
      context,
      have: this.picker.have,
      listenPort: this.#options.listenPort(),
      extensions: this.#extensions,
      revealing: this.#revealing,
      isUploadOnly: this.#isUploadOnly,
    });
    if (arrival.dht) peer.writer.port(this.#options.listenPort());
    this.#options.events.push({
      type: "peer-connected",
      endpoint: peer.endpoint,
      client: peer.client,
      isOutgoing: peer.isOutgoing,
    });
  }

  /** Takes over a peer that has waited: what it said meanwhile is heard now, and it hears what we have. */
  adopt(waiting: WaitingPeer, now: Millis): void {
    const peer = this.#seats.take({ ...waitingOf(waiting), earlier: waiting }, now);
    const { have } = this.picker;
    // BEP 6: the place for a bitfield was the first message, long ago.
    if (have.count > HAVES_MAX || this.#revealing.isOn) {
      this.drop(peer, { reason: "no-use", message: "we have too much to tell it of; it may come again" }, now);
      return;
    }
    for (let piece = have.nextSet(0); piece >= 0; piece = have.nextSet(piece + 1)) peer.writer.have(piece);
    try {
      const { pieceCount } = this.#context.geometry;
      this.#handleEffects(peer, this.#messages.replay(peer, waiting.backlog.messages(pieceCount), now), now);
    } catch (error) {
      if (!(error instanceof TorrentialError)) throw error;
      this.#handleBreach(peer, error, now);
    }
  }

  // hot
  handleData(connection: ConnectionId, chunk: Uint8Array, now: Millis): void {
    const peer = this.#peers.get(connection);
    if (peer === undefined || peer.isDropped) return;
    peer.receivedBytes += chunk.length;
    const before = peer.down.totalBytes;
    const sentBefore = peer.up.totalBytes;
    try {
      this.#handleEffects(peer, this.#messages.receive(peer, chunk, now), now);
    } catch (error) {
      if (!(error instanceof TorrentialError)) throw error;
      this.#handleBreach(peer, error, now);
    }
    this.down.add(peer.down.totalBytes - before, now);
    // A request that finds its block in memory is answered at once.
    if (peer.up.totalBytes > sentBefore) this.up.add(peer.up.totalBytes - sentBefore, now);
    this.#submitComplete();
    this.#revealing.tell(now);
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
    const peer = this.#seats.ofNode(node);
    if (peer === undefined) return;
    if (peer.isUploadBlocked) this.#pump(peer, now);
    this.downloads.request(peer, now);
  }

  /** What these peers waited for was read from disk. */
  handleReadFor(piece: number, connections: readonly ConnectionId[], now: Millis): void {
    this.#suggesting.handleRead(
      piece,
      connections.flatMap((connection) => this.#peers.get(connection) ?? []),
    );
    for (const connection of connections) {
      const peer = this.#peers.get(connection);
      if (peer !== undefined) this.#pump(peer, now);
    }
  }

  /** The disk's word on a piece: passed and written, or false. */
  handleVerdict(done: Extract<DiskDone, { type: "committed" | "hash-failed" }>, now: Millis): void {
    if (this.#verdicts.handleDone(done, now)) this.#requestAll(now);
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
    return this.#verdicts.takeVerified();
  }

  /** Wanted pieces changed. */
  handleSelectionChanged(now: Millis): void {
    for (const peer of this.#peers.values()) updateInterest(peer, this.picker, now);
    this.#requestAll(now);
  }

  /** From the next rechoke on. */
  setUploadSlots(slots: SlotCount): void {
    this.#choking.setSlots(slots);
  }

  /** Undefined for the usual number. With too many there, those go that came last. */
  setPeersMax(peersMax: number | undefined, now: Millis): void {
    this.#peersMax = peersMax ?? this.#context.peersMax;
    for (const peer of [...this.#peers.values()].slice(this.#peersMax))
      this.drop(peer, { reason: "too-many", message: "fewer peers are wanted" }, now);
  }

  get isSuperSeeding(): boolean {
    return this.#revealing.isOn;
  }

  /** BEP 16, for a torrent that is whole. Whoever knows all that we have must come again to be told one piece at a time. */
  setSuperSeeding(enabled: boolean, now: Millis): void {
    if (enabled === this.#revealing.isOn || (enabled && !this.picker.have.isFull)) return;
    if (!enabled) return this.#revealing.end(this.picker.have);
    for (const peer of [...this.#peers.values()]) {
      this.drop(peer, { reason: "super-seeding", message: "super-seeding begins: come again" }, now);
      peer.known.retryAt = now;
    }
    this.#revealing.begin();
  }

  /** Sends complete pieces to the disk; call after blocks were restored, too. */
  submitComplete(): void {
    this.#submitComplete();
  }

  /** Sends every peer away. */
  disconnectAll(reason: DisconnectReason, now: Millis, message = "the torrent stopped"): void {
    for (const peer of [...this.#peers.values()]) this.drop(peer, { reason, message }, now);
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
    this.#extensions.handleSecond(this.#peers.values(), now);
    this.#revealing.tell(now);
    this.#choking.handleTimeout(this.#peers, { isSeed: this.picker.wantedRemaining === 0 }, now);
    this.#verdicts.handleSecond(now);
    if (this.refusals.takeStalled()) this.downloads.giveUpStalest(now, STALLED_MS);
    this.#requestAll(now);
    this.#suggesting.handleSecond(this.#revealing.isOn ? [] : this.#peers.values());
    this.#partialSeeding.tell(this.#peers.values(), this.#isUploadOnly, (peer) => this.#introduce(peer));
    this.#options.why.handleSecond(this.#peers.values(), this.picker, now);
  }

  /** Throws when the books disagree; for tests and the simulator. */
  checkInvariants(): void {
    this.picker.checkInvariants();
  }

  /** BEP 21. Who super-seeds looks like a leecher. */
  get #isUploadOnly(): boolean {
    return this.picker.wantedRemaining === 0 && !this.#revealing.isOn;
  }

  /** Says again what we are, as BEP 10 allows. */
  #introduce(peer: Peer): void {
    const listenPort = this.#options.listenPort();
    sendExtendedHandshake(peer, { extensions: this.#extensions, listenPort, isUploadOnly: this.#isUploadOnly });
  }

  #handleEffects(peer: Peer, effects: readonly MessageEffect[], now: Millis): void {
    for (const effect of effects) {
      if (effect === "extended-handshake") this.#dropIfUseless(peer, now);
      else this.#choking.handleInterest(peer, this.#peers, now);
    }
  }

  #handleBreach(peer: Peer, error: TorrentialError, now: Millis): void {
    if (error instanceof PeerError) {
      if (error.ban) this.#blame.ban(peer.known, error.message, now);
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
    for (const complete of this.downloads.takeComplete()) this.#blame.submit(complete);
  }

  #requestAll(now: Millis): void {
    const peers = this.picker.isGuarded ? fastestFirst(this.#peers.values()) : this.#peers.values();
    for (const peer of peers) this.downloads.request(peer, now);
  }

  #handleSecond(peer: Peer, now: Millis): void {
    if (this.#context.limits.options.countOverhead) chargeOverhead(peer, this.#context.bandwidth, now);
    const farewell = handlePeerSecond(peer, this, now);
    if (farewell !== undefined) return this.drop(peer, farewell, now);
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
    this.#blame.remember(peer);
    this.#extensions.handleGone(peer, now);
    this.#seats.leave(peer);
    this.#revealing.remove(peer);
    this.#revealing.tell(now);
    this.#choking.handleGone(this.#peers, now);
    const { reason, message, isBreach = false } = why;
    this.#options.peerList.handleDisconnected(peer.known, { failed: isBreach }, now);
    this.#options.events.push({ type: "peer-disconnected", endpoint: peer.endpoint, reason, message });
  }
}

function waitingOf(peer: WaitingPeer): Omit<PeerOptions, "pieceCount" | "picker" | "node" | "earlier" | "now"> {
  const { connection, endpoint, transport, isOutgoing, known, peerId, fast, extended } = peer;
  return { connection, endpoint, transport, isOutgoing, known, peerId, fast, extended, unsentBytes: 0 };
}

/** With fewer pieces than unproven peers, who is fast shows soonest what it is. */
function fastestFirst(peers: Iterable<Peer>): readonly Peer[] {
  return [...peers].toSorted(
    (a, b) => b.picker.rateBytesPerSec - a.picker.rateBytesPerSec || b.down.totalBytes - a.down.totalBytes,
  );
}
