import type { Millis, Random } from "../ports/machine.ts";
import { wantsSlot } from "./ranking.ts";
import type { ChokerPeer } from "./types.ts";

const OPTIMISTIC_INTERVAL_MS = 30_000; // BEP 3: "rotates every 30 seconds"
const NEWCOMER_WEIGHT = 3; // BEP 3: "three times as likely to start as the current optimistic unchoke"

/** BEP 3's optimistic slot: a rotation that peers enter at a random place, so that everyone has the same share of it. */
export class OptimisticSlot {
  readonly #random: Random;
  /** Ids, next one first. */
  #rotation: number[] = [];
  #holder: number | undefined;
  #heldSince: Millis = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  get holder(): number | undefined {
    return this.#holder;
  }

  /** Whether its holder may stay. A holder that is gone, lost interest or earned a regular slot (`earned`) may not. */
  isHeld(holder: ChokerPeer | undefined, now: Millis): boolean {
    if (holder === undefined || !wantsSlot(holder) || holder.id !== this.#holder) return false;
    return now - this.#heldSince < OPTIMISTIC_INTERVAL_MS;
  }

  /** Takes newcomers in and drops who is gone. */
  update(peers: readonly ChokerPeer[]): void {
    const present = new Set(peers.map((peer) => peer.id));
    this.#rotation = this.#rotation.filter((id) => present.has(id));
    const known = new Set(this.#rotation);
    for (const peer of peers) {
      if (known.has(peer.id)) continue;
      if (peer.lastOptimisticAt === undefined) this.#insert(peer.id);
      else this.#rotation.push(peer.id);
    }
  }

  /** The next of the candidates in the rotation takes the slot, peers of networks without a slot first. */
  advance(
    candidates: ReadonlyMap<number, ChokerPeer>,
    takenNetworks: ReadonlySet<string>,
    now: Millis,
  ): ChokerPeer | undefined {
    let best: ChokerPeer | undefined;
    let bestRank = Infinity;
    for (const id of this.#rotation) {
      const peer = candidates.get(id);
      if (peer === undefined) continue;
      const rank = peer.excessUploads ? 2 : takenNetworks.has(peer.networkPrefix) ? 1 : 0;
      if (rank < bestRank) {
        best = peer;
        bestRank = rank;
      }
    }
    this.#holder = best?.id;
    this.#heldSince = now;
    if (best !== undefined) {
      this.#rotation.splice(this.#rotation.indexOf(best.id), 1);
      this.#rotation.push(best.id);
    }
    return best;
  }

  #insert(id: number): void {
    const draw = this.#random() * (this.#rotation.length + NEWCOMER_WEIGHT);
    const place = Math.max(0, Math.floor(draw) - NEWCOMER_WEIGHT + 1);
    this.#rotation.splice(place, 0, id);
  }
}
