/**
 * A torrent of which only a magnet link is known: it finds peers, fetches the info dictionary from them (BEP 9), and
 * hands everything that it has, connections included, to the `Torrent` that it becomes.
 */
import {
  type Endpoint,
  type InfoHash,
  type Magnet,
  type Metainfo,
  parseEndpoint,
  parseInfo,
  selectedPriorities,
  TorrentialError,
} from "@torrential/core";
import type { BandwidthNode } from "../bandwidth/node.ts";
import { earliest } from "../deadlines.ts";
import type { RelocationRequest } from "../files/relocation.ts";
import type { AnnounceResult } from "../ports/announce.ts";
import type { Millis } from "../ports/machine.ts";
import type { CloseReason, ConnectionId } from "../ports/network.ts";
import type { AddMagnetOptions, AddOptions, TrackerCommand } from "../session/commands.ts";
import type { TorrentEvent } from "../session/events.ts";
import type { Slab } from "../storage/slab.ts";
import type { Arrival } from "../swarm/arrival.ts";
import { welcome } from "../swarm/admission.ts";
import { Dialling } from "../swarm/dialling.ts";
import { Extensions } from "../swarm/extensions.ts";
import { expelBanned } from "../swarm/expel.ts";
import { type DialView, type KnownPeer, PeerList, type PeerSource } from "../swarm/peer-list.ts";
import type { Announcer, AnnounceTotals } from "../torrent/announcer.ts";
import type { TorrentContext } from "../torrent/context.ts";
import { type ErrorClass, type Lifecycle, move } from "../torrent/lifecycle.ts";
import { PeerSources } from "../torrent/peer-sources.ts";
import { makePex } from "../swarm/pex.ts";
import type { ReadCommand } from "../torrent/reads.ts";
import type { FileStatus, PeerStatus, PiecesStatus, TorrentStatus } from "../torrent/status.ts";
import { commandTrackers } from "../torrent/tracker-commands.ts";
import type { WishCommand } from "../torrent/wishes.ts";
import type { TorrentWhy } from "../why/report.ts";
import { SwarmWhy } from "../why/swarm-why.ts";
import { Anteroom } from "./anteroom.ts";
import { describePending, describeWaitingPeer } from "./describe.ts";
import { askForMetadata, requestMetadata } from "./extension.ts";
import { type FetchVerdict, MetadataFetch } from "./fetch.ts";
import type { WaitingPeer } from "./waiting-peer.ts";

/** What of a torrent's context there is without its metadata. */
export type PendingContext = Pick<
  TorrentContext,
  | "infoHash"
  | "peerId"
  | "out"
  | "random"
  | "peersMax"
  | "sessionBans"
  | "externalAddresses"
  | "families"
  | "usesDht"
  | "nextId"
  | "nextAnnounceId"
> & { readonly slab: Slab };

export interface PendingOptions {
  readonly add: AddMagnetOptions;
  readonly context: PendingContext;
  readonly node: BandwidthNode;
  readonly listenPort: () => number;
  readonly now: Millis;
}

/** What goes over to the torrent. */
export interface Handover {
  readonly add: AddOptions;
  readonly peerList: PeerList;
  readonly sources: PeerSources;
  /** With the peers that sent the metadata; undefined for a torrent that slept. */
  readonly anteroom: Anteroom | undefined;
  readonly why: SwarmWhy | undefined;
  /** What its trackers were told before it slept: they count from there. */
  readonly announced: AnnounceTotals | undefined;
}

/** How much is left to download is not known, but it is not nothing: trackers must not take us for a seed. */
const LEFT_BYTES = 16_384;
const NO_TOTALS: AnnounceTotals = { uploaded: 0, downloaded: 0, left: LEFT_BYTES };

const NO_PIECES: PiecesStatus = { have: new Uint8Array(0), inFlight: [], availability: new Uint8Array(0) };

export class PendingTorrent {
  readonly infoHash: InfoHash;
  readonly node: BandwidthNode;
  readonly peerList: PeerList;
  readonly dialling: Dialling;
  readonly #options: PendingOptions;
  readonly #context: PendingContext;
  readonly #sources: PeerSources;
  readonly #anteroom: Anteroom;
  readonly #why: SwarmWhy;
  #fetch: MetadataFetch;
  #state: Lifecycle = { status: "stopped" };
  /** What was chosen since it was added. */
  #choices: Partial<AddOptions> = {};
  #handover: Handover | undefined;
  isRemoved = false;

  constructor(options: PendingOptions) {
    const { add, context, node, listenPort } = options;
    this.#options = options;
    this.#context = context;
    this.infoHash = context.infoHash;
    this.node = node;
    this.peerList = new PeerList(context.random, context.sessionBans);
    this.dialling = new Dialling(this.peerList, { isPrivate: false });
    this.#why = new SwarmWhy(options.now);
    const { trackers = add.magnet.trackers, announceTo } = add;
    this.#sources = new PeerSources({ context, trackers, announceTo, isPrivate: false });
    this.#fetch = new MetadataFetch(add.magnet);
    this.#anteroom = new Anteroom({
      peerId: context.peerId,
      out: context.out,
      usesDht: context.usesDht,
      slab: context.slab,
      peerList: this.peerList,
      peersMax: add.peersMax ?? context.peersMax,
      extensions: this.#makeExtensions(),
      listenPort,
      externalAddresses: context.externalAddresses,
      emit: (event) => this.#emit(event),
    });
  }

  get state(): Lifecycle {
    return this.#state;
  }

  /** All that is needed to go on, once the metadata is here. */
  get handover(): Handover | undefined {
    return this.#handover;
  }

  get magnet(): Magnet {
    return this.#options.add.magnet;
  }

  get announcer(): Announcer {
    return this.#sources.announcer;
  }

  /** Whether peers are let in. */
  get isOpen(): boolean {
    return this.#isFetching;
  }

  /** Nobody waits for it to be open. */
  readonly isExpected = false;

  get dialsWanted(): number {
    return this.#isFetching ? this.#anteroom.roomForPeers : 0;
  }

  get dialView(): DialView {
    return { skipSeeds: false, isAlone: this.#anteroom.peerCount === 0 };
  }

  // ---- commands

  start(now: Millis): void {
    if (this.#state.status !== "stopped" && this.#state.status !== "error") return;
    const { add } = this.#options;
    this.#fetch = new MetadataFetch(add.magnet);
    this.#setState({ status: "fetching-metadata", receivedBytes: 0, totalBytes: undefined });
    this.addPeers(add.peers ?? [], "user", now);
    this.addPeers(add.magnet.peers.flatMap(literalEndpoint), "magnet", now);
    this.#sources.start(now);
    this.dialling.isDue = true;
  }

  stop(now: Millis): void {
    if (this.#state.status === "stopped") return;
    this.#sources.stop(NO_TOTALS);
    this.#anteroom.disconnectAll("stopped", now);
    this.#setState({ status: "stopping" });
    this.#setState({ status: "stopped" });
  }

  /** There are no files of its own to delete; a journal may be left of an earlier run. */
  remove(_options: { readonly deleteFiles: boolean }, now: Millis): void {
    this.stop(now);
    this.#context.out.push({ type: "journal-remove", key: this.infoHash });
    this.isRemoved = true;
    this.#emit({ type: "removed", problem: undefined });
  }

  /** Nothing is here that could be checked: it is what happens first when there is. */
  recheck(now: Millis): void {
    this.start(now);
  }

  addPeers(peers: readonly Endpoint[], source: PeerSource, now: Millis): void {
    this.dialling.add(peers, source, now);
  }

  /** For later. */
  commandWishes(command: WishCommand): void {
    switch (command.type) {
      case "set-file-priorities":
        this.#choices = { ...this.#choices, filePriorities: command.priorities };
        return;
      case "set-order":
        this.#choices = { ...this.#choices, order: command.order };
        return;
      case "set-first-and-last":
        this.#choices = { ...this.#choices, firstAndLast: command.enabled };
        return;
      case "set-super-seeding":
        this.#choices = { ...this.#choices, superSeed: command.enabled };
        return;
      case "set-upload-slots":
        this.#choices = { ...this.#choices, uploadSlots: command.slots };
        return;
      case "set-peers-max":
        this.#choices = { ...this.#choices, peersMax: command.peersMax };
        return;
      default:
        command satisfies never;
    }
  }

  /** There are no files yet: they will be made where they are wanted now. */
  relocate(request: RelocationRequest): void {
    const { out, infoHash } = this.#context;
    const isMove = request.type === "move-storage";
    if (isMove) {
      this.#choices = { ...this.#choices, root: request.root };
      out.push({ type: "event", event: { type: "moved", infoHash, root: request.root } });
    }
    const message = "The torrent's metadata is not known yet.";
    const result = isMove ? ({ ok: true } as const) : ({ ok: false, class: "refused", message } as const);
    if (request.request !== undefined) out.push({ type: "command-done", request: request.request, result });
  }

  commandTrackers(command: TrackerCommand, now: Millis): void {
    commandTrackers(this.announcer, command, NO_TOTALS, now);
  }

  commandReads(command: ReadCommand): void {
    if (command.type !== "read") return;
    const message = "the torrent's metadata is not known yet";
    this.#context.out.push({ type: "read-done", request: command.request, result: { ok: false, message } });
  }

  // ---- connections

  /** Takes a peer in. Throws PeerError when it is not wanted. */
  addPeer(arrival: Arrival, now: Millis): KnownPeer {
    return welcome(arrival, { peerList: this.peerList, room: this.#anteroom }, now);
  }

  /** Who is kept out of everything is another one. */
  handleBansChanged(now: Millis): void {
    expelBanned(this.#anteroom, this.peerList, now);
    this.dialling.isDue = true;
  }

  /** Nothing that counts passes through it. */
  readonly flow = undefined;

  handleData(connection: ConnectionId, chunk: Uint8Array, now: Millis): void {
    this.#anteroom.handleData(connection, chunk, now);
    this.#request(now);
  }

  handleTransmitted(connection: ConnectionId, bytes: number): void {
    this.#anteroom.handleTransmitted(connection, bytes);
  }

  handleClosed(connection: ConnectionId, reason: CloseReason, now: Millis): void {
    this.#anteroom.handleClosed(connection, reason, now);
    this.#request(now);
    this.dialling.isDue = true;
  }

  /** Nobody here reserves anything. */
  handleTicket(): void {}

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

  // ---- time

  nextTimeout(): Millis | undefined {
    if (!this.#isFetching) return undefined;
    const dialAt = this.dialling.nextAt(this.dialsWanted, this.dialView);
    return earliest(this.#sources.nextTimeout(), this.#anteroom.nextTimeout(), dialAt);
  }

  handleTimeout(now: Millis): void {
    if (!this.#isFetching) return;
    this.#sources.handleTimeout(NO_TOTALS, now);
    this.#anteroom.handleTimeout(now);
    this.#request(now);
    this.dialling.isDue = true;
  }

  flush(now: Millis): void {
    this.#why.handleState(this.#state, undefined, now);
    this.#anteroom.flush(now);
  }

  // ---- views

  status(now: Millis): TorrentStatus {
    return describePending(
      {
        infoHash: this.infoHash,
        name: this.#options.add.magnet.name ?? this.infoHash,
        root: this.#choices.root ?? this.#options.add.root,
        state: this.#stateView(),
        peerList: this.peerList,
        peers: this.#anteroom.peers,
        announcer: this.announcer,
      },
      now,
    );
  }

  files(): readonly FileStatus[] {
    return [];
  }

  peers(): readonly PeerStatus[] {
    return [...this.#anteroom.peers].map(describeWaitingPeer);
  }

  pieces(): PiecesStatus {
    return NO_PIECES;
  }

  why(now: Millis): TorrentWhy {
    return this.#why.report([], now);
  }

  checkInvariants(): void {}

  get #isFetching(): boolean {
    return this.#state.status === "fetching-metadata";
  }

  #stateView(): Lifecycle {
    if (!this.#isFetching) return this.#state;
    const { receivedBytes, totalBytes } = this.#fetch;
    return { status: "fetching-metadata", receivedBytes, totalBytes };
  }

  #makeExtensions(): Extensions<WaitingPeer> {
    const metadata = askForMetadata<WaitingPeer>({
      handleLength: (peer, lengthBytes) => this.#fetch.handleLength(peer.connection, lengthBytes),
      handleAnswer: (peer, message, now) =>
        this.#handleVerdict(this.#fetch.handleMessage(peer.connection, message, now), now),
      handleGone: (peer) => this.#fetch.handleGone(peer.connection),
      handleSecond: (now) => this.#fetch.handleSecond(now),
    });
    // It may turn out to be private: until then nobody is told of anybody (BEP 27).
    const pex = makePex({ isTelling: false, add: (peer, now) => this.dialling.learn(peer, now) });
    return new Extensions<WaitingPeer>([metadata, pex]);
  }

  #request(now: Millis): void {
    if (!this.#isFetching || this.#handover !== undefined) return;
    for (const { peer: connection, piece } of this.#fetch.takeRequests(now)) {
      const peer = this.#anteroom.get(connection);
      if (peer !== undefined) requestMetadata(peer, piece);
    }
  }

  #handleVerdict(verdict: FetchVerdict, now: Millis): void {
    switch (verdict.type) {
      case "waiting":
        return;
      case "failed":
        return this.#expel(verdict.guilty, now);
      case "passed":
        this.#expel(verdict.guilty, now);
        return this.#finish(verdict.bytes, now);
      case "contradiction":
        return this.#fail("metadata-invalid", "its two info-hashes are of different torrents", now);
      default:
        verdict satisfies never;
    }
  }

  #expel(guilty: readonly number[], now: Millis): void {
    for (const connection of guilty) {
      const peer = this.#anteroom.get(connection);
      if (peer === undefined) continue;
      const message = "it sent metadata that does not have the torrent's hash";
      this.#anteroom.ban(peer, message, now);
      this.#anteroom.drop(peer, { reason: "extension-breach", message, isBreach: true }, now);
    }
  }

  #finish(infoBytes: Uint8Array, now: Millis): void {
    const { add } = this.#options;
    const { magnet, windows, ...rest } = add;
    try {
      const outer = { trackers: add.trackers ?? magnet.trackers, webSeeds: magnet.webSeeds };
      const metainfo = parseInfo(infoBytes, outer, { windows: windows ?? false });
      this.#emit({ type: "metadata", metainfo });
      if (metainfo.infoHashV1 === undefined) {
        return this.#fail(
          "v2-unsupported",
          "it is a v2 torrent, which can not be downloaded yet, wanted v1 or hybrid",
          now,
        );
      }
      this.#handover = {
        add: { ...rest, metainfo, ...this.#selected(metainfo), ...this.#choices },
        peerList: this.peerList,
        sources: this.#sources,
        anteroom: this.#anteroom,
        why: this.#why,
        announced: undefined,
      };
    } catch (error) {
      if (!(error instanceof TorrentialError)) throw error;
      this.#fail("metadata-invalid", error.message, now);
    }
  }

  /** The metadata shows that it is a torrent that is here already, by its other info-hash: two would write the same files. */
  yieldTo({ infoHash }: { readonly infoHash: InfoHash }, now: Millis): void {
    this.#handover = undefined;
    this.#fail("metadata-invalid", `it is torrent ${infoHash}, which is there already`, now);
  }

  /** BEP 53, unless the user said otherwise. */
  #selected(metainfo: Metainfo): Pick<AddOptions, "filePriorities"> {
    const { magnet, filePriorities = selectedPriorities(magnet.selectOnly, metainfo.files.length) } = this.#options.add;
    return filePriorities === undefined ? {} : { filePriorities };
  }

  /** For good: what peers have is what the link says. */
  #fail(errorClass: ErrorClass, message: string, now: Millis): void {
    this.#sources.stop(NO_TOTALS);
    this.#anteroom.disconnectAll("stopped", now);
    const { name } = this.#options.add.magnet;
    const sentence = `${name ?? this.infoHash}: ${message}`;
    this.#setState({
      status: "error",
      owner: "torrent",
      class: errorClass,
      message: sentence,
      retryAt: Number.POSITIVE_INFINITY,
    });
  }

  #setState(to: Lifecycle): void {
    this.#state = move(this.#state, to);
    this.#emit({ type: "state", state: this.#state });
  }

  #emit(event: TorrentEvent): void {
    this.#context.out.push({ type: "event", event: { infoHash: this.infoHash, ...event } });
  }
}

function literalEndpoint(text: string): Endpoint[] {
  try {
    return [parseEndpoint(text)];
  } catch (error) {
    // A name, which the driver resolves.
    if (error instanceof TorrentialError) return [];
    throw error;
  }
}
