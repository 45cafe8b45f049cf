/**
 * Connections before they belong to a torrent: dials under way and handshakes not yet complete, under their own caps,
 * so that nobody can fill the house from the doorstep (PROMISES, limits; F20).
 */
import {
  type Endpoint,
  type InfoHash,
  infoHashBytes,
  infoHashFromBytes,
  type PeerId,
  peerIdFromBytes,
} from "@torrential/core";
import { encodeHandshake, HANDSHAKE_LENGTH, HandshakeReader, PeerError } from "@torrential/protocol";
import type { Outlet } from "../outbox.ts";
import type { Millis } from "../ports/machine.ts";
import type { ConnectionId, NetworkCommand } from "../ports/network.ts";
import type { KnownPeer } from "../swarm/peer-list.ts";
import type { Arrival } from "../swarm/arrival.ts";

/** C16: "half-open ≤ 100, connect rate 30/s". */
const HALF_OPEN_MAX = 100;
const DIALS_PER_SECOND = 30;
/** F20: "incoming un-handshaken ≤ 128 in all and ≤ 4 per IP". */
const UNSHAKEN_MAX = 128;
const UNSHAKEN_PER_ADDRESS_MAX = 4;
/** PROMISES, limits: "connect 15 s, handshake 10 s". */
const CONNECT_TIMEOUT_MS = 15_000;
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** A peer being dialled for a torrent. */
export interface Dial {
  readonly infoHash: InfoHash;
  readonly known: KnownPeer;
}

interface Guest {
  readonly connection: ConnectionId;
  readonly endpoint: Endpoint;
  /** Undefined for who came to us. */
  readonly dial: Dial | undefined;
  readonly reader: HandshakeReader;
  isConnected: boolean;
  hasSentHandshake: boolean;
  sentBytes: number;
  expiresAt: Millis;
}

/** What became of a guest's bytes. */
export type LobbyResult =
  | { readonly type: "waiting" }
  | {
      readonly type: "arrived";
      readonly infoHash: InfoHash;
      readonly arrival: Arrival;
      readonly rest: Uint8Array;
      readonly dial: Dial | undefined;
    }
  | { readonly type: "refused"; readonly error: PeerError; readonly dial: Dial | undefined };

export interface LobbyOptions {
  readonly peerId: PeerId;
  readonly out: Outlet<NetworkCommand>;
  readonly knows: (infoHash: InfoHash) => boolean;
  /** Whether we have a DHT node that may be told of in this torrent (BEP 5, BEP 27). */
  readonly usesDht: (infoHash: InfoHash) => boolean;
}

export class Lobby {
  readonly #options: LobbyOptions;
  readonly #guests = new Map<ConnectionId, Guest>();
  #dialTokens = DIALS_PER_SECOND;
  #tokensAt: Millis | undefined;

  constructor(options: LobbyOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#guests.size;
  }

  has(connection: ConnectionId): boolean {
    return this.#guests.has(connection);
  }

  /** How many dials may begin now. */
  dialsAllowed(now: Millis): number {
    const elapsed = this.#tokensAt === undefined ? 0 : now - this.#tokensAt;
    this.#tokensAt = now;
    this.#dialTokens = Math.min(DIALS_PER_SECOND, this.#dialTokens + (elapsed * DIALS_PER_SECOND) / 1_000);
    const halfOpen = [...this.#guests.values()].filter(
      ({ dial, isConnected }) => dial !== undefined && !isConnected,
    ).length;
    return Math.max(0, Math.min(Math.floor(this.#dialTokens), HALF_OPEN_MAX - halfOpen));
  }

  dial(connection: ConnectionId, dial: Dial, now: Millis): void {
    this.#dialTokens -= 1;
    const { endpoint } = dial.known;
    this.#guests.set(connection, makeGuest(connection, endpoint, dial, now + CONNECT_TIMEOUT_MS));
    this.#options.out.push({ type: "connect", connection, endpoint });
  }

  /** Somebody is at the door. False when there is no room: the connection is closed. */
  handleIncoming(connection: ConnectionId, endpoint: Endpoint, now: Millis): boolean {
    const incoming = [...this.#guests.values()].filter(({ dial }) => dial === undefined);
    const sameAddress = incoming.filter((guest) => guest.endpoint.address === endpoint.address).length;
    if (incoming.length >= UNSHAKEN_MAX || sameAddress >= UNSHAKEN_PER_ADDRESS_MAX) {
      this.#options.out.push({ type: "close", connection });
      return false;
    }
    const guest = makeGuest(connection, endpoint, undefined, now + HANDSHAKE_TIMEOUT_MS);
    guest.isConnected = true;
    this.#guests.set(connection, guest);
    return true;
  }

  handleConnected(connection: ConnectionId, now: Millis): void {
    const guest = this.#guests.get(connection);
    if (guest?.dial === undefined) return;
    guest.isConnected = true;
    guest.expiresAt = now + HANDSHAKE_TIMEOUT_MS;
    this.#sendHandshake(guest, guest.dial.infoHash);
  }

  handleTransmitted(connection: ConnectionId, bytes: number): void {
    const guest = this.#guests.get(connection);
    if (guest !== undefined) guest.sentBytes += bytes;
  }

  handleData(connection: ConnectionId, chunk: Uint8Array): LobbyResult {
    const guest = this.#guests.get(connection);
    if (guest === undefined) return { type: "waiting" };
    try {
      const used = guest.reader.receive(chunk);
      return this.#goOn(guest, chunk.subarray(used));
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      return this.#refuse(guest, error);
    }
  }

  /** The connection ended before its handshake did. */
  handleClosed(connection: ConnectionId): Dial | undefined {
    const guest = this.#guests.get(connection);
    this.#guests.delete(connection);
    return guest?.dial;
  }

  nextTimeout(): Millis | undefined {
    let next: Millis | undefined;
    for (const { expiresAt } of this.#guests.values()) if (next === undefined || expiresAt < next) next = expiresAt;
    return next;
  }

  /** Sends away who took too long; returns their dials. */
  handleTimeout(now: Millis): readonly Dial[] {
    const late = [...this.#guests.values()].filter(({ expiresAt }) => expiresAt <= now);
    for (const guest of late) {
      this.#guests.delete(guest.connection);
      this.#options.out.push({ type: "close", connection: guest.connection });
    }
    return late.flatMap(({ dial }) => (dial === undefined ? [] : [dial]));
  }

  #goOn(guest: Guest, rest: Uint8Array): LobbyResult {
    const { reader, dial } = guest;
    const bytes = reader.infoHash;
    if (bytes === undefined) return { type: "waiting" };
    const infoHash = infoHashFromBytes(bytes);
    if (dial === undefined ? !this.#options.knows(infoHash) : infoHash !== dial.infoHash) {
      throw new PeerError("info-hash-unknown", `handshake for ${infoHash}, which we do not have`, { bep: 3 });
    }
    if (!guest.hasSentHandshake) this.#sendHandshake(guest, infoHash);
    const { handshake } = reader;
    if (handshake === undefined) return { type: "waiting" };
    if (isSame(handshake.peerId, this.#options.peerId)) {
      throw new PeerError("self-connection", "the peer id is our own", { bep: 3, ban: true });
    }
    this.#guests.delete(guest.connection);
    const arrival: Arrival = {
      connection: guest.connection,
      endpoint: guest.endpoint,
      // The network port has no other driver.
      transport: "tcp",
      isOutgoing: dial !== undefined,
      peerId: peerIdFromBytes(handshake.peerId),
      fast: handshake.extensions.fast,
      extended: handshake.extensions.extended,
      dht: handshake.extensions.dht && this.#options.usesDht(infoHash),
      unsentBytes: HANDSHAKE_LENGTH - guest.sentBytes,
    };
    return { type: "arrived", infoHash, arrival, rest, dial };
  }

  #sendHandshake(guest: Guest, infoHash: InfoHash): void {
    guest.hasSentHandshake = true;
    const bytes = encodeHandshake({
      infoHash: infoHashBytes(infoHash),
      peerId: this.#options.peerId,
      extensions: { fast: true, extended: true, dht: this.#options.usesDht(infoHash), v2: false },
    });
    this.#options.out.push({
      type: "transmit",
      connection: guest.connection,
      chunks: [bytes],
      byteLength: bytes.length,
    });
  }

  #refuse(guest: Guest, error: PeerError): LobbyResult {
    this.#guests.delete(guest.connection);
    this.#options.out.push({ type: "close", connection: guest.connection });
    return { type: "refused", error, dial: guest.dial };
  }
}

function makeGuest(connection: ConnectionId, endpoint: Endpoint, dial: Dial | undefined, expiresAt: Millis): Guest {
  return {
    connection,
    endpoint,
    dial,
    reader: new HandshakeReader(),
    isConnected: false,
    hasSentHandshake: false,
    sentBytes: 0,
    expiresAt,
  };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, index) => byte === b[index]);
}
