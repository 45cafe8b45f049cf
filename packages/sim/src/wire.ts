/** One connection of a scripted peer: handshake and messages over a stream, with the codec that the engine uses too. */
import { Bitfield, type Geometry } from "@torrential/core";
import {
  encodeHandshake,
  encodeMessage,
  HandshakeReader,
  PIECE_HEADER_LENGTH,
  WireDecoder,
  writePieceHeader,
  type BlockTarget,
  type OutgoingMessage,
  type WireMessage,
  type WireSink,
} from "@torrential/protocol";
import type { CloseReason } from "@torrential/engine";
import type { StreamEnd, StreamHandler } from "./stream.ts";

export interface WireOptions {
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
  readonly geometry: Geometry;
  readonly fast: boolean;
  readonly extended: boolean;
  readonly isInitiator: boolean;
}

/** What a wire tells the peer that owns it. */
export interface WireOwner {
  /** Both handshakes are through. */
  handleReady(wire: Wire): void;
  handleMessage(wire: Wire, message: WireMessage): void;
  /** `bytes` is valid only during the call. */
  handleBlock(wire: Wire, piece: number, begin: number, bytes: Uint8Array): void;
  handleClosed(wire: Wire, reason: CloseReason): void;
}

export class Wire implements StreamHandler, WireSink {
  readonly #options: WireOptions;
  readonly #owner: WireOwner;
  readonly #reader = new HandshakeReader();
  readonly #decoder: WireDecoder;
  readonly #block = new Uint8Array(131_072);
  #end: StreamEnd | undefined;
  #hasSentHandshake = false;
  #isReady = false;
  isClosed = false;
  /** What the other side says it has. */
  readonly remoteHas: Bitfield;
  isFast = false;
  isRemoteInterested = false;
  /** Whether the other side chokes us. */
  isChoked = true;
  /** Whether we choke the other side. */
  amChoking = true;
  sentBlockBytes = 0;
  receivedBlockBytes = 0;
  /** Under which ids the other side wants messages of these extensions. */
  metadataId: number | undefined;
  pexId: number | undefined;
  /** Room for a script to keep its own count in. */
  count = 0;

  constructor(options: WireOptions, owner: WireOwner) {
    this.#options = options;
    this.#owner = owner;
    this.#decoder = new WireDecoder({ pieceCount: options.geometry.pieceCount });
    this.remoteHas = new Bitfield(options.geometry.pieceCount);
  }

  /** Binds the stream; once, before it can call back. */
  attach(end: StreamEnd): void {
    this.#end = end;
  }

  get remoteAddress(): string {
    return this.#end?.remote.address ?? "";
  }

  /** Bytes handed to the stream that haven't left. */
  get queuedBytes(): number {
    return this.#end?.queuedBytes ?? 0;
  }

  send(message: OutgoingMessage): void {
    if (message.type === "choke") this.amChoking = true;
    if (message.type === "unchoke") this.amChoking = false;
    this.#end?.transmit([encodeMessage(message)]);
  }

  sendBlock(piece: number, begin: number, bytes: Uint8Array): void {
    const header = new Uint8Array(PIECE_HEADER_LENGTH);
    writePieceHeader(header, 0, piece, begin, bytes.length);
    this.sentBlockBytes += bytes.length;
    this.#end?.transmit([header, bytes]);
  }

  sendBytes(bytes: Uint8Array): void {
    this.#end?.transmit([bytes]);
  }

  close(): void {
    this.#end?.close();
  }

  reset(): void {
    this.#end?.reset();
  }

  handleConnected(): void {
    if (this.#options.isInitiator) this.#sendHandshake();
  }

  handleData(chunk: Uint8Array): void {
    const used = !this.#isReady ? this.#receiveHandshake(chunk) : 0;
    if (used < chunk.length) this.#decoder.receive(chunk.subarray(used), this);
  }

  handleTransmitted(): void {}

  handleClosed(reason: CloseReason): void {
    this.isClosed = true;
    this.#owner.handleClosed(this, reason);
  }

  handleMessage(message: WireMessage): void {
    if (message.type === "have") this.remoteHas.set(message.piece);
    else if (message.type === "have-all") this.remoteHas.setAll();
    else if (message.type === "bitfield") this.#learn(message.bytes);
    else if (message.type === "choke") this.isChoked = true;
    else if (message.type === "unchoke") this.isChoked = false;
    else if (message.type === "interested") this.isRemoteInterested = true;
    else if (message.type === "not-interested") this.isRemoteInterested = false;
    this.#owner.handleMessage(this, message);
  }

  handleBlockStart(): BlockTarget {
    return { bytes: this.#block, offset: 0 };
  }

  handleBlockEnd(piece: number, begin: number, length: number): void {
    this.receivedBlockBytes += length;
    this.#owner.handleBlock(this, piece, begin, this.#block.subarray(0, length));
  }

  #learn(bytes: Uint8Array): void {
    const claimed = Bitfield.fromBytes(this.remoteHas.length, bytes);
    for (let piece = claimed.nextSet(0); piece >= 0; piece = claimed.nextSet(piece + 1)) this.remoteHas.set(piece);
  }

  #receiveHandshake(chunk: Uint8Array): number {
    const used = this.#reader.receive(chunk);
    const handshake = this.#reader.handshake;
    if (handshake === undefined) return used;
    this.#isReady = true;
    if (!this.#hasSentHandshake) this.#sendHandshake();
    this.isFast = this.#options.fast && handshake.extensions.fast;
    this.#owner.handleReady(this);
    return used;
  }

  #sendHandshake(): void {
    this.#hasSentHandshake = true;
    const { infoHash, peerId, fast, extended } = this.#options;
    this.sendBytes(encodeHandshake({ infoHash, peerId, extensions: { fast, extended, dht: false, v2: false } }));
  }
}
