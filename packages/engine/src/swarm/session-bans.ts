/** Whom the user keeps out of every torrent: addresses, or single endpoints, for a time or for good. */
import { type Endpoint, endpointKey } from "@torrential/core";
import type { Millis } from "../ports/machine.ts";
import type { Ban } from "./bans.ts";

/** Who is to be kept out. */
export interface BanOrder {
  /** An address or address:port, as `peerKey` of core writes them. */
  readonly key: string;
  readonly reason: string;
  /** For good when absent. */
  readonly expiresInMs?: number | undefined;
}

interface Record {
  readonly reason: string;
  /** Infinity: for good. */
  readonly until: Millis;
}

export class SessionBans {
  readonly #bans = new Map<string, Record>();

  /** Replaces what was said of the same key before. */
  put({ key, reason, expiresInMs = Infinity }: BanOrder, now: Millis): void {
    this.#bans.set(key, { reason, until: now + expiresInMs });
  }

  /** False when there is none. */
  lift(key: string): boolean {
    return this.#bans.delete(key);
  }

  // hot
  holds(endpoint: Endpoint, now: Millis): boolean {
    return this.#bans.size > 0 && this.until(endpoint) > now;
  }

  /** 0 for who is not banned. */
  until(endpoint: Endpoint): Millis {
    if (this.#bans.size === 0) return 0;
    const bans = [this.#bans.get(endpointKey(endpoint)), this.#bans.get(endpoint.address)];
    return Math.max(...bans.map((ban) => ban?.until ?? 0));
  }

  /** Forgets those that are over. */
  all(now: Millis): readonly Ban[] {
    for (const [key, { until }] of this.#bans) if (until <= now) this.#bans.delete(key);
    return Array.from(this.#bans, ([key, { reason, until }]) => ({ key, reason, expiresInMs: until - now }));
  }
}
