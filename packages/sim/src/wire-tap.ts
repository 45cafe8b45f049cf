/**
 * Reads along on one connection of an engine, both ways, and holds it to the protocol and to the truth: what it claims
 * is on its disk, what it sends is the torrent's, what it asks for it may ask for.
 */
import { Bitfield, BLOCK_LENGTH } from "@torrential/core";
import {
  decodeExtendedHandshake,
  HandshakeReader,
  PeerError,
  PEX_EXTENSION,
  WireDecoder,
  type BlockTarget,
  type WireMessage,
  type WireSink,
} from "@torrential/protocol";
import type { SimTorrent } from "./torrent.ts";
import { hasSameBytes } from "./same-bytes.ts";

export interface WireTapDeps {
  readonly findTorrent: (infoHash: Uint8Array) => SimTorrent | undefined;
  /** The engine tells a peer that it has a piece. */
  readonly handleClaim: (torrent: SimTorrent, piece: number) => void;
  /** There is a DHT, and the torrent is not known to be private. */
  readonly usesDht: (torrent: SimTorrent) => boolean;
  /** The node knows that it is. */
  readonly isKnownPrivate: (torrent: SimTorrent) => boolean;
  readonly handleViolation: (message: string) => void;
  readonly handleBlockSent: (length: number) => void;
  readonly handleBlockReceived: (torrent: SimTorrent, range: Range) => void;
}

export type Range = { readonly piece: number; readonly begin: number; readonly length: number };

export class WireTap {
  readonly #deps: WireTapDeps;
  readonly #sent: Direction;
  readonly #received: Direction;
  /** Asked by the peer and neither served nor rejected. */
  readonly #asked = new Map<string, number>();
  #amChoking = true;
  #isPeerChoking = true;
  readonly #allowedToUs = new Set<number>();
  #hasSentFirst = false;
  #outstanding = 0;

  constructor(deps: WireTapDeps) {
    this.#deps = deps;
    this.#sent = new Direction(deps, {
      handleTorrent: (torrent, dht) => {
        if (dht && !deps.usesDht(torrent)) deps.handleViolation("offers a DHT port, and may not use the DHT");
      },
      handleMessage: (message) => this.#checkSent(message),
      handleBlock: (range, bytes) => this.#checkBlock(range, bytes),
    });
    this.#received = new Direction(deps, {
      handleTorrent: () => undefined,
      handleMessage: (message) => this.#noteReceived(message),
      handleBlock: (range) => this.#noteBlock(range),
    });
  }

  /** Bytes that the engine transmits. */
  handleSent(bytes: Uint8Array): void {
    try {
      this.#sent.receive(bytes);
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      this.#deps.handleViolation(`the engine sends what no peer can read: ${error.message}`);
    }
  }

  /** Bytes that the engine is handed. Call before it sees them. */
  handleReceived(bytes: Uint8Array): void {
    try {
      this.#received.receive(bytes);
    } catch (error) {
      // The other side is at fault: what the engine makes of it shows elsewhere.
      if (!(error instanceof PeerError)) throw error;
      this.#received.stop();
    }
  }

  get #isFast(): boolean {
    return this.#sent.isFast && this.#received.isFast;
  }

  #noteReceived(message: WireMessage): void {
    switch (message.type) {
      case "request":
        if (!this.#amChoking || this.#isFast)
          this.#asked.set(keyOf(message), (this.#asked.get(keyOf(message)) ?? 0) + 1);
        return;
      case "cancel":
        // It may have left already, so a block may still come.
        return;
      case "choke":
        this.#isPeerChoking = true;
        if (!this.#isFast) this.#outstanding = 0;
        return;
      case "unchoke":
        this.#isPeerChoking = false;
        return;
      case "allowed-fast":
        this.#allowedToUs.add(message.piece);
        return;
      case "reject":
        this.#outstanding -= 1;
        return;
      default:
        return;
    }
  }

  #noteBlock(range: Range): void {
    const { torrent } = this.#received;
    this.#outstanding -= 1;
    if (torrent !== undefined) this.#deps.handleBlockReceived(torrent, range);
  }

  #checkSent(message: WireMessage): void {
    const torrent = this.#sent.torrent;
    if (torrent === undefined || message.type === "keep-alive") return;
    this.#checkOrder(message);
    switch (message.type) {
      case "choke":
        this.#amChoking = true;
        if (!this.#isFast) this.#asked.clear();
        return;
      case "unchoke":
        this.#amChoking = false;
        return;
      case "have":
        return this.#deps.handleClaim(torrent, message.piece);
      case "have-all":
        for (let piece = 0; piece < torrent.content.geometry.pieceCount; piece++)
          this.#deps.handleClaim(torrent, piece);
        return;
      case "bitfield":
        return this.#claimBitfield(torrent, message.bytes);
      case "request":
        return this.#checkRequest(torrent, message);
      case "reject":
        if (!this.#settle(message)) this.#deps.handleViolation(`rejects ${keyOf(message)}, which was not asked`);
        return;
      case "extended":
        return this.#checkExtended(torrent, message.id, message.payload);
      case "port":
        if (!this.#deps.usesDht(torrent)) this.#deps.handleViolation("sends a DHT port, and may not use the DHT");
        return;
      default:
        return;
    }
  }

  /** BEP 27: no peer exchange for a torrent that is known to be private. */
  #checkExtended(torrent: SimTorrent, id: number, payload: Uint8Array): void {
    if (id !== 0 || !this.#deps.isKnownPrivate(torrent)) return;
    const { extensions } = decodeExtendedHandshake(payload);
    if (extensions.has(PEX_EXTENSION)) this.#deps.handleViolation("offers peer exchange for a private torrent");
  }

  /** Takes one answer off what the peer is owed; false when it is owed none. */
  #settle(range: Range): boolean {
    const owed = this.#asked.get(keyOf(range)) ?? 0;
    if (owed > 1) this.#asked.set(keyOf(range), owed - 1);
    else this.#asked.delete(keyOf(range));
    return owed > 0;
  }

  #checkOrder(message: WireMessage): void {
    const isFirstOnly = message.type === "bitfield" || message.type === "have-all" || message.type === "have-none";
    if (isFirstOnly && this.#hasSentFirst) this.#deps.handleViolation(`sends ${message.type} after other messages`);
    if (message.type !== "extended") this.#hasSentFirst = true;
    const isFastOnly = ["have-all", "have-none", "suggest", "reject", "allowed-fast"].includes(message.type);
    if (isFastOnly && !this.#isFast)
      this.#deps.handleViolation(`sends ${message.type} to a peer that doesn't know BEP 6`);
  }

  #claimBitfield(torrent: SimTorrent, bytes: Uint8Array): void {
    const claimed = Bitfield.fromBytes(torrent.content.geometry.pieceCount, bytes);
    for (let piece = claimed.nextSet(0); piece >= 0; piece = claimed.nextSet(piece + 1))
      this.#deps.handleClaim(torrent, piece);
  }

  #checkRequest(torrent: SimTorrent, range: Range): void {
    this.#outstanding += 1;
    const { geometry } = torrent.content;
    if (!geometry.isBlock(range.piece, range.begin, range.length))
      this.#deps.handleViolation(`asks for ${keyOf(range)}, which is no block`);
    if (this.#isPeerChoking && !this.#allowedToUs.has(range.piece))
      this.#deps.handleViolation(`asks for ${keyOf(range)} while choked`);
    if (this.#outstanding > OUTSTANDING_MAX)
      this.#deps.handleViolation(`has ${this.#outstanding} requests with one peer`);
  }

  #checkBlock(range: Range, bytes: Uint8Array): void {
    const { torrent } = this.#sent;
    if (torrent === undefined) return;
    this.#hasSentFirst = true;
    this.#deps.handleBlockSent(bytes.length);
    if (!this.#settle(range))
      this.#deps.handleViolation(`sends ${keyOf(range)}, which was not asked, or was choked since`);
    const { content } = torrent;
    const isBlock =
      range.begin % BLOCK_LENGTH === 0 && content.geometry.isBlock(range.piece, range.begin, range.length);
    const wanted = isBlock
      ? content.block(range.piece, range.begin / BLOCK_LENGTH)
      : content.view(content.geometry.pieceOffset(range.piece) + range.begin, range.length);
    if (!hasSameBytes(bytes, wanted))
      this.#deps.handleViolation(`serves ${keyOf(range)} with bytes that aren't the torrent's`);
  }
}

const OUTSTANDING_MAX = 10_000;

interface DirectionOwner {
  /** The handshake is complete, and had BEP 5's bit or not. */
  handleTorrent(torrent: SimTorrent, dht: boolean): void;
  handleMessage(message: WireMessage): void;
  handleBlock(range: Range, bytes: Uint8Array): void;
}

/** One way of a connection: handshake, then messages. */
class Direction implements WireSink {
  readonly #deps: WireTapDeps;
  readonly #owner: DirectionOwner;
  readonly #reader = new HandshakeReader();
  readonly #block = new Uint8Array(131_072);
  #decoder: WireDecoder | undefined;
  torrent: SimTorrent | undefined;
  isFast = false;
  #isStopped = false;

  constructor(deps: WireTapDeps, owner: DirectionOwner) {
    this.#deps = deps;
    this.#owner = owner;
  }

  stop(): void {
    this.#isStopped = true;
  }

  receive(bytes: Uint8Array): void {
    if (this.#isStopped) return;
    const used = this.#decoder === undefined ? this.#receiveHandshake(bytes) : 0;
    if (used < bytes.length) this.#decoder?.receive(bytes.subarray(used), this);
  }

  handleMessage(message: WireMessage): void {
    this.#owner.handleMessage(message);
  }

  handleBlockStart(): BlockTarget {
    return { bytes: this.#block, offset: 0 };
  }

  handleBlockEnd(piece: number, begin: number, length: number): void {
    this.#owner.handleBlock({ piece, begin, length }, this.#block.subarray(0, length));
  }

  #receiveHandshake(bytes: Uint8Array): number {
    const used = this.#reader.receive(bytes);
    const handshake = this.#reader.handshake;
    if (handshake === undefined) return used;
    this.torrent = this.#deps.findTorrent(handshake.infoHash);
    this.isFast = handshake.extensions.fast;
    if (this.torrent !== undefined) this.#owner.handleTorrent(this.torrent, handshake.extensions.dht);
    const pieceCount = this.torrent?.content.geometry.pieceCount;
    this.#decoder = new WireDecoder(pieceCount === undefined ? {} : { pieceCount });
    return used;
  }
}

function keyOf(range: Range): string {
  return `${range.piece}:${range.begin}+${range.length}`;
}
