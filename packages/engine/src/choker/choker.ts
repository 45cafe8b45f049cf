/**
 * Whom to unchoke, for one torrent. Leeching: who gives us most over 20 s, and one optimistic slot (BEP 3). Seeding:
 * turns. Decides only; the caller sends the messages and reports what it sees.
 */
import type { Millis } from "../ports/machine.ts";
import { OptimisticSlot } from "./optimistic.ts";
import { countSlots, fillSlots, rankPeers, type RankingView, wantsSlot } from "./ranking.ts";
import { ServiceLedger } from "./service-ledger.ts";
import type { ChokeDecision, ChokerOptions, ChokerPeer, SlotCount } from "./types.ts";

export type { ChokeDecision, ChokerOptions, ChokerPeer, SlotCount } from "./types.ts";

const RECHOKE_INTERVAL_MS = 10_000; // BEP 3: "once every ten seconds", against fibrillation
const EQUAL_CHARGE = 1.01; // a part of a block more or less makes no turn

export class Choker {
  #mode: "leech" | "seed";
  #slots: SlotCount;
  #slotCount: number;
  #rechokeAt: Millis = 0;
  readonly #optimistic: OptimisticSlot;
  readonly #ledger: ServiceLedger = new ServiceLedger();

  constructor(options: ChokerOptions) {
    this.#mode = options.mode;
    this.#slots = options.slots;
    this.#slotCount = countSlots(options.slots, [], 0);
    this.#optimistic = new OptimisticSlot(options.random);
  }

  /** Takes effect at the next rechoke. */
  configure(options: { readonly mode?: "leech" | "seed"; readonly slots?: SlotCount }): void {
    this.#mode = options.mode ?? this.#mode;
    this.#slots = options.slots ?? this.#slots;
  }

  /** Slots of the last rechoke, the optimistic one included. Infinity: unlimited. */
  get slotCount(): number {
    return this.#slotCount;
  }

  /** When `rechoke` is due. */
  nextTimeout(): Millis | undefined {
    return this.#rechokeAt;
  }

  /** Every 10 s, with all connected peers: whom to unchoke and choke. */
  rechoke(peers: readonly ChokerPeer[], now: Millis): ChokeDecision {
    this.#rechokeAt = now + RECHOKE_INTERVAL_MS;
    this.#slotCount = countSlots(this.#slots, peers, this.#slotCount);
    this.#ledger.update(peers, now);
    this.#optimistic.update(peers);
    const chosen = this.#mode === "leech" ? this.#chooseLeech(peers, now) : this.#chooseSeed(peers, now);
    return this.#decide(peers, chosen);
  }

  /**
   * Between two rechokes, when interest changed or an unchoked peer left: fills free slots at once. BEP 3: when a peer
   * that was unchoked for its rate becomes interested, the worst one makes room.
   */
  onInterested(peers: readonly ChokerPeer[], now: Millis): ChokeDecision {
    this.#ledger.update(peers, now);
    const holders = peers.filter((peer) => peer.unchoked && wantsSlot(peer));
    const ranked = rankPeers(peers, this.#view(now));
    const free = this.#slotCount - holders.length;
    const candidates = free === Infinity ? peers.filter(wantsSlot) : ranked;
    const waiting = candidates.filter((peer) => !peer.unchoked);
    const taken = holders.map((peer) => peer.networkPrefix);
    const unchoke = free > 0 ? [...fillSlots(waiting, free, taken)] : [];
    return {
      unchoke: unchoke.map((peer) => peer.id),
      choke: free < 0 ? this.#worst(holders, ranked, -free) : [],
      optimistic: this.#optimistic.holder,
    };
  }

  #worst(holders: readonly ChokerPeer[], ranked: readonly ChokerPeer[], count: number): number[] {
    const rank = new Map(ranked.map((peer, index) => [peer.id, index]));
    return holders
      .filter((peer) => peer.id !== this.#optimistic.holder)
      .sort((a, b) => (rank.get(b.id) ?? Infinity) - (rank.get(a.id) ?? Infinity))
      .slice(0, count)
      .map((peer) => peer.id);
  }

  #chooseSeed(peers: readonly ChokerPeer[], now: Millis): Set<ChokerPeer> {
    this.#optimistic.advance(new Map(), new Set(), now); // every slot is a turn: nobody is held apart
    return fillSlots(rankPeers(peers, this.#view(now)), this.#slotCount);
  }

  #chooseLeech(peers: readonly ChokerPeer[], now: Millis): Set<ChokerPeer> {
    const ranked = rankPeers(peers, this.#view(now));
    const holder = peers.find((peer) => peer.id === this.#optimistic.holder);
    const stays = this.#optimistic.isHeld(holder, now);
    // The holder competes for a regular slot with what it gives, not by having waited.
    const regular = ranked.filter((peer) => !stays || peer !== holder || peer.downRate > 0);
    const isUnlimited = this.#slotCount === Infinity;
    const chosen = isUnlimited
      ? new Set(peers.filter(wantsSlot))
      : fillSlots(regular, Math.max(0, this.#slotCount - 1));
    const full = chosen.size >= this.#slotCount - 1;
    const bar = full ? Math.min(Infinity, ...[...chosen].map((peer) => peer.downRate)) : 0;

    if (holder !== undefined && stays && !chosen.has(holder)) {
      chosen.add(holder);
    } else if (this.#slotCount > 0) {
      const next = this.#nextOptimistic(peers, chosen, now);
      if (next !== undefined) chosen.add(next);
    }
    this.#addFasterUninterested(peers, chosen, bar);
    return chosen;
  }

  #nextOptimistic(peers: readonly ChokerPeer[], chosen: ReadonlySet<ChokerPeer>, now: Millis): ChokerPeer | undefined {
    let candidates = peers.filter((peer) => wantsSlot(peer) && !chosen.has(peer));
    if ([...chosen].every((peer) => peer.downRate === 0)) {
      candidates = this.#leastServed(candidates);
    }
    const networks = new Set([...chosen].map((peer) => peer.networkPrefix));
    const byId = new Map(candidates.map((peer) => [peer.id, peer]));
    return this.#optimistic.advance(byId, networks, now);
  }

  /** While nobody gives us anything every slot is a turn, the optimistic one too. */
  #leastServed(peers: readonly ChokerPeer[]): ChokerPeer[] {
    const charges = peers.map((peer) => this.#ledger.chargedBytes(peer));
    const bar = EQUAL_CHARGE * Math.min(...charges);
    return peers.filter((_, index) => (charges[index] ?? 0) <= bar);
  }

  /** BEP 3: peers with a better rate that are not interested are unchoked too; they take no slot until they are. */
  #addFasterUninterested(peers: readonly ChokerPeer[], chosen: Set<ChokerPeer>, barBytesPerSec: number): void {
    for (const peer of peers) {
      const isFaster = peer.downRate > barBytesPerSec && !peer.snubbed;
      if (isFaster && !peer.interested && !peer.uploadOnly) chosen.add(peer);
    }
  }

  #decide(peers: readonly ChokerPeer[], chosen: ReadonlySet<ChokerPeer>): ChokeDecision {
    const unchoke: number[] = [];
    const choke: number[] = [];
    for (const peer of peers) {
      if (chosen.has(peer) === peer.unchoked) continue;
      (peer.unchoked ? choke : unchoke).push(peer.id);
    }
    return { unchoke, choke, optimistic: this.#optimistic.holder };
  }

  #view(now: Millis): RankingView {
    return { mode: this.#mode, now, ledger: this.#ledger };
  }
}
