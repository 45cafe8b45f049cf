/** One connected peer after the handshake: what both sides said, what is asked and owed, and how fast it flows. */
import { describePeerId, type Endpoint, type PeerId } from "@torrential/core";
import { type BlockRange, type BlockTarget, WireDecoder, WireWriter } from "@torrential/protocol";
import type { BandwidthNode } from "../bandwidth/node.ts";
import type { PickerPeer } from "../picker/picker.ts";
import type { Millis } from "../ports/machine.ts";
import type { ConnectionId, Transport } from "../ports/network.ts";
import type { KnownPeer } from "./peer-list.ts";
import { PeerWhy } from "../why/peer-why.ts";
import { RateMeter } from "./rate-meter.ts";
import { RequestWindow } from "./request-window.ts";
import { SendQueue } from "./send-queue.ts";

/** A piece up to this long is a new peer's own. Of longer ones too few are spoiled by many before their rate is known. */
const FIRST_PIECE_BYTES = 4 << 20;

export interface PeerOptions {
  readonly connection: ConnectionId;
  readonly endpoint: Endpoint;
  readonly transport: Transport;
  readonly isOutgoing: boolean;
  readonly known: KnownPeer;
  readonly peerId: PeerId;
  /** Both sides offered BEP 6. */
  readonly fast: boolean;
  /** Both sides offered BEP 10. */
  readonly extended: boolean;
  readonly pieceCount: number;
  readonly picker: PickerPeer;
  readonly node: BandwidthNode;
  /** Handshake bytes given to the driver that are not yet reported as sent. */
  readonly unsentBytes: number;
  readonly earlier?: EarlierLife | undefined;
  readonly now: Millis;
}

/** What a connection brings along that waited for its torrent. */
export interface EarlierLife {
  readonly connectedAt: Millis;
  readonly decoder: WireDecoder;
  readonly writer: WireWriter;
  readonly send: SendQueue;
  readonly extensionIds: Map<string, number>;
  readonly client: string;
  readonly uploadOnly: boolean;
  readonly requestQueue: number | undefined;
  readonly lastReceivedAt: Millis;
  readonly lastSentAt: Millis;
  readonly isPaused: boolean;
}

/** A block that is arriving. */
export interface Receiving {
  readonly piece: number;
  readonly block: number;
  readonly target: BlockTarget;
  /** Another peer was already writing this block: it lands beside the slab and is copied if it wins. */
  readonly isScratch: boolean;
}

export class Peer {
  readonly connection: ConnectionId;
  readonly endpoint: Endpoint;
  readonly transport: Transport;
  readonly isOutgoing: boolean;
  readonly known: KnownPeer;
  readonly peerId: PeerId;
  readonly fast: boolean;
  readonly extended: boolean;
  readonly picker: PickerPeer;
  readonly node: BandwidthNode;
  readonly connectedAt: Millis;
  readonly decoder: WireDecoder;
  readonly writer: WireWriter;
  readonly send: SendQueue;
  readonly window: RequestWindow = new RequestWindow();
  readonly down: RateMeter;
  readonly up: RateMeter;
  /** Why it is no faster. */
  readonly why: PeerWhy;

  /** From the extension handshake, else from the peer id. */
  client: string;
  amChoking = true;
  amInterested = false;
  peerInterested = false;
  /** The ids under which it wants messages of extensions (BEP 10), by name. */
  readonly extensionIds: Map<string, number>;
  /** BEP 21, or simply a seed. */
  uploadOnly: boolean;
  /** A message that must come first, if at all: bitfield, have-all, have-none. */
  isFirstMessage = true;
  /** Blocks it asked of us, oldest first. */
  requests: BlockRange[] = [];
  /** Pieces we serve it while it is choked (BEP 6). */
  allowedFast: ReadonlySet<number> = new Set();
  receiving: Receiving | undefined = undefined;

  lastReceivedAt: Millis;
  lastSentAt: Millis;
  lastBlockAt: Millis;
  /** When we began to wait for what is requested; undefined while nothing is. */
  waitingSince: Millis | undefined = undefined;
  /** When it was asked while nothing else was under way, until its answer begins; else undefined. */
  askedIdleAt: Millis | undefined = undefined;
  /** The shortest time from such a request to its block. */
  roundTripMs: number | undefined = undefined;
  /** Since when neither side wants anything of the other. */
  idleSince: Millis;
  unchokedAt: Millis | undefined = undefined;
  lastOptimisticAt: Millis | undefined = undefined;
  uploadedSinceUnchoke = 0;
  /** Everything that came in, payload or not. */
  receivedBytes = 0;
  /** Overhead that was charged so far, where that is asked for. */
  chargedDown = 0;
  chargedUp = 0;
  /** Upload tickets granted and not yet spent, bytes. */
  uploadCredit = 0;
  /** Requests sent to it and rejects received, in all. */
  requestCount = 0;
  rejectCount = 0;
  /** Waits for a ticket, a read or memory before its next upload. */
  isUploadBlocked = false;
  isDropped = false;
  /** It does not read what we send: we do not read what it sends. */
  isPaused: boolean;

  constructor(options: PeerOptions) {
    this.connection = options.connection;
    this.endpoint = options.endpoint;
    this.transport = options.transport;
    this.isOutgoing = options.isOutgoing;
    this.known = options.known;
    this.peerId = options.peerId;
    this.fast = options.fast;
    this.extended = options.extended;
    this.picker = options.picker;
    this.picker.firstPieceBytes = FIRST_PIECE_BYTES;
    this.picker.isProven = options.known.isProven;
    this.node = options.node;
    const { earlier } = options;
    this.connectedAt = earlier?.connectedAt ?? options.now;
    this.decoder = earlier?.decoder ?? new WireDecoder();
    this.decoder.setPieceCount(options.pieceCount);
    this.writer = earlier?.writer ?? new WireWriter();
    this.send = earlier?.send ?? new SendQueue(options.connection, this.writer, options.unsentBytes);
    this.extensionIds = earlier?.extensionIds ?? new Map();
    this.down = new RateMeter(options.now);
    this.up = new RateMeter(options.now);
    this.why = new PeerWhy(options.now);
    this.client = earlier?.client ?? describePeerId(options.peerId);
    this.uploadOnly = earlier?.uploadOnly ?? false;
    this.isPaused = earlier?.isPaused ?? false;
    if (earlier?.requestQueue !== undefined) this.window.setPeerLimit(earlier.requestQueue);
    this.lastReceivedAt = earlier?.lastReceivedAt ?? options.now;
    this.lastSentAt = earlier?.lastSentAt ?? options.now;
    this.lastBlockAt = options.now;
    this.idleSince = options.now;
  }

  /** Whether it has all pieces, or wants none. */
  get isSeed(): boolean {
    return this.uploadOnly || this.picker.isSeed;
  }

  /** Sends a message of an extension (BEP 10), if the peer takes any of that name. */
  sendExtension(name: string, payload: Uint8Array): void {
    const id = this.extensionIds.get(name);
    if (id !== undefined) this.writer.extended(id, payload);
  }
}
