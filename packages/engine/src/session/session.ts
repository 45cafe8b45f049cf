/**
 * The engine: all torrents, all connections, one outbox. A driver feeds it one input at a time, drains `poll()`, and
 * calls `handleTimeout` when `nextTimeout()` is due. It reads no clock, opens no socket and touches no file.
 */
import { type Endpoint, type InfoHash, magnetInfoHash, type PeerId } from "@torrential/core";
import { PeerError } from "@torrential/protocol";
import type { BandwidthNode } from "../bandwidth/node.ts";
import type { RateLimits } from "../bandwidth/limit-strategy.ts";
import { type GroupName, Limits } from "../bandwidth/limits.ts";
import { Deadlines, earliest } from "../deadlines.ts";
import { type Handover, type PendingContext, PendingTorrent } from "../metadata/pending-torrent.ts";
import { Outbox } from "../outbox.ts";
import type { AnnounceResult, ScrapeResult } from "../ports/announce.ts";
import type { DhtOutcome } from "../ports/dht.ts";
import type { DiskDone, StoreId } from "../ports/disk.ts";
import type { Machine, Millis, Random } from "../ports/machine.ts";
import type { CloseReason, ConnectionId } from "../ports/network.ts";
import { ReadCache } from "../storage/read-cache.ts";
import { Slab } from "../storage/slab.ts";
import { ownEndpoints } from "../swarm/own-endpoints.ts";
import type { FileStatus, PeerStatus, PiecesStatus, TorrentStatus } from "../torrent/status.ts";
import { shapeOf } from "../torrent/shape.ts";
import { Torrent } from "../torrent/torrent.ts";
import type { AddMagnetOptions, AddOptions, Command, TorrentCommand } from "./commands.ts";
import { type AddressVote, ExternalAddresses } from "./external-address.ts";
import type { TorrentWhy } from "../why/report.ts";
import { commandLimits, isOfEverything, type LimitCommand, makeTorrentNode } from "./limit-commands.ts";
import { type Dial, Lobby } from "./lobby.ts";
import { refuse } from "./refuse.ts";
import type { SessionOutput } from "./outputs.ts";
import { type Reachability, ReachabilityRecord } from "./reachability.ts";
import { Scraper } from "./scraper.ts";

/** PROMISES, limits: connections in all. */
const CONNECTIONS_MAX = 500;
/** Payload memory: pieces under way, pieces at the disk, and what is read ahead. */
const SLAB_BUDGET_BYTES = 128 * 1024 * 1024;
const READ_CACHE_BYTES = 48 * 1024 * 1024;
/** How long a torrent waits when the budget for dials is used up; it grows by three in this time. */
const DIALS_DELAY_MS = 100;
/** A torrent must be able to have a few pieces open at once, however large they are. */
const OPEN_PIECES_MIN = 4;

export interface SessionOptions {
  readonly peerId: PeerId;
  readonly random: Random;
  readonly slabBudgetBytes?: number;
  /** Defaults of the whole session. */
  readonly limits?: RateLimits;
  /** Address families that trackers are announced to over; both by default. */
  readonly families?: readonly (4 | 6)[];
  /** The driver runs a DHT node, at the port that we listen at. */
  readonly dht?: boolean;
  readonly now: Millis;
}

/** A torrent, or what will be one when its metadata is known. */
type Member = Torrent | PendingTorrent;

export class Session implements Machine<SessionOutput> {
  /** What our addresses are, as others see them. */
  readonly externalAddresses: ExternalAddresses = new ExternalAddresses();
  readonly #out = new Outbox<SessionOutput>();
  readonly #options: SessionOptions;
  readonly #slab: Slab;
  readonly #cache: ReadCache;
  readonly #reachability = new ReachabilityRecord();
  readonly #scraper: Scraper;
  readonly #limits = new Limits();
  readonly #bandwidth = this.#limits.service;
  readonly #lobby: Lobby;
  readonly #torrents = new Map<InfoHash, Member>();
  readonly #byStore = new Map<StoreId, Torrent>();
  readonly #byConnection = new Map<ConnectionId, Member>();
  /** By info-hash: who asked may have become another by the time of the answer. */
  readonly #byAnnounce = new Map<number, InfoHash>();
  readonly #bySave = new Map<number, Torrent>();
  readonly #byNode = new Map<BandwidthNode, Member>();
  readonly #deadlines = new Deadlines<Member>();
  readonly #touched = new Set<Member>();
  /** Had an input since the last `takeChanged`. */
  #changed = new Set<InfoHash>();
  #lastId = 0;
  #now: Millis;
  #listenPort = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#now = options.now;
    this.#slab = new Slab({ budgetBytes: options.slabBudgetBytes ?? SLAB_BUDGET_BYTES }, this.#out);
    const nextId = this.nextId;
    this.#cache = new ReadCache({ budgetBytes: READ_CACHE_BYTES }, { slab: this.#slab, out: this.#out, nextId });
    this.#scraper = new Scraper({ out: this.#out, nextId });
    this.#lobby = new Lobby({
      peerId: options.peerId,
      out: this.#out,
      knows: (infoHash) => this.#accepts(infoHash),
      usesDht: (infoHash) => this.#torrents.get(infoHash)?.sources.dht !== undefined,
    });
    this.#limits.set(this.#bandwidth.root, options.limits ?? {}, options.now);
  }

  /** One sequence for connections, jobs and requests; the driver takes numbers for incoming connections from it. */
  readonly nextId: () => number = () => {
    this.#lastId += 1;
    return this.#lastId;
  };

  /** Bytes of payload memory that somebody holds. */
  get slabUsedBytes(): number {
    return this.#slab.usedBytes;
  }

  setListenPort(port: number): void {
    this.#listenPort = port;
  }

  has(infoHash: InfoHash): boolean {
    return this.#torrents.has(infoHash);
  }

  handleCommand(command: Command, now: Millis): void {
    if (command.type === "add") return this.#add(command, now);
    if (command.type === "add-magnet") return this.#addMagnet(command, now);
    if (isOfEverything(command)) return this.#commandLimits(command, this.#bandwidth.root, now);
    if (command.type === "vote-external-address") return this.#vote(command, now);
    if (command.type === "set-port-mappings") return this.#reachability.setMappings(command.mappings);
    if (command.type === "scrape") return this.#scrape(command.infoHash);
    const torrent = command.infoHash === undefined ? undefined : this.#torrents.get(command.infoHash);
    if (torrent === undefined) return refuse(command, this.#out);
    this.#command(torrent, command, now);
    this.#touch(torrent, now);
  }

  handleIncoming(connection: ConnectionId, endpoint: Endpoint, now: Millis): void {
    this.#now = now;
    if (this.#byConnection.size + this.#lobby.size >= CONNECTIONS_MAX) this.#out.push({ type: "close", connection });
    else this.#lobby.handleIncoming(connection, endpoint, now);
  }

  handleConnected(connection: ConnectionId, now: Millis): void {
    this.#lobby.handleConnected(connection, now);
  }

  /** `chunk` is a view that is valid during the call. */
  // hot
  handleData(connection: ConnectionId, chunk: Uint8Array, now: Millis): void {
    const torrent = this.#byConnection.get(connection);
    if (torrent === undefined) return this.#handleHandshake(connection, chunk, now);
    torrent.handleData(connection, chunk, now);
    this.#touch(torrent, now);
  }

  handleTransmitted(connection: ConnectionId, bytes: number, now: Millis): void {
    const torrent = this.#byConnection.get(connection);
    if (torrent === undefined) return this.#lobby.handleTransmitted(connection, bytes);
    torrent.handleTransmitted(connection, bytes, now);
    this.#touch(torrent, now);
  }

  handleClosed(connection: ConnectionId, reason: CloseReason, now: Millis): void {
    const torrent = this.#byConnection.get(connection);
    if (torrent === undefined) {
      const dial = this.#lobby.handleClosed(connection);
      if (dial !== undefined) this.#handleDialFailed(dial, now);
      return;
    }
    this.#byConnection.delete(connection);
    torrent.handleClosed(connection, reason, now);
    this.#touch(torrent, now);
  }

  handleDiskDone(done: DiskDone, now: Millis): void {
    const torrent = this.#byStore.get(done.store);
    if (torrent === undefined) return;
    torrent.handleDiskDone(done, now);
    this.#touch(torrent, now);
  }

  /** A `journal-replace` with this `save` is on disk, or could not be written. */
  handleSaved(save: number, result: { readonly ok: boolean }, now: Millis): void {
    const torrent = this.#bySave.get(save);
    if (torrent === undefined) return;
    this.#bySave.delete(save);
    torrent.handleSaved(save, result, now);
    this.#touch(torrent, now);
  }

  handleAnnounced(request: number, result: AnnounceResult, now: Millis): void {
    const infoHash = this.#byAnnounce.get(request);
    this.#byAnnounce.delete(request);
    const torrent = infoHash === undefined ? undefined : this.#torrents.get(infoHash);
    if (torrent === undefined) return;
    torrent.handleAnnounced(request, result, now);
    this.#touch(torrent, now);
    if (!result.ok || result.response.externalIp === undefined || result.from === undefined) return;
    this.#vote({ address: result.response.externalIp, source: "tracker", voter: result.from }, now);
  }

  /** The DHT found peers. */
  handleDhtPeers(request: number, peers: readonly Endpoint[], now: Millis): void {
    const infoHash = this.#byAnnounce.get(request);
    const torrent = infoHash === undefined ? undefined : this.#torrents.get(infoHash);
    if (torrent?.sources.ownsDhtRequest(request) !== true) return;
    torrent.addPeers(peers, "dht", now);
    this.#touch(torrent, now);
  }

  /** What a `dht-announce` came to; it has ended. */
  handleDhtDone(request: number, outcome: DhtOutcome, now: Millis): void {
    const infoHash = this.#byAnnounce.get(request);
    this.#byAnnounce.delete(request);
    const torrent = infoHash === undefined ? undefined : this.#torrents.get(infoHash);
    if (torrent === undefined) return;
    torrent.sources.handleDhtDone(request, outcome, now);
    this.#touch(torrent, now);
  }

  handleScraped(request: number, result: ScrapeResult, now: Millis): void {
    for (const outcome of this.#scraper.handleResult(request, result)) {
      const torrent = this.#torrents.get(outcome.infoHash);
      if (torrent === undefined) continue;
      torrent.announcer.handleScraped(outcome.url, outcome.result);
      this.#touch(torrent, now);
    }
  }

  nextTimeout(): Millis | undefined {
    return earliest(this.#deadlines.next, this.#lobby.nextTimeout(), this.#bandwidth.nextTimeout());
  }

  handleTimeout(now: Millis): void {
    this.#now = now;
    for (const dial of this.#lobby.handleTimeout(now)) this.#handleDialFailed(dial, now);
    for (;;) {
      const torrent = this.#deadlines.nextKey;
      if (torrent === undefined || (this.#deadlines.next ?? now + 1) > now) break;
      torrent.handleTimeout(now);
      this.#touch(torrent, now);
      // A deadline that a handler left in the past waits for the next call instead of holding this one.
      this.#deadlines.set(torrent, futureOf(torrent.nextTimeout(), now));
    }
    this.#bandwidth.handleTimeout(now);
    this.#serveTickets(now);
    this.#settle(now);
  }

  poll(): SessionOutput | undefined {
    if (this.#touched.size > 0) this.#settle(this.#now);
    return this.#out.poll();
  }

  status(infoHash: InfoHash, now: Millis): TorrentStatus | undefined {
    return this.#torrents.get(infoHash)?.status(now);
  }

  statuses(now: Millis): readonly TorrentStatus[] {
    return [...this.#torrents.values()].map((torrent) => torrent.status(now));
  }

  /** As they were set: of a torrent, or without one of everything. Undefined when there is no such torrent. */
  limits(infoHash?: InfoHash): RateLimits | undefined {
    const node = infoHash === undefined ? this.#bandwidth.root : this.#torrents.get(infoHash)?.node;
    return node === undefined ? undefined : this.#limits.limitsOf(node);
  }

  peerLimits(infoHash: InfoHash, endpoint: Endpoint): RateLimits {
    const node = this.#torrents.get(infoHash)?.node;
    return node === undefined ? {} : this.#limits.peerLimits(node, endpoint);
  }

  groupLimits(): ReadonlyMap<GroupName, RateLimits> {
    return this.#limits.groupLimits();
  }

  files(infoHash: InfoHash): readonly FileStatus[] {
    return this.#torrents.get(infoHash)?.files() ?? [];
  }

  peers(infoHash: InfoHash, now: Millis): readonly PeerStatus[] {
    return this.#torrents.get(infoHash)?.peers(now) ?? [];
  }

  pieces(infoHash: InfoHash): PiecesStatus | undefined {
    return this.#torrents.get(infoHash)?.pieces();
  }

  /** The torrents whose status may be another one since the last call, but for rates, which fall by themselves. */
  takeChanged(): ReadonlySet<InfoHash> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  /** Whether peers can reach us, and how we know. */
  reachability(now: Millis): Reachability {
    return this.#reachability.view(this.externalAddresses.all(now), now);
  }

  /** Why a torrent is no faster, and each of its peers. */
  why(infoHash: InfoHash, now: Millis): TorrentWhy | undefined {
    return this.#torrents.get(infoHash)?.why(now);
  }

  /** Throws when the books disagree; slow, for tests and the simulator. */
  checkInvariants(): void {
    for (const torrent of this.#torrents.values()) torrent.checkInvariants();
  }

  #add(command: Extract<Command, { type: "add" }>, now: Millis): void {
    const { metainfo } = command;
    const infoHash = metainfo.infoHashV1;
    if (infoHash === undefined || this.#torrents.has(infoHash)) return;
    const node = makeTorrentNode(this.#limits, metainfo.name, command.trackers ?? metainfo.trackers, command, now);
    const torrent = this.#makeTorrent({ add: command, infoHash, node }, now);
    if (command.start) torrent.start(now);
    this.#touch(torrent, now);
  }

  #addMagnet(command: AddMagnetOptions & { readonly start: boolean }, now: Millis): void {
    const infoHash = magnetInfoHash(command.magnet);
    if (this.#torrents.has(infoHash)) return;
    const { magnet, trackers = magnet.trackers } = command;
    const node = makeTorrentNode(this.#limits, magnet.name ?? infoHash, trackers, command, now);
    const context = { ...this.#sharedContext(infoHash), slab: this.#slab };
    const pending = new PendingTorrent({ add: command, node, listenPort: () => this.#listenPort, context, now });
    this.#torrents.set(infoHash, pending);
    this.#byNode.set(node, pending);
    if (command.start) pending.start(now);
    this.#touch(pending, now);
  }

  /** The metadata is known: a torrent goes on with all that was there, connections included. */
  #promote(pending: PendingTorrent, handover: Handover, now: Millis): void {
    this.#deadlines.set(pending, undefined);
    const { infoHash, node } = pending;
    const torrent = this.#makeTorrent({ add: handover.add, infoHash, node, handover }, now);
    for (const [connection, member] of this.#byConnection)
      if (member === pending) this.#byConnection.set(connection, torrent);
    torrent.start(now);
    this.#touch(torrent, now);
  }

  #makeTorrent(
    parts: {
      readonly add: AddOptions;
      readonly infoHash: InfoHash;
      readonly node: BandwidthNode;
      readonly handover?: Handover;
    },
    now: Millis,
  ): Torrent {
    const { add, infoHash, node, handover } = parts;
    const { metainfo } = add;
    this.#slab.ensureBudget(OPEN_PIECES_MIN * metainfo.pieceLength);
    const store = this.nextId();
    const nextSaveId = (): number => {
      const save = this.nextId();
      this.#bySave.set(save, torrent);
      return save;
    };
    const shared = this.#sharedContext(infoHash);
    const context = {
      ...shared,
      ...shapeOf(metainfo),
      metainfo,
      usesDht: shared.usesDht && !metainfo.isPrivate,
      store,
      slab: this.#slab,
      cache: this.#cache,
      bandwidth: this.#bandwidth,
      limits: this.#limits,
      nextSaveId,
    };
    const torrent: Torrent = new Torrent({ add, node, listenPort: () => this.#listenPort, context, now, handover });
    this.#torrents.set(infoHash, torrent);
    this.#byStore.set(store, torrent);
    this.#byNode.set(node, torrent);
    return torrent;
  }

  /** What of a context does not depend on the metadata. */
  #sharedContext(infoHash: InfoHash): Omit<PendingContext, "slab"> {
    return {
      infoHash,
      peerId: this.#options.peerId,
      out: this.#out,
      random: this.#options.random,
      externalAddresses: this.externalAddresses,
      families: this.#options.families ?? [4, 6],
      usesDht: this.#options.dht ?? false,
      nextId: this.nextId,
      nextAnnounceId: () => {
        const request = this.nextId();
        this.#byAnnounce.set(request, infoHash);
        return request;
      },
    };
  }

  #command(torrent: Member, command: TorrentCommand, now: Millis): void {
    switch (command.type) {
      case "start":
        return torrent.start(now);
      case "stop":
        return torrent.stop(now);
      case "remove":
        return torrent.remove(command, now);
      case "recheck":
        return torrent.recheck(now);
      case "add-peers":
        return torrent.addPeers(command.peers, command.source, now);
      case "set-file-priorities":
      case "set-order":
      case "set-first-and-last":
      case "set-super-seeding":
      case "set-upload-slots":
        return torrent.commandWishes(command, now);
      case "set-limits":
      case "set-peer-limits":
      case "set-tags":
        return this.#commandLimits(command, torrent.node, now);
      case "unban":
        torrent.peerList.unban(command.key);
        return;
      case "read":
      case "read-ahead":
      case "end-reader":
      case "cancel-read":
        return torrent.commandReads(command, now);
      case "rename-files":
      case "move-storage":
        return torrent.relocate(command, now);
      case "reannounce":
      case "set-announce-to":
      case "add-trackers":
      case "set-trackers":
      case "remove-tracker":
        return torrent.commandTrackers(command, now);
      default:
        command satisfies never;
    }
  }

  /** A changed address is told to the trackers: the peers that they send would go to the old one. */
  #vote(vote: AddressVote, now: Millis): void {
    const before = this.externalAddresses.all(now);
    if (!this.externalAddresses.vote(vote, now) || before.length === 0) return;
    for (const torrent of this.#torrents.values()) {
      torrent.announcer.reannounce({}, now);
      this.#touch(torrent, now);
    }
  }

  #scrape(infoHash: InfoHash | undefined): void {
    const torrents = [...this.#torrents.values()].filter(
      (each) => infoHash === undefined || each.infoHash === infoHash,
    );
    this.#scraper.ask(
      torrents.flatMap((each) => each.announcer.urls.flat().map((url) => ({ url, infoHash: each.infoHash }))),
    );
  }

  #handleHandshake(connection: ConnectionId, chunk: Uint8Array, now: Millis): void {
    const result = this.#lobby.handleData(connection, chunk);
    if (result.type === "waiting") return;
    if (result.type === "refused") {
      if (result.dial !== undefined) this.#handleDialFailed(result.dial, now, result.error);
      return;
    }
    const torrent = this.#torrents.get(result.infoHash);
    if (torrent?.isOpen !== true) {
      if (result.dial !== undefined) this.#handleDialFailed(result.dial, now);
      this.#out.push({ type: "close", connection });
      return;
    }
    try {
      torrent.addPeer(result.arrival, now);
      if (!result.arrival.isOutgoing) this.#reachability.handleIncoming(result.arrival.endpoint, now);
      this.#byConnection.set(connection, torrent);
      if (result.rest.length > 0) torrent.handleData(connection, result.rest, now);
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      if (result.dial !== undefined) this.#handleDialFailed(result.dial, now, error);
      this.#out.push({ type: "close", connection });
    }
    this.#touch(torrent, now);
  }

  #handleDialFailed(dial: Dial, now: Millis, error?: PeerError): void {
    const torrent = this.#torrents.get(dial.infoHash);
    if (torrent === undefined) return;
    if (error?.ban === true) torrent.peerList.ban(dial.known.endpoint, error.message, now);
    torrent.peerList.handleDisconnected(dial.known, { failed: true }, now);
    torrent.dialling.isDue = true;
    this.#touch(torrent, now);
  }

  #accepts(infoHash: InfoHash): boolean {
    return this.#torrents.get(infoHash)?.isOpen === true;
  }

  #commandLimits(command: LimitCommand, node: BandwidthNode, now: Millis): void {
    for (const freed of commandLimits(this.#limits, command, node, now)) this.#serveTicket(freed, now);
    this.#serveTickets(now);
  }

  /** Those who waited for tickets go on, in the order that the service says. */
  #serveTickets(now: Millis): void {
    for (let ready = this.#bandwidth.takeReady(); ready.length > 0; ready = this.#bandwidth.takeReady()) {
      for (const node of ready) this.#serveTicket(node, now);
    }
  }

  #serveTicket(node: BandwidthNode, now: Millis): void {
    const owner = this.#limits.ownerOf(node);
    const torrent = owner === undefined ? undefined : this.#byNode.get(owner);
    if (torrent === undefined) return;
    torrent.handleTicket(node, now);
    this.#touch(torrent, now);
  }

  #touch(torrent: Member, now: Millis): void {
    this.#now = now;
    this.#touched.add(torrent);
  }

  /** After every input: dials, what peers have to say, new memory, and the next deadline of each torrent touched. */
  #settle(now: Millis): void {
    for (const torrent of this.#touched) {
      const handover = torrent instanceof PendingTorrent ? torrent.handover : undefined;
      if (torrent instanceof PendingTorrent && handover !== undefined) {
        this.#promote(torrent, handover, now);
        continue;
      }
      if (torrent.dialling.isDue) this.#dial(torrent, now);
      torrent.flush(now);
      this.#changed.add(torrent.infoHash);
      this.#deadlines.set(torrent, torrent.isRemoved ? undefined : torrent.nextTimeout());
      if (torrent.isRemoved) this.#forget(torrent);
    }
    this.#touched.clear();
  }

  #dial(torrent: Member, now: Millis): void {
    torrent.dialling.isDue = false;
    const room = Math.min(torrent.dialsWanted, CONNECTIONS_MAX - this.#byConnection.size - this.#lobby.size);
    const count = Math.max(0, Math.min(room, this.#lobby.dialsAllowed(now)));
    if (count < torrent.dialsWanted) torrent.dialling.delay(now + DIALS_DELAY_MS);
    const own = ownEndpoints(this.externalAddresses, this.#listenPort, now);
    for (const known of torrent.peerList.candidates(count, now, torrent.dialView, own)) {
      torrent.peerList.handleDialled(known);
      this.#lobby.dial(this.nextId(), { infoHash: torrent.infoHash, known }, now);
    }
  }

  #forget(torrent: Member): void {
    this.#torrents.delete(torrent.infoHash);
    if (torrent instanceof Torrent) this.#byStore.delete(torrent.store);
    this.#byNode.delete(torrent.node);
    this.#limits.removeTorrent(torrent.node);
  }
}

function futureOf(time: Millis | undefined, now: Millis): Millis | undefined {
  return time === undefined ? undefined : Math.max(time, now + 1);
}
