/**
 * A seed that nobody is connected to: its files are closed, and its metadata, pieces and buffers are forgotten. It goes on
 * announcing and dialling, counts as seeding, and costs a few kilobytes. Whoever shakes hands, and every command that
 * needs more, wakes it: the driver brings the metadata again, and a `Torrent` goes on from the journal.
 */
import type { Endpoint, InfoHash, Metainfo } from "@torrential/core";
import type { BandwidthNode } from "../bandwidth/node.ts";
import { earliest } from "../deadlines.ts";
import type { Handover } from "../metadata/pending-torrent.ts";
import type { Outlet } from "../outbox.ts";
import type { AnnounceResult } from "../ports/announce.ts";
import type { Millis } from "../ports/machine.ts";
import type { Totals } from "../resume/journal.ts";
import type { AddOptions, Command } from "../session/commands.ts";
import type { SessionOutput } from "../session/outputs.ts";
import { PEERS_MAX } from "../swarm/admission.ts";
import type { Dialling } from "../swarm/dialling.ts";
import type { DialView, PeerList, PeerSource } from "../swarm/peer-list.ts";
import type { AnnounceTotals } from "../torrent/announcer.ts";
import { type Lifecycle, move } from "../torrent/lifecycle.ts";
import type { PeerSources } from "../torrent/peer-sources.ts";
import type { FileStatus, PeerStatus, PiecesStatus, TorrentStatus } from "../torrent/status.ts";
import { commandTrackers } from "../torrent/tracker-commands.ts";
import type { TorrentWhy } from "../why/report.ts";
import { SwarmWhy } from "../why/swarm-why.ts";

/** What a torrent leaves when it falls asleep. */
export interface Estate {
  readonly infoHash: InfoHash;
  readonly out: Outlet<SessionOutput>;
  readonly node: BandwidthNode;
  readonly peerList: PeerList;
  readonly dialling: Dialling;
  readonly sources: PeerSources;
  /** As it would be added again, but for what is on disk. */
  readonly add: Omit<AddOptions, "metainfo">;
  readonly name: string;
  readonly pieceCount: number;
  readonly wantedBytes: number;
  /** Over all runs. */
  readonly totals: Totals;
  /** What its trackers were told last. */
  readonly announced: AnnounceTotals;
}

/** What the driver brings back. */
export type Awakening = Pick<AddOptions, "journal" | "partials" | "place"> & { readonly metainfo: Metainfo };

/** What counts as recent when somebody asks why. */
const RECENT_MS = 60_000;
const SEEDING: Lifecycle = { status: "seeding" };
/** Who has all dials nobody who has all. */
const DIAL_VIEW: DialView = { skipSeeds: true, isAlone: true };

export class DormantTorrent {
  readonly infoHash: InfoHash;
  readonly node: BandwidthNode;
  readonly peerList: PeerList;
  readonly dialling: Dialling;
  readonly sources: PeerSources;
  readonly dialView: DialView = DIAL_VIEW;
  readonly #estate: Estate;
  /** The user's wishes change while it sleeps. */
  #add: Estate["add"];
  #state: Lifecycle = SEEDING;
  #isWaking = false;
  isRemoved = false;

  constructor(estate: Estate) {
    this.#estate = estate;
    this.#add = estate.add;
    this.infoHash = estate.infoHash;
    this.node = estate.node;
    this.peerList = estate.peerList;
    this.dialling = estate.dialling;
    this.sources = estate.sources;
  }

  get state(): Lifecycle {
    return this.#state;
  }

  get isRunning(): boolean {
    return this.#state.status === "seeding";
  }

  /** Peers are not let in: they wait. */
  readonly isOpen = false;

  /** Peers and commands wait for it to be open. */
  get isExpected(): boolean {
    return this.isRunning;
  }

  get dialsWanted(): number {
    return this.isRunning ? (this.#add.peersMax ?? PEERS_MAX) : 0;
  }

  // ---- waking

  /** Asks the driver for the metadata, once. */
  wake(): void {
    if (this.#isWaking) return;
    this.#isWaking = true;
    this.#estate.out.push({ type: "wake", infoHash: this.infoHash });
  }

  /** With what the driver brought it is a torrent again. */
  wakeUp(brought: Awakening): Handover {
    const { peerList, sources, announced } = this.#estate;
    return { add: { ...this.#add, ...brought }, peerList, sources, announced, anteroom: undefined, why: undefined };
  }

  /** The driver does not have the metadata any more. */
  handleLost(message: string): void {
    this.#isWaking = false;
    if (!this.isRunning) return;
    this.sources.stop(this.#estate.announced);
    const retryAt = Number.POSITIVE_INFINITY;
    this.#setState({ status: "error", owner: "torrent", class: "io", message, retryAt });
  }

  // ---- commands

  /** False when it takes the whole torrent to carry the command out. */
  handleCommand(command: Command, now: Millis): boolean {
    if (this.#isWaking) return false;
    switch (command.type) {
      case "stop":
        this.stop();
        return true;
      case "remove":
        return this.#remove(command);
      case "start":
        return this.isRunning;
      case "add-peers":
        this.addPeers(command.peers, command.source, now);
        return true;
      case "unban":
        this.peerList.unban(command.key);
        return true;
      case "read-ahead":
      case "end-reader":
      case "cancel-read":
        return true;
      case "reannounce":
      case "set-announce-to":
      case "add-trackers":
      case "set-trackers":
      case "remove-tracker":
        commandTrackers(this.sources.announcer, command, this.#estate.announced, now);
        return true;
      // Of ten thousand at once, too: none is woken for what matters only when somebody comes.
      case "set-order":
        return this.#wish({ order: command.order });
      case "set-first-and-last":
        return this.#wish({ firstAndLast: command.enabled });
      case "set-super-seeding":
        return this.#wish({ superSeed: command.enabled });
      case "set-upload-slots":
        return this.#wish({ uploadSlots: command.slots });
      case "set-peers-max":
        return this.#wish({ peersMax: command.peersMax });
      default:
        return false;
    }
  }

  #wish(wish: Partial<Estate["add"]>): true {
    this.#add = { ...this.#add, ...wish };
    return true;
  }

  stop(): void {
    if (this.#state.status === "stopped") return;
    this.sources.stop(this.#estate.announced);
    this.#setState({ status: "stopping" });
    this.#setState({ status: "stopped" });
  }

  addPeers(peers: readonly Endpoint[], source: PeerSource, now: Millis): void {
    this.dialling.add(peers, source, now);
  }

  /** What of it is on disk only the torrent knows. */
  #remove({ deleteFiles, keepState = false }: Extract<Command, { type: "remove" }>): boolean {
    if (deleteFiles || !keepState) return false;
    this.stop();
    this.isRemoved = true;
    this.#estate.out.push({ type: "event", event: { infoHash: this.infoHash, type: "removed", problem: undefined } });
    return true;
  }

  // ---- connections: none. Those that were told to close have closed, and those that come wait elsewhere.

  handleBansChanged(): void {
    this.peerList.handleBansChanged();
    this.dialling.isDue = true;
  }

  readonly flow = undefined;

  handleData(): void {}

  handleTransmitted(): void {}

  handleClosed(): void {
    this.dialling.isDue = true;
  }

  handleTicket(): void {}

  handleAnnounced(request: number, result: AnnounceResult, now: Millis): void {
    const outcome = this.sources.handleAnnounced(request, result, now);
    if (outcome === undefined) return;
    const { infoHash } = this;
    if (outcome.event !== undefined) this.#estate.out.push({ type: "event", event: { infoHash, ...outcome.event } });
    this.addPeers(outcome.peers, "tracker", now);
  }

  // ---- time

  nextTimeout(): Millis | undefined {
    return earliest(this.sources.nextTimeout(), this.dialling.nextAt(this.dialsWanted, DIAL_VIEW));
  }

  handleTimeout(now: Millis): void {
    if (!this.isRunning) return;
    this.sources.handleTimeout(this.#estate.announced, now);
    this.dialling.isDue = true;
  }

  flush(): void {}

  // ---- views

  status(now: Millis): TorrentStatus {
    const { name, pieceCount, wantedBytes, totals } = this.#estate;
    return {
      infoHash: this.infoHash,
      name,
      root: this.#add.root,
      state: this.#state,
      wantedBytes,
      verifiedBytes: wantedBytes,
      piecesHave: pieceCount,
      pieceCount,
      downRate: 0,
      upRate: 0,
      ...totals,
      wastedBytes: 0,
      peers: 0,
      seeds: 0,
      knownPeers: this.peerList.size,
      sources: this.peerList.sources(),
      distributedCopies: 0,
      trackers: this.sources.announcer.status(now),
      isSuperSeeding: this.#add.superSeed ?? false,
      bans: this.peerList.bans(now),
      refusals: {},
    };
  }

  /** Not known without the metadata. */
  files(): readonly FileStatus[] {
    return [];
  }

  peers(): readonly PeerStatus[] {
    return [];
  }

  pieces(): PiecesStatus {
    const { pieceCount } = this.#estate;
    const have = new Uint8Array(Math.ceil(pieceCount / 8)).fill(0xff);
    // Bits beyond the last piece are zero.
    if (pieceCount % 8 > 0) have[have.length - 1] = (0xff << (8 - (pieceCount % 8))) & 0xff;
    return { have, inFlight: [], availability: new Uint8Array(0) };
  }

  why(now: Millis): TorrentWhy {
    // So it was for as long as anybody looks back.
    const why = new SwarmWhy(now - RECENT_MS);
    why.handleSleep(this.#state, now - RECENT_MS);
    return why.report([], now);
  }

  checkInvariants(): void {}

  #setState(to: Lifecycle): void {
    this.#state = move(this.#state, to);
    this.#estate.out.push({ type: "event", event: { infoHash: this.infoHash, type: "state", state: this.#state } });
  }
}
