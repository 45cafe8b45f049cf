/** What each message of a peer does to the torrent: one method a message, breaches thrown as PeerError. */
import { Bitfield } from "@torrential/core";
import {
  type BlockRange,
  type BlockTarget,
  decodeExtendedHandshake,
  PeerError,
  type WireMessage,
  type WireSink,
} from "@torrential/protocol";
import type { PiecePicker } from "../picker/picker.ts";
import type { Millis } from "../ports/machine.ts";
import type { Downloads } from "../torrent/downloads.ts";
import type { Uploads } from "../torrent/uploads.ts";
import type { ExternalAddresses } from "../session/external-address.ts";
import type { Extensions } from "./extensions.ts";
import { updateInterest } from "./interest.ts";
import type { Peer } from "./peer.ts";
import { setUploadOnly } from "./upload-only.ts";
import type { PeerList } from "./peer-list.ts";
import type { Revealing } from "./revealing.ts";

/** PROMISES, limits: "rejects 50 then drop": so many more than requests were sent. */
const REJECTS_EXCESS_MAX = 50;

export interface MessageDeps {
  readonly picker: PiecePicker;
  readonly downloads: Downloads;
  readonly uploads: Uploads;
  readonly pieceCount: number;
  /** It learns what peers have. */
  readonly revealing: Revealing;
  /** BEP 5: the peer's DHT node is at this port. */
  readonly handleDhtPort?: (peer: Peer, port: number) => void;
  readonly extensions: Extensions;
  readonly peerList: Pick<PeerList, "handleListenPort">;
  readonly externalAddresses: ExternalAddresses;
}

/** What a message asks of the swarm beyond the peer itself. */
export type MessageEffect = "interested" | "not-interested" | "extended-handshake";

export class PeerMessages implements WireSink {
  readonly #deps: MessageDeps;
  #peer: Peer | undefined;
  #now: Millis = 0;
  #effects: MessageEffect[] = [];

  constructor(deps: MessageDeps) {
    this.#deps = deps;
  }

  /** Reads a chunk of this peer's stream and returns what the swarm must do about it. Throws PeerError. */
  // hot
  receive(peer: Peer, chunk: Uint8Array, now: Millis): readonly MessageEffect[] {
    this.#peer = peer;
    this.#now = now;
    if (this.#effects.length > 0) this.#effects = [];
    peer.lastReceivedAt = now;
    peer.decoder.receive(chunk, this);
    return this.#effects;
  }

  /** What a peer said before its torrent could listen. Throws PeerError. */
  replay(peer: Peer, messages: readonly WireMessage[], now: Millis): readonly MessageEffect[] {
    this.#peer = peer;
    this.#now = now;
    this.#effects = [];
    for (const message of messages) this.handleMessage(message);
    return this.#effects;
  }

  handleBlockStart(piece: number, begin: number, length: number): BlockTarget | undefined {
    return this.#deps.downloads.handleBlockStart(this.#current, piece, begin, length, this.#now);
  }

  handleBlockEnd(piece: number, begin: number, length: number, landed: boolean): void {
    const peer = this.#current;
    this.#deps.downloads.handleBlockEnd(peer, piece, begin, length, landed, this.#now);
    if (peer.picker.snubbed) {
      peer.picker.snubbed = false;
      peer.window.handleUnsnubbed();
    }
  }

  handleMessage(message: WireMessage): void {
    const peer = this.#current;
    const { downloads, uploads, picker } = this.#deps;
    const isFirst = peer.isFirstMessage;
    if (message.type !== "keep-alive" && message.type !== "extended") peer.isFirstMessage = false;
    switch (message.type) {
      case "keep-alive":
      case "unknown":
        return;
      case "port":
        return this.#deps.handleDhtPort?.(peer, message.port);
      case "choke":
        return this.#handleChoke(peer);
      case "unchoke":
        // Said again, it is no promise of a block (F21).
        if (peer.picker.choked) peer.lastBlockAt = this.#now;
        peer.picker.choked = false;
        return;
      case "interested":
        return this.#handleInterested(peer, true);
      case "not-interested":
        return this.#handleInterested(peer, false);
      case "have":
        picker.handleHave(peer.picker, this.#checkPiece(message.piece));
        this.#deps.revealing.handleHave(peer, message.piece);
        return this.#handleAvailability(peer);
      case "bitfield":
        return this.#handleBitfield(peer, message.bytes, isFirst);
      case "have-all":
      case "have-none":
        return this.#handleHaveAllNone(peer, message.type, isFirst);
      case "request":
        return uploads.handleRequest(peer, message, this.#now);
      case "cancel":
        return uploads.handleCancel(peer, message);
      case "reject":
        return this.#handleReject(peer, message, downloads);
      case "suggest":
        this.#checkFast(peer, "suggest");
        return picker.handleSuggest(peer.picker, this.#checkPiece(message.piece));
      case "allowed-fast":
        this.#checkFast(peer, "allowed-fast");
        return picker.handleAllowedFast(peer.picker, this.#checkPiece(message.piece));
      case "extended":
        return this.#handleExtended(peer, message.id, message.payload);
      default:
        return message satisfies never;
    }
  }

  get #current(): Peer {
    if (this.#peer === undefined) throw new Error("a message outside receive()");
    return this.#peer;
  }

  // BEP 6: a choke rejects nothing by itself, each request still ends in one piece or one reject. Without it, all end.
  #handleChoke(peer: Peer): void {
    peer.picker.choked = true;
    if (!peer.fast) this.#deps.downloads.release(peer, this.#now);
  }

  #handleInterested(peer: Peer, isInterested: boolean): void {
    if (peer.peerInterested === isInterested) return;
    peer.peerInterested = isInterested;
    peer.idleSince = this.#now;
    this.#effects.push(isInterested ? "interested" : "not-interested");
  }

  // BEP 3 has it as the first message only; aria2 sends one later in place of many haves, so a late one adds and takes
  // nothing away.
  #handleBitfield(peer: Peer, bytes: Uint8Array, isFirst: boolean): void {
    const { picker, pieceCount } = this.#deps;
    const bits = Bitfield.fromBytes(pieceCount, bytes.slice());
    if (!isFirst) return this.#add(peer, bits);
    picker.handleBitfield(peer.picker, bits);
    this.#deps.revealing.handlePieces(peer);
    this.#handleAvailability(peer);
  }

  #add(peer: Peer, bits: Bitfield): void {
    const { picker } = this.#deps;
    for (let piece = bits.nextSet(0); piece >= 0; piece = bits.nextSet(piece + 1))
      picker.handleHave(peer.picker, piece);
    this.#deps.revealing.handlePieces(peer);
    this.#handleAvailability(peer);
  }

  #handleHaveAllNone(peer: Peer, type: "have-all" | "have-none", isFirst: boolean): void {
    this.#checkFast(peer, type);
    // Late, as aria2 has it: everything is no less than before, so our requests to the peer stand.
    if (type === "have-all" && !isFirst) return this.#addAll(peer);
    if (!isFirst)
      throw new PeerError("message-order", `${type} after other messages, it must be the first`, { bep: 6 });
    if (type === "have-all") this.#deps.picker.handleHaveAll(peer.picker);
    else this.#deps.picker.handleHaveNone(peer.picker);
    this.#deps.revealing.handlePieces(peer);
    this.#handleAvailability(peer);
  }

  #addAll(peer: Peer): void {
    const all = new Bitfield(this.#deps.pieceCount);
    all.setAll();
    this.#add(peer, all);
  }

  #handleReject(peer: Peer, range: BlockRange, downloads: Downloads): void {
    this.#checkFast(peer, "reject");
    this.#checkPiece(range.piece);
    downloads.handleReject(peer, range, this.#now);
    // BEP 6: each request ends once. We forget requests that we gave up, so their number is what is held against it.
    peer.rejectCount += 1;
    if (peer.rejectCount > peer.requestCount + REJECTS_EXCESS_MAX) {
      const got = `${peer.rejectCount} rejects of ${peer.requestCount} requests`;
      throw new PeerError("reject-unrequested", got, { bep: 6 });
    }
  }

  #handleExtended(peer: Peer, id: number, payload: Uint8Array): void {
    if (!peer.extended) return;
    if (id !== 0) return this.#deps.extensions.handleMessage(peer, { id, payload }, this.#now);
    const handshake = decodeExtendedHandshake(payload);
    if (handshake.requestQueue !== undefined) peer.window.setPeerLimit(handshake.requestQueue);
    if (handshake.client !== undefined) peer.client = handshake.client;
    if (handshake.port !== undefined) this.#deps.peerList.handleListenPort(peer.known, handshake.port, this.#now);
    this.#deps.externalAddresses.handleYourIp(handshake.yourIp, peer.endpoint, this.#now);
    if (handshake.uploadOnly !== undefined) setUploadOnly(peer, handshake.uploadOnly);
    this.#deps.extensions.handleHandshake(peer, handshake, this.#now);
    this.#effects.push("extended-handshake");
  }

  #handleAvailability(peer: Peer): void {
    if (peer.picker.isSeed) peer.known.isSeed = true;
    updateInterest(peer, this.#deps.picker, this.#now);
  }

  #checkPiece(piece: number): number {
    const { pieceCount } = this.#deps;
    if (piece >= pieceCount)
      throw new PeerError("piece-out-of-range", `piece ${piece}, the torrent has ${pieceCount}`, { bep: 3 });
    return piece;
  }

  #checkFast(peer: Peer, type: string): void {
    if (!peer.fast)
      throw new PeerError("fast-not-agreed", `${type} without the fast extension in both handshakes`, { bep: 6 });
  }
}
