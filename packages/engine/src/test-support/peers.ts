/** For tests: peers of one torrent without a connection, and what was written to them. */
import { type Endpoint, makeEndpoint, peerIdFromBytes } from "@torrential/core";
import { type BlockTarget, WireDecoder, type WireMessage, type WireSink } from "@torrential/protocol";
import type { PiecePicker } from "../picker/picker.ts";
import type { KnownPeer } from "../swarm/peer-list.ts";
import { Peer } from "../swarm/peer.ts";
import { Revealing } from "../swarm/revealing.ts";
import type { TorrentContext } from "../torrent/context.ts";

export interface TestPeerOptions {
  readonly connection?: number;
  readonly fast?: boolean;
  readonly extended?: boolean;
}

/** A peer that has just shaken hands: it has nothing and chokes us. */
export function makePeer(context: TorrentContext, picker: PiecePicker, options: TestPeerOptions = {}): Peer {
  const connection = options.connection ?? 1;
  const known = makeKnown(makeEndpoint("198.51.100.7", 1_024 + connection));
  return new Peer({
    connection,
    endpoint: known.endpoint,
    transport: "tcp",
    isOutgoing: true,
    known,
    peerId: peerIdFromBytes(new Uint8Array(20).fill(connection)),
    fast: options.fast ?? true,
    extended: options.extended ?? true,
    pieceCount: context.geometry.pieceCount,
    picker: picker.addPeer(connection),
    node: context.bandwidth.createNode(context.bandwidth.root, `peer ${connection}`),
    unsentBytes: 0,
    now: 0,
  });
}

/** A peer that has everything and lets us ask for it. */
export function makeSeed(context: TorrentContext, picker: PiecePicker, options: TestPeerOptions = {}): Peer {
  const peer = makePeer(context, picker, options);
  picker.handleHaveAll(peer.picker);
  peer.picker.choked = false;
  peer.amInterested = true;
  return peer;
}

/** Super-seeding that is off: everybody may know everything. */
export function makeRevealing(context: TorrentContext): Revealing {
  return new Revealing({ pieceCount: context.geometry.pieceCount, random: context.random }, new Map());
}

export function makeKnown(endpoint: Endpoint): KnownPeer {
  return {
    endpoint,
    source: "tracker",
    isEphemeral: false,
    isBusy: true,
    isDialled: false,
    listener: undefined,
    hasCome: false,
    failures: 0,
    retryAt: 0,
    strikes: 0,
    goodPieces: 0,
    isProven: false,
    isSeed: false,
  };
}

/** A block that was sent, with its bytes. */
export interface SentBlock {
  readonly type: "piece";
  readonly piece: number;
  readonly begin: number;
  readonly bytes: Uint8Array;
}

/** Reads what was written to a peer, in any split: as a peer of another make would. */
export class WireReader implements WireSink {
  readonly #decoder: WireDecoder;
  #messages: (WireMessage | SentBlock)[] = [];
  #block = new Uint8Array(0);

  constructor(pieceCount?: number) {
    this.#decoder = new WireDecoder(pieceCount === undefined ? {} : { pieceCount });
  }

  read(bytes: Uint8Array): readonly (WireMessage | SentBlock)[] {
    this.#messages = [];
    this.#decoder.receive(bytes, this);
    return this.#messages;
  }

  handleMessage(message: WireMessage): void {
    if (message.type === "bitfield") this.#messages.push({ ...message, bytes: message.bytes.slice() });
    else if (message.type === "extended") this.#messages.push({ ...message, payload: message.payload.slice() });
    else this.#messages.push(message);
  }

  handleBlockStart(_piece: number, _begin: number, length: number): BlockTarget {
    this.#block = new Uint8Array(length);
    return { bytes: this.#block, offset: 0 };
  }

  handleBlockEnd(piece: number, begin: number): void {
    this.#messages.push({ type: "piece", piece, begin, bytes: this.#block });
  }
}

/** The control messages written to a peer since the last call. */
export function written(peer: Peer): readonly (WireMessage | SentBlock)[] {
  return new WireReader().read(peer.writer.take());
}
