/**
 * One torrent from add to remove: its lifecycle, and the parts that do the work in each state. Everything that happens
 * comes in as a call with `now` and goes out through the session's outbox.
 */
import type { Bitfield, Endpoint, InfoHash, Metainfo } from "@torrential/core";
import type { BandwidthNode } from "../bandwidth/node.ts";
import { earliest } from "../deadlines.ts";
import type { Estate } from "../dormant/dormant-torrent.ts";
import { Idleness } from "../dormant/idleness.ts";
import { makeEstate } from "../dormant/estate.ts";
import type { RelocationRequest } from "../files/relocation.ts";
import type { TorrentFiles } from "../files/torrent-files.ts";
import type { Anteroom } from "../metadata/anteroom.ts";
import { describeWaitingPeer } from "../metadata/describe.ts";
import type { AnnounceResult } from "../ports/announce.ts";
import type { DiskDone, DiskError, FoundFile, StoreId } from "../ports/disk.ts";
import type { Millis } from "../ports/machine.ts";
import type { CloseReason, ConnectionId } from "../ports/network.ts";
import type { Totals } from "../resume/journal.ts";
import type { TrackerCommand } from "../session/commands.ts";
import { expelBanned } from "../swarm/expel.ts";
import { welcome } from "../swarm/admission.ts";
import type { Arrival } from "../swarm/arrival.ts";
import type { Dialling } from "../swarm/dialling.ts";
import type { DialView, KnownPeer, PeerList, PeerSource } from "../swarm/peer-list.ts";
import type { Swarm } from "../swarm/swarm.ts";
import type { TorrentWhy } from "../why/report.ts";
import type { AnnounceTotals } from "./announcer.ts";
import type { TorrentContext } from "./context.ts";
import { describeFiles, describePeers, describePieces, describeTorrent } from "./describe.ts";
import { Errands } from "./errands.ts";
import type { TorrentOptions } from "./options.ts";
import { haveAtRest, makeParts, type TorrentParts } from "./parts.ts";
import type { PeerSources } from "./peer-sources.ts";
import type { ReadCommand, Reads } from "./reads.ts";
import type { RemovalOptions } from "./removal.ts";
import { Run } from "./run.ts";
import { Standing } from "./standing.ts";
import type { FileStatus, PeerStatus, PiecesStatus, TorrentStatus } from "./status.ts";
import { addUp, announceAfter, announceTotals } from "./totals.ts";
import { commandTrackers } from "./tracker-commands.ts";
import type { WishCommand, Wishes } from "./wishes.ts";

export class Torrent {
  readonly infoHash: InfoHash;
  readonly store: StoreId;
  readonly metainfo: Metainfo;
  readonly node: BandwidthNode;
  readonly peerList: PeerList;
  readonly dialling: Dialling;
  /** What looks for peers. */
  readonly sources: PeerSources;
  readonly #context: TorrentContext;
  readonly #parts: TorrentParts;
  readonly #files: TorrentFiles;
  readonly #reads: Reads;
  readonly #wishes: Wishes;
  readonly #errands: Errands;
  readonly #standing: Standing;
  /** From opening the files until they are closed. */
  #run: Run | undefined;
  /** Peers that came with the metadata, until there is a run. */
  #anteroom: Anteroom | undefined;
  /** Something was missing in this run: the last piece is worth telling the trackers. */
  #wasIncomplete = false;
  #recheckDue: boolean;
  readonly #idleness = new Idleness();
  /** Falling asleep: the files are being closed. */
  #isResting = false;
  /** Since `started` was said, in runs before a sleep. */
  #announced: AnnounceTotals | undefined;
  /** It slept, and its files are not looked at yet. */
  #isWaking: boolean;
  isRemoved = false;

  constructor(options: TorrentOptions) {
    const { add, context, node } = options;
    const parts = makeParts(options);
    this.infoHash = context.infoHash;
    this.store = context.store;
    this.metainfo = add.metainfo;
    this.node = node;
    this.peerList = parts.peerList;
    this.dialling = parts.dialling;
    this.sources = parts.sources;
    this.#context = context;
    this.#parts = parts;
    this.#files = parts.files;
    this.#reads = parts.reads;
    this.#wishes = parts.wishes;
    this.#anteroom = parts.anteroom;
    this.#errands = new Errands(parts.files);
    this.#standing = new Standing(parts.events);
    this.#recheckDue = add.recheck ?? false;
    this.#announced = options.handover?.announced;
    this.#isWaking = this.#announced !== undefined;
  }

  /** Whether peers are let in. */
  get isOpen(): boolean {
    return this.#swarm !== undefined && this.#standing.isActive && !this.#isResting;
  }

  /** Peers and commands wait for it to be open: it falls asleep, or has been woken. */
  get isExpected(): boolean {
    return this.#isResting || (this.#isWaking && this.#standing.status === "checking");
  }

  /** Dials wanted now. */
  get dialsWanted(): number {
    return this.#swarm !== undefined && this.isOpen ? this.#swarm.roomForPeers : 0;
  }

  // ---- commands

  start(now: Millis): void {
    this.#files.resume();
    if (this.#standing.status === "stopping" || this.#standing.status === "moving") this.#errands.restart = true;
    const { state } = this.#standing;
    if (state.status === "error" && state.class === "corrupt") this.recheck(now);
    else if (state.status === "error") this.#retry(now);
    if (this.#standing.status !== "stopped") return;
    this.#errands.restart = this.#files.isRelocating;
    if (this.#errands.restart) this.#relocate(now);
    else this.#open();
  }

  stop(now: Millis): void {
    this.#errands.restart = false;
    if (this.#standing.status === "stopped" || this.#standing.status === "stopping") return;
    if (this.#standing.status === "moving") {
      this.#files.interrupt();
      this.#relocate(now);
      return;
    }
    this.sources.stop(this.#announceTotals());
    this.#announced = undefined;
    this.#reads.failAll("the torrent was stopped");
    this.#room?.disconnectAll("stopped", now);
    this.#standing.set({ status: "stopping" });
    this.#run?.close(this.#allTotals(), now);
  }

  remove(options: RemovalOptions, now: Millis): void {
    this.#errands.remove(options);
    if (this.#standing.status === "stopped") this.#handleStopped();
    else this.stop(now);
  }

  recheck(now: Millis): void {
    this.#recheckDue = true;
    if (this.#standing.status === "stopped" || this.#standing.status === "moving") return this.start(now);
    this.stop(now);
    this.#errands.restart = true;
  }

  /** Renames files, or moves all of them below another root. */
  relocate(request: RelocationRequest, now: Millis): void {
    this.#files.request(request);
    this.#relocate(now);
  }

  addPeers(peers: readonly Endpoint[], source: PeerSource, now: Millis): void {
    this.dialling.add(peers, source, now);
  }

  commandWishes(command: WishCommand, now: Millis): void {
    this.#wishes.handleCommand(command, this.#swarm, this.#have, now);
    if (command.type !== "set-file-priorities" || this.#swarm === undefined) return;
    this.#files.handleSelected();
    this.#files.store.makeEmpty(this.#wishes.emptyFiles);
    this.#swarm.handleSelectionChanged(now);
    if (this.#standing.isActive) this.#setRunState(now);
  }

  commandReads(command: ReadCommand, now: Millis): void {
    const swarm = this.#standing.isActive ? this.#swarm : undefined;
    this.#reads.handleCommand(command, swarm?.picker, now);
    if (command.type === "read") swarm?.handleSelectionChanged(now);
  }

  commandTrackers(command: TrackerCommand, now: Millis): void {
    commandTrackers(this.sources.announcer, command, this.#announceTotals(), now);
  }

  // ---- sleep

  /** Whether nobody has needed it for long enough. */
  isRestDue(now: Millis): boolean {
    return !this.#isResting && this.#isIdle && now >= (this.#idleness.restAt ?? Number.POSITIVE_INFINITY);
  }

  /** Closes files and journal, and tells nobody: `estate` is there when that is done. */
  rest(now: Millis): void {
    this.#isResting = true;
    this.#run?.close(this.#allTotals(), now);
  }

  /** What a `DormantTorrent` goes on with, once everything is closed. */
  get estate(): Estate | undefined {
    if (!this.#isResting || this.#run !== undefined) return undefined;
    return makeEstate(this.#parts, this.#announceTotals());
  }

  get #isIdle(): boolean {
    return (
      this.#parts.options.mayRest === true &&
      this.#standing.status === "seeding" &&
      this.#swarm?.peerCount === 0 &&
      !this.#swarm.isCommitting &&
      this.#reads.isIdle &&
      this.#errands.isIdle &&
      this.#parts.departing.isEmpty
    );
  }

  // ---- connections

  /** Takes a peer in. Throws PeerError when it is not wanted. */
  addPeer(arrival: Arrival, now: Millis): KnownPeer {
    return welcome(arrival, { peerList: this.peerList, room: this.#swarm }, now);
  }

  /** Who is kept out of everything is another one. */
  handleBansChanged(now: Millis): void {
    expelBanned(this.#swarm, this.peerList, now);
    expelBanned(this.#waiting, this.peerList, now);
    this.dialling.isDue = true;
  }

  // hot
  handleData(connection: ConnectionId, chunk: Uint8Array, now: Millis): void {
    this.#room?.handleData(connection, chunk, now);
  }

  handleTransmitted(connection: ConnectionId, bytes: number, now: Millis): void {
    this.#parts.departing.handleTransmitted(connection, bytes);
    this.#room?.handleTransmitted(connection, bytes, now);
  }

  handleClosed(connection: ConnectionId, reason: CloseReason, now: Millis): void {
    this.#parts.departing.handleClosed(connection);
    this.#room?.handleClosed(connection, reason, now);
    this.dialling.isDue = true;
  }

  /** The peer at this node may reserve again. */
  handleTicket(node: BandwidthNode, now: Millis): void {
    this.#swarm?.handleTicket(node, now);
  }

  handleAnnounced(request: number, result: AnnounceResult, now: Millis): void {
    const outcome = this.sources.handleAnnounced(request, result, now);
    if (outcome === undefined) return;
    const { event } = outcome;
    if (event !== undefined) this.#parts.events.push(event);
    if (
      event?.type === "announced" &&
      this.sources.announcer.isOfOneTracker &&
      this.dialling.isOtherTracker(event.url)
    ) {
      this.#room?.disconnectAll("private", now, "another tracker serves this private torrent now (BEP 27)");
      this.dialling.beginAnew();
    }
    this.addPeers(outcome.peers, "tracker", now);
  }

  // ---- disk and state

  handleDiskDone(done: DiskDone, now: Millis): void {
    if (!this.#files.handleDiskDone(done, now)) this.#handleDone(done, now);
    this.#relocate(now);
  }

  /** A record is on disk, or could not be written. */
  handleSaved(save: number, result: { readonly ok: boolean }, now: Millis): void {
    this.#files.handleSaved(save, result, this.#standing.state);
    this.#relocate(now);
  }

  #handleDone(done: DiskDone, now: Millis): void {
    if (done.type === "closed") return this.#handleStopped();
    if (done.type === "failed") this.#handleDiskFailed(done.job, done.error, now);
    else if (done.type === "opened") this.#handleOpened(done.found, now);
    else if (done.type === "committed") this.#standing.handleDiskWorks();
    const news = this.#run?.handleDiskDone(done, now);
    if (news === "checked") this.#finishChecking(now);
    if (news === "verified") this.#handleVerified(now);
    if (news === "disproven") this.#handleDisproven(now);
    this.#run?.goOnClosing(now);
  }

  // ---- time

  /** Whom it is worth to dial now. */
  get dialView(): DialView {
    return { skipSeeds: this.#swarm?.picker.wantedRemaining === 0, isAlone: this.#swarm?.peerCount === 0 };
  }

  nextTimeout(): Millis | undefined {
    return earliest(
      this.sources.nextTimeout(),
      this.#run?.nextTimeout() ?? this.#anteroom?.nextTimeout(),
      this.#files.nextTimeout(),
      this.#standing.retryAt,
      this.#isResting ? undefined : this.#idleness.restAt,
      this.dialling.nextAt(this.dialsWanted, this.dialView),
    );
  }

  handleTimeout(now: Millis): void {
    this.#waiting?.handleTimeout(now);
    if (this.#standing.isActive) {
      this.sources.handleTimeout(this.#announceTotals(), now);
      this.#swarm?.handleTimeout(now);
      this.#run?.setTotals(this.#allTotals());
      this.dialling.isDue = true;
    }
    this.#run?.handleTimeout(now);
    this.#files.handleTimeout(now);
    this.#relocate(now);
    if (now >= (this.#standing.retryAt ?? Number.POSITIVE_INFINITY)) this.#retry(now);
  }

  flush(now: Millis): void {
    this.#parts.why.handleState(this.#standing.state, this.#swarm, now);
    this.#idleness.handleState({ isIdle: this.#isIdle, peers: this.#swarm?.peerCount ?? 0 }, now);
    this.#room?.flush(now);
  }

  // ---- views

  status(now: Millis): TorrentStatus {
    return describeTorrent(this.#parts, { state: this.#standing.state, have: this.#have, run: this.#run }, now);
  }

  files(): readonly FileStatus[] {
    return describeFiles(this.#parts, this.#have);
  }

  peers(now: Millis): readonly PeerStatus[] {
    return describePeers(this.#swarm?.peers, now) ?? Array.from(this.#waiting?.peers ?? [], describeWaitingPeer);
  }

  why(now: Millis): TorrentWhy {
    return this.#parts.why.report(this.#swarm?.peers ?? [], now);
  }

  /** What passes through it. */
  get flow(): Swarm | undefined {
    return this.#swarm;
  }

  pieces(): PiecesStatus {
    return describePieces(this.#have, this.#swarm?.picker);
  }

  checkInvariants(): void {
    this.#swarm?.checkInvariants();
  }

  get #swarm(): Swarm | undefined {
    return this.#run?.swarm;
  }

  /** Peers that wait for a swarm. */
  get #waiting(): Anteroom | undefined {
    return this.#run?.anteroom ?? this.#anteroom;
  }

  /** Where connected peers are. */
  get #room(): Swarm | Anteroom | undefined {
    return this.#swarm ?? this.#waiting;
  }

  // ---- opening and checking

  #open(): void {
    this.#run ??= new Run(this.#parts, this.#anteroom);
    this.#anteroom = undefined;
    this.#standing.set({ status: "checking", checked: 0, total: 0 });
    this.#run.open();
  }

  #handleOpened(found: readonly FoundFile[], now: Millis): void {
    if (this.#run?.handleStamps(found) === true) return;
    if (this.#standing.status !== "checking") return;
    this.#run?.handleFound(found, { recheck: this.#recheckDue });
    this.#recheckDue = false;
    this.#finishChecking(now);
  }

  #finishChecking(now: Millis): void {
    if (this.#standing.status !== "checking" || this.#run?.begin(now) !== true) return;
    this.#isWaking = false;
    const { add } = this.#parts.options;
    this.#setRunState(now);
    if (add.checkOnly === true) {
      this.stop(now);
      return;
    }
    this.addPeers(add.peers ?? [], "user", now);
    this.sources.start(now);
    this.dialling.isDue = true;
  }

  // ---- running

  /** Downloading, finished or seeding, by what is here. */
  #setRunState(now: Millis): void {
    const picker = this.#swarm?.picker;
    if (picker === undefined) return;
    const status = picker.have.isFull ? "seeding" : picker.wantedRemaining === 0 ? "finished" : "downloading";
    if (status === this.#standing.status) return;
    this.#standing.set({ status });
    if (status !== "seeding") this.#wasIncomplete = true;
    else if (this.#wasIncomplete) this.sources.announcer.complete(now);
  }

  #handleVerified(now: Millis): void {
    if (this.#standing.status !== "downloading" || this.#swarm?.picker.wantedRemaining !== 0) return;
    this.#setRunState(now);
    this.#run?.handleComplete(now);
  }

  #handleDiskFailed(job: number, error: DiskError, now: Millis): void {
    const isRead = this.#context.cache.handleFailed(job) !== undefined;
    this.#run?.handleDiskFailed(job, { isRead }, now);
    this.#files.handleFailed(job);
    this.#reads.failAll(error.message);
    if (this.#standing.status === "stopping" || this.#isResting) {
      if (this.#run?.endsOnFailure !== true) return;
      this.#files.store.close({ deleteFiles: false });
      this.#handleStopped();
      return;
    }
    if (this.#standing.status === "stopped") {
      if (this.#errands.isRemoving) this.#forgetEverything(error.message);
      return;
    }
    this.#room?.disconnectAll("stopped", now);
    this.#standing.fail(error, now);
  }

  /** PROMISES 2: nothing of it was served; started again, the torrent is checked as a whole. */
  #handleDisproven(now: Millis): void {
    if (!this.#standing.isActive) return;
    const message = `${this.metainfo.name}: a piece that was believed to be here is not what the torrent says.`;
    this.#reads.failAll(message);
    this.#room?.disconnectAll("stopped", now);
    this.#standing.fail({ class: "corrupt", message }, now);
  }

  #retry(now: Millis): void {
    if (this.#swarm === undefined) {
      this.#open();
      return;
    }
    if (this.#files.mustReopen) {
      this.stop(now);
      this.#errands.restart = true;
      return;
    }
    this.#setRunState(now);
    this.#run?.retry(now);
    this.dialling.isDue = true;
  }

  // ---- stopping

  #handleStopped(): void {
    if (this.#isResting) {
      this.#announced = this.#announceTotals();
      this.#run?.end(this.#allTotals());
      this.#run = undefined;
      return;
    }
    if (this.#standing.status === "stopping") {
      this.#run?.end(this.#allTotals());
      this.#run = undefined;
      this.#standing.set({ status: "stopped" });
    }
    const next = this.#errands.goOn();
    if (next === "removed") this.#forgetEverything(undefined);
    if (next === "start") this.#open();
  }

  /** Renaming and moving go on as far as the torrent's state lets them. */
  #relocate(now: Millis): void {
    if (this.#errands.isRemoving && this.#standing.status === "stopped") return;
    const need = this.#files.follow(this.#standing.state, this.#have, now);
    if (need === "moving") this.#standing.set(this.#files.moving);
    if (need === "rest") {
      this.stop(now);
      this.#errands.restart = true;
    }
    if (need === "rested") this.#standing.set({ status: "stopped" });
    if (need === "rested" || (need === "nothing" && this.#standing.status === "stopped" && this.#errands.restart))
      this.#handleStopped();
  }

  #forgetEverything(problem: string | undefined): void {
    this.#errands.forget();
    this.isRemoved = true;
    this.#parts.events.push({ type: "removed", problem });
  }

  // ---- small things

  /** The pieces known to be here, in whatever state. */
  get #have(): Bitfield {
    return this.#run?.have ?? haveAtRest(this.#context, this.#parts.earlier);
  }

  #announceTotals(): AnnounceTotals {
    return announceAfter(this.#announced, announceTotals(this.#context.geometry, this.#have, this.#swarm));
  }

  #allTotals(): Totals {
    return addUp(this.#parts.earlier.totals, this.#swarm);
  }
}
