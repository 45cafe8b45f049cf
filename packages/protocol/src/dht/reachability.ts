/**
 * What others tell us about ourselves: our address (BEP 42's votes), and whether strangers reach us. Nobody is believed
 * alone: votes and strangers count once for each network.
 */
import type { Endpoint } from "@torrential/core";
import { isLocalAddress, networksOf } from "./node-id.ts";

const VOTERS_MAX = 64;
const VOTES_NEEDED = 5;
const STRANGERS_NEEDED = 3;
/** Silence of strangers for so long, while we are in the network, says that they can't reach us. */
const VERDICT_AFTER_MS = 1_800_000;
const CONTACTED_MAX = 4_096;
/** A router between us and the world lets answers through for a few minutes: so long, who we spoke to is no stranger. */
const CONTACTED_FOR_MS = 600_000;

export type Reachability =
  /** Strangers asked us things. */
  | "reachable"
  /** We have been known for half an hour, and no stranger came. */
  | "unreachable"
  | "unknown";

export interface AddressVotes {
  /** What most of the voters say, when enough agree. */
  readonly address: string | undefined;
  readonly votes: readonly { readonly address: string; readonly count: number }[];
}

export class OwnAddress {
  /** Voters' networks and what each said last; the oldest first. */
  readonly #votes = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  #agreed: string | undefined;

  /** A node that answered us says that we are at `address`. False when its network has said so before. */
  vote(voter: Endpoint, address: string): boolean {
    const key = networksOf(voter).near;
    const isNews = this.#votes.get(key) !== address;
    this.#withdraw(key);
    this.#votes.set(key, address);
    this.#counts.set(address, (this.#counts.get(address) ?? 0) + 1);
    const [eldest] = this.#votes.keys();
    if (this.#votes.size > VOTERS_MAX && eldest !== undefined) this.#withdraw(eldest);
    this.#agreed = undefined;
    for (const [each, count] of this.#counts)
      if (count >= VOTES_NEEDED && count * 2 > this.#votes.size) this.#agreed = each;
    return isNews;
  }

  tally(): AddressVotes {
    const votes = [...this.#counts].map(([address, count]) => ({ address, count })).sort((a, b) => b.count - a.count);
    return { address: this.#agreed, votes };
  }

  /** What nodes of the world say counts for BEP 42; an address of ours in a local network does not. */
  get publicAddress(): string | undefined {
    return this.#agreed === undefined || isLocalAddress(this.#agreed) ? undefined : this.#agreed;
  }

  #withdraw(voter: string): void {
    const address = this.#votes.get(voter);
    if (address === undefined) return;
    this.#votes.delete(voter);
    const count = (this.#counts.get(address) ?? 1) - 1;
    if (count > 0) this.#counts.set(address, count);
    else this.#counts.delete(address);
  }
}

export class Visitors {
  /** Addresses we sent something to, and when. */
  readonly #contacted = new Map<string, number>();
  /** Networks of strangers, and when they came last. */
  readonly #strangers = new Map<string, number>();
  #knownSince: number | undefined;

  handleSent(endpoint: Endpoint, now: number): void {
    this.#contacted.delete(endpoint.address);
    this.#contacted.set(endpoint.address, now);
    const [eldest] = this.#contacted.keys();
    if (this.#contacted.size > CONTACTED_MAX && eldest !== undefined) this.#contacted.delete(eldest);
  }

  /** Others know of us from now on. */
  handleJoined(now: number): void {
    this.#knownSince ??= now;
  }

  /** Somebody asked us something. */
  handleQuery(endpoint: Endpoint, now: number): void {
    const contactedAt = this.#contacted.get(endpoint.address);
    if (contactedAt !== undefined && now - contactedAt < CONTACTED_FOR_MS) return;
    const key = networksOf(endpoint).near;
    this.#strangers.delete(key);
    this.#strangers.set(key, now);
    const [eldest] = this.#strangers.keys();
    if (this.#strangers.size > VOTERS_MAX && eldest !== undefined) this.#strangers.delete(eldest);
  }

  /** The verdict, and how many networks' strangers it stands on. */
  verdict(now: number): { readonly verdict: Reachability; readonly strangers: number } {
    let strangers = 0;
    for (const at of this.#strangers.values()) if (now - at < VERDICT_AFTER_MS) strangers += 1;
    if (strangers >= STRANGERS_NEEDED) return { verdict: "reachable", strangers };
    const isTold = this.#knownSince !== undefined && now - this.#knownSince >= VERDICT_AFTER_MS;
    return { verdict: isTold && strangers === 0 ? "unreachable" : "unknown", strangers };
  }
}
