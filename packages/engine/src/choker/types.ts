/** What the choker sees of a peer, what it is told to do, and what it answers. */
import type { Millis, Random } from "../ports/machine.ts";

export interface ChokerPeer {
  /** Unique among all peers this choker ever sees. */
  readonly id: number;
  /** It is interested in us. */
  readonly interested: boolean;
  /** We have unchoked it. */
  readonly unchoked: boolean;
  /** It owes us blocks for too long: no reciprocation, only the optimistic slot. */
  readonly snubbed: boolean;
  /** Bytes/s of payload from it, over 20 s (BEP 3). */
  readonly downRate: number;
  /** Bytes/s of payload to it. */
  readonly upRate: number;
  /** Payload bytes sent to it since its current unchoke. */
  readonly uploadedSinceUnchoke: number;
  /** When it was last unchoked; 0 when it never was. */
  readonly unchokedAt: Millis;
  readonly connectedAt: Millis;
  /** When it last held the optimistic slot. */
  readonly lastOptimisticAt: Millis | undefined;
  /** BEP 21: it wants nothing. */
  readonly uploadOnly: boolean;
  /** The /24 or /64 it lives in, any text that is equal for neighbours. */
  readonly networkPrefix: string;
  /** It took more than 2 x the torrent from us, or asked for pieces again and again: served last. */
  readonly excessUploads: boolean;
}

/** How many peers are unchoked at once, the optimistic one included. */
export type SlotCount = number | "adaptive" | "unlimited";

export interface ChokerOptions {
  /** By what peers are chosen: what they give us, or whose turn it is. */
  readonly mode: "leech" | "seed";
  readonly slots: SlotCount;
  readonly random: Random;
}

/** Peers to unchoke and to choke now; peers in neither list stay as they are. */
export interface ChokeDecision {
  readonly unchoke: readonly number[];
  readonly choke: readonly number[];
  /** Who holds the optimistic slot; set its `lastOptimisticAt` when that changes. */
  readonly optimistic: number | undefined;
}
