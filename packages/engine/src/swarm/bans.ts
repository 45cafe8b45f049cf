/** Who is kept out, why and how long; and what leads there (PROMISES C12). */
import { type Endpoint, endpointKey } from "@torrential/core";
import type { Millis } from "../ports/machine.ts";

/** C12: bans expire in an hour; an address is banned only after three of its ports were. */
const BAN_MS = 3_600_000;
const BANNED_PORTS_MAX = 3;
/**
 * A strike is a whole false piece. C12: the unknown go with the first, as in libtorrent; who has eight good pieces may have
 * been unlucky once.
 */
const STRIKES_MAX = 1;
const STRIKES_MAX_PROVEN = 2;
const PROVEN_PIECES = 8;
const PROVEN_MAX = 3_000;

/** Who is kept out, as it is shown. */
export interface Ban {
  /** An address, or address:port: names it for `unban`. */
  readonly key: string;
  readonly reason: string;
  readonly expiresInMs: number;
}

/** What of a peer is judged. */
export interface Judged {
  readonly endpoint: Endpoint;
  strikes: number;
  /** Pieces that passed with its blocks in them. */
  goodPieces: number;
}

interface BanRecord {
  readonly key: string;
  readonly reason: string;
  readonly until: Millis;
}

export class Bans {
  readonly #bans = new Map<string, BanRecord>();
  /** Endpoints that sent bad data lately. */
  readonly #struck = new Map<string, { readonly address: string; readonly until: Millis }>();
  /** Addresses from which good pieces came: several share one, and not all of them are bad. */
  readonly #proven = new Set<string>();

  /**
   * Counts a bad piece or block that this peer alone answers for; returns what it is banned for by now. Who comes to us has
   * a new port each time, so the third struck port of an address bans the address.
   */
  strike(peer: Judged, reason: string, now: Millis): readonly Ban[] {
    const { endpoint } = peer;
    peer.strikes += 1;
    this.#struck.set(endpointKey(endpoint), { address: endpoint.address, until: now + BAN_MS });
    if (peer.strikes >= (peer.goodPieces >= PROVEN_PIECES ? STRIKES_MAX_PROVEN : STRIKES_MAX)) {
      return this.ban(endpoint, reason, now);
    }
    if (this.#struckPorts(endpoint.address, now) < BANNED_PORTS_MAX) return [];
    return this.#banAddress(endpoint.address, reason, now);
  }

  /** Keeps an endpoint out, with its third one the address; returns the bans that are new. */
  ban(endpoint: Endpoint, reason: string, now: Millis): readonly Ban[] {
    const made = this.#put(endpointKey(endpoint), reason, now);
    const ports = [...this.#bans.values()].filter((ban) => ban.until > now && isPortOf(ban.key, endpoint.address));
    if (ports.length < BANNED_PORTS_MAX) return made;
    return [...made, ...this.#banAddress(endpoint.address, reason, now)];
  }

  /** Forgets a ban, and what it was for: with an address, its ports. False when there is none. */
  lift(key: string): boolean {
    for (const other of this.#bans.keys()) if (isPortOf(other, key)) this.#bans.delete(other);
    for (const [other, { address }] of this.#struck) if (other === key || address === key) this.#struck.delete(other);
    return this.#bans.delete(key);
  }

  /** A piece passed with blocks of this peer in it. A ban for its whole address was too much: others there are honest. */
  credit(peer: Judged): void {
    peer.goodPieces += 1;
    const { address } = peer.endpoint;
    if (this.#proven.size < PROVEN_MAX) this.#proven.add(address);
    if (this.#bans.size > 0) this.#bans.delete(address);
  }

  holds(endpoint: Endpoint, now: Millis): boolean {
    return this.#bans.size > 0 && (this.#holds(endpointKey(endpoint), now) || this.#holds(endpoint.address, now));
  }

  /** 0 for who is not banned. */
  until(endpoint: Endpoint): Millis {
    if (this.#bans.size === 0) return 0;
    const bans = [this.#bans.get(endpointKey(endpoint)), this.#bans.get(endpoint.address)];
    return Math.max(...bans.map((ban) => ban?.until ?? 0));
  }

  all(now: Millis): readonly Ban[] {
    return [...this.#bans.values()].filter((ban) => ban.until > now).map((ban) => toBan(ban, now));
  }

  #banAddress(address: string, reason: string, now: Millis): readonly Ban[] {
    return this.#proven.has(address) ? [] : this.#put(address, reason, now);
  }

  #put(key: string, reason: string, now: Millis): readonly Ban[] {
    const isNew = !this.#holds(key, now);
    const ban = { key, reason, until: now + BAN_MS };
    this.#bans.set(key, ban);
    return isNew ? [toBan(ban, now)] : [];
  }

  #struckPorts(address: string, now: Millis): number {
    let count = 0;
    for (const [key, struck] of this.#struck) {
      if (struck.until <= now) this.#struck.delete(key);
      else if (struck.address === address) count += 1;
    }
    return count;
  }

  #holds(key: string, now: Millis): boolean {
    const ban = this.#bans.get(key);
    if (ban === undefined) return false;
    if (ban.until > now) return true;
    this.#bans.delete(key);
    return false;
  }
}

function toBan({ key, reason, until }: BanRecord, now: Millis): Ban {
  return { key, reason, expiresInMs: until - now };
}

function isPortOf(key: string, address: string): boolean {
  return key !== address && key.slice(0, key.lastIndexOf(":")).replace(/^\[|\]$/g, "") === address;
}
