import type { Millis } from "../ports/machine.ts";
export type { ChokeDecision, ChokerOptions, ChokerPeer, SlotCount } from "./types.ts";
import type { ChokeDecision, ChokerOptions, ChokerPeer, SlotCount } from "./types.ts";

const RECHOKE_INTERVAL_MS = 10_000; // BEP 3: "once every ten seconds", against fibrillation

/** Decides whom to unchoke, for one torrent. */
export class Choker {
  #options: ChokerOptions;
  #rechokeAt: Millis = 0;

  constructor(options: ChokerOptions) {
    this.#options = options;
  }

  /** Takes effect at the next rechoke. */
  configure(options: { readonly mode?: "leech" | "seed"; readonly slots?: SlotCount }): void {
    this.#options = { ...this.#options, ...options };
  }

  /** When `rechoke` is due. */
  nextTimeout(): Millis | undefined {
    return this.#rechokeAt;
  }

  /** Every 10 s: whom to unchoke and choke. Idle peers may be left out; unchoked ones may not. */
  rechoke(peers: readonly ChokerPeer[], now: Millis): ChokeDecision {
    this.#rechokeAt = now + RECHOKE_INTERVAL_MS;
    const unchoke = peers.filter((peer) => peer.interested && !peer.unchoked);
    return { unchoke: unchoke.map((peer) => peer.id), choke: [], optimistic: undefined };
  }

  /** A peer became interested, or a slot fell free, between two rechokes: fills free slots at once. */
  onInterested(peers: readonly ChokerPeer[], _now: Millis): ChokeDecision {
    const unchoke = peers.filter((peer) => peer.interested && !peer.unchoked);
    return { unchoke: unchoke.map((peer) => peer.id), choke: [], optimistic: undefined };
  }
}
