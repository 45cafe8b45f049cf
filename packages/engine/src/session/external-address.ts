/**
 * What our address is, as seen from outside. Nobody can be believed alone: trackers (BEP 24), peers (`yourip`, BEP 10),
 * DHT nodes (BEP 42) and the gateway each have a vote, one for each network that votes, and the majority holds.
 *
 * The newest vote of a voter counts; the oldest voters are forgotten, so that a changed address wins in the end.
 */
import { canonicalIp, classifyIp, parseIp } from "@torrential/core";
import type { Millis } from "../ports/machine.ts";

export type VoteSource = "tracker" | "peer" | "dht" | "gateway";

export interface AddressVote {
  /** What is said to be ours; an IP literal. */
  readonly address: string;
  readonly source: VoteSource;
  /** Who says so: an IP literal. */
  readonly voter: string;
}

export interface ExternalAddress {
  /** Canonical. */
  readonly address: string;
  readonly family: 4 | 6;
  /** Networks that say so now. */
  readonly votes: number;
  /** Of those, by what they are. */
  readonly sources: readonly VoteSource[];
}

interface Vote {
  readonly address: string;
  readonly source: VoteSource;
  readonly weight: number;
  readonly expiresAt: Millis;
}

/** libtorrent's ip_voter decides after 50 votes. */
const VOTERS_MAX = 50;
const VOTE_LIFETIME_MS = 7_200_000;
/** Two networks must agree. The gateway has the address, it is believed alone. */
const WEIGHT_MIN = 2;
const GATEWAY_WEIGHT = 2;

export class ExternalAddresses {
  /** By family and voting network, oldest first. */
  readonly #votes: Readonly<Record<4 | 6, Map<string, Vote>>> = { 4: new Map(), 6: new Map() };
  readonly #winners: Record<4 | 6, string | undefined> = { 4: undefined, 6: undefined };

  /** Counts a vote; what is no public address is none. True when our address is another one now. */
  vote({ address, source, voter }: AddressVote, now: Millis): boolean {
    const ours = canonicalIp(address);
    const network = networkOf(voter);
    if (ours === undefined || network === undefined || classifyIp(ours) !== "public") return false;
    const family = familyOf(ours);
    const votes = this.#votes[family];
    const weight = source === "gateway" ? GATEWAY_WEIGHT : 1;
    votes.delete(network);
    votes.set(network, { address: ours, source, weight, expiresAt: now + VOTE_LIFETIME_MS });
    const [oldest] = votes.keys();
    if (votes.size > VOTERS_MAX && oldest !== undefined) votes.delete(oldest);
    return this.#elect(family, now);
  }

  /** A peer said in its extension handshake where it sees us (BEP 10). */
  handleYourIp(address: string | undefined, peer: { readonly address: string }, now: Millis): void {
    if (address !== undefined) this.vote({ address, source: "peer", voter: peer.address }, now);
  }

  /** Undefined while nobody, or nobody in agreement, has said. */
  get(family: 4 | 6, now: Millis): ExternalAddress | undefined {
    this.#elect(family, now);
    const address = this.#winners[family];
    if (address === undefined) return undefined;
    const votes = [...this.#votes[family].values()].filter((vote) => vote.address === address);
    const sources = [...new Set(votes.map((vote) => vote.source))].toSorted();
    return { address, family, votes: votes.length, sources };
  }

  /** Both families' addresses, as far as known. */
  all(now: Millis): readonly ExternalAddress[] {
    return [this.get(4, now), this.get(6, now)].filter((address) => address !== undefined);
  }

  /** True when another address wins. In a tie the present one stays. */
  #elect(family: 4 | 6, now: Millis): boolean {
    const weights = new Map<string, number>();
    for (const [network, vote] of this.#votes[family]) {
      if (vote.expiresAt <= now) this.#votes[family].delete(network);
      else weights.set(vote.address, (weights.get(vote.address) ?? 0) + vote.weight);
    }
    const before = this.#winners[family];
    let winner = before !== undefined && weights.has(before) ? before : undefined;
    for (const [address, weight] of weights) {
      if (weight >= WEIGHT_MIN && weight > (winner === undefined ? 0 : (weights.get(winner) ?? 0))) winner = address;
    }
    this.#winners[family] = winner;
    return winner !== before;
  }
}

/** Voters of one /24, or of one /48, are one voter. */
function networkOf(voter: string): string | undefined {
  const bytes = parseIp(canonicalIp(voter) ?? "");
  return bytes?.subarray(0, bytes.length === 4 ? 3 : 6).join(".");
}

function familyOf(address: string): 4 | 6 {
  return address.includes(":") ? 6 : 4;
}
