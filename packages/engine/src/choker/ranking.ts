/** The choker's pure decisions: who counts, in which order, and how many. */
import type { Millis } from "../ports/machine.ts";
import type { ServiceLedger } from "./service-ledger.ts";
import type { ChokerPeer, SlotCount } from "./types.ts";

const TURN_MS = 30_000; // as long as BEP 3's optimistic unchoke: time for some pieces
const TURN_BYTES = 8 * 1024 * 1024; // libtorrent's seeding_piece_quota, 20 pieces, at 400 KiB each
const TURN_MIN_MS = 10_000; // one rechoke, against fibrillation (libtorrent: a minute)
const ADAPTIVE_SLOTS_MIN = 8; // libtorrent's and Transmission's fixed number; BEP 3's four are of 2001's uplinks
const ADAPTIVE_FIRST_BYTES_PER_SEC = 1024; // libtorrent: rate_choker_initial_threshold
const ADAPTIVE_STEP_BYTES_PER_SEC = 2048; // libtorrent: unchoke_sort

/** It could use a slot: interested, and with something to fetch. */
export function wantsSlot(peer: ChokerPeer): boolean {
  return peer.interested && !peer.uploadOnly;
}

/**
 * Slots for the upload capacity, as in libtorrent's rate-based choker: one more for each peer we serve faster than a bar
 * that rises by 2 KiB/s a slot, so that capacity is neither spread thin nor left idle. Shrinks by one slot at a time.
 */
export function countSlots(slots: SlotCount, peers: readonly ChokerPeer[], previous: number): number {
  if (slots === "unlimited") return Infinity;
  if (slots !== "adaptive") return Math.max(0, Math.floor(slots));
  const rates = peers.map((peer) => peer.upRate).sort((a, b) => b - a);
  let bar = ADAPTIVE_FIRST_BYTES_PER_SEC;
  let count = 1; // one more than are served well: room to find out
  for (const rate of rates) {
    if (rate < bar) break;
    count += 1;
    bar += ADAPTIVE_STEP_BYTES_PER_SEC;
  }
  const floor = Number.isFinite(previous) ? Math.max(ADAPTIVE_SLOTS_MIN, previous - 1) : 0;
  return Math.max(ADAPTIVE_SLOTS_MIN, floor, count);
}

/** Its time in a slot is up, should someone else be waiting: enough bytes, or enough time. */
export function isTurnOver(peer: ChokerPeer, now: Millis): boolean {
  const servedMs = now - peer.unchokedAt;
  if (servedMs >= TURN_MS) return true;
  return servedMs >= TURN_MIN_MS && peer.uploadedSinceUnchoke >= TURN_BYTES;
}

/** What the order of peers is made from. */
export interface RankingView {
  readonly mode: "leech" | "seed";
  readonly now: Millis;
  readonly ledger: ServiceLedger;
}

/**
 * Best first. Leeching: who gives most, then turns among those who give nothing. Seeding: turns. A turn goes to who is
 * in the middle of one, then to who has been served least. Excess uploads come last (C17); snubbing peers get no more
 * than the optimistic slot.
 */
export function rankPeers(peers: readonly ChokerPeer[], view: RankingView): ChokerPeer[] {
  const leeching = view.mode === "leech";
  const ranked = peers.filter((peer) => wantsSlot(peer) && !(leeching && peer.snubbed));
  return ranked.sort((a, b) => {
    const excess = Number(a.excessUploads) - Number(b.excessUploads);
    if (excess !== 0) return excess;
    if (leeching && a.downRate !== b.downRate) return b.downRate - a.downRate;
    return compareTurns(a, b, view);
  });
}

function compareTurns(a: ChokerPeer, b: ChokerPeer, { now, ledger }: RankingView): number {
  const inTurn = Number(isInTurn(b, now)) - Number(isInTurn(a, now));
  if (inTurn !== 0) return inTurn;
  return (
    ledger.chargedBytes(a) - ledger.chargedBytes(b) ||
    Number(a.unchoked) - Number(b.unchoked) ||
    ledger.servedAt(a) - ledger.servedAt(b) ||
    a.id - b.id
  );
}

function isInTurn(peer: ChokerPeer, now: Millis): boolean {
  return peer.unchoked && !isTurnOver(peer, now);
}

/**
 * The first `slots` of the ranking, but one per network while others wait: neighbours take only slots that would stay
 * empty, and peers with excess uploads only those that are left then. `taken`: networks that hold a slot already.
 */
export function fillSlots(ranked: readonly ChokerPeer[], slots: number, taken: Iterable<string> = []): Set<ChokerPeer> {
  if (ranked.length <= slots) return new Set(ranked);
  const networks = new Set(taken);
  const chosen = new Set<ChokerPeer>();
  for (const peer of ranked) {
    if (chosen.size >= slots) break;
    if (peer.excessUploads || networks.has(peer.networkPrefix)) continue;
    networks.add(peer.networkPrefix);
    chosen.add(peer);
  }
  for (const peer of ranked) {
    if (chosen.size >= slots) break;
    chosen.add(peer); // ranked: neighbours first, excess uploads last
  }
  return chosen;
}
