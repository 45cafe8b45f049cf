/**
 * The engine: all torrents, all connections, one outbox. A driver feeds it one input at a time, drains `poll()`, and
 * calls `handleTimeout` when `nextTimeout()` is due. It reads no clock, opens no socket and touches no file.
 */
import { type Endpoint, type InfoHash, swarmHashes } from "@torrential/core";
import type { RateLimits } from "../bandwidth/limit-strategy.ts";
import { type GroupName, Limits } from "../bandwidth/limits.ts";
import type { BandwidthNode } from "../bandwidth/node.ts";
import { describeLimitTree, type LimitTreeNode, type LimitTreeQuery } from "../bandwidth/limit-tree.ts";
import { Deadlines, earliest } from "../deadlines.ts";
import { DormantTorrent, type Estate } from "../dormant/dormant-torrent.ts";
import { type Handover, PendingTorrent } from "../metadata/pending-torrent.ts";
import { Outbox } from "../outbox.ts";
import type { AnnounceResult, ScrapeResult } from "../ports/announce.ts";
import type { DhtOutcome } from "../ports/dht.ts";
import type { DiskDone } from "../ports/disk.ts";
import type { Machine, Millis } from "../ports/machine.ts";
import type { CloseReason, ConnectionId } from "../ports/network.ts";
import { ReadCache } from "../storage/read-cache.ts";
import { Slab } from "../storage/slab.ts";
import { SessionBans } from "../swarm/session-bans.ts";
import type { FileStatus, PeerStatus, PiecesStatus, TorrentStatus } from "../torrent/status.ts";
import { Torrent } from "../torrent/torrent.ts";
import type { TorrentWhy } from "../why/report.ts";
import type { Command } from "./commands.ts";
import { type BanCommand, commandBans, isOfBans, type ListedBan, listBans } from "./ban-commands.ts";
import { DeferredCommands } from "./deferred-commands.ts";
import { type AddressVote, ExternalAddresses } from "./external-address.ts";
import { commandLimits, isOfEverything, isOfLimits, isOfTrackers, type LimitCommand } from "./limit-commands.ts";
import { type Member, Members } from "./members.ts";
import type { SessionOptions } from "./options.ts";
import type { SessionOutput } from "./outputs.ts";
import { type Reachability, ReachabilityRecord } from "./reachability.ts";
import { Reception } from "./reception.ts";
import { refuse } from "./refuse.ts";
import { Scraper } from "./scraper.ts";
import { commandTorrent, type TorrentCommand } from "./torrent-commands.ts";
import { TorrentMaker } from "./torrent-maker.ts";

/** Payload memory: pieces under way, pieces at the disk, and what is read ahead. */
const SLAB_BUDGET_BYTES = 128 * 1024 * 1024;
const READ_CACHE_BYTES = 48 * 1024 * 1024;
/** PROMISES, limits: connections in all. */
const CONNECTIONS_MAX = 500;

export class Session implements Machine<SessionOutput> {
  /** What our addresses are, as others see them. */
  readonly externalAddresses: ExternalAddresses = new ExternalAddresses();
  readonly #out = new Outbox<SessionOutput>();
  readonly #members = new Members();
  readonly #bans = new SessionBans();
  readonly #slab: Slab;
  readonly #limits = new Limits();
  readonly #bandwidth = this.#limits.service;
  readonly #reachability = new ReachabilityRecord();
  readonly #scraper: Scraper;
  readonly #reception: Reception;
  readonly #maker: TorrentMaker;
  readonly #deadlines = new Deadlines<Member>();
  readonly #touched = new Set<Member>();
  /** For torrents that sleep, or are not quite awake. */
  readonly #deferred = new DeferredCommands();
  /** Had an input since the last `takeChanged`. */
  #changed = new Set<InfoHash>();
  #lastId = 0;
  #now: Millis;
  #listenPort = 0;

  constructor(options: SessionOptions) {
    this.#now = options.now;
    this.#slab = new Slab({ budgetBytes: options.slabBudgetBytes ?? SLAB_BUDGET_BYTES }, this.#out);
    const shared = {
      out: this.#out,
      members: this.#members,
      externalAddresses: this.externalAddresses,
      sessionBans: this.#bans,
      nextId: this.nextId,
      listenPort: () => this.#listenPort,
    };
    const slab = this.#slab;
    const cache = new ReadCache({ budgetBytes: READ_CACHE_BYTES }, { slab, ...shared });
    this.#scraper = new Scraper(shared);
    const { peerId, connectionsMax = CONNECTIONS_MAX } = options;
    this.#reception = new Reception({ peerId, connectionsMax, reachability: this.#reachability, ...shared });
    this.#maker = new TorrentMaker(options, { slab, cache, limits: this.#limits, ...shared });
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
    return this.#members.has(infoHash);
  }

  /** What the torrent goes by that has one of these info-hashes; undefined when there is none. */
  find(infoHashes: readonly InfoHash[]): InfoHash | undefined {
    return this.#members.find(infoHashes)?.infoHash;
  }

  handleCommand(command: Command, now: Millis): void {
    if (command.type === "add" || command.type === "add-magnet") return this.#add(command, now);
    if (isOfEverything(command)) return this.#commandLimits(command, this.#bandwidth.root, now);
    if (command.type === "vote-external-address") return this.#vote(command, now);
    if (command.type === "set-port-mappings") return this.#reachability.setMappings(command.mappings);
    if (command.type === "scrape") return this.#scrape(command.infoHash);
    if (isOfBans(command)) return this.#commandBans(command, now);
    const torrent = command.infoHash === undefined ? undefined : this.#members.get(command.infoHash);
    if (torrent === undefined) return refuse(command, this.#out);
    if (isOfLimits(command)) this.#commandLimits(command, torrent.node, now);
    else if (command.type === "wake" || command.type === "wake-failed") return this.#handleWake(torrent, command, now);
    else this.#command(torrent, command, now);
    if (isOfTrackers(command)) this.#limits.setTrackers(torrent.node, torrent.sources.announcer.urls);
    this.#touch(torrent, now);
  }

  /** At once, or when the torrent is awake: in the order in which they came. */
  #command(torrent: Member, command: TorrentCommand, now: Millis): void {
    if (torrent instanceof DormantTorrent) {
      if (!this.#deferred.has(torrent.infoHash) && torrent.handleCommand(command, now)) return;
      this.#deferred.add(torrent.infoHash, command);
      torrent.wake();
    } else if (torrent.isExpected || this.#deferred.has(torrent.infoHash)) {
      this.#deferred.add(torrent.infoHash, command);
    } else commandTorrent(torrent, command, now);
  }

  handleIncoming(connection: ConnectionId, endpoint: Endpoint, now: Millis): void {
    this.#now = now;
    this.#reception.handleIncoming(connection, endpoint, now);
  }

  handleConnected(connection: ConnectionId, now: Millis): void {
    this.#reception.handleConnected(connection, now);
  }

  /** `chunk` is a view that is valid during the call. */
  // hot
  handleData(connection: ConnectionId, chunk: Uint8Array, now: Millis): void {
    const torrent = this.#members.ofConnection(connection);
    if (torrent === undefined) return this.#touchSome(this.#reception.handleData(connection, chunk, now), now);
    torrent.handleData(connection, chunk, now);
    this.#touch(torrent, now);
  }

  handleTransmitted(connection: ConnectionId, bytes: number, now: Millis): void {
    const torrent = this.#members.ofConnection(connection);
    if (torrent === undefined) return this.#reception.handleTransmitted(connection, bytes);
    torrent.handleTransmitted(connection, bytes, now);
    this.#touch(torrent, now);
  }

  handleClosed(connection: ConnectionId, reason: CloseReason, now: Millis): void {
    const torrent = this.#members.ofConnection(connection);
    if (torrent === undefined) return this.#touchSome(this.#reception.handleClosed(connection, now), now);
    this.#members.disconnect(connection);
    torrent.handleClosed(connection, reason, now);
    this.#touch(torrent, now);
  }

  handleDiskDone(done: DiskDone, now: Millis): void {
    const torrent = this.#members.ofStore(done.store);
    if (torrent === undefined) return;
    torrent.handleDiskDone(done, now);
    this.#touch(torrent, now);
  }

  /** A `journal-replace` with this `save` is on disk, or could not be written. */
  handleSaved(save: number, result: { readonly ok: boolean }, now: Millis): void {
    const torrent = this.#members.takeSave(save);
    if (torrent === undefined) return;
    torrent.handleSaved(save, result, now);
    this.#touch(torrent, now);
  }

  handleAnnounced(request: number, result: AnnounceResult, now: Millis): void {
    const torrent = this.#members.takeAnnounce(request);
    if (torrent === undefined) return;
    torrent.handleAnnounced(request, result, now);
    this.#touch(torrent, now);
    if (!result.ok || result.response.externalIp === undefined || result.from === undefined) return;
    this.#vote({ address: result.response.externalIp, source: "tracker", voter: result.from }, now);
  }

  /** The DHT found peers. */
  handleDhtPeers(request: number, peers: readonly Endpoint[], now: Millis): void {
    const torrent = this.#members.ofAnnounce(request);
    if (torrent?.sources.ownsDhtRequest(request) !== true) return;
    torrent.addPeers(peers, "dht", now);
    this.#touch(torrent, now);
  }

  /** What a `dht-announce` came to; it has ended. */
  handleDhtDone(request: number, outcome: DhtOutcome, now: Millis): void {
    const torrent = this.#members.takeAnnounce(request);
    if (torrent === undefined) return;
    torrent.sources.handleDhtDone(request, outcome, now);
    this.#touch(torrent, now);
  }

  handleScraped(request: number, result: ScrapeResult, now: Millis): void {
    for (const outcome of this.#scraper.handleResult(request, result)) {
      const torrent = this.#members.get(outcome.infoHash);
      if (torrent === undefined) continue;
      torrent.sources.announcer.handleScraped(outcome.url, outcome.result);
      this.#touch(torrent, now);
    }
  }

  nextTimeout(): Millis | undefined {
    return earliest(this.#deadlines.next, this.#reception.nextTimeout(), this.#bandwidth.nextTimeout());
  }

  handleTimeout(now: Millis): void {
    this.#now = now;
    for (const torrent of this.#reception.handleTimeout(now)) this.#touch(torrent, now);
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
    return this.#members.get(infoHash)?.status(now);
  }

  statuses(now: Millis): readonly TorrentStatus[] {
    return [...this.#members.all()].map((torrent) => torrent.status(now));
  }

  /** As they were set: of a torrent, or without one of everything. Undefined when there is no such torrent. */
  limits(infoHash?: InfoHash): RateLimits | undefined {
    const node = infoHash === undefined ? this.#bandwidth.root : this.#members.get(infoHash)?.node;
    return node === undefined ? undefined : this.#limits.limitsOf(node);
  }

  peerLimits(infoHash: InfoHash, endpoint: Endpoint): RateLimits {
    const node = this.#members.get(infoHash)?.node;
    return node === undefined ? {} : this.#limits.peerLimits(node, endpoint);
  }

  groupLimits(): ReadonlyMap<GroupName, RateLimits> {
    return this.#limits.groupLimits();
  }

  /** What is limited, what passes and who waits, at every level. */
  limitTree(query: LimitTreeQuery, now: Millis): readonly LimitTreeNode[] {
    return describeLimitTree({ limits: this.#limits, torrents: [...this.#members.all()] }, query, now);
  }

  /** Who is kept out, of everything and of single torrents. */
  bans(now: Millis): readonly ListedBan[] {
    return listBans(this.#bans, this.#members.all(), now);
  }

  files(infoHash: InfoHash): readonly FileStatus[] {
    return this.#members.get(infoHash)?.files() ?? [];
  }

  peers(infoHash: InfoHash, now: Millis): readonly PeerStatus[] {
    return this.#members.get(infoHash)?.peers(now) ?? [];
  }

  pieces(infoHash: InfoHash): PiecesStatus | undefined {
    return this.#members.get(infoHash)?.pieces();
  }

  /** The torrents whose status may be another one since the last call, but for rates, which fall by themselves. */
  takeChanged(): ReadonlySet<InfoHash> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  /** Payload in memory: pieces under way, and what is read ahead. */
  get bufferBytes(): number {
    return this.#slab.usedBytes;
  }

  /** Whether peers can reach us, and how we know. */
  reachability(now: Millis): Reachability {
    return this.#reachability.view(this.externalAddresses.all(now), now);
  }

  /** Why a torrent is no faster, and each of its peers. */
  why(infoHash: InfoHash, now: Millis): TorrentWhy | undefined {
    return this.#members.get(infoHash)?.why(now);
  }

  /** Throws when the books disagree; slow, for tests and the simulator. */
  checkInvariants(): void {
    for (const torrent of this.#members.all()) torrent.checkInvariants();
  }

  #add(command: Extract<Command, { type: "add" | "add-magnet" }>, now: Millis): void {
    const torrent = command.type === "add" ? this.#maker.add(command, now) : this.#maker.addMagnet(command, now);
    if (torrent === undefined) return;
    if (command.start) torrent.start(now);
    this.#touch(torrent, now);
  }

  /** The metadata is known: a torrent goes on. */
  #promote(pending: PendingTorrent, handover: Handover, now: Millis): void {
    this.#deadlines.set(pending, undefined);
    const torrent = this.#maker.promote(pending, handover, now);
    torrent.start(now);
    this.#touch(torrent, now);
  }

  /** It is closed: what it needs while nobody needs it goes on. */
  #fallAsleep(torrent: Torrent, estate: Estate, now: Millis): void {
    const { infoHash } = torrent;
    this.#deadlines.set(torrent, undefined);
    const dormant = new DormantTorrent(estate);
    this.#members.add(dormant);
    this.#out.push({ type: "event", event: { infoHash, type: "asleep" } });
    // What came while the files were being closed.
    for (const command of this.#deferred.take(infoHash)) this.#command(dormant, command, now);
    if (this.#reception.isAwaited(infoHash)) dormant.wake();
    this.#touch(dormant, now);
  }

  #handleWake(dormant: Member, command: Extract<Command, { type: "wake" | "wake-failed" }>, now: Millis): void {
    if (!(dormant instanceof DormantTorrent)) return;
    if (command.type === "wake-failed") {
      dormant.handleLost(command.message);
      for (const each of this.#deferred.take(dormant.infoHash))
        if (!dormant.handleCommand(each, now)) refuse(each, this.#out);
      return this.#touch(dormant, now);
    }
    this.#deadlines.set(dormant, undefined);
    const { metainfo, journal, partials, place } = command;
    const torrent = this.#maker.promote(dormant, dormant.wakeUp({ metainfo, journal, partials, place }), now);
    if (dormant.isRunning) torrent.start(now);
    this.#touch(torrent, now);
  }

  /** It is awake, or will not be: nobody waits any longer. */
  #settleAwaited(torrent: Member, now: Millis): void {
    this.#reception.admit(torrent, now);
    if (torrent instanceof DormantTorrent) return;
    for (const command of this.#deferred.take(torrent.infoHash)) commandTorrent(torrent, command, now);
  }

  /** A changed address is told to the trackers: the peers that they send would go to the old one. */
  #vote(vote: AddressVote, now: Millis): void {
    const before = this.externalAddresses.all(now);
    if (!this.externalAddresses.vote(vote, now) || before.length === 0) return;
    for (const torrent of this.#members.all()) {
      torrent.sources.announcer.reannounce({}, now);
      this.#touch(torrent, now);
    }
  }

  #scrape(infoHash: InfoHash | undefined): void {
    const torrents = [...this.#members.all()].filter((each) => infoHash === undefined || each.infoHash === infoHash);
    this.#scraper.ask(
      torrents.flatMap((each) => each.sources.announcer.urls.flat().map((url) => ({ url, infoHash: each.infoHash }))),
    );
  }

  #commandBans(command: BanCommand, now: Millis): void {
    const torrents = [...this.#members.all()];
    commandBans(this.#bans, command, torrents, now);
    for (const torrent of torrents) this.#touch(torrent, now);
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
    const torrent = owner === undefined ? undefined : this.#members.ofNode(owner);
    if (torrent === undefined) return;
    torrent.handleTicket(node, now);
    this.#touch(torrent, now);
  }

  #touchSome(torrent: Member | undefined, now: Millis): void {
    if (torrent !== undefined) this.#touch(torrent, now);
  }

  #touch(torrent: Member, now: Millis): void {
    this.#now = now;
    this.#touched.add(torrent);
  }

  /** After every input: dials, what peers have to say, new memory, and the next deadline of each torrent touched. */
  #settle(now: Millis): void {
    for (const torrent of this.#touched) {
      // Others may have taken its place since.
      if (this.#members.get(torrent.infoHash) !== torrent) continue;
      if (!torrent.isExpected) this.#settleAwaited(torrent, now);
      const estate = torrent instanceof Torrent ? torrent.estate : undefined;
      if (torrent instanceof Torrent && estate !== undefined) {
        this.#fallAsleep(torrent, estate, now);
        continue;
      }
      const handover = torrent instanceof PendingTorrent ? torrent.handover : undefined;
      const twin = handover === undefined ? undefined : this.#members.find(swarmHashes(handover.add.metainfo));
      if (torrent instanceof PendingTorrent && twin !== undefined && twin !== torrent) torrent.yieldTo(twin, now);
      else if (torrent instanceof PendingTorrent && handover !== undefined) {
        this.#promote(torrent, handover, now);
        continue;
      }
      if (torrent.dialling.isDue) this.#reception.dial(torrent, now);
      torrent.flush(now);
      if (torrent instanceof Torrent && torrent.isRestDue(now)) torrent.rest(now);
      this.#changed.add(torrent.infoHash);
      this.#deadlines.set(torrent, torrent.isRemoved ? undefined : torrent.nextTimeout());
      if (torrent.isRemoved) this.#forget(torrent);
    }
    this.#touched.clear();
  }

  #forget(torrent: Member): void {
    this.#members.forget(torrent);
    this.#limits.removeTorrent(torrent.node);
  }
}

function futureOf(time: Millis | undefined, now: Millis): Millis | undefined {
  return time === undefined ? undefined : Math.max(time, now + 1);
}
