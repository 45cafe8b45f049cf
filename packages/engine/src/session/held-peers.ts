/**
 * Peers whose handshake is done and whose torrent is not open yet: it sleeps, or is on its way. They are not read from
 * meanwhile, and go in when it is open.
 */
import { concatBytes, type InfoHash } from "@torrential/core";
import type { Millis } from "../ports/machine.ts";
import type { ConnectionId } from "../ports/network.ts";
import type { Arrival } from "../swarm/arrival.ts";
import type { Dial } from "./lobby.ts";

/** A disk that has to spin up may take as long. */
const HOLD_MS = 20_000;
/** What was on its way when reading was paused. */
const HELD_BYTES_MAX = 512 * 1024;

export interface HeldPeer {
  readonly infoHash: InfoHash;
  readonly arrival: Arrival;
  /** What it said after its handshake. */
  readonly rest: Uint8Array;
  /** Undefined for who came to us. */
  readonly dial: Dial | undefined;
}

interface Holding extends HeldPeer {
  readonly expiresAt: Millis;
  rest: Uint8Array;
  arrival: Arrival;
}

export class HeldPeers {
  readonly #held = new Map<ConnectionId, Holding>();

  get size(): number {
    return this.#held.size;
  }

  has(connection: ConnectionId): boolean {
    return this.#held.has(connection);
  }

  isAwaited(infoHash: InfoHash): boolean {
    for (const held of this.#held.values()) if (held.infoHash === infoHash) return true;
    return false;
  }

  /** `rest` is a view that is valid during the call. */
  hold({ infoHash, arrival, rest, dial }: HeldPeer, now: Millis): void {
    this.#held.set(arrival.connection, { infoHash, arrival, rest: rest.slice(), dial, expiresAt: now + HOLD_MS });
  }

  /** False when it says more than anybody waits with. */
  handleData(connection: ConnectionId, chunk: Uint8Array): boolean {
    const held = this.#held.get(connection);
    if (held === undefined || held.rest.length + chunk.length > HELD_BYTES_MAX) return false;
    held.rest = concatBytes([held.rest, chunk]);
    return true;
  }

  handleTransmitted(connection: ConnectionId, bytes: number): void {
    const held = this.#held.get(connection);
    if (held === undefined) return;
    held.arrival = { ...held.arrival, unsentBytes: Math.max(0, held.arrival.unsentBytes - bytes) };
  }

  /** Who it was; it is not held any more. */
  release(connection: ConnectionId): HeldPeer | undefined {
    const held = this.#held.get(connection);
    this.#held.delete(connection);
    return held;
  }

  /** All that wait for a torrent; they are not held any more. */
  releaseAll(infoHash: InfoHash): readonly HeldPeer[] {
    return this.#releaseIf((held) => held.infoHash === infoHash);
  }

  nextTimeout(): Millis | undefined {
    let next: Millis | undefined;
    for (const { expiresAt } of this.#held.values()) if (next === undefined || expiresAt < next) next = expiresAt;
    return next;
  }

  /** Those that have waited too long; they are not held any more. */
  handleTimeout(now: Millis): readonly HeldPeer[] {
    return this.#releaseIf(({ expiresAt }) => expiresAt <= now);
  }

  #releaseIf(isMeant: (held: Holding) => boolean): readonly HeldPeer[] {
    if (this.#held.size === 0) return [];
    const released = [...this.#held.values()].filter(isMeant);
    for (const { arrival } of released) this.#held.delete(arrival.connection);
    return released;
  }
}
