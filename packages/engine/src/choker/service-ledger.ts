import type { Millis } from "../ports/machine.ts";
import { wantsSlot } from "./ranking.ts";
import type { ChokerPeer } from "./types.ts";

// A slow peer is charged as if it took at least this share of what the others took meanwhile: it cannot hold its place at
// the head of the line by taking little.
const SLOW_SHARE = 1 / 4;

interface Account {
  /** Bytes served, as charged. The least charged goes first. */
  chargedBytes: number;
  seenUnchokedAt: Millis;
  seenBytes: number;
  /** Last seen unchoked; until then, when it connected. */
  servedAt: Millis;
}

/** Who has had how much of our slots: the book the turns are taken from. */
export class ServiceLedger {
  #accounts: Map<number, Account> = new Map();

  chargedBytes(peer: ChokerPeer): number {
    return this.#accounts.get(peer.id)?.chargedBytes ?? 0;
  }

  servedAt(peer: ChokerPeer): Millis {
    return this.#accounts.get(peer.id)?.servedAt ?? peer.connectedAt;
  }

  /** Books what was sent since the last call. All connected peers; others are forgotten. */
  update(peers: readonly ChokerPeer[], now: Millis): void {
    const accounts = new Map<number, Account>();
    const mean = this.#meanCharge(peers);
    for (const peer of peers) {
      const account = this.#accounts.get(peer.id) ?? openAccount(peer, mean);
      // Nobody saves up turns while it wants none.
      if (!wantsSlot(peer)) account.chargedBytes = Math.max(account.chargedBytes, mean);
      accounts.set(peer.id, account);
    }
    this.#accounts = accounts;
    this.#charge(
      peers.filter((peer) => peer.unchoked),
      now,
    );
  }

  #charge(served: readonly ChokerPeer[], now: Millis): void {
    const taken = served.map((peer) => this.#takenSince(peer));
    const least = (SLOW_SHARE * taken.reduce((sum, bytes) => sum + bytes, 0)) / served.length;
    for (const [index, peer] of served.entries()) {
      const account = this.#accounts.get(peer.id);
      if (account === undefined) continue;
      account.chargedBytes += Math.max(least, taken[index] ?? 0);
      account.seenUnchokedAt = peer.unchokedAt;
      account.seenBytes = peer.uploadedSinceUnchoke;
      account.servedAt = now;
    }
  }

  #takenSince(peer: ChokerPeer): number {
    const account = this.#accounts.get(peer.id);
    const isSameTurn = account?.seenUnchokedAt === peer.unchokedAt;
    return Math.max(0, peer.uploadedSinceUnchoke - (isSameTurn ? (account?.seenBytes ?? 0) : 0));
  }

  #meanCharge(peers: readonly ChokerPeer[]): number {
    let sum = 0;
    let count = 0;
    for (const peer of peers) {
      const account = this.#accounts.get(peer.id);
      if (account === undefined || !wantsSlot(peer)) continue;
      sum += account.chargedBytes;
      count += 1;
    }
    return count === 0 ? 0 : sum / count;
  }
}

/** A newcomer joins in the middle of the line: reconnecting gains nothing on average. */
function openAccount(peer: ChokerPeer, meanBytes: number): Account {
  return {
    chargedBytes: meanBytes,
    seenUnchokedAt: peer.unchokedAt,
    seenBytes: 0,
    servedAt: peer.connectedAt,
  };
}
