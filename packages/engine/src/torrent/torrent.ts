/**
 * One torrent from add to remove: its lifecycle, and the parts that do the work in each state. Everything that happens
 * comes in as a call with `now` and goes out through the session's outbox.
 */
import { Bitfield, type Endpoint, type InfoHash, type Metainfo } from "@torrential/core";
import type { BandwidthNode } from "../bandwidth/node.ts";
import { earliest } from "../deadlines.ts";
import type { RelocationRequest } from "../files/relocation.ts";
import { TorrentFiles } from "../files/torrent-files.ts";
import type { Anteroom } from "../metadata/anteroom.ts";
import { sortOut } from "../metadata/takeover.ts";
import type { AnnounceResult } from "../ports/announce.ts";
import type { DiskDone, DiskError, StoreId } from "../ports/disk.ts";
import type { Millis } from "../ports/machine.ts";
import type { CloseReason, ConnectionId } from "../ports/network.ts";
import type { Totals } from "../resume/journal.ts";
import type { ResumeRecorder } from "../resume/recorder.ts";
import type { TrackerCommand } from "../session/commands.ts";
import type { TorrentEvent } from "../session/events.ts";
import { Departing } from "../swarm/departing.ts";
import { welcome } from "../swarm/admission.ts";
import { Dialling } from "../swarm/dialling.ts";
import { type DialView, type KnownPeer, PeerList, type PeerSource } from "../swarm/peer-list.ts";
import type { Arrival } from "../swarm/arrival.ts";
import { Swarm } from "../swarm/swarm.ts";
import type { TorrentWhy } from "../why/report.ts";
import { SwarmWhy } from "../why/swarm-why.ts";
import type { Announcer, AnnounceTotals } from "./announcer.ts";
import { Checker, type CheckResult } from "./checker.ts";
import { Closing } from "./closing.ts";
import type { TorrentContext } from "./context.ts";
import { EarlierRuns } from "./earlier-runs.ts";
import { isActive, type Lifecycle, move } from "./lifecycle.ts";
import type { TorrentOptions } from "./options.ts";
import { PeerSources } from "./peer-sources.ts";
import { type ReadCommand, Reads } from "./reads.ts";
import { Removal, type RemovalOptions } from "./removal.ts";
import { recordRun } from "./run-record.ts";
import type { FileStatus, PeerStatus, PiecesStatus, TorrentStatus } from "./status.ts";
import { addUp, announceTotals } from "./totals.ts";
import { commandTrackers } from "./tracker-commands.ts";
import { Trouble } from "./trouble.ts";
import { type WishCommand, Wishes } from "./wishes.ts";
import { describeFiles, describePeers, describePieces, describeTorrent } from "./describe.ts";
import { describeWaitingPeer } from "../metadata/describe.ts";

export class Torrent {
  readonly infoHash: InfoHash;
  readonly store: StoreId;
  readonly metainfo: Metainfo;
  readonly node: BandwidthNode;
  readonly peerList: PeerList;
  readonly dialling: Dialling;
  readonly #context: TorrentContext;
  readonly #options: TorrentOptions;
  readonly #files: TorrentFiles;
  readonly #departing: Departing;
  readonly #sources: PeerSources;
  readonly #reads: Reads;
  readonly #wishes: Wishes;
  readonly #why: SwarmWhy;
  #state: Lifecycle = { status: "stopped" };
  #checker: Checker | undefined;
  #swarm: Swarm | undefined;
  /** Peers that came with the metadata, until there is a swarm. */
  #anteroom: Anteroom | undefined;
  #recorder: ResumeRecorder | undefined;
  readonly #earlier: EarlierRuns;
  /** Something was missing in this run: the last piece is worth telling the trackers. */
  #wasIncomplete = false;
  /** While stopping. */
  #closing: Closing | undefined;
  /** To be started again once stopped. */
  #restart = false;
  #removal: Removal | undefined;
  #recheckDue: boolean;
  readonly #trouble = new Trouble();
  isRemoved = false;

  constructor(options: TorrentOptions) {
    const { add, context, node, handover } = options;
    this.#options = options;
    this.#context = context;
    this.infoHash = context.infoHash;
    this.store = context.store;
    this.metainfo = add.metainfo;
    this.node = node;
    this.peerList = handover?.peerList ?? new PeerList(context.random);
    this.dialling = new Dialling(this.peerList, { isPrivate: add.metainfo.isPrivate });
    this.#files = new TorrentFiles(context, {
      root: add.root,
      place: add.place,
      isWanted: (file) => this.#wishes.selection.isWanted(file),
    });
    this.#departing = new Departing(context.slab);
    const { metainfo, trackers = metainfo.trackers, announceTo } = add;
    const { isPrivate } = metainfo;
    this.#sources = handover?.sources ?? new PeerSources({ context, trackers, announceTo, isPrivate });
    if (isPrivate) this.#sources.setPrivate();
    this.#anteroom = handover?.anteroom;
    if (this.#anteroom !== undefined) sortOut(this.#anteroom, { ...add, dialling: this.dialling }, options.now);
    this.#reads = new Reads(context);
    this.#recheckDue = add.recheck ?? false;
    this.#earlier = new EarlierRuns(context, add);
    this.#wishes = new Wishes(context, add, this.#have);
    this.#why = handover?.why ?? new SwarmWhy(options.now);
  }

  get state(): Lifecycle {
    return this.#state;
  }

  /** Whether peers are let in. */
  get isOpen(): boolean {
    return this.#swarm !== undefined && isActive(this.#state);
  }

  /** Dials wanted now. */
  get dialsWanted(): number {
    return this.#swarm !== undefined && this.isOpen ? this.#swarm.roomForPeers : 0;
  }

  // ---- commands

  start(now: Millis): void {
    this.#files.resume();
    if (this.#state.status === "stopping" || this.#state.status === "moving") this.#restart = true;
    if (this.#state.status === "error" && this.#state.class === "corrupt") this.recheck(now);
    else if (this.#state.status === "error") this.#retry(now);
    if (this.#state.status !== "stopped") return;
    this.#restart = this.#files.isRelocating;
    if (this.#restart) this.#relocate(now);
    else this.#open();
  }

  stop(now: Millis): void {
    this.#restart = false;
    if (this.#state.status === "stopped" || this.#state.status === "stopping") return;
    if (this.#state.status === "moving") {
      this.#files.interrupt();
      this.#relocate(now);
      return;
    }
    this.#sources.stop(this.#announceTotals());
    this.#reads.failAll("the torrent was stopped");
    this.#room?.disconnectAll("stopped", now);
    this.#checker?.cancel();
    this.#setState({ status: "stopping" });
    this.#recorder?.setTotals(this.#allTotals());
    const { store } = this.#files;
    this.#closing = new Closing({ swarm: this.#swarm, checker: this.#checker, recorder: this.#recorder, store });
    this.#closing.goOn(now);
  }

  remove(options: RemovalOptions, now: Millis): void {
    this.#removal = new Removal(options, this.#files);
    if (this.#state.status === "stopped") this.#handleStopped();
    else this.stop(now);
  }

  recheck(now: Millis): void {
    this.#recheckDue = true;
    if (this.#state.status === "stopped" || this.#state.status === "moving") return this.start(now);
    this.stop(now);
    this.#restart = true;
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
    if (isActive(this.#state)) this.#setRunState(now);
  }

  commandReads(command: ReadCommand, now: Millis): void {
    const swarm = isActive(this.#state) ? this.#swarm : undefined;
    this.#reads.handleCommand(command, swarm?.picker, now);
    if (command.type === "read") swarm?.handleSelectionChanged(now);
  }

  /** Announcing, and the list that it works through. */
  get announcer(): Announcer {
    return this.#sources.announcer;
  }

  commandTrackers(command: TrackerCommand, now: Millis): void {
    commandTrackers(this.#sources.announcer, command, this.#announceTotals(), now);
  }

  // ---- connections

  /** Takes a peer in. Throws PeerError when it is not wanted. */
  addPeer(arrival: Arrival, now: Millis): KnownPeer {
    return welcome(arrival, { peerList: this.peerList, room: this.#swarm }, now);
  }

  // hot
  handleData(connection: ConnectionId, chunk: Uint8Array, now: Millis): void {
    this.#room?.handleData(connection, chunk, now);
  }

  handleTransmitted(connection: ConnectionId, bytes: number, now: Millis): void {
    this.#departing.handleTransmitted(connection, bytes);
    this.#room?.handleTransmitted(connection, bytes, now);
  }

  handleClosed(connection: ConnectionId, reason: CloseReason, now: Millis): void {
    this.#departing.handleClosed(connection);
    this.#room?.handleClosed(connection, reason, now);
    this.dialling.isDue = true;
  }

  /** The peer at this node may reserve again. */
  handleTicket(node: BandwidthNode, now: Millis): void {
    this.#swarm?.handleTicket(node, now);
  }

  handleAnnounced(request: number, result: AnnounceResult, now: Millis): void {
    const outcome = this.#sources.handleAnnounced(request, result, now);
    if (outcome === undefined) return;
    if (outcome.event !== undefined) this.#emit(outcome.event);
    this.addPeers(outcome.peers, "tracker", now);
  }

  /** What looks for peers. */
  get sources(): PeerSources {
    return this.#sources;
  }

  // ---- disk and state

  handleDiskDone(done: DiskDone, now: Millis): void {
    if (!this.#files.handleDiskDone(done, now)) this.#handleDone(done, now);
    this.#relocate(now);
  }

  /** A record is on disk, or could not be written. */
  handleSaved(save: number, result: { readonly ok: boolean }, now: Millis): void {
    this.#files.handleSaved(save, result, this.#state);
    this.#relocate(now);
  }

  #handleDone(done: DiskDone, now: Millis): void {
    switch (done.type) {
      case "opened":
        this.#handleOpened(done, now);
        break;
      case "checked":
        this.#handleChecked(done, now);
        break;
      case "committed":
        this.#trouble.reset();
        this.#recorder?.handleCommitted(done.piece);
        this.#files.layout.handleWritten(this.#wishes.selection.filesOf(done.piece));
        this.#swarm?.handleVerdict(done, now);
        this.#handleVerified(now);
        break;
      case "hash-failed":
        this.#swarm?.handleVerdict(done, now);
        break;
      case "read":
        this.#swarm?.handleReadFor(
          done.piece,
          this.#reads.handleReadFor(this.#context.cache.handleRead(done.job)),
          now,
        );
        break;
      case "synced":
        this.#recorder?.handleSynced(now);
        break;
      case "failed":
        this.#handleDiskFailed(done.job, done.error, now);
        break;
      case "closed":
        this.#handleStopped();
        return;
      case "made-empty":
      case "hashed-ahead":
      case "relaid":
      case "copy-found":
      case "copied":
      case "copy-sealed":
        break;
      default:
        done satisfies never;
    }
    this.#closing?.goOn(now);
  }

  // ---- time

  /** Whom it is worth to dial now. */
  get dialView(): DialView {
    return { skipSeeds: this.#swarm?.picker.wantedRemaining === 0, isAlone: this.#swarm?.peerCount === 0 };
  }

  nextTimeout(): Millis | undefined {
    const { status } = this.#state;
    const retryAt = status === "error" && Number.isFinite(this.#state.retryAt) ? this.#state.retryAt : undefined;
    return earliest(
      this.#sources.nextTimeout(),
      this.#recorder?.nextTimeout(),
      this.#room?.nextTimeout(),
      this.#files.nextTimeout(),
      retryAt,
      this.dialling.nextAt(this.dialsWanted, this.dialView),
    );
  }

  handleTimeout(now: Millis): void {
    this.#anteroom?.handleTimeout(now);
    if (isActive(this.#state)) {
      this.#sources.handleTimeout(this.#announceTotals(), now);
      this.#swarm?.handleTimeout(now);
      this.#recorder?.setTotals(this.#allTotals());
      this.dialling.isDue = true;
    }
    this.#recorder?.handleTimeout(now);
    this.#files.handleTimeout(now);
    this.#relocate(now);
    if (this.#state.status === "error" && now >= this.#state.retryAt) this.#retry(now);
  }

  flush(now: Millis): void {
    this.#why.handleState(this.#state, this.#swarm, now);
    this.#room?.flush(now);
  }

  // ---- views

  status(now: Millis): TorrentStatus {
    return describeTorrent(
      {
        infoHash: this.infoHash,
        name: this.metainfo.name,
        root: this.#files.layout.root,
        state: this.#stateView(),
        have: this.#have,
        progress: this.#wishes.progress,
        totals: this.#allTotals(),
        swarm: this.#swarm,
        peerList: this.peerList,
        announcer: this.#sources.announcer,
      },
      now,
    );
  }

  files(): readonly FileStatus[] {
    const { layout } = this.#files;
    return describeFiles(this.#context, { layout, selection: this.#wishes.selection, have: this.#have });
  }

  peers(now: Millis): readonly PeerStatus[] {
    return describePeers(this.#swarm?.peers, now) ?? Array.from(this.#anteroom?.peers ?? [], describeWaitingPeer);
  }

  why(now: Millis): TorrentWhy {
    return this.#why.report(this.#swarm?.peers ?? [], now);
  }

  pieces(): PiecesStatus {
    return describePieces(this.#have, this.#swarm?.picker);
  }

  checkInvariants(): void {
    this.#swarm?.checkInvariants();
  }

  /** Where connected peers are. */
  get #room(): Swarm | Anteroom | undefined {
    return this.#swarm ?? this.#anteroom;
  }

  // ---- opening and checking

  #open(): void {
    this.#checker = new Checker(this.#context, this.#earlier.resume);
    this.#setState({ status: "checking", checked: 0, total: 0 });
    this.#files.store.open();
  }

  #handleOpened(done: Extract<DiskDone, { type: "opened" }>, now: Millis): void {
    if (this.#closing?.handleOpened(done.found) === true) return;
    if (this.#state.status !== "checking" || this.#checker === undefined) return;
    this.#files.handleOpened(done.found);
    this.#checker.handleOpened(done.found, { recheck: this.#recheckDue });
    this.#recheckDue = false;
    this.#finishChecking(now);
  }

  #handleChecked(done: Extract<DiskDone, { type: "checked" }>, now: Millis): void {
    this.#checker?.handleChecked(done);
    this.#finishChecking(now);
  }

  #finishChecking(now: Millis): void {
    const result = this.#checker?.result;
    if (result === undefined || this.#state.status !== "checking") return;
    this.#checker = undefined;
    this.#run(result, now);
  }

  #run({ have, confirmed }: CheckResult, now: Millis): void {
    const { context, add } = this.#options;
    this.#recorder = recordRun({ context, have, confirmed, earlier: this.#earlier }, now);
    this.#swarm = new Swarm({
      ...this.#options,
      have,
      order: this.#wishes.order,
      superSeed: this.#wishes.superSeed,
      uploadSlots: this.#wishes.uploadSlots,
      why: this.#why,
      peerList: this.peerList,
      dialling: this.dialling,
      events: { push: (event) => this.#emit(event) },
      departing: this.#departing,
      now,
    });
    this.#wishes.begin(this.#swarm);
    for (const peer of this.#anteroom?.release() ?? []) this.#swarm.adopt(peer, now);
    this.#anteroom = undefined;
    const partials = this.#earlier.takePartials();
    for (const partial of partials) if (!have.has(partial.piece)) this.#swarm.downloads.restore(partial);
    this.#swarm.submitComplete();
    // They are in memory again; the file is not needed until the next clean stop.
    if (partials.length > 0) this.#files.store.forgetPartials();
    this.#files.store.makeEmpty(this.#wishes.emptyFiles);
    this.#setRunState(now);
    if (add.checkOnly === true) {
      this.stop(now);
      return;
    }
    this.addPeers(add.peers ?? [], "user", now);
    this.#sources.start(now);
    this.dialling.isDue = true;
  }

  // ---- running

  /** Downloading, finished or seeding, by what is here. */
  #setRunState(now: Millis): void {
    const picker = this.#swarm?.picker;
    if (picker === undefined) return;
    const status = picker.have.isFull ? "seeding" : picker.wantedRemaining === 0 ? "finished" : "downloading";
    if (status === this.#state.status) return;
    this.#setState({ status });
    if (status !== "seeding") this.#wasIncomplete = true;
    else if (this.#wasIncomplete) this.#sources.announcer.complete(now);
  }

  #handleVerified(now: Millis): void {
    const pieces = this.#swarm?.takeVerified() ?? [];
    if (pieces.length === 0) return;
    for (const piece of pieces) {
      this.#wishes.progress.handleVerified(piece);
      this.#reads.handleVerified(piece, now);
    }
    for (const file of this.#wishes.progress.takeCompletedFiles()) this.#emit({ type: "file-completed", file });
    if (this.#state.status !== "downloading" || this.#swarm?.picker.wantedRemaining !== 0) return;
    this.#setRunState(now);
    this.#recorder?.sync(now);
    this.#swarm.handleTimeout(now);
  }

  #handleDiskFailed(job: number, error: DiskError, now: Millis): void {
    const waiters = this.#context.cache.handleFailed(job);
    const isCommit = this.#swarm?.handleDiskFailed(job) ?? false;
    if (waiters === undefined && !isCommit && this.#recorder?.isSyncing === true) this.#recorder.handleSyncFailed(now);
    this.#checker?.handleFailed(job);
    this.#files.handleFailed(job);
    this.#reads.failAll(error.message);
    if (this.#state.status === "stopping") {
      if (this.#closing?.endsOnFailure !== true) return;
      this.#files.store.close({ deleteFiles: false });
      this.#handleStopped();
      return;
    }
    if (this.#state.status === "stopped") {
      if (this.#removal !== undefined) this.#forgetEverything(error.message);
      return;
    }
    this.#fail(error, now);
  }

  #fail(error: DiskError, now: Millis): void {
    this.#room?.disconnectAll("stopped", now);
    // Jobs that were under way fail together: that is one failure.
    if (this.#state.status !== "error") this.#setState(this.#trouble.judge(error, now));
  }

  #retry(now: Millis): void {
    if (this.#swarm === undefined) {
      this.#open();
      return;
    }
    if (this.#files.mustReopen) {
      this.stop(now);
      this.#restart = true;
      return;
    }
    this.#setRunState(now);
    this.#swarm.retry();
    this.#recorder?.sync(now);
    this.dialling.isDue = true;
  }

  // ---- stopping

  #handleStopped(): void {
    if (this.#state.status === "stopping") {
      this.#rest();
      this.#setState({ status: "stopped" });
    }
    if (this.#removal?.goOn() === true) this.#forgetEverything(undefined);
    if (this.#removal !== undefined) return;
    // What is asked for at rest comes before the start.
    if (this.#files.isRelocating) return;
    if (this.#restart) this.#open();
    this.#restart = false;
  }

  /** Renaming and moving go on as far as the torrent's state lets them. */
  #relocate(now: Millis): void {
    if (this.#removal !== undefined && this.#state.status === "stopped") return;
    const need = this.#files.follow(this.#state, this.#have, now);
    if (need === "moving") this.#setState(this.#files.moving);
    if (need === "rest") {
      this.stop(now);
      this.#restart = true;
    }
    if (need === "rested") this.#setState({ status: "stopped" });
    if (need === "rested" || (need === "nothing" && this.#state.status === "stopped" && this.#restart))
      this.#handleStopped();
  }

  #rest(): void {
    this.#earlier.handleRunEnded({
      have: this.#swarm?.picker.have,
      synced: this.#recorder?.synced,
      totals: this.#allTotals(),
      partials: this.#closing?.partials,
    });
    this.#closing = undefined;
    this.#checker = undefined;
    this.#recorder = undefined;
    this.#swarm = undefined;
    this.#anteroom = undefined;
  }

  #forgetEverything(problem: string | undefined): void {
    this.#removal?.forget();
    this.isRemoved = true;
    this.#emit({ type: "removed", problem });
  }

  // ---- small things

  /** The pieces known to be here, in whatever state. */
  get #have(): Bitfield {
    const known = this.#swarm?.picker.have ?? this.#checker?.have ?? this.#earlier.resume?.have;
    return known ?? new Bitfield(this.#context.geometry.pieceCount);
  }

  #announceTotals(): AnnounceTotals {
    return announceTotals(this.#context.geometry, this.#have, this.#swarm);
  }

  #allTotals(): Totals {
    return addUp(this.#earlier.totals, this.#swarm);
  }

  #stateView(): Lifecycle {
    if (this.#state.status === "moving") return this.#files.moving;
    if (this.#state.status !== "checking" || this.#checker === undefined) return this.#state;
    return { status: "checking", checked: this.#checker.checked, total: this.#checker.total };
  }

  #setState(to: Lifecycle): void {
    this.#state = move(this.#state, to);
    this.#emit({ type: "state", state: this.#state });
  }

  #emit(event: TorrentEvent): void {
    this.#context.out.push({ type: "event", event: { infoHash: this.infoHash, ...event } });
  }
}
